"""`recover`: learn, or decide, what became of requests whose answer was lost."""

from dataclasses import dataclass
from typing import assert_never

from gpuspec.engine.doubt import Absent as SettledAbsent
from gpuspec.engine.doubt import Found, GivenUp
from gpuspec.engine.follower import Ended, follow_up
from gpuspec.engine.following import NotDone, Through, Untold, Vanished
from gpuspec.engine.settle import Settlement, settle
from gpuspec.errors import GpuspecError, Refused, UsageError
from gpuspec.model.address import Address
from gpuspec.model.journal import Absent, How, Judge, Made, Obeyed, Undone
from gpuspec.model.live import NotFound, Seen, Unreadable
from gpuspec.model.outcome import Ledger, Outcome, Result
from gpuspec.model.state import Call, Intent, Order, State
from gpuspec.planning.guard import Allowances, settling_refusals
from gpuspec.ports import Cloud
from gpuspec.store.state_store import Session as Held
from gpuspec.store.state_store import Vacant
from gpuspec.workflow.calling import whole_ledger
from gpuspec.workflow.draft import refuse
from gpuspec.workflow.ending import open_addresses, unless_interrupted, unresolved_first
from gpuspec.workflow.recorded import hold, sealer_to_write
from gpuspec.workflow.session import Session
from gpuspec.workflow.work import work_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a person decided about one address; `id` is empty where there is no instance.

    `call` is the one on a machine that was decided about; None for a create. `done` says whether it was done.
    """

    address: Address
    id: str
    call: Call | None = None
    done: bool = True


async def recover(session: Session) -> Ledger:
    """Settle every open intent and order, as far as this run is ready to wait; one outcome each.

    Raises:
        StateError: The state can't be used.
        CredentialsError: The key was refused.
    """
    place = await hold(session)
    if isinstance(place, Vacant):
        place.end()
        return Ledger(outcomes=())
    held = place
    try:
        with unresolved_first(lambda: open_addresses(held.state)):
            refuse(settling_refusals(held.state, key_digest=session.target.key_digest, allowances=Allowances()))
            async with session.target.connect() as cloud:
                work = work_of(session, cloud, held, sealer=sealer_to_write(session.offline))
                settlements = await settle(work)
                ended = await follow_up(work)
    finally:
        await place.end()
    ledger = Ledger(outcomes=(*map(_outcome, settlements), *map(_end, ended)))
    return whole_ledger(ledger, session.offline.calling)


async def decide_found(session: Session, address: Address, instance_id: str) -> Decided:
    """Record that the request for this address made this instance; the instance must be there.

    Raises:
        UsageError: No request for this address is open.
        Refused: The instance is recorded already, or can't be seen.
        StateError: The state can't be used.
    """
    place = await _held(session, address)
    try:
        intent = _open(place.state, address)
        _refuse_recorded(place.state, address, instance_id)
        async with session.target.connect() as cloud:
            await unless_interrupted(session, _refuse_unseen(cloud, intent, instance_id))
        at = session.offline.clock.now()
        await place.journal.append(Made(nonce=intent.nonce, id=instance_id, at=at, how=How.DECIDED))
    finally:
        await place.end()
    return Decided(address=address, id=instance_id)


async def decide_absent(session: Session, address: Address) -> Decided:
    """Record that the request for this address made nothing, or did nothing to its machine.

    What could have made an instance is still looked for in every later run.

    Raises:
        UsageError: No request for this address is open.
        StateError: The state can't be used.
    """
    place = await _held(session, address)
    try:
        order = _open_order(place.state, address)
        if order is not None:
            undone = Undone(nonce=order.nonce, at=session.offline.clock.now(), reason="decided")
            await place.journal.append(undone)
            return Decided(address=address, id=order.id, call=order.call, done=False)
        intents = [held.intent for held in place.state.intents.values() if held.intent.address == address]
        if not intents:
            raise _none_open(address)
        entries = [Absent(nonce=each.nonce, at=session.offline.clock.now(), judge=Judge.PERSON) for each in intents]
        await place.journal.append(*entries)
    finally:
        await place.end()
    return Decided(address=address, id="")


async def decide_done(session: Session, address: Address) -> Decided:
    """Record that the call on this address's machine was carried out.

    Raises:
        UsageError: No call on it is open.
        Refused: The call was to delete it: that a machine is gone is proven, not decided.
        StateError: The state can't be used.
    """
    place = await _held(session, address)
    try:
        order = _open_order(place.state, address)
        if order is None:
            raise _none_open(address)
        if order.call is Call.DELETE:
            message = f"That {order.id} is gone has to be proven."
            raise Refused(message, reason="not-proven-gone", hint="let it be looked for:", command="gpuspec recover")
        await place.journal.append(Obeyed(nonce=order.nonce, at=session.offline.clock.now()))
    finally:
        await place.end()
    return Decided(address=address, id=order.id, call=order.call)


def _open_order(state: State, address: Address) -> Order | None:
    return next((held.order for held in state.orders.values() if held.order.address == address), None)


def _outcome(settlement: Settlement) -> Outcome:
    address = settlement.doubt.address
    match settlement.verdict:
        case Found(instance=instance):
            return Outcome(address=address, result=Result.FOUND, id=instance.id, status=instance.status)
        case SettledAbsent():
            message = "The request made nothing; the next apply makes it anew."
            return Outcome(address=address, result=Result.ABSENT, message=message)
        case GivenUp(reason=reason, candidates=candidates):
            looks_like = f" Perhaps it is {' or '.join(candidates)}." if candidates else ""
            return Outcome(address=address, result=Result.UNRESOLVED, message=reason + looks_like)
        case verdict:
            assert_never(verdict)


def _end(ended: Ended) -> Outcome:
    """What became of an order."""
    order = ended.following.open.order
    result, reason, message = Result.DONE, order.call.value, ""
    match ended.verdict:
        case Through():
            result = Result.DELETED if ended.following.deletes else Result.DONE
        case NotDone():
            result, message = Result.ABSENT, f"The request to {order.call.value} it did nothing."
        case Vanished():
            result, message = Result.ABSENT, "The machine is gone; the next apply finds it lost."
        case Untold(reason=why):
            result, message = Result.UNRESOLVED, why
            if not ended.following.deletes:
                message = f"{why} You can decide: `gpuspec recover {order.address} --done` or `--absent`."
        case _:
            assert_never(ended.verdict)
    return Outcome(address=order.address, result=result, id=order.id, reason=reason, message=message)


async def _held(session: Session, address: Address) -> Held:
    place = await hold(session)
    if isinstance(place, Vacant):
        place.end()
        raise _none_open(address)
    return place


def _open(state: State, address: Address) -> Intent:
    """The intent to decide about: an open one, else the latest tombstone, which a stray may answer."""
    open_ones = [held.intent for held in state.intents.values() if held.intent.address == address]
    tombstones = sorted(
        (tombstone for tombstone in state.tombstones.values() if tombstone.intent.address == address),
        key=lambda tombstone: tombstone.judged_at,
    )
    found = [*open_ones, *(tombstone.intent for tombstone in reversed(tombstones))]
    if not found:
        raise _none_open(address)
    return found[0]


def _refuse_recorded(state: State, address: Address, instance_id: str) -> None:
    holder = next((record for record in state.records.values() if record.id == instance_id), None)
    if holder is not None:
        message = f"The instance {instance_id} is recorded already, at `{holder.address}`."
        raise Refused(message, reason="recorded-already", hint="see", command="gpuspec state list")
    if address in state.records:
        message = f"`{address}` has an instance already: {state.records[address].id}. An address holds one."
        raise Refused(message, reason="recorded-already", hint="delete the one that is too many in the console.")


async def _refuse_unseen(cloud: Cloud, intent: Intent, instance_id: str) -> None:
    match await cloud.get(instance_id):
        case Seen(instance=instance):
            if instance.trace is not None and instance.trace.nonce != intent.nonce:
                message = f"The instance {instance_id} carries the marker of another request."
                raise Refused(message, reason="other-marker", hint="compare ids with the console's.")
        case NotFound():
            message = f"The service knows no instance {instance_id}."
            raise Refused(message, reason="not-there", hint="check the id; if there is none, use `--absent`.")
        case Unreadable(reason=reason):
            raise GpuspecError(f"The instance {instance_id} could not be looked at. {reason}", hint="try again later.")


def _none_open(address: Address) -> UsageError:
    message = f"No request for `{address}` is open."
    return UsageError(message, hint="see what is:", command="gpuspec state list")
