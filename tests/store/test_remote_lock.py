"""The lock of a shared state, and runs that lost it: each is told before it sends anything."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gpuspec.errors import Bug, Locked, StateError, StoreFailed
from gpuspec.store.objects import Put
from gpuspec.store.objects_memory import Bucket, MemoryObjects
from gpuspec.store.remote import RemoteStore
from gpuspec.store.remote_documents import LOCK_KEY
from gpuspec.store.state_store import peek
from tests.builders.objects import (
    Behind,
    another,
    lines,
    lock_broken,
    remote_store,
)
from tests.builders.recorded import LINEAGE, creation
from tests.builders.stores import a_holder, begun, expected_of


@pytest.fixture
def bucket() -> Bucket:
    """What outlives each client."""
    return Bucket()


@pytest.fixture
def store(bucket: Bucket, tmp_path: Path) -> RemoteStore:
    """A store that nobody is at work on."""
    return remote_store(MemoryObjects(bucket), tmp_path)


def test_an_append_after_the_lock_was_broken_fails_for_good(store: RemoteStore) -> None:
    """The lock is looked at after the segment was written, and before anything is sent on its word."""
    store.acquire(a_holder(), timeout_s=0.0)
    lock_broken(store)

    for _ in range(2):
        with pytest.raises(StoreFailed, match="was broken while this run held it"):
            store.append(lines(1), first_seq=1)


def test_the_number_of_a_segment_is_given_once(store: RemoteStore, bucket: Bucket, tmp_path: Path) -> None:
    """Whoever has it goes on; for the other one it is a fence."""
    store.acquire(a_holder(), timeout_s=0.0)
    lock_broken(store)
    second = another(bucket, tmp_path)
    second.acquire(a_holder("destroy"), timeout_s=0.0)
    second.append(lines(1), first_seq=1)

    with pytest.raises(StoreFailed, match="Another run has written"):
        store.append(lines(1), first_seq=1)

    assert list(another(bucket, tmp_path).read_since(0)) == lines(1)


@pytest.mark.anyio
async def test_a_number_that_was_cut_away_is_no_hole_in_the_fence(
    store: RemoteStore, bucket: Bucket, tmp_path: Path
) -> None:
    """The run that slept gets its segment written, and is told all the same; nobody reads that segment."""
    sleeper = begun(store)
    await sleeper.journal.append(*creation("sleeper", number=1))
    lock_broken(store)
    whole = begun(another(bucket, tmp_path))
    await whole.journal.append(*creation("trainer", number=2))
    left = await whole.end()

    with pytest.raises(StoreFailed, match="was broken while this run held it"):
        await sleeper.journal.append(*creation("late", number=3))
    await sleeper.end()

    assert any(key.startswith("journal/") for key in bucket.objects)
    assert peek(another(bucket, tmp_path), expected_of()) == left
    again = begun(another(bucket, tmp_path))
    await again.journal.append(*creation("next", number=4))
    assert list((await again.end()).records) == ["sleeper", "trainer", "next"]
    assert [key for key in bucket.objects if key.startswith("journal/")] == []


def test_a_snapshot_after_the_lock_was_broken_fails(store: RemoteStore, bucket: Bucket) -> None:
    """Not a byte is written."""
    store.acquire(a_holder(), timeout_s=0.0)
    store.put_snapshot(b"first", lineage=LINEAGE, serial=1)
    lock_broken(store)

    with pytest.raises(StoreFailed, match="was broken"):
        store.put_snapshot(b"second", lineage=LINEAGE, serial=2)

    assert store.snapshot() == b"first"


def test_a_head_that_moved_is_not_moved_again(store: RemoteStore, bucket: Bucket, tmp_path: Path) -> None:
    """Between the look at the lock and the write of the head, somebody else wrote one."""

    class Interrupted(Behind):
        def create(self, key: str, content: bytes) -> Put:
            if key.startswith("snapshots/"):
                lock_broken(another(bucket, tmp_path))
                store.acquire(a_holder(), timeout_s=0.0)
                store.put_snapshot(b"theirs", lineage=LINEAGE, serial=1)
            return super().create(key, content)

    slow = remote_store(Interrupted(MemoryObjects(bucket)), tmp_path)
    slow.acquire(a_holder(), timeout_s=0.0)

    with pytest.raises(StoreFailed, match="Another run has written"):
        slow.put_snapshot(b"ours", lineage=LINEAGE, serial=1)

    assert another(bucket, tmp_path).snapshot() == b"theirs"


def test_giving_back_a_lock_that_was_broken_leaves_its_next_holder_alone(
    store: RemoteStore, bucket: Bucket, tmp_path: Path
) -> None:
    """Even if it was taken between."""
    store.acquire(a_holder(), timeout_s=0.0)
    lock_broken(store)
    second = another(bucket, tmp_path)
    second.acquire(a_holder("destroy"), timeout_s=0.0)

    store.release()

    assert second.holder() == a_holder("destroy")


def test_breaking_takes_the_lock_that_was_named_and_no_other(store: RemoteStore) -> None:
    """One that was taken meanwhile has another id."""
    store.acquire(a_holder(), timeout_s=0.0)

    assert not store.break_lock("0123456789abcdef")
    assert store.holder() == a_holder()
    lock_broken(store)
    assert store.holder() is None


def test_a_free_lock_can_t_be_broken(store: RemoteStore) -> None:
    """Not where there never was one, and not by the id of the one before."""
    store.acquire(a_holder(), timeout_s=0.0)
    lock = store.held()
    assert lock is not None
    store.release()

    assert not store.break_lock(lock.id)


def test_whoever_waits_is_told_the_lock_and_how_to_break_it(store: RemoteStore, bucket: Bucket, tmp_path: Path) -> None:
    """The command is there to copy; age alone breaks nothing."""
    store.acquire(a_holder(since=0.0), timeout_s=0.0)
    lock = store.held()
    assert lock is not None

    with pytest.raises(Locked) as told:
        another(bucket, tmp_path).acquire(a_holder(), timeout_s=0.0)

    assert told.value.command == f"gpuspec unlock {lock.id} --state memory://bucket"
    assert "1970-01-01" in told.value.message


def test_force_release_breaks_whatever_lock_there_is(store: RemoteStore) -> None:
    """And does nothing where there is none."""
    store.force_release()
    store.acquire(a_holder(), timeout_s=0.0)

    store.force_release()

    assert store.holder() is None


def test_two_that_come_at_once_get_one_lock(bucket: Bucket, tmp_path: Path) -> None:
    """The one that is late between its look and its write is told who was faster."""
    first = another(bucket, tmp_path)

    class Late(Behind):
        def create(self, key: str, content: bytes) -> Put:
            if key == LOCK_KEY:
                first.acquire(a_holder("destroy"), timeout_s=0.0)
            return super().create(key, content)

    with pytest.raises(Locked, match="destroy"):
        remote_store(Late(MemoryObjects(bucket)), tmp_path).acquire(a_holder(), timeout_s=0.0)

    assert first.holder() == a_holder("destroy")


def test_a_segment_of_which_a_part_is_cut_keeps_the_rest(bucket: Bucket, tmp_path: Path) -> None:
    """A process that has read nothing of it yet looks what is in it."""
    first = another(bucket, tmp_path)
    first.acquire(a_holder(), timeout_s=0.0)
    first.append(lines(1, 3), first_seq=1)
    first.append(lines(4, 2), first_seq=4)
    first.release()
    second = another(bucket, tmp_path)
    second.acquire(a_holder(), timeout_s=0.0)

    second.cut(2)

    assert list(second.read_since(0)) == lines(3, 3)
    second.cut(3)
    assert list(second.read_since(0)) == lines(4, 2)


def test_a_cut_that_fails_costs_nothing(bucket: Bucket, tmp_path: Path) -> None:
    """The head says what is covered; leftovers are removed by the next run."""

    class Stubborn(Behind):
        def delete(self, keys: Sequence[str]) -> None:
            if any(key.startswith("journal/") for key in keys):
                raise StateError("It refuses.")

    store = remote_store(Stubborn(MemoryObjects(bucket)), tmp_path)
    store.acquire(a_holder(), timeout_s=0.0)
    store.append(lines(1, 3), first_seq=1)
    store.put_snapshot(b"x", lineage=LINEAGE, serial=1)
    store.cut(3)

    assert store.read_since(0) == ()
    store.release()
    again = another(bucket, tmp_path)
    again.acquire(a_holder(), timeout_s=0.0)
    again.append(lines(4), first_seq=4)
    again.put_snapshot(b"y", lineage=LINEAGE, serial=2)
    again.cut(4)
    assert [key for key in bucket.objects if key.startswith("journal/")] == []


def test_an_entry_out_of_turn_is_a_bug(store: RemoteStore) -> None:
    """The rules number them without gaps."""
    store.acquire(a_holder(), timeout_s=0.0)
    store.append(lines(1), first_seq=1)

    with pytest.raises(Bug, match="Entry 3 was to follow entry 1"):
        store.append(lines(3), first_seq=3)


@pytest.mark.anyio
async def test_numbers_go_on_after_a_cut(bucket: Bucket, tmp_path: Path) -> None:
    """One that began anew would be taken for covered by the snapshot, and its entries would be lost."""
    first = begun(another(bucket, tmp_path))
    await first.journal.append(*creation("one", number=1))
    await first.end()
    store = another(bucket, tmp_path)
    second = begun(store)
    await second.journal.append(*creation("two", number=2))
    store.release()

    found = begun(another(bucket, tmp_path)).state

    assert list(found.records) == ["one", "two"]
