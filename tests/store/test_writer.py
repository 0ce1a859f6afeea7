"""The engine's journal: shared syncs, order, cancellation, and what is a bug."""

import asyncio
import dataclasses
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from gpuspec.errors import Bug, StateError
from gpuspec.model.journal import Intended, KeyUsed
from gpuspec.model.secret import Revealed
from gpuspec.model.state import State
from gpuspec.store.memory import MemoryStore
from gpuspec.store.state_store import peek
from tests.builders.recorded import a_made, an_intent, creation, nonce
from tests.builders.stores import begun, expected_of, local_store

pytestmark = pytest.mark.anyio


class SlowStore(MemoryStore):
    """Waits in each append until it may go on; counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = threading.Event()
        self.batches: list[int] = []

    def append(self, lines: Sequence[bytes], *, first_seq: int) -> None:
        self.may_go_on.wait(timeout=30.0)
        self.batches.append(len(lines))
        super().append(lines, first_seq=first_seq)


async def test_who_waits_at_the_same_time_shares_a_sync() -> None:
    """The first goes alone, all that came meanwhile go together, and the loop goes on."""
    store = SlowStore()
    session = begun(store)
    tasks = [asyncio.create_task(session.journal.append(*creation(f"w{n}", number=n))) for n in range(1, 11)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = [asyncio.create_task(session.journal.append(*creation(f"w{n}", number=n))) for n in range(11, 31)]
    await asyncio.sleep(0)
    store.may_go_on.set()
    await asyncio.gather(*tasks, *later)
    left = await session.end()

    assert sum(store.batches) == 60
    assert len(store.batches) <= 3
    assert len(left.records) == 30


async def test_an_append_returns_only_when_its_entries_are_in_the_store() -> None:
    """Not before: what follows may spend money."""
    store = SlowStore()
    session = begun(store)
    task = asyncio.create_task(session.journal.append(*creation()))
    await asyncio.sleep(0.01)
    assert not task.done()

    store.may_go_on.set()
    await task
    assert len(store.medium.lines) == 2
    await session.end()


async def test_a_cancelled_caller_s_entries_are_written_all_the_same() -> None:
    """The fact they tell has happened."""
    store = SlowStore()
    session = begun(store)
    first = asyncio.create_task(session.journal.append(KeyUsed(key_digest="k1")))
    second = asyncio.create_task(session.journal.append(*creation()))
    await asyncio.sleep(0)
    second.cancel()
    store.may_go_on.set()
    await first
    with pytest.raises(asyncio.CancelledError):
        await second

    assert list((await session.end()).records) == ["trainer"]


async def test_ending_waits_for_what_is_being_written() -> None:
    """And then gives the lock back."""
    store = SlowStore()
    session = begun(store)
    task = asyncio.create_task(session.journal.append(*creation()))
    await asyncio.sleep(0)
    ending = asyncio.create_task(session.end())
    await asyncio.sleep(0)
    store.may_go_on.set()

    assert list((await ending).records) == ["trainer"]
    await task
    assert store.holder() is None


@pytest.mark.parametrize(
    "bad",
    [
        a_made(7),
        Intended(intent=dataclasses.replace(an_intent("other", number=2), fields={"imageAuth": Revealed(text="x")})),
    ],
    ids=["contradiction", "secret"],
)
async def test_an_entry_that_can_not_be_is_a_bug_and_is_not_written(tmp_path: Path, bad: Intended) -> None:
    """On disk it would stop every later run; what came before it in the same call is written."""
    session = begun(local_store(tmp_path))

    with pytest.raises(Bug):
        await session.journal.append(Intended(intent=an_intent()), bad)
    await session.journal.append(a_made())
    await session.end()

    found = peek(local_store(tmp_path), expected_of())
    assert isinstance(found, State)
    assert [record.nonce for record in found.records.values()] == [nonce(1)]


async def test_nothing_is_journaled_after_the_end(tmp_path: Path) -> None:
    """The lock is somebody else's."""
    session = begun(local_store(tmp_path))
    await session.end()

    with pytest.raises(Bug, match=r"^Something was to be journaled after the run had given its lock back\."):
        await session.journal.append(*creation())


async def test_a_writer_that_is_cancelled_fails_those_who_wait() -> None:
    """Nobody is told that something is durable, and nothing is appended later."""
    store = SlowStore()
    session = begun(store)
    task = asyncio.create_task(session.journal.append(*creation()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    writer = next(one for one in asyncio.all_tasks() if one.get_name() == "journal writer")
    writer.cancel()
    store.may_go_on.set()

    with pytest.raises(StateError, match=r"^Writing the journal was cut short\.$"):
        await task
    with pytest.raises(StateError, match=r"^Writing the journal was cut short\.$"):
        await session.journal.append(KeyUsed(key_digest="k1"))
    await session.end()


class RewrittenStore(MemoryStore):
    """A store whose snapshot moves each time that its journal is read, as under a run at work."""

    def __init__(self, other: MemoryStore, *, times: int) -> None:
        super().__init__(other.medium)
        self.times = times

    def read_since(self, seq: int) -> Sequence[bytes]:
        lines = super().read_since(seq)
        if self.times:
            self.times -= 1
            assert self.medium.snapshot is not None
            self.medium.snapshot += b"\n"
        return lines


async def test_a_state_that_moves_while_it_is_read_is_read_again() -> None:
    """A few times; then the run at work is named as the cause."""
    store = MemoryStore()
    await begun(store).end()

    assert isinstance(peek(RewrittenStore(store, times=3), expected_of()), State)
    with pytest.raises(StateError, match="changed 5 times while it was read"):
        peek(RewrittenStore(store, times=99), expected_of())
