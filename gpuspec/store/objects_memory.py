"""Objects in memory: for tests, and as the shortest proof of what an object store owes."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from gpuspec.store.objects import Conflict, Found, Put, Stored, Version


@dataclass(slots=True, kw_only=True)
class Bucket:
    """What outlives a client: two clients of one bucket are two processes on one store."""

    objects: dict[str, Found] = field(default_factory=dict)
    writes: int = 0
    busy: threading.Lock = field(default_factory=threading.Lock)


class MemoryObjects:
    """`Objects` in a `Bucket`."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    @property
    def name(self) -> str:
        """What the place is called."""
        return "memory://bucket"

    def get(self, key: str) -> Found | None:
        """The object; see `Objects`."""
        with self._bucket.busy:
            return self._bucket.objects.get(key)

    def create(self, key: str, content: bytes) -> Put:
        """Store an object where there is none; see `Objects`."""
        return self._put(key, content, expected=None)

    def replace(self, key: str, content: bytes, version: Version) -> Put:
        """Store an object in place of this version; see `Objects`."""
        return self._put(key, content, expected=version)

    def list(self, folder: str) -> Sequence[str]:
        """The keys in the folder; see `Objects`."""
        with self._bucket.busy:
            return sorted(key for key in self._bucket.objects if key.startswith(f"{folder}/"))

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; see `Objects`."""
        with self._bucket.busy:
            for key in keys:
                self._bucket.objects.pop(key, None)

    def _put(self, key: str, content: bytes, *, expected: Version | None) -> Put:
        with self._bucket.busy:
            found = self._bucket.objects.get(key)
            if (found and found.version) != expected:
                return Conflict()
            self._bucket.writes += 1
            version = Version(number=str(self._bucket.writes))
            self._bucket.objects[key] = Found(content=content, version=version)
            return Stored(version=version)
