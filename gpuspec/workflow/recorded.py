"""The recorded state of a session: looked at without a lock, or held for a run."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from gpuspec.errors import Locked
from gpuspec.model.event import Event, EventKind
from gpuspec.model.marker import DEFAULT_ENVIRONMENT
from gpuspec.model.state import Birth, State
from gpuspec.ports import Holder, Sealer, StateStore
from gpuspec.store.fit import Expected
from gpuspec.store.holding import is_dead
from gpuspec.store.seal import sealer_at_hand, sealer_from_text, sealer_kept
from gpuspec.store.state_store import Session as Held
from gpuspec.store.state_store import Unborn, Vacant, begin, peek
from gpuspec.workflow.ending import heed
from gpuspec.workflow.places import refuse_state_left_behind, refuse_without_key, store_at
from gpuspec.workflow.session import Editing, Offline, Session, Workplace

T = TypeVar("T")

_LOCK_POLL_S = 0.1
_SHARED_LOCK_POLL_S = 1.0


def birth_of(offline: Offline, *, origin: str, lineage: str) -> Birth:
    """What a state of this project, environment and service is born with."""
    return Birth(
        lineage=lineage,
        origin=origin,
        project=offline.home.name,
        environment=offline.home.environment.name or DEFAULT_ENVIRONMENT,
        marker=offline.home.marker,
    )


def recorded(offline: Offline, *, origin: str) -> State:
    """The recorded state, read without the lock; an empty one without a lineage where none was born yet.

    Raises:
        StateError: It can't be used.
    """
    match peek(store_of(offline), expected_of(offline, origin)):
        case Unborn():
            refuse_state_left_behind(offline)
            return unborn(offline, origin=origin)
        case state:
            return state


def unborn(offline: Offline, *, origin: str) -> State:
    """The state before its birth: nothing recorded, no lineage."""
    return State(birth=birth_of(offline, origin=origin, lineage=""))


async def hold(session: Session | Editing) -> Held | Vacant:
    """Take the lock and read the state; while the lock is waited for, it is said whose it is, and signals are heeded.

    Raises:
        Locked: Somebody else held it for all of the session's time for that.
        StateError: It can't be used.
        Interrupted: A signal came meanwhile.
    """
    offline = session.offline
    refuse_without_key(offline)
    refuse_state_left_behind(offline)
    expected = expected_of(offline, session.origin)

    def take(holder: Holder) -> Held | Vacant:
        return begin(store_of(offline), holder, expected=expected, timeout_s=0.0)

    return await when_free(session, offline.workplace, take)


async def when_free(session: Session | Editing, place: Workplace, take: Callable[[Holder], T]) -> T:
    """What `take` gives once it gets the lock of this place; it must not wait for the lock itself.

    Raises:
        Locked: Somebody else held it for all of the session's time for that.
        Interrupted: A signal came meanwhile.
    """
    import asyncio

    clock = session.offline.clock
    deadline = clock.monotonic() + session.lock_timeout_s
    told = False
    while True:
        # Whoever waits for this run wants to know since when it has had the lock, not since when it wanted it.
        holder = replace(session.holder, since=clock.now())
        try:
            # On an object store it may take seconds, and signals are to be heard meanwhile.
            return take(holder) if place.url is None else await asyncio.to_thread(take, holder)
        except Locked as locked:
            if clock.monotonic() >= deadline:
                raise
            if not told:
                told = True
                words = f"Waiting for the lock. {locked.message}"
                session.listener.event(Event(kind=EventKind.WARNING, at=clock.now(), message=words))
        await clock.sleep(_LOCK_POLL_S if place.url is None else _SHARED_LOCK_POLL_S)
        heed(session)


async def finish(place: Held | Vacant) -> None:
    """Put what the journal has into the snapshot, and give the lock back.

    Raises:
        StoreFailed: The snapshot could not be written; the journal has all of it.
    """
    if isinstance(place, Held):
        await place.end()
    else:
        place.end()


def sealer_to_compare(offline: Offline) -> Sealer:
    """The sealer of a command that writes nothing."""
    refuse_without_key(offline)
    if offline.state_key:
        return sealer_from_text(offline.state_key)
    return sealer_at_hand(offline.workplace.work_folder)


def sealer_to_write(offline: Offline) -> Sealer:
    """The sealer of a run that records; its key is made when there is none."""
    refuse_without_key(offline)
    if offline.state_key:
        return sealer_from_text(offline.state_key)
    return sealer_kept(offline.workplace.work_folder)


def run_in_progress(offline: Offline) -> str:
    """Who is at work on this state now, in words; empty when nobody is."""
    holder = store_of(offline).holder()
    if holder is None:
        return ""
    who = f"{holder.who}@{holder.host} (process {holder.pid})"
    if is_dead(holder):
        # The lock of a file ends with its process, that of a shared state doesn't.
        return f"{who} has ended while it was running `{holder.operation}` on this state, and has left its lock."
    return f"{who} is running `{holder.operation}` on this state now."


def store_of(offline: Offline) -> StateStore:
    """Where the state lives, neither locked nor read yet."""
    return store_at(offline.workplace)


def expected_of(offline: Offline, origin: str) -> Expected:
    """What a run of this project, environment and service knows of its state beforehand."""
    birth = birth_of(offline, origin=origin, lineage="")
    # Without a declared name the state keeps the one that it was born with, whatever its folder is called now.
    return Expected(
        origin=origin, project=offline.home.project.name, environment=birth.environment, marker=birth.marker
    )
