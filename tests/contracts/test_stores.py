"""What every store owes the rules, and what the rules do on every store."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuspec.codec.journal import encode_line
from gpuspec.errors import Locked
from gpuspec.model.journal import KeyUsed, Made
from gpuspec.ports import StateStore
from gpuspec.store.objects_memory import Bucket, MemoryObjects
from gpuspec.store.state_store import Session, Unborn, Vacant, begin, peek
from tests.builders.objects import remote_stores
from tests.builders.recorded import LINEAGE, a_birth, a_made, a_record, a_state, creation, nonce
from tests.builders.s3 import S3
from tests.builders.stores import MakeStore, a_holder, begun, expected_of, local_stores, memory_stores


@pytest.fixture(params=["memory", "local", "objects", "s3"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> MakeStore:
    """Every kind of store."""
    match request.param:
        case "memory":
            return memory_stores()
        case "local":
            return local_stores(tmp_path)
        case "objects":
            bucket = Bucket()
            return remote_stores(lambda: MemoryObjects(bucket), tmp_path)
        case _:
            s3: S3 = request.getfixturevalue("s3")
            place = s3.place()
            return remote_stores(lambda: s3.objects(place), tmp_path)


@pytest.fixture
def store(make_store: MakeStore) -> Iterator[StateStore]:
    """A store whose lock is held."""
    store = make_store()
    store.acquire(a_holder(), timeout_s=0.0)
    yield store
    store.release()


def lines(first_seq: int, count: int) -> list[bytes]:
    """Journal lines with these numbers."""
    return [encode_line(KeyUsed(key_digest=str(seq)), seq=seq) for seq in range(first_seq, first_seq + count)]


def test_a_fresh_store_is_empty(make_store: MakeStore) -> None:
    """Nothing is there, nobody holds it, and reading leaves it so."""
    store = make_store()

    assert store.snapshot() is None
    assert list(store.read_since(0)) == []
    assert store.remembered() == {}
    assert store.holder() is None
    assert store.name


def test_the_last_snapshot_is_read(store: StateStore, make_store: MakeStore) -> None:
    """Another store on the medium sees it, whole."""
    store.put_snapshot(b"first", lineage=LINEAGE, serial=1)
    store.put_snapshot(b"second", lineage=LINEAGE, serial=2)

    assert make_store().snapshot() == b"second"


def test_the_highest_serial_of_a_lineage_is_remembered(store: StateStore, make_store: MakeStore) -> None:
    """Lineages are kept apart, and a lower serial doesn't lower it."""
    for lineage, serial in (("a", 3), ("b", 1), ("a", 2)):
        store.put_snapshot(b"", lineage=lineage, serial=serial)

    assert make_store().remembered() == {"a": 3, "b": 1}


def test_lines_come_back_in_order(store: StateStore, make_store: MakeStore) -> None:
    """All of them, or those after a number."""
    store.append(lines(1, 2), first_seq=1)
    store.append(lines(3, 3), first_seq=3)

    other = make_store()
    assert list(other.read_since(0)) == lines(1, 5)
    assert list(other.read_since(3)) == lines(4, 2)
    assert list(other.read_since(5)) == []
    assert list(other.read_since(99)) == []


@pytest.mark.parametrize("seq", range(7))
def test_a_cut_drops_lines_up_to_a_number(store: StateStore, make_store: MakeStore, seq: int) -> None:
    """The rest stays, and the journal goes on where it was."""
    store.append(lines(1, 5), first_seq=1)

    store.cut(seq)
    store.append(lines(6, 1), first_seq=6)

    assert list(make_store().read_since(0)) == lines(min(seq, 5) + 1, 6 - min(seq, 5))


def test_only_one_has_the_lock(make_store: MakeStore) -> None:
    """The second is told who has it, and gets it once it was given back."""
    first, second = make_store(), make_store()
    first.acquire(a_holder("apply"), timeout_s=0.0)

    with pytest.raises(Locked, match="has been running `apply` on it since"):
        second.acquire(a_holder("destroy"), timeout_s=0.0)
    assert second.holder() == a_holder("apply")
    first.release()
    second.acquire(a_holder("destroy"), timeout_s=0.0)
    second.release()


def test_a_lock_is_waited_for(make_store: MakeStore) -> None:
    """Whoever has time gets it when it is given back."""
    first, second = make_store(), make_store()
    first.acquire(a_holder(), timeout_s=0.0)
    waiting = threading.Thread(target=second.acquire, args=[a_holder()], kwargs={"timeout_s": 30.0})
    waiting.start()
    first.release()
    waiting.join(timeout=30.0)

    assert not waiting.is_alive()
    second.release()


