"""One address with all that is known of it, and the small facts of it that the decision table looks at."""

from dataclasses import dataclass
from functools import partial

from gpuspec.model.address import Address
from gpuspec.model.field import Change as Policy
from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Instance, Lifecycle
from gpuspec.model.live import LiveInstance, Observation, Phase
from gpuspec.model.plan import Certainty, Change
from gpuspec.model.state import OpenIntent, OpenOrder, Record
from gpuspec.planning.compare import changes, drift, shown_of
from gpuspec.planning.normal import Seal
from gpuspec.planning.noting import known, what_is_noted
from gpuspec.planning.scope import Claim, Scope
from gpuspec.planning.sightings import Sightings
from gpuspec.planning.table import Difference, Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One address with all that is known of it."""

    address: Address
    instance: Instance | None
    record: Record | None
    intent: OpenIntent | None
    live: LiveInstance | None
    order: OpenOrder | None = None
    changes: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    noted: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name that the instance would be created with."""
        name = "" if self.instance is None else self.instance.fields.get("name", "")
        return name if isinstance(name, str) else ""

    @property
    def lifecycle(self) -> Lifecycle:
        """What the spec asks for now; for an address that left the spec, what it asked for last."""
        if self.instance is not None:
            return self.instance.lifecycle
        return Lifecycle() if self.record is None else self.record.lifecycle


def subject_of(
    address: Address,
    instance: Instance | None,
    record: Record | None,
    *,
    intent: OpenIntent | None,
    observation: Observation,
    seal: Seal,
) -> Subject:
    """Compare what is desired, recorded and live of one address."""
    live = None if record is None else observation.rows.get(record.id)
    bare = partial(Subject, address=address, instance=instance, record=record, intent=intent, live=live)
    if instance is None or record is None:
        return bare()
    shown = record.shown if live is None else shown_of(live.fields, record.fields, seal=seal)
    return bare(
        changes=changes(instance.fields, known(record, instance.fields), named=instance.named, seal=seal),
        drift=drift(record.shown, shown, named=instance.named, tools=record.fields.get("tools")),
        noted=what_is_noted(record, instance, seal),
    )


def facts_of(subject: Subject, sightings: Sightings, scope: Scope) -> Facts:
    """The small facts that the table looks at."""
    instance, record = subject.instance, subject.record
    phase = None if subject.live is None else subject.live.phase
    return Facts(
        desired=instance is not None,
        recorded=record is not None,
        intent=subject.intent is not None,
        order=subject.order is not None,
        evidence=sightings.evidence(record),
        marks=sightings.marks(subject.address, subject.name),
        difference=_difference(subject),
        claim=Claim.COVERED if record is None else scope.claim(record.source),
        on_remove=subject.lifecycle.on_remove,
        protect=subject.lifecycle.protect,
        drifted=any(is_repairable(change) for change in subject.drift),
        outgoing=record is not None and bool(record.outgoing),
        contested=instance is not None and record is not None and not scope.may_move(record.source, instance.source),
        ready=record is None or record.ready or phase in {None, Phase.RUNNING},
    )


def needs_replacement(change: Change) -> bool:
    """Whether no call can bring this change about on the machine that is there."""
    match FIELDS[change.field.partition(".")[0]].change:
        case Policy.REPLACE:
            return True
        case Policy.GROW:
            before, after = change.before, change.after
            return not (isinstance(before, int) and isinstance(after, int) and after > before)
        case Policy.EDIT | Policy.UPGRADE | Policy.CONVERT:
            return False


def is_repairable(change: Change) -> bool:
    """Whether a drift is certain and in a field that a call can set back."""
    return change.certainty is Certainty.DIFFERENT and FIELDS[change.field.partition(".")[0]].repairable


def _difference(subject: Subject) -> Difference:
    certain = [change for change in subject.changes if change.certainty is Certainty.DIFFERENT]
    if any(needs_replacement(change) for change in certain):
        return Difference.FIXED
    if certain:
        return Difference.IN_PLACE
    return Difference.RECORD_ONLY if subject.noted else Difference.NONE
