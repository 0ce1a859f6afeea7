"""Shared states on object stores that misbehave as real ones do."""

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gpuspec.codec.journal import encode_line
from gpuspec.model.journal import KeyUsed
from gpuspec.store.objects import Found, Objects, Put, Stored, Unclear, Version
from gpuspec.store.objects_memory import Bucket, MemoryObjects
from gpuspec.store.remote import RemoteStore
from tests.builders.stores import MakeStore

LOST = Unclear(reason="The answer was lost.")


def remote_stores(objects: Callable[[], Objects], folder: Path) -> MakeStore:
    """Stores at one place, used from one project folder; waiting for a lock takes no time to speak of."""
    return lambda: remote_store(objects(), folder)


def remote_store(objects: Objects, folder: Path) -> RemoteStore:
    """A store on these objects, used from this project folder."""
    return RemoteStore(objects, folder / ".gpuspec" / "remote.serials", pause=lambda _: time.sleep(0.01))


def another(bucket: Bucket, folder: Path) -> RemoteStore:
    """The store in memory as another process has it."""
    return remote_store(MemoryObjects(bucket), folder)


def lock_broken(store: RemoteStore) -> None:
    """Break the store's lock as a person does who believes that its run has ended."""
    lock = store.held()
    assert lock is not None
    assert store.break_lock(lock.id)


def lines(first_seq: int, count: int = 1) -> list[bytes]:
    """Journal lines with these numbers."""
    return [encode_line(KeyUsed(key_digest=str(seq)), seq=seq) for seq in range(first_seq, first_seq + count)]


class Heedless(MemoryObjects):
    """Ignores one kind of condition, and answers as if it had been fulfilled."""

    def __init__(self, bucket: Bucket, *, ignores: str) -> None:
        super().__init__(bucket)
        self._ignores = ignores

    def create(self, key: str, content: bytes) -> Put:
        if self._ignores == "create":
            self.delete([key])
        return super().create(key, content)

    def replace(self, key: str, content: bytes, version: Version) -> Put:
        found = self.get(key)
        return super().replace(key, content, found.version if found and self._ignores == "replace" else version)


class Behind:
    """Objects behind something that may go wrong; a test overrides what does."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects

    @property
    def name(self) -> str:
        return self.objects.name

    def get(self, key: str) -> Found | None:
        return self.objects.get(key)

    def create(self, key: str, content: bytes) -> Put:
        return self.objects.create(key, content)

    def replace(self, key: str, content: bytes, version: Version) -> Put:
        return self.objects.replace(key, content, version)

    def list(self, folder: str) -> Sequence[str]:
        return self.objects.list(folder)

    def delete(self, keys: Sequence[str]) -> None:
        self.objects.delete(keys)


class LosesAnswers(Behind):
    """Stores what it is given, and loses the answer: the client sends it again, or gives up."""

    def __init__(self, objects: Objects, *, sends_again: bool) -> None:
        super().__init__(objects)
        self._sends_again = sends_again

    def create(self, key: str, content: bytes) -> Put:
        answer = super().create(key, content)
        return self._instead(answer, lambda: self.objects.create(key, content))

    def replace(self, key: str, content: bytes, version: Version) -> Put:
        answer = super().replace(key, content, version)
        return self._instead(answer, lambda: self.objects.replace(key, content, version))

    def _instead(self, answer: Put, again: Callable[[], Put]) -> Put:
        if not isinstance(answer, Stored):
            return answer
        return again() if self._sends_again else LOST


class LosesRequests(Behind):
    """Every other write never arrives."""

    def __init__(self, objects: Objects) -> None:
        super().__init__(objects)
        self._numbers = itertools.count()

    def create(self, key: str, content: bytes) -> Put:
        return super().create(key, content) if next(self._numbers) % 2 else LOST

    def replace(self, key: str, content: bytes, version: Version) -> Put:
        return super().replace(key, content, version) if next(self._numbers) % 2 else LOST
