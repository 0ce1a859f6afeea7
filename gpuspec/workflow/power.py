"""`start`, `stop`, `restart`: tell recorded machines to, whatever the specs say."""

from collections.abc import Callable, Sequence

from gpuspec.engine.follower import follow_up
from gpuspec.engine.power import REQUESTS, power
from gpuspec.errors import Refused, UsageError
from gpuspec.model.address import Address
from gpuspec.model.outcome import Ledger
from gpuspec.model.state import Call, Record, State
from gpuspec.planning.guard import Allowances, settling_refusals
from gpuspec.store.state_store import Vacant
from gpuspec.workflow.calling import whole_ledger
from gpuspec.workflow.draft import refuse
from gpuspec.workflow.ending import heed, open_addresses, unresolved_first
from gpuspec.workflow.recorded import hold, sealer_to_write
from gpuspec.workflow.session import Session
from gpuspec.workflow.work import work_of

# Shows the machines and asks whoever may decide; raises what ends the command when it is not to be done.
Approve = Callable[[Sequence[Record]], None]


async def switch(session: Session, call: Call, addresses: Sequence[Address], *, approve: Approve) -> Ledger:
    """Lock, settle what an earlier run left open, ask, send.

    Args:
        call: START, STOP or RESTART.

    Raises:
        UsageError: An address has no record; nothing was sent.
        StateError: The state can't be used.
        Refused: A protected machine was to be stopped, or consent is missing; nothing was sent.
        CredentialsError: The key was refused before anything was sent.
        Interrupted: A signal came before anything was sent.
    """
    place = await hold(session)
    if isinstance(place, Vacant):
        place.end()
        raise _unknown(addresses[0])
    held = place
    try:
        records = _records(held.state, addresses)
        _refuse_protected(call, records)
        approve(records)
        heed(session)
        with unresolved_first(lambda: open_addresses(held.state)):
            async with session.target.connect() as cloud:
                work = work_of(session, cloud, held, sealer=sealer_to_write(session.offline))
                if held.state.orders:
                    allowances, key_digest = Allowances(), session.target.key_digest
                    refuse(settling_refusals(held.state, key_digest=key_digest, allowances=allowances))
                    await follow_up(work)
                    heed(session)
                # What was settled may have dropped a record.
                _records(held.state, addresses)
                ledger = await power(REQUESTS[call], addresses, work=work)
                return whole_ledger(ledger, session.offline.calling)
    finally:
        await held.end()


def _records(state: State, addresses: Sequence[Address]) -> tuple[Record, ...]:
    unknown = next((address for address in addresses if address not in state.records), None)
    if unknown is not None:
        raise _unknown(unknown)
    return tuple(state.records[address] for address in dict.fromkeys(addresses))


def _refuse_protected(call: Call, records: Sequence[Record]) -> None:
    """The data of a stopped machine is kept for some days only, and its GPU may not be had again."""
    kept = next((record for record in records if record.lifecycle.protect), None)
    if call is Call.STOP and kept is not None:
        message = f"`lifecycle.protect` forbids to stop `{kept.address}` ({kept.id}); nothing was sent."
        raise Refused(message, reason="protected", hint="apply a spec without `protect` first")


def _unknown(address: Address) -> UsageError:
    return UsageError(f"No machine is recorded at `{address}`.", hint="see what is:", command="gpuspec state list")
