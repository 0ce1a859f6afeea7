"""Records that go to another address because the spec says that their instance did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gpuspec.errors import Refused
from gpuspec.model.address import Address
from gpuspec.model.journal import Moved
from gpuspec.model.plan import Action, ActionKind
from gpuspec.model.state import Instant, State


def due(state: State, moves: Mapping[Address, Address], *, at: Instant) -> tuple[Moved, ...]:
    """The moves that are not made yet; `moves` is address -> the one before. A spec may keep those that are."""
    return tuple(
        Moved(address=address, to=to, id=state.records[address].id, at=at)
        for to, address in moves.items()
        if address in state.records
    )


def move_refusals(state: State, moves: Sequence[Moved]) -> Iterator[Refused]:
    """Why a move can't be made. Without it, its machine would be taken for removed, so nothing else is done either."""
    busy = _busy(state)
    for move in moves:
        if move.to in state.records:
            ids = f"{move.id} and {state.records[move.to].id}"
            yield Refused(
                f"`{move.address}` is to be `{move.to}`, and both have an instance: {ids}.",
                reason="moved-taken",
                hint="let go of one with `gpuspec state rm`, or take the move out of the spec",
            )
        elif move.address in busy or move.to in busy:
            yield Refused(
                f"`{move.address}` is to be `{move.to}`, and what became of a request for one of them is not known.",
                reason="moved-open",
                hint="settle it first:",
                command="gpuspec recover",
            )


def moved_state(state: State, moves: Sequence[Moved]) -> State:
    """The state once these moves are made; those that can't be are left out."""
    busy, records = _busy(state), dict(state.records)
    for move in moves:
        if move.to not in records and move.address not in busy and move.to not in busy:
            records[move.to] = replace(records.pop(move.address), address=move.to)
    return replace(state, records=records) if moves else state


def told(actions: Sequence[Action], moves: Sequence[Moved]) -> tuple[Action, ...]:
    """The actions, those at a moved address with where its record comes from; nothing else to do is a note."""
    before = {move.to: move.address for move in moves}
    return tuple(_told(action, before[action.address]) if action.address in before else action for action in actions)


def _told(action: Action, before: Address) -> Action:
    words = f"its record moves here from `{before}`"
    if action.kind is ActionKind.STRAY:
        return action
    if action.kind is ActionKind.KEEP:
        plain = action.reason == "unchanged"
        words = f"{words}; no request is sent" if plain else f"{action.explanation}; {words}"
        return replace(action, kind=ActionKind.NOTE, reason="moved", explanation=words)
    return replace(action, explanation=f"{action.explanation}; {words}")


def _busy(state: State) -> frozenset[Address]:
    intents = (held.intent.address for held in state.intents.values())
    return frozenset((*intents, *(held.order.address for held in state.orders.values())))
