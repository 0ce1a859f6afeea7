"""Writes to a shared state whose answers are lost, and stores that are none for it."""

from pathlib import Path

import pytest

from gpuspec.errors import StateError, StoreFailed
from gpuspec.store.objects import Conflict, Found, Put, Version
from gpuspec.store.objects_memory import Bucket, MemoryObjects
from gpuspec.store.remote import RemoteStore
from gpuspec.store.state_store import peek
from tests.builders.objects import (
    LOST,
    Behind,
    Heedless,
    LosesAnswers,
    LosesRequests,
    another,
    lines,
    remote_store,
)
from tests.builders.recorded import a_record, a_state, creation
from tests.builders.stores import a_holder, begun, expected_of

UNREACHABLE = StateError("It could not be reached.", hint="try again")


@pytest.fixture
def bucket() -> Bucket:
    """What outlives each client."""
    return Bucket()


@pytest.fixture
def store(bucket: Bucket, tmp_path: Path) -> RemoteStore:
    """A store that nobody is at work on."""
    return remote_store(MemoryObjects(bucket), tmp_path)


class Unreachable(Behind):
    """Can't be reached from a certain moment on."""

    gone = False

    def get(self, key: str) -> Found | None:
        self._reach()
        return super().get(key)

    def create(self, key: str, content: bytes) -> Put:
        return LOST if self.gone else super().create(key, content)

    def replace(self, key: str, content: bytes, version: Version) -> Put:
        return LOST if self.gone else super().replace(key, content, version)

    def _reach(self) -> None:
        if self.gone:
            raise UNREACHABLE


@pytest.mark.parametrize("ignores", ["create", "replace"])
def test_a_store_that_ignores_conditions_is_refused_before_its_lock_is_taken(
    bucket: Bucket, tmp_path: Path, ignores: str
) -> None:
    """Nothing of ours stays there, and the message says why."""
    store = remote_store(Heedless(bucket, ignores=ignores), tmp_path)

    with pytest.raises(StateError, match="ignores their conditions"):
        store.acquire(a_holder(), timeout_s=0.0)

    assert bucket.objects == {}


def test_a_store_that_says_conflict_and_stores_all_the_same_is_refused(bucket: Bucket, tmp_path: Path) -> None:
    """What counts is what is there afterwards."""

    class Liar(MemoryObjects):
        def create(self, key: str, content: bytes) -> Put:
            answer = super().create(key, content)
            if isinstance(answer, Conflict):
                self.delete([key])
                super().create(key, content)
            return answer

    with pytest.raises(StateError, match="ignores their conditions"):
        remote_store(Liar(bucket), tmp_path).acquire(a_holder(), timeout_s=0.0)


def test_a_store_that_never_answers_to_the_self_test_is_not_trusted(bucket: Bucket, tmp_path: Path) -> None:
    """Neither proven nor disproven is not proven."""

    class Silent(MemoryObjects):
        def create(self, key: str, content: bytes) -> Put:
            answer = super().create(key, content)
            return LOST if isinstance(answer, Conflict) else answer

    with pytest.raises(StateError, match="could not be found out"):
        remote_store(Silent(bucket), tmp_path).acquire(a_holder(), timeout_s=0.0)

    assert bucket.objects == {}


@pytest.mark.anyio
@pytest.mark.parametrize("sends_again", [True, False], ids=["sent again", "given up"])
async def test_a_write_whose_answer_is_lost_is_known_again(
    bucket: Bucket, tmp_path: Path, *, sends_again: bool
) -> None:
    """A client that sends it again is told of a conflict with itself; lock, segments and head are ours."""
    session = begun(remote_store(LosesAnswers(MemoryObjects(bucket), sends_again=sends_again), tmp_path))
    await session.journal.append(*creation("trainer"))
    await session.end()

    found = peek(another(bucket, tmp_path), expected_of())

    assert found == a_state(a_record("trainer"), serial=2, seq=2)
    assert another(bucket, tmp_path).held() is None


@pytest.mark.anyio
async def test_a_write_that_never_arrived_is_sent_again(bucket: Bucket, tmp_path: Path) -> None:
    """What is read back tells that it is not there."""
    session = begun(remote_store(LosesRequests(MemoryObjects(bucket)), tmp_path))
    await session.journal.append(*creation("trainer"))
    await session.end()

    assert peek(another(bucket, tmp_path), expected_of()) == a_state(a_record("trainer"), serial=2, seq=2)


def test_a_store_that_loses_every_write_fails(bucket: Bucket, tmp_path: Path) -> None:
    """The second append fails for what the first one met: after it nobody knows what is there."""

    class Deaf(Behind):
        deaf = False

        def create(self, key: str, content: bytes) -> Put:
            return LOST if self.deaf else super().create(key, content)

    objects = Deaf(MemoryObjects(bucket))
    store = remote_store(objects, tmp_path)
    store.acquire(a_holder(), timeout_s=0.0)
    objects.deaf = True
    with pytest.raises(StoreFailed, match="is not there"):
        store.append(lines(1), first_seq=1)
    objects.deaf = False

    with pytest.raises(StoreFailed, match="is not there"):
        store.append(lines(1), first_seq=1)


def test_a_store_out_of_reach_fails_for_good(bucket: Bucket, tmp_path: Path) -> None:
    """What may be stored and can't be read back is not durable, and giving the lock back is not tried loudly."""
    objects = Unreachable(MemoryObjects(bucket))
    store = remote_store(objects, tmp_path)
    store.acquire(a_holder(), timeout_s=0.0)
    objects.gone = True

    with pytest.raises(StoreFailed, match="could not be reached"):
        store.append(lines(1), first_seq=1)
    store.release()

    assert another(bucket, tmp_path).held() is not None


def test_a_lock_that_can_t_be_given_back_is_told(bucket: Bucket, tmp_path: Path) -> None:
    """A run that went well until then says so: a person has to break the lock."""
    objects = Unreachable(MemoryObjects(bucket))
    store = remote_store(objects, tmp_path)
    store.acquire(a_holder(), timeout_s=0.0)
    objects.gone = True

    with pytest.raises(StoreFailed, match="could not be given back"):
        store.release()


def test_versions_are_compared_by_what_both_have() -> None:
    """A version is known by its tag where both have one, else by its number."""
    assert Version(e_tag="a", number="1").is_same(Version(e_tag="a"))
    assert not Version(e_tag="a").is_same(Version(e_tag="b"))
    assert Version(number="1").is_same(Version(number="1"))
