"""A run on a shared state that dies, or sleeps through another run, at every one of its calls on the store."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

import pytest

from gpuspec.errors import StateError
from gpuspec.model.state import State
from gpuspec.store.objects import Found, Objects, Put, Version
from gpuspec.store.objects_memory import Bucket, MemoryObjects
from gpuspec.store.state_store import peek
from tests.builders.objects import Behind, another, remote_store
from tests.builders.recorded import creation
from tests.builders.stores import begun, expected_of

# With fewer calls than a run makes, nothing would be proven.
FEWEST_CALLS = 25


class StruckAt(Behind):
    """Something happens at the n-th call, before it or after it."""

    def __init__(self, objects: Objects, number: int, strike: Callable[[], None], *, after: bool) -> None:
        super().__init__(objects)
        self._number = number
        self._strike = strike
        self._after = after
        self.calls = 0

    def get(self, key: str) -> Found | None:
        self._struck(after=False)
        found = super().get(key)
        self._struck(after=True)
        return found

    def create(self, key: str, content: bytes) -> Put:
        self._struck(after=False)
        answer = super().create(key, content)
        self._struck(after=True)
        return answer

    def replace(self, key: str, content: bytes, version: Version) -> Put:
        self._struck(after=False)
        answer = super().replace(key, content, version)
        self._struck(after=True)
        return answer

    def list(self, folder: str) -> Sequence[str]:
        self._struck(after=False)
        keys = super().list(folder)
        self._struck(after=True)
        return keys

    def delete(self, keys: Sequence[str]) -> None:
        self._struck(after=False)
        super().delete(keys)
        self._struck(after=True)

    def _struck(self, *, after: bool) -> None:
        self.calls += not after
        if self.calls == self._number and after is self._after:
            self._strike()


class DiesAt(StruckAt):
    """The process is gone at the n-th call: from then on the store hears nothing of it."""

    def __init__(self, objects: Objects, number: int, *, after: bool) -> None:
        super().__init__(objects, number, self._die, after=after)
        self.died = False

    def _struck(self, *, after: bool) -> None:
        super()._struck(after=after)
        if self.died:
            raise StateError("The process is gone.")

    def _die(self) -> None:
        self.died = True


async def a_run(objects: Objects, folder: Path, *, first: int, acknowledged: list[str]) -> None:
    """Three instances are made, with a snapshot on the way; what was acknowledged is noted."""
    session = begun(remote_store(objects, folder), snapshot_every=3)
    for number in range(first, first + 3):
        await session.journal.append(*creation(f"worker-{number}", number=number))
        acknowledged.append(f"worker-{number}")
    await session.end()


def the_state(bucket: Bucket, folder: Path) -> State:
    """What the next run finds."""
    state = peek(another(bucket, folder), expected_of())
    assert isinstance(state, State)
    return state


def a_whole_run(bucket: Bucket, folder: Path, *, first: int) -> list[str]:
    """Another process breaks the lock, if it is held, and runs from its beginning to its end."""
    acknowledged: list[str] = []

    def work() -> None:
        another(bucket, folder).force_release()
        asyncio.run(a_run(MemoryObjects(bucket), folder, first=first, acknowledged=acknowledged))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(acknowledged) == 3
    return acknowledged


@pytest.mark.parametrize("seasoned", [False, True], ids=["first run", "later run"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_run_that_dies_at_any_call_loses_nothing_that_was_acknowledged(
    tmp_path: Path, *, after: bool, seasoned: bool
) -> None:
    """The next one finds it all, at most with what was on its way, and goes on."""
    number, died = 0, True
    while died:
        number += 1
        bucket, acknowledged = Bucket(), list[str]()
        objects = DiesAt(MemoryObjects(bucket), number, after=after)
        folder = tmp_path / str(number)
        others = a_whole_run(bucket, folder, first=1) if seasoned else []
        _fails(a_run(objects, folder, first=4, acknowledged=acknowledged))
        died = objects.died

        others += a_whole_run(bucket, folder, first=7)

        assert {*acknowledged, *others} <= set(the_state(bucket, folder).records)
    assert number > FEWEST_CALLS


@pytest.mark.parametrize("seasoned", [False, True], ids=["first run", "later run"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_run_that_sleeps_through_another_one_at_any_call_is_told(
    tmp_path: Path, *, after: bool, seasoned: bool
) -> None:
    """Nothing that either was told to be durable is lost, and the one that slept is told before its next entry is."""
    number, slept = 0, True
    while slept:
        number += 1
        bucket, acknowledged, others = Bucket(), list[str](), list[str]()
        folder = tmp_path / str(number)
        before: list[str] = []

        def sleep(
            bucket: Bucket = bucket,
            folder: Path = folder,
            before: list[str] = before,
            others: list[str] = others,
            acknowledged: list[str] = acknowledged,
        ) -> None:
            before += acknowledged
            others += a_whole_run(bucket, folder, first=7)

        early = a_whole_run(bucket, folder, first=1) if seasoned else []
        objects = StruckAt(MemoryObjects(bucket), number, sleep, after=after)
        failed = _fails(a_run(objects, folder, first=4, acknowledged=acknowledged))
        slept = bool(others)

        assert {*early, *acknowledged, *others} <= set(the_state(bucket, folder).records)
        # The call itself may be the last look at the lock: then the entry that it was for was acknowledged rightly.
        assert not failed or len(acknowledged) <= len(before) + 1
        a_whole_run(bucket, folder, first=10)
        assert {*early, *acknowledged, *others} <= set(the_state(bucket, folder).records)

    assert number > FEWEST_CALLS


def _fails(work: Coroutine[None, None, None]) -> bool:
    try:
        asyncio.run(work)
    except StateError:
        return True
    return False
