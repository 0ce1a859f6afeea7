"""One address with all that is known of it, and the small facts of it that the decision table looks at."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from gpuspec.model.address import Address
from gpuspec.model.field import Change as Policy
from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Handling, Instance, Lifecycle, Power
from gpuspec.model.live import LiveInstance, Observation, Phase
from gpuspec.model.plan import Certainty, Change
from gpuspec.model.state import Call, OpenIntent, OpenOrder, Record
from gpuspec.model.values import Fields
from gpuspec.planning.compare import changes, drift, shown_of
from gpuspec.planning.normal import MONTHLY, SPOT, Seal, billing_mode, billing_shown
from gpuspec.planning.noting import known, what_is_noted
from gpuspec.planning.scope import Claim, Scope
from gpuspec.planning.sightings import Sightings
from gpuspec.planning.table import Difference, Facts
from gpuspec.planning.updating import calls_due, ignored, power_call

_AT_REST = frozenset({Phase.RUNNING, Phase.STOPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What sets desired, recorded and live apart, without what the spec asks to ignore."""

    changes: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()


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

    @property
    def handling(self) -> Handling:
        """How the spec wants it to be changed."""
        return Handling() if self.instance is None else self.instance.handling

    @property
    def phase(self) -> Phase | None:
        """What it was seen in; None where it was not seen."""
        return None if self.live is None else self.live.phase

    @property
    def at_rest(self) -> bool:
        """Whether what shows now will go on to show."""
        return self.phase in _AT_REST

    @property
    def mended(self) -> tuple[Change, ...]:
        """The drift that an update sets back: what a busy machine shows may be on the move."""
        return tuple(change for change in self.drift if is_repairable(change)) if self.at_rest else ()

    @property
    def power(self) -> Call | None:
        """The call that brings it to the power that the spec asks for."""
        return None if self.instance is None else power_call(self.lifecycle.desired, self.phase)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls of an update, where one is what is due; of what left the spec, its stop."""
        if self.instance is None:
            return (Call.STOP,)
        return calls_due(self.changes, self.mended, desired=self.lifecycle.desired, phase=self.phase)


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
    found = comparison(record, instance, None if live is None else live.fields, seal=seal)
    return bare(changes=found.changes, drift=found.drift, noted=what_is_noted(record, instance, seal))


def comparison(record: Record, instance: Instance, live: Fields | None, *, seal: Seal) -> Comparison:
    """The changes and the drift that the spec does not ask to ignore.

    Args:
        instance: With its secrets sealed.
        live: What the API shows now; None where it was not asked.
    """
    unignored = instance.named - instance.handling.ignore_changes
    shown = record.shown if live is None else shown_of(live, record.fields, seal=seal)
    found = changes(instance.fields, known(record, instance.fields), named=unignored, seal=seal)
    drifted = drift(record.shown, shown, named=unignored, tools=record.fields.get("tools"))
    return Comparison(changes=_heeded(found, instance.handling), drift=_heeded(drifted, instance.handling))


def accepting(subject: Subject, seal: Seal) -> Subject:
    """The subject where the record is to follow what is live: nothing is asked of the machine, and any drift is seen.

    What left the spec is compared in the fields that its spec named last.
    """
    record, live = subject.record, subject.live
    if record is None or live is None:
        return replace(subject, changes=(), noted=())
    named = record.named if subject.instance is None else subject.instance.named
    shown = shown_of(live.fields, record.fields, seal=seal)
    found = drift(record.shown, shown, named=named, tools=record.fields.get("tools"))
    return replace(subject, changes=(), noted=(), drift=_heeded(found, subject.handling))


def facts_of(subject: Subject, sightings: Sightings, scope: Scope) -> Facts:
    """The small facts that the table looks at."""
    instance, record = subject.instance, subject.record
    asked = subject.address in scope.replace
    return Facts(
        desired=instance is not None,
        recorded=record is not None,
        intent=subject.intent is not None,
        order=subject.order is not None,
        evidence=sightings.evidence(record),
        marks=sightings.marks(subject.address, subject.name),
        difference=_difference(subject, asked=asked),
        claim=Claim.COVERED if record is None else scope.claim(record.source),
        on_remove=subject.lifecycle.on_remove,
        protect=subject.lifecycle.protect,
        drifted=bool(subject.mended),
        outgoing=record is not None and bool(record.outgoing),
        contested=instance is not None and record is not None and not scope.may_move(record.source, instance.source),
        ready=_is_ready(subject),
        replace_asked=asked,
        powered=subject.power is not None,
        stopped=subject.phase is Phase.STOPPED,
        refresh_only=scope.refresh_only,
        moved=subject.at_rest and any(map(_is_certain, subject.drift)),
    )


def needs_replacement(change: Change) -> bool:
    """Whether no call can bring this change about on the machine that is there.

    Of how it is paid for, only the change of the billing mode tells: `changes` has one wherever months make it another.
    """
    match FIELDS[change.field.partition(".")[0]].change:
        case Policy.REPLACE:
            return True
        case Policy.GROW:
            before, after = change.before, change.after
            return not (isinstance(before, int) and isinstance(after, int) and after > before)
        case Policy.CONVERT:
            return SPOT in {change.before, change.after}
        case Policy.EDIT | Policy.UPGRADE:
            return False


def is_repairable(change: Change) -> bool:
    """Whether a drift is certain and in a field that a call can set back."""
    return _is_certain(change) and FIELDS[change.field.partition(".")[0]].repairable


def _heeded(found: Iterable[Change], handling: Handling) -> tuple[Change, ...]:
    found = tuple(found)
    passed_over = frozenset(change.field for change in ignored(found, handling))
    return tuple(change for change in found if change.field not in passed_over)


def _difference(subject: Subject, *, asked: bool) -> Difference:
    certain = [change for change in subject.changes if _is_certain(change)]
    is_fixed = any(map(needs_replacement, certain))
    is_billing = any(change.field in _BILLING for change in certain)
    if ((is_fixed or asked) and _is_undeletable(subject)) or (is_billing and _was_ever_monthly(subject)):
        return Difference.NO_CALL
    if is_fixed:
        return Difference.FIXED
    if certain:
        return Difference.IN_PLACE
    return Difference.RECORD_ONLY if subject.noted else Difference.NONE


_BILLING = frozenset({"billingMode", "month", "autoRenew", "autoRenewMonth"})


def _is_undeletable(subject: Subject) -> bool:
    """Whether the machine is paid for ahead now; its months may have ended since it was recorded.

    Source: Novita API reference, error codes: PREPAID_INSTANCE_NOT_SUPPORT_RELEASE.
    """
    return (_billing_shown(subject) or _billing_recorded(subject)) == MONTHLY


def _was_ever_monthly(subject: Subject) -> bool:
    """Whether the one call that there is for billing may have been made already, or leads the other way."""
    return MONTHLY in {_billing_shown(subject), _billing_recorded(subject)}


def _billing_shown(subject: Subject) -> str:
    return "" if subject.live is None else billing_shown(subject.live)


def _billing_recorded(subject: Subject) -> str:
    return "" if subject.record is None else billing_mode(subject.record.fields)


def _is_ready(subject: Subject) -> bool:
    if subject.record is None or subject.record.ready or subject.phase in {None, Phase.RUNNING}:
        return True
    return subject.phase is Phase.STOPPED and subject.lifecycle.desired is Power.STOPPED


def _is_certain(change: Change) -> bool:
    return change.certainty is Certainty.DIFFERENT
