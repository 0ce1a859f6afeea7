"""A plan, seen from the other side: what drifted, what is merely pending, and what can't be told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gpuspec.model.address import Address
from gpuspec.model.drift import Drifted, DriftReport, Unseen, Unverified
from gpuspec.model.field import Field, Kind, ReadBack, Unset
from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Instance
from gpuspec.model.live import LiveInstance, Observation, Phase
from gpuspec.model.plan import Absence, Action, ActionKind, Certainty, Change, Plan
from gpuspec.model.state import Call, Record, State
from gpuspec.model.values import Fields
from gpuspec.planning.normal import env_values, present

_DOUBTS = frozenset({ActionKind.UNRESOLVED, ActionKind.STRAY, ActionKind.BLOCKED, ActionKind.WAIT})
_STEADY = frozenset({Phase.RUNNING, Phase.STOPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An action with the instance, the record and the row that it is about, where there are any."""

    action: Action
    instance: Instance | None
    record: Record | None
    live: LiveInstance | None
    gone: bool


def drift_report(
    plan: Plan, desired: Mapping[Address, Instance], state: State, observation: Observation
) -> DriftReport:
    """What the plan's readings tell of drift. A plan and its drift never disagree: both are of one comparison."""
    # What we have ordered to be deleted does not go missing.
    ordered = {open_order.order.id for open_order in state.orders.values() if open_order.order.call is Call.DELETE}
    gone = observation.gone - ordered
    cases = [_case(action, desired, state, replace(observation, gone=gone)) for action in plan.actions]
    doubts = [doubt for doubt in map(_doubt, cases) if doubt is not None]
    doubtful = {(doubt.address, doubt.id) for doubt in doubts}
    told = [case for case in cases if (case.action.address, case.action.id) not in doubtful]
    drifted = [found for found in map(_drifted, told) if found is not None]
    compared = [case for case in told if case.live is not None and case.instance is not None]
    moved = {found.address for found in drifted}
    return DriftReport(
        birth=plan.birth,
        serial=plan.serial,
        at=plan.made_at,
        drifted=tuple(drifted),
        pending=tuple(case.action for case in told if _is_pending(case)),
        doubts=tuple(doubts),
        unverified=tuple(_unverified(compared)),
        in_step=sum(case.action.address not in moved for case in compared),
        outside=plan.outside,
        warnings=plan.warnings,
    )


def _case(action: Action, desired: Mapping[Address, Instance], state: State, observation: Observation) -> Case:
    record = None if action.kind is ActionKind.STRAY else state.records.get(action.address)
    return Case(
        action=action,
        instance=desired.get(action.address),
        record=record,
        live=None if record is None else observation.rows.get(record.id),
        gone=record is not None and record.id in observation.gone,
    )


def _doubt(case: Case) -> Action | None:
    """What can't be told of a case, as an action that blocks; None when all can be."""
    action, live = case.action, case.live
    if action.kind in _DOUBTS:
        return action
    if live is None or live.phase in _STEADY or not any(map(_is_certain, action.drift)):
        return None
    fields = ", ".join(f"`{change.field}`" for change in action.drift)
    return replace(
        action,
        kind=ActionKind.BLOCKED,
        reason="busy",
        explanation=f"{live.id} is `{live.status}`, so {fields} may be on the move",
        hint="try again when it is running or stopped",
        command="",
    )


def _drifted(case: Case) -> Drifted | None:
    record = case.record
    if record is None:
        return None
    changes = () if case.gone else tuple(filter(_is_certain, case.action.drift))
    if not case.gone and not changes:
        return None
    return Drifted(address=record.address, id=record.id, changes=changes, missing=case.gone)


def _is_pending(case: Case) -> bool:
    """Whether desired and recorded differ; what is gone, or is only to be set back, is drift and no more."""
    action = case.action
    if action.reason == "drifted":
        return False
    if case.gone and action.kind in {ActionKind.CREATE, ActionKind.FORGET}:
        return False
    return action.kind is not ActionKind.KEEP or any(map(_is_certain, action.changes))


def _is_certain(change: Change) -> bool:
    return change.certainty is Certainty.DIFFERENT


def _unverified(cases: list[Case]) -> Iterator[Unverified]:
    """By field in the order of the field table, then by reason."""
    found: dict[tuple[str, Unseen], list[Address]] = {}
    for case in cases:
        for key in dict.fromkeys(_unseen(case)):
            found.setdefault(key, []).append(case.action.address)
    order = {name: at for at, name in enumerate(FIELDS)}
    for field, why in sorted(found, key=lambda key: (order[key[0].partition(".")[0]], key[0], key[1].value)):
        yield Unverified(field=field, why=why, addresses=tuple(found[field, why]))


def _unseen(case: Case) -> Iterator[tuple[str, Unseen]]:
    instance, record, live = case.instance, case.record, case.live
    assert instance is not None
    assert record is not None
    assert live is not None
    for change in (*case.action.drift, *case.action.changes):
        if change.certainty is Certainty.CANNOT_TELL:
            yield change.field, Unseen.SECRET
    for name in (record.fields.keys() | record.unknown) & instance.named & FIELDS.keys():
        yield from _unseen_field(FIELDS[name], record, live.fields)


def _unseen_field(field: Field, record: Record, live: Fields) -> Iterator[tuple[str, Unseen]]:
    if field.read_back is ReadBack.NEVER:
        yield field.name, Unseen.NEVER_SHOWN
    elif not _is_shown(field, record.shown):
        yield field.name, Unseen.NOT_SHOWN_THEN
    elif not _is_shown(field, live):
        yield field.name, Unseen.NOT_SHOWN_NOW
    elif field.kind is Kind.ENVS:
        shown = env_values(record.shown[field.name])
        for key, value in env_values(record.fields[field.name]).items():
            if key not in shown and present(value) is not Absence.ABSENT:
                yield f"{field.name}.{key}", Unseen.NOT_SHOWN_THEN


def _is_shown(field: Field, fields: Fields) -> bool:
    """Whether the field has a value here; one that can't be cleared and is empty was blanked."""
    value = fields.get(field.name)
    return value is not None and (field.unset is Unset.CLEAR or present(value) is not Absence.ABSENT)
