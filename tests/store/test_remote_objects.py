"""What may lie where a shared state is: damage, leftovers, and what others keep there."""

from pathlib import Path

import pytest

from gpuspec.codec.journal import encode_line
from gpuspec.errors import DamagedState
from gpuspec.model.journal import KeyUsed
from gpuspec.store.objects import Found, Put, Version
from gpuspec.store.objects_memory import Bucket, MemoryObjects
from gpuspec.store.remote import SNAPSHOTS, RemoteStore
from gpuspec.store.remote_documents import HEAD_KEY, LOCK_KEY
from tests.builders.objects import (
    Behind,
    another,
    lines,
    remote_store,
)
from tests.builders.recorded import LINEAGE
from tests.builders.stores import a_holder


@pytest.fixture
def bucket() -> Bucket:
    """What outlives each client."""
    return Bucket()


@pytest.fixture
def store(bucket: Bucket, tmp_path: Path) -> RemoteStore:
    """A store that nobody is at work on."""
    return remote_store(MemoryObjects(bucket), tmp_path)


@pytest.mark.parametrize("key", [LOCK_KEY, HEAD_KEY])
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"id":1}', b'{"id":"a","holder":7}'])
def test_an_object_that_can_t_be_read_is_damage(store: RemoteStore, bucket: Bucket, key: str, content: bytes) -> None:
    """It is named, and nothing is written over it."""
    MemoryObjects(bucket).create(key, content)

    with pytest.raises(DamagedState, match=key):
        store.acquire(a_holder(), timeout_s=0.0)

    assert bucket.objects[key].content == content


@pytest.mark.parametrize(
    "content",
    [b"", b"{}\n", b'{"lines":2}\nx\n', b'{"lines":1}\nx', b'{"lines":1}\nx\n', b'{"lines":0}\nx\n'],
)
def test_a_segment_that_is_not_whole_is_damage(store: RemoteStore, bucket: Bucket, content: bytes) -> None:
    """Unlike the last line of a file, an object is written whole or not at all."""
    MemoryObjects(bucket).create("journal/000000000001.ndjson", content)

    with pytest.raises(DamagedState, match="journal/000000000001"):
        store.read_since(0)


def test_a_missing_segment_is_damage(store: RemoteStore, bucket: Bucket) -> None:
    """What it records may be running."""
    store.acquire(a_holder(), timeout_s=0.0)
    for seq in range(1, 4):
        store.append(lines(seq), first_seq=seq)
    del bucket.objects["journal/000000000002.ndjson"]

    with pytest.raises(DamagedState, match=r"000000000002\.ndjson is missing"):
        store.read_since(0)


def test_a_missing_entry_is_damage(store: RemoteStore) -> None:
    """Segments may be there and not belong together."""
    store.acquire(a_holder(), timeout_s=0.0)
    store.append(lines(1), first_seq=1)
    other = encode_line(KeyUsed(key_digest="x"), seq=7)
    store.append([other], first_seq=2)

    with pytest.raises(DamagedState, match="holds entry 7, where entry 2 belongs"):
        store.read_since(0)


def test_a_missing_snapshot_is_damage(store: RemoteStore, bucket: Bucket) -> None:
    """The head names it, so it is not as if there never was one."""
    store.acquire(a_holder(), timeout_s=0.0)
    store.put_snapshot(b"first", lineage=LINEAGE, serial=1)
    for key in [key for key in bucket.objects if key.startswith("snapshots/")]:
        del bucket.objects[key]

    with pytest.raises(DamagedState, match="the head names it"):
        store.snapshot()


def test_a_snapshot_that_went_while_it_was_looked_for_is_the_next_one(
    store: RemoteStore, bucket: Bucket, tmp_path: Path
) -> None:
    """A reader that was slow reads the head again."""
    store.acquire(a_holder(), timeout_s=0.0)
    store.put_snapshot(b"0", lineage=LINEAGE, serial=1)

    class Slow(Behind):
        def get(self, key: str) -> Found | None:
            if key.startswith("snapshots/000000000001"):
                for serial in range(2, 3 + SNAPSHOTS):
                    store.put_snapshot(str(serial).encode(), lineage=LINEAGE, serial=serial)
            return super().get(key)

    assert remote_store(Slow(MemoryObjects(bucket)), tmp_path).snapshot() == str(2 + SNAPSHOTS).encode()


def test_the_last_few_snapshots_are_kept(store: RemoteStore, bucket: Bucket) -> None:
    """As backups, by serial."""
    store.acquire(a_holder(), timeout_s=0.0)
    for serial in range(1, 10):
        store.put_snapshot(b"x", lineage=LINEAGE, serial=serial)

    serials = sorted(int(key[10:22]) for key in bucket.objects if key.startswith("snapshots/"))
    assert serials == list(range(10 - SNAPSHOTS, 10))


def test_what_others_keep_below_the_place_is_left_alone(store: RemoteStore, bucket: Bucket) -> None:
    """Another environment's state may be there, whatever its name."""
    objects = MemoryObjects(bucket)
    for key in ("journal/lock.json", "journal/journal/000000000001.ndjson", "journal/1.ndjson"):
        objects.create(key, b"theirs")
    store.acquire(a_holder(), timeout_s=0.0)
    store.append(lines(1, 3), first_seq=1)
    store.cut(3)

    assert store.read_since(0) == ()
    assert [each.content for each in bucket.objects.values()].count(b"theirs") == 3


def test_every_object_holds_an_id_that_no_other_has(bucket: Bucket, tmp_path: Path) -> None:
    """Or a write that is read back could be taken for another's."""
    store = another(bucket, tmp_path)
    seen: list[bytes] = []

    class Watching(MemoryObjects):
        def _put(self, key: str, content: bytes, *, expected: Version | None) -> Put:
            seen.append(content)
            return super()._put(key, content, expected=expected)

    for _ in range(2):
        store = remote_store(Watching(bucket), tmp_path)
        store.acquire(a_holder(), timeout_s=0.0)
        store.append(lines(1), first_seq=1)
        store.release()

    assert len(seen) == len(set(seen))
