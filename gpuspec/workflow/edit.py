"""`state mv` and `state rm`: edits of the state, journaled, under the lock and after a yes. No API is asked."""

from collections.abc import Callable

from gpuspec.errors import Refused, UsageError
from gpuspec.model.address import ADDRESS, Address
from gpuspec.model.journal import Forgotten, Moved
from gpuspec.model.state import Record, State
from gpuspec.store.state_store import Session as Held
from gpuspec.store.state_store import Vacant
from gpuspec.workflow.ending import heed
from gpuspec.workflow.recorded import finish, hold
from gpuspec.workflow.session import Editing

# A released id with this reason was let go on purpose: its machine is no stray.
REMOVED = "removed"


async def move(editing: Editing, address: Address, to: Address, *, approve: Callable[[Record], None]) -> Record:
    """Let the record of one address stand at another; the record as it was before.

    Raises:
        UsageError: The address has no record, or the other one can't be an address.
        Refused: The other one has a record, a request for either is open, or the answer is no.
        StateError: The state can't be used.
    """
    if not ADDRESS.fullmatch(to):
        message = f"`{to}` can't be an address."
        hint = "an address has letters, digits, `.`, `_` and `-`, begins with a letter or digit, and has 128 at most."
        raise UsageError(message, hint=hint)
    place = await hold(editing)
    try:
        held, (record,) = _recorded_at(place, (address,))
        _refuse_taken(held.state, record, to)
        approve(record)
        heed(editing)
        at = editing.offline.clock.now()
        await held.journal.append(Moved(address=address, to=to, id=record.id, at=at))
    finally:
        await finish(place)
    return record


async def remove(
    editing: Editing, addresses: tuple[Address, ...], *, approve: Callable[[tuple[Record, ...]], None]
) -> tuple[Record, ...]:
    """Drop these records, all or none; their ids are released, and their machines go on.

    Raises:
        UsageError: An address has no record.
        Refused: A request for one is open, a machine that it replaced is still there, or the answer is no.
        StateError: The state can't be used.
    """
    place = await hold(editing)
    try:
        held, records = _recorded_at(place, tuple(dict.fromkeys(addresses)))
        for record in records:
            _refuse_outgoing(record)
        approve(records)
        heed(editing)
        at = editing.offline.clock.now()
        await held.journal.append(
            *(Forgotten(address=record.address, id=record.id, at=at, reason=REMOVED) for record in records)
        )
    finally:
        await finish(place)
    return records


def _recorded_at(place: Held | Vacant, addresses: tuple[Address, ...]) -> tuple[Held, tuple[Record, ...]]:
    """The records of these addresses, none of which has an open request."""
    state = place.state if isinstance(place, Held) else None
    missing = [address for address in addresses if state is None or address not in state.records]
    if missing or not isinstance(place, Held):
        message = f"Nothing is recorded at {', '.join(f'`{address}`' for address in missing)}."
        raise UsageError(message, hint="see what is:", command="gpuspec state list")
    for address in addresses:
        _refuse_open(place.state, address)
    return place, tuple(place.state.records[address] for address in addresses)


def _refuse_taken(state: State, record: Record, to: Address) -> None:
    if to == record.address:
        raise UsageError(f"`{to}` is where it stands already.", hint="name another address.")
    if to in state.records:
        message = f"`{to}` has an instance already: {state.records[to].id}. An address holds one."
        raise Refused(message, reason="recorded-already", hint="move that one away first.")
    _refuse_open(state, to)


def _refuse_open(state: State, address: Address) -> None:
    busy = {held.intent.address for held in state.intents.values()}
    busy |= {held.order.address for held in state.orders.values()}
    if address in busy:
        message = f"What became of a request for `{address}` is not known yet."
        raise Refused(message, reason="open-intent", hint="settle it first:", command="gpuspec recover")


def _refuse_outgoing(record: Record) -> None:
    if record.outgoing:
        message = f"`{record.address}` replaced {record.outgoing[0]}, which is still to be deleted."
        raise Refused(message, reason="outgoing", hint="the next apply deletes it:", command="gpuspec apply")
