"""How a command ends before its work is done, and how it waits for the lock."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from gpuspec.errors import CredentialsError, Interrupted, Locked, Refused
from gpuspec.model.outcome import Stop
from gpuspec.model.project import Environment, Project
from gpuspec.model.settings import Settings
from gpuspec.spec.load import unguarded
from gpuspec.store.local import LocalStore
from gpuspec.store.state_store import Vacant
from gpuspec.workflow.ending import heed, unless_interrupted, unresolved_first
from gpuspec.workflow.project import Home
from gpuspec.workflow.recorded import hold
from gpuspec.workflow.session import Given, Offline, Session, Target, Workplace
from tests.builders.engine import Chance, Heard, Signal
from tests.builders.stores import a_holder, local_store
from tests.builders.virtual_time import VirtualClock, virtual
from tests.builders.world import World


def a_session(folder: Path, signal: Signal, *, lock_timeout_s: float = 0.0) -> Session:
    """A run in this folder that waits so long for its lock."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[World]:
        yield World()

    clock, chance = VirtualClock(), Chance()
    offline = Offline(
        home=Home(folder=folder, project=Project(), environment=Environment(name="")),
        given=Given(),
        guard=unguarded,
        workplace=Workplace(state_path=folder / "gpuspec.state.json", work_folder=folder / ".gpuspec", folder=folder),
        clock=clock,
        randomness=chance,
        secrets=None,  # type: ignore[arg-type]
    )
    return Session(
        offline=offline,
        target=Target(origin="https://api.novita.ai", key_digest="", connect=connect),
        settings=Settings(),
        listener=Heard(),
        interruption=signal,
        holder=a_holder(),
        lock_timeout_s=lock_timeout_s,
    )


async def asked_after(signal: Signal, seconds: float) -> None:
    """A signal comes after this time."""
    await asyncio.sleep(seconds)
    signal.ask()


@virtual
async def test_a_signal_breaks_reading_off(tmp_path: Path) -> None:
    """What was begun is cancelled, and its end is waited for."""
    signal, ended = Signal(Stop.TERMINATED), asyncio.Event()

    async def read() -> None:
        try:
            await asyncio.sleep(1000.0)
        finally:
            ended.set()

    asking = asyncio.create_task(asked_after(signal, 1.0))
    with pytest.raises(Interrupted) as raised:
        await unless_interrupted(a_session(tmp_path, signal), read())

    assert raised.value.exit_status == 143
    assert ended.is_set()
    assert asyncio.get_running_loop().time() == pytest.approx(1.0)
    await asking


@virtual
async def test_without_a_signal_reading_gives_what_it_gives(tmp_path: Path) -> None:
    """Its result, or its failure."""

    async def read() -> str:
        return "read"

    async def fail() -> str:
        raise CredentialsError("The key is refused.")

    session = a_session(tmp_path, Signal())

    assert await unless_interrupted(session, read()) == "read"
    with pytest.raises(CredentialsError):
        await unless_interrupted(session, fail())


@virtual
async def test_a_signal_that_came_before_is_heeded(tmp_path: Path) -> None:
    """Ctrl-C gives 130."""
    signal = Signal()
    session = a_session(tmp_path, signal)
    heed(session)
    signal.ask()

    with pytest.raises(Interrupted) as raised:
        heed(session)
    assert raised.value.exit_status == 130


@pytest.mark.parametrize(
    "error",
    [
        Interrupted("Nothing was sent."),
        CredentialsError("The key is refused."),
        Refused("Nothing is sent.", reason="empty-set"),
    ],
    ids=lambda error: error.code,
)
def test_what_is_unresolved_weighs_more_than_any_failure(error: Interrupted | CredentialsError | Refused) -> None:
    """The status is 7, and the addresses are named once, whoever adds them."""
    before = error.message
    with pytest.raises(type(error)), unresolved_first(lambda: ("c",)), unresolved_first(lambda: ("b", "a", "b")):
        raise error

    assert error.exit_status == 7
    assert error.message == f"{before} Unresolved, and money may be running: `a`, `b`."


def test_a_failure_keeps_its_status_where_nothing_is_unresolved() -> None:
    """And many addresses are counted where something is."""
    with pytest.raises(CredentialsError) as raised, unresolved_first(tuple):
        raise CredentialsError("The key is refused.")
    assert (raised.value.exit_status, raised.value.message) == (3, "The key is refused.")

    with pytest.raises(CredentialsError) as raised, unresolved_first(lambda: (f"a{number}" for number in range(12))):
        raise CredentialsError("The key is refused.")
    assert raised.value.message.endswith("`a7` and 2 more.")


@contextmanager
def locked(folder: Path) -> Iterator[LocalStore]:
    """Within it, another run has the lock."""
    other = local_store(folder)
    other.acquire(a_holder("recover"), timeout_s=0.0)
    try:
        yield other
    finally:
        other.release()


@virtual
async def test_a_run_that_waits_for_the_lock_hears_a_signal(tmp_path: Path) -> None:
    """It ends at once, however long it was ready to wait."""
    signal = Signal()
    session = a_session(tmp_path, signal, lock_timeout_s=600.0)
    asking = asyncio.create_task(asked_after(signal, 2.0))

    with locked(tmp_path), pytest.raises(Interrupted):
        await hold(session)

    assert asyncio.get_running_loop().time() == pytest.approx(2.0)
    await asking


@virtual
async def test_a_run_gets_the_lock_once_it_is_free(tmp_path: Path) -> None:
    """And says that it has had it from then on."""
    session = a_session(tmp_path, Signal(), lock_timeout_s=600.0)

    with locked(tmp_path) as other:
        asyncio.get_running_loop().call_later(5.0, other.release)
        place = await hold(session)

    assert isinstance(place, Vacant)
    holder = local_store(tmp_path).holder()
    assert holder is not None
    assert holder.since - VirtualClock().offset == pytest.approx(5.0, abs=0.2)
    place.end()


@virtual
async def test_a_run_that_waited_in_vain_says_who_has_the_lock(tmp_path: Path) -> None:
    """After the time that it was given, and not before."""
    with locked(tmp_path), pytest.raises(Locked, match="has been running `recover`"):
        await hold(a_session(tmp_path, Signal(), lock_timeout_s=3.0))

    assert asyncio.get_running_loop().time() == pytest.approx(3.0, abs=0.2)
