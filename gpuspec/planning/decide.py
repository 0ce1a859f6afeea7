"""Desired, recorded and live to actions: gathers the facts of each address and asks the table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from gpuspec.errors import Bug
from gpuspec.model.address import Address
from gpuspec.model.instance import Instance, Power
from gpuspec.model.live import Observation
from gpuspec.model.plan import Action, ActionKind, Outside
from gpuspec.model.state import Call, Record, State
from gpuspec.planning.beside import outside, strays, warnings
from gpuspec.planning.compare import created, referring
from gpuspec.planning.doing import doing
from gpuspec.planning.normal import Seal
from gpuspec.planning.order import in_order
from gpuspec.planning.scope import Scope
from gpuspec.planning.sightings import Sightings, sort_out
from gpuspec.planning.subjects import Subject, accepting, facts_of, subject_of
from gpuspec.planning.table import Row, decide
from gpuspec.planning.telling import told
from gpuspec.planning.wording import WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """All actions in plan order, what was left alone, and what is to be said about the whole."""

    actions: tuple[Action, ...]
    outside: Outside
    warnings: tuple[str, ...] = ()


def plan_actions(
    desired: Mapping[Address, Instance], state: State, observation: Observation, *, scope: Scope, seal: Seal
) -> Decisions:
    """What is to happen at every address that the spec, the records or the open intents name.

    Args:
        desired: Secrets sealed with the key at hand, or out of reach.
        seal: Seals what the API shows, so that it can be compared.

    Returns:
        One action an address that the scope considers and covers. What may cost money unseen is reported whatever the
        scope: an open intent, and a stray, even where its address has an action of its own.
    """
    sightings = sort_out(observation, state, scope.moved)
    intents = {intent.intent.address: intent for intent in state.intents.values()}
    orders = {order.order.address: order for order in state.orders.values()}
    addresses = tuple(dict.fromkeys((*desired, *state.records, *intents)))
    actions: list[Action] = []
    left_alone: list[Record] = []
    excluded = frozenset(address for address in addresses if address not in intents and not scope.considers(address))
    compared = partial(subject_of, observation=observation, seal=seal)
    for address in addresses:
        if address in excluded:
            continue
        subject = compared(address, desired.get(address), state.records.get(address), intent=intents.get(address))
        subject = replace(subject, order=orders.get(address)) if address in orders else subject
        subject = accepting(subject, seal) if scope.refresh_only else subject
        row = decide(facts_of(subject, sightings, scope))
        if row.kind is not None:
            actions.append(_action(subject, row, row.kind, sightings=sightings))
        elif subject.record is not None:
            left_alone.append(subject.record)
    actions += strays(sightings, actions, addresses)
    return Decisions(
        actions=in_order(actions),
        outside=outside(left_alone, scope, excluded=len(excluded)),
        warnings=tuple(warnings(sightings, scope, addresses, unresolved=tuple(orders))),
    )


def _action(subject: Subject, row: Row, kind: ActionKind, *, sightings: Sightings) -> Action:
    words, deed = WORDS[row.reason], doing(kind, subject)
    facts = {} if words.is_fixed else told(subject, sightings, calls=deed.calls)
    action = Action(
        kind=kind,
        address=subject.address,
        reason=row.reason,
        explanation=words.says.format_map(facts) + _later(deed.calls, subject),
        id=_id_of(subject, row, sightings),
        calls=deed.calls,
        changes=subject.changes,
        drift=subject.drift,
        restarts=deed.restarts,
        data_lost=deed.data_lost,
        prepaid=deed.prepaid,
        hint=words.hint.format_map(facts),
        command=words.command.format_map(facts),
    )
    if kind is ActionKind.CREATE:
        action = _as_create(action, subject)
    elif kind is ActionKind.DELETE:
        action = replace(action, changes=(), drift=())
    references = {} if subject.instance is None else subject.instance.references
    return replace(action, changes=referring(action.changes, references)) if references else action


def _as_create(action: Action, subject: Subject) -> Action:
    if subject.instance is None:
        raise Bug(f"`{action.address}` is to be created, but the spec does not have it.")
    return replace(action, id="", changes=created(subject.instance.fields), drift=())


def _later(calls: Collection[Call], subject: Subject) -> str:
    """What becomes of a machine that is to be stopped: the create call makes what runs."""
    if Call.CREATE not in calls or subject.lifecycle.desired is not Power.STOPPED:
        return ""
    when = "is stopped once it does" if Call.STOP in calls else "the next apply stops it"
    return f"; it runs at first, and {when}"


def _id_of(subject: Subject, row: Row, sightings: Sightings) -> str:
    if row.reason == "answered-late":
        return sightings.late_answers(subject.address)[0].id
    if subject.order is not None:
        return subject.order.order.id
    if row.reason == "outgoing" and subject.record is not None:
        return subject.record.outgoing[0]
    if subject.intent is not None:
        seen = sightings.answers.get(subject.intent.intent.nonce)
        return "" if seen is None else seen.id
    return "" if subject.record is None else subject.record.id
