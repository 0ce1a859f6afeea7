"""Under which numbers the writer hands lines to a store, when it writes a snapshot, and how a failure is repeated."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from gpuspec.codec.journal import opened
from gpuspec.errors import Bug, StoreFailed
from gpuspec.model.journal import KeyUsed
from gpuspec.store.memory import MemoryStore
from tests.builders.recorded import a_made, creation
from tests.builders.stores import begun, local_store

pytestmark = pytest.mark.anyio


class Watched(MemoryStore):
    """Remembers under which number lines came, which number they bear, and what each snapshot covers."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[int] = []
        self.borne: list[int] = []
        self.snapshots: list[int] = []

    def append(self, lines: Sequence[bytes], *, first_seq: int) -> None:
        self.came += range(first_seq, first_seq + len(lines))
        self.borne += [line.seq for line in map(opened, lines) if line is not None]
        super().append(lines, first_seq=first_seq)

    def put_snapshot(self, content: bytes, *, lineage: str, serial: int) -> None:
        self.snapshots.append(json.loads(content)["seq"])
        super().put_snapshot(content, lineage=lineage, serial=serial)


class Broken(MemoryStore):
    """Says how to mend it."""

    def append(self, lines: Sequence[bytes], *, first_seq: int) -> None:
        raise StoreFailed("The disk is full.", hint="make room", command="df")


async def test_lines_are_handed_over_under_the_numbers_that_they_bear() -> None:
    """From 1 on without a gap; a store on objects names its segments by them."""
    store = Watched()
    session = begun(store)
    for number in (1, 2, 3):
        await session.journal.append(*creation(f"w{number}", number=number))

    assert store.came == store.borne == [1, 2, 3, 4, 5, 6]


async def test_a_snapshot_is_written_as_soon_as_there_are_so_many_entries() -> None:
    """Counted from the snapshot before; the end of the run writes what is left."""
    store = Watched()
    session = begun(store, snapshot_every=4)
    store.snapshots.clear()
    for number in range(1, 6):
        await session.journal.append(*creation(f"w{number}", number=number))
    during = list(store.snapshots)
    await session.end()

    assert during == [4, 8]
    assert store.snapshots == [4, 8, 10]


async def test_a_snapshot_waits_until_the_state_has_doubled() -> None:
    """As many entries as there are records: a state that grows is not written again and again."""
    store = Watched()
    session = begun(store, snapshot_every=1)
    store.snapshots.clear()
    await session.journal.append(*(entry for number in range(1, 6) for entry in creation(f"w{number}", number=number)))
    for number in range(6):
        await session.journal.append(KeyUsed(key_digest=f"digest-{number}"))

    assert store.snapshots == [10, 15]


async def test_a_failure_is_repeated_with_its_way_out() -> None:
    """To who waits, and to who comes later."""
    session = begun(Broken())

    for number in (1, 2):
        with pytest.raises(StoreFailed) as caught:
            await session.journal.append(*creation("a", number=number))
        failure = caught.value
        assert (failure.message, failure.hint, failure.command) == ("The disk is full.", "make room", "df")


async def test_what_contradicts_the_record_is_a_bug_that_says_so(tmp_path: Path) -> None:
    """In the words of the contradiction."""
    session = begun(local_store(tmp_path))

    with pytest.raises(Bug, match="There is no intent 0000000000000007"):
        await session.journal.append(a_made(7))