def test_releasing_what_is_not_held_does_nothing(make_store: MakeStore) -> None:
    """Nobody's lock is given back by mistake."""
    first, second = make_store(), make_store()
    first.acquire(a_holder(), timeout_s=0.0)
    second.release()

    with pytest.raises(Locked):
        second.acquire(a_holder(), timeout_s=0.0)
    first.release()
    first.release()


def test_what_is_unborn_stays_unborn_by_looking(make_store: MakeStore) -> None:
    """Neither peeking nor beginning and ending makes a state."""
    vacant = begin(make_store(), a_holder(), expected=expected_of(), timeout_s=0.0)

    assert isinstance(vacant, Vacant)
    vacant.end()
    assert isinstance(peek(make_store(), expected_of()), Unborn)


@pytest.mark.anyio
async def test_a_state_is_born_before_any_intent(make_store: MakeStore) -> None:
    """The first snapshot has serial 1 and is there at once."""
    session = begun(make_store())

    assert peek(make_store(), expected_of()) == a_state(serial=1)
    assert await session.end() == a_state(serial=1)


@pytest.mark.anyio
async def test_what_was_journaled_is_recorded(make_store: MakeStore) -> None:
    """The next run finds it, in a snapshot of the next serial with the journal cut."""
    session = begun(make_store())
    await session.journal.append(*creation("trainer"))
    left = await session.end()

    assert left == a_state(a_record("trainer"), serial=2, seq=2)
    assert peek(make_store(), expected_of()) == left
    assert list(make_store().read_since(0)) == []


@pytest.mark.anyio
async def test_a_run_that_died_loses_nothing(make_store: MakeStore) -> None:
    """What was acknowledged is there for the next run though no snapshot was written."""
    store = make_store()
    session = begun(store)
    await session.journal.append(*creation("trainer"))
    store.release()

    found = peek(make_store(), expected_of())
    recovered = begun(make_store())
    assert found == a_state(a_record("trainer"), serial=1, seq=2)
    assert recovered.state == a_state(a_record("trainer"), serial=2, seq=2)
    assert list(make_store().read_since(0)) == []
    await recovered.end()


@pytest.mark.anyio
async def test_a_snapshot_without_its_cut_is_replayed_once(make_store: MakeStore) -> None:
    """Lines that the snapshot has already are skipped."""
    session = begun(make_store())
    await session.journal.append(*creation("trainer"))
    left = await session.end()
    store = make_store()
    store.acquire(a_holder(), timeout_s=0.0)
    store.append([encode_line(entry, seq=seq) for seq, entry in enumerate(creation("trainer"), start=1)], first_seq=1)
    store.release()

    assert peek(make_store(), expected_of()) == left


@pytest.mark.anyio
async def test_a_run_without_a_change_rewrites_nothing(make_store: MakeStore) -> None:
    """Not a byte of the snapshot moves, entries that say what is known included."""
    session = begun(make_store())
    await session.journal.append(KeyUsed(key_digest="k1"))
    await session.end()
    before = make_store().snapshot()

    session = begun(make_store())
    await session.journal.append(KeyUsed(key_digest="k1"))
    await session.end()

    assert make_store().snapshot() == before


@pytest.mark.anyio
async def test_snapshots_are_written_on_the_way(make_store: MakeStore) -> None:
    """A long run's journal is cut now and then, and nothing is missing at the end."""
    session = begun(make_store(), snapshot_every=10)
    for number in range(1, 31):
        await session.journal.append(*creation(f"worker-{number}", number=number))
    on_the_way = peek(make_store(), expected_of())

    assert isinstance(on_the_way, type(session.state))
    assert on_the_way.serial > 1
    assert len(make_store().read_since(0)) < 60
    left = await session.end()
    assert list(left.records) == [f"worker-{number}" for number in range(1, 31)]
    assert peek(make_store(), expected_of()) == left


@pytest.mark.anyio
async def test_a_second_run_waits_outside(make_store: MakeStore) -> None:
    """From the beginning to the end of a session its lock is held."""
    session = begun(make_store())

    with pytest.raises(Locked):
        begin(make_store(), a_holder(), expected=expected_of(), timeout_s=0.0)
    await session.end()
    again = begin(make_store(), a_holder(), expected=expected_of(), timeout_s=0.0)
    assert isinstance(again, Session)
    await again.end()


@pytest.mark.anyio
async def test_what_settling_found_takes_the_place_of_a_tombstone(make_store: MakeStore) -> None:
    """Across runs, an instance that turned up late is recorded at its address."""
    session = begun(make_store())
    intended, made = creation("trainer")
    await session.journal.append(intended)
    await session.end()

    session = begun(make_store())
    assert list(session.state.intents) == [nonce(1)]
    await session.journal.append(made)
    left = await session.end()
    assert isinstance(made, Made)
    assert made == a_made(1)
    assert left.records == {"trainer": a_record("trainer")}
    assert left.birth == a_birth()
