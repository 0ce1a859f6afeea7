"""`unlock`: a person breaks the lock of a shared state, knowing whose it is and what is open. No API is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gpuspec.errors import StateError, UsageError
from gpuspec.model.address import Address
from gpuspec.store.holding import told
from gpuspec.store.remote_documents import Lock
from gpuspec.workflow.places import shared_at
from gpuspec.workflow.recorded import recorded
from gpuspec.workflow.session import Offline

# The operation that a lock names while `state migrate` holds it.
MIGRATION = "state migrate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaking:
    """A lock that is to be broken.

    Attributes:
        held_by: Who holds it, doing what, since when; a sentence.
        open_calls: Address -> the call there whose end is not known.
        trouble: Why that could not be found out; empty if it could.
        moving: Whether its run was moving the state, which may be at two places now.
    """

    lock_id: str
    place: str
    held_by: str
    open_calls: Mapping[Address, str]
    trouble: str = ""
    moving: bool = False


def unlock(offline: Offline, lock_id: str, *, origin: str, approve: Callable[[Breaking], None]) -> Breaking:
    """Break the lock that has this id, and no other.

    Raises:
        UsageError: The state is a file, nobody holds the lock, or it has another id.
        StateError: The store can't be used, or the lock was given back while the question was asked.
        Refused: The answer is no.
    """
    store = shared_at(offline.workplace)
    lock = store.held()
    breaking = _breaking(offline, _named(lock, lock_id, offline), origin=origin)
    approve(breaking)
    if not store.break_lock(lock_id):
        message = f"The lock {lock_id} of {store.name} was given back meanwhile; nothing was broken."
        raise StateError(message, hint="run the command that you wanted to run")
    return breaking


def _named(lock: Lock | None, lock_id: str, offline: Offline) -> Lock:
    place = offline.workplace.name
    if lock is None or lock.holder is None:
        raise UsageError(f"Nobody holds the lock of {place}.", hint="run the command that you wanted to run.")
    if lock.id != lock_id:
        who = told(lock.holder, now=offline.clock.now())
        message = f"The lock of {place} is {lock.id}, and not that one. {who}."
        raise UsageError(message, hint="break it by its own id, only if that run has ended for sure.")
    return lock


def _breaking(offline: Offline, lock: Lock, *, origin: str) -> Breaking:
    assert lock.holder is not None
    open_calls, trouble = _open_calls(offline, origin)
    return Breaking(
        lock_id=lock.id,
        place=offline.workplace.name,
        held_by=f"{told(lock.holder, now=offline.clock.now())}.",
        open_calls=open_calls,
        trouble=trouble,
        moving=lock.holder.operation == MIGRATION,
    )


def _open_calls(offline: Offline, origin: str) -> tuple[Mapping[Address, str], str]:
    try:
        state = recorded(offline, origin=origin)
    except StateError as error:
        return {}, error.message
    intents = {held.intent.address: held.intent.call.value for held in state.intents.values()}
    return {**intents, **{held.order.address: held.order.call.value for held in state.orders.values()}}, ""
