"""Whether a state that could be read can be: the rules that hold between its parts; pure."""

from collections import defaultdict
from collections.abc import Iterator

from gpuspec.model.address import ADDRESS, Address
from gpuspec.model.state import State
from gpuspec.store import objections


def faults_of(state: State) -> tuple[str, ...]:
    """What is wrong with a state, a sentence each; nothing for every state that gpuspec wrote itself."""
    return (*_addresses(state), *_machines(state), *_nonces(state), *_intents(state), *_orders(state))


def _addresses(state: State) -> Iterator[str]:
    for address in state.records:
        if not ADDRESS.fullmatch(address):
            yield f"`{address}` has a record and can't be an address."
    calls: dict[Address, int] = defaultdict(int)
    for held in state.intents.values():
        calls[held.intent.address] += 1
    for order in state.orders.values():
        calls[order.order.address] += 1
    for address, count in calls.items():
        if count > 1:
            yield f"`{address}` has {count} open calls, and an address has one at most."


def _machines(state: State) -> Iterator[str]:
    holders: dict[str, list[Address]] = defaultdict(list)
    for record in state.records.values():
        for id_ in (record.id, *record.outgoing):
            holders[id_].append(record.address)
    for id_, addresses in holders.items():
        if len(addresses) > 1:
            yield f"The machine {id_} is recorded {len(addresses)} times: at {_named(addresses)}."


def _nonces(state: State) -> Iterator[str]:
    holders: dict[str, list[str]] = defaultdict(list)
    for record in state.records.values():
        holders[record.nonce].append(record.address)
    for name, nonces in (("an intent", state.intents), ("an order", state.orders), ("a tombstone", state.tombstones)):
        for nonce in nonces:
            holders[nonce].append(name)
    for nonce, names in holders.items():
        if len(names) > 1:
            yield f"The nonce {nonce} is used {len(names)} times: by {_named(names)}."


def _intents(state: State) -> Iterator[str]:
    lineage = state.birth.lineage8
    intents = [held.intent for held in state.intents.values()]
    for intent in (*intents, *(tombstone.intent for tombstone in state.tombstones.values())):
        if intent.marker.lineage != lineage:
            yield f"The intent {intent.nonce} is of the lineage {intent.marker.lineage}, and the state of {lineage}."
    for intent in intents:
        objection = objections.to_intent(intent, state.records.get(intent.address))
        if objection:
            yield objection


def _orders(state: State) -> Iterator[str]:
    for held in state.orders.values():
        objection = objections.to_order(held.order, state.records.get(held.order.address))
        if objection:
            yield objection


def _named(names: list[str]) -> str:
    return ", ".join(name if " " in name else f"`{name}`" for name in names)
