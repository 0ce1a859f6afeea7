"""Desired, recorded and live to actions: gathers the facts of each address and asks the table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gpuspec.errors import Bug
from gpuspec.model.address import Address
from gpuspec.model.instance import Instance
from gpuspec.model.live import LiveInstance, Observation
from gpuspec.model.plan import Action, ActionKind, Certainty, Change, Outside
from gpuspec.model.state import OpenIntent, OpenOrder, Record, State
from gpuspec.planning.beside import outside, strays, warnings
from gpuspec.planning.compare import created, referring
from gpuspec.planning.normal import Seal
from gpuspec.planning.order import in_order
from gpuspec.planning.scope import Scope
from gpuspec.planning.sightings import Sightings, ids_of, sort_out
from gpuspec.planning.subjects import Subject, facts_of, is_repairable, needs_replacement, subject_of
from gpuspec.planning.table import Row, decide
from gpuspec.planning.wording import WORDS

_DATA_LOST = "its data is lost"


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
    sightings = sort_out(observation, state)
    intents = {intent.intent.address: intent for intent in state.intents.values()}
    orders = {order.order.address: order for order in state.orders.values()}
    addresses = tuple(dict.fromkeys((*desired, *state.records, *intents)))
    actions: list[Action] = []
    left_alone: list[Record] = []
    excluded = frozenset(address for address in addresses if address not in intents and not scope.considers(address))
    for address in addresses:
        if address in excluded:
            continue
        subject = subject_of(
            address,
            desired.get(address),
            state.records.get(address),
            intent=intents.get(address),
            observation=observation,
            seal=seal,
        )
        subject = replace(subject, order=orders.get(address)) if address in orders else subject
        row = decide(facts_of(subject, sightings, scope))
        if row.action is not None:
            actions.append(_action(subject, row, row.action, sightings=sightings))
        elif subject.record is not None:
            left_alone.append(subject.record)
    actions += strays(sightings, actions, addresses)
    return Decisions(
        actions=in_order(actions),
        outside=outside(left_alone, scope, excluded=len(excluded)),
        warnings=tuple(warnings(sightings, scope, addresses, unresolved=tuple(orders))),
    )


def _action(subject: Subject, row: Row, kind: ActionKind, *, sightings: Sightings) -> Action:
    words = WORDS[row.code]
    told = {} if words.is_fixed else _told(subject, sightings)
    action = Action(
        kind=kind,
        address=subject.address,
        reason=row.code,
        explanation=words.says.format_map(told),
        id=_id_of(subject, row, sightings),
        changes=subject.changes,
        drift=subject.drift,
        hint=words.hint.format_map(told),
        command=words.command.format_map(told),
    )
    if kind is ActionKind.CREATE:
        action = _as_create(action, subject)
    elif kind is ActionKind.DELETE:
        action = replace(action, changes=(), drift=(), data_lost=_DATA_LOST)
    references = {} if subject.instance is None else subject.instance.references
    return replace(action, changes=referring(action.changes, references)) if references else action


def _as_create(action: Action, subject: Subject) -> Action:
    if subject.instance is None:
        raise Bug(f"`{action.address}` is to be created, but the spec does not have it.")
    fields = subject.instance.fields
    pays_ahead = fields.get("billingMode") == "monthly" or fields.get("month", 0) not in (0, "")
    return replace(action, id="", changes=created(fields), drift=(), prepaid=pays_ahead)


def _id_of(subject: Subject, row: Row, sightings: Sightings) -> str:
    if row.code == "answered-late":
        return sightings.late_answers(subject.address)[0].id
    if subject.order is not None:
        return subject.order.order.id
    if row.code == "outgoing" and subject.record is not None:
        return subject.record.outgoing[0]
    if subject.intent is not None:
        seen = sightings.answers.get(subject.intent.intent.nonce)
        return "" if seen is None else seen.id
    return "" if subject.record is None else subject.record.id


def _told(subject: Subject, sightings: Sightings) -> Mapping[str, str]:
    """The facts that sentences may mention; a sentence asks only for those that its row makes sure of."""
    record, live = subject.record, subject.live
    return {
        "address": subject.address,
        "id": "" if record is None else record.id,
        "status": "" if live is None else live.status,
        "why": _why(subject, sightings),
        "candidates": ids_of(sightings.candidates(subject.address, subject.name)),
        "late": ids_of(sightings.late_answers(subject.address)),
        "source": "" if subject.instance is None else subject.instance.source or "standard input",
        "recorded_source": "" if record is None else record.source,
        "fields": _decisive_fields(subject.changes),
        "drifted": ", ".join(f"`{change.field}`" for change in subject.drift if is_repairable(change)),
        "noted": ", ".join(subject.noted),
        "replaced": "" if record is None else ", ".join(record.outgoing),
        **_told_of_order(subject.order),
    }


def _told_of_order(held: OpenOrder | None) -> Mapping[str, str]:
    if held is None:
        return {}
    why = f" ({_sentence_part(held.reason)})" if held.reason else ""
    taken = "the service took it; that it is through is not proven yet"
    return {
        "call": held.order.call.value,
        "ordered": held.order.id,
        "standing": f"what became of it is not known{why}" if held.obeyed_at is None else taken,
    }


def _why(subject: Subject, sightings: Sightings) -> str:
    observation = sightings.observation
    if subject.intent is not None:
        return _why_open(subject.intent, sightings.candidates(subject.address, subject.name), sightings)
    listed = observation.incomplete or observation.hidden
    if subject.record is None:
        return _sentence_part(listed)
    return _sentence_part(observation.unproven.get(subject.record.id) or listed or "it was not looked for")


def _why_open(intent: OpenIntent, candidates: Sequence[LiveInstance], sightings: Sightings) -> str:
    seen = sightings.answers.get(intent.intent.nonce)
    if seen is not None:
        return f"; {seen.id} carries its marker"
    same_name = f"; of the same name: {ids_of(candidates)}" if candidates else ""
    return (f" ({_sentence_part(intent.reason)})" if intent.reason else "") + same_name


def _decisive_fields(changes: Iterable[Change]) -> str:
    certain = [change for change in changes if change.certainty is Certainty.DIFFERENT]
    decisive = [change for change in certain if needs_replacement(change)] or certain
    return ", ".join(f"`{change.field}`" for change in decisive)


def _sentence_part(sentence: str) -> str:
    return sentence.rstrip(".")
