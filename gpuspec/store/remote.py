"""A state on an object store, shared by a team: the rules of every state, on objects that are written on conditions.

Below the place's prefix:

    lock.json                       who is at work; free when nobody is
    head.json                       which snapshot holds, and which journal segments are in it
    snapshots/SERIAL-ID.json        the last few snapshots, as state files are
    journal/NUMBER.ndjson           what was journaled since; a number is given once in the life of a state
    probe/ID.json                   made and removed at each lock, to see whether conditions are honoured

Three things keep two runs apart, should one sleep while its lock is broken: its next segment number may be taken; if
it is not, the lock is looked at after the segment was written; and the head moves only from the version that it read.
Each of them is final: what a run writes after that would contradict what another one has done meanwhile.
"""

import contextlib
import math
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from gpuspec.errors import DamagedState, Locked, StateError, StoreFailed
from gpuspec.ports import Holder
from gpuspec.store.disk import Disk
from gpuspec.store.files import make_folder
from gpuspec.store.objects import Found, Objects, Version
from gpuspec.store.remote_documents import (
    HEAD_KEY,
    SNAPSHOT_FOLDER,
    Head,
    Lock,
    decode_head,
    encode_head,
)
from gpuspec.store.remote_journal import RemoteJournal
from gpuspec.store.remote_lock import RemoteLock, intruded
from gpuspec.store.remote_writes import Taken, put
from gpuspec.store.serials import Serials

SNAPSHOTS = 5

_POLL_S = 1.0
_ID_BYTES = 8


def _random_id() -> str:
    return secrets.token_hex(_ID_BYTES)


class RemoteStore:
    """A `StateStore` of objects.

    Args:
        objects: The place.
        serials_path: Where this project folder remembers what was written from it.
        token: Draws an id that nobody else draws.
        pause: Waits that many seconds.
    """

    def __init__(
        self,
        objects: Objects,
        serials_path: Path,
        *,
        token: Callable[[], str] = _random_id,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._objects = objects
        self._serials_path = serials_path
        self._serials = Serials(serials_path, Disk())
        self._token = token
        self._pause = pause
        self._lock = RemoteLock(objects, token=token)
        self._journal = RemoteJournal(objects, token=token)
        self._head_version: Version | None = None
        self._covered = 0
        self._failure: StoreFailed | None = None
        # A cancelled run may give its lock back while its last append is still at work in a thread.
        self._busy = threading.RLock()

    @property
    def name(self) -> str:
        """The place's URL."""
        return self._objects.name

    def acquire(self, holder: Holder, *, timeout_s: float) -> None:
        """Take the lock; see `StateStore`."""
        self._wait_for_lock(holder, polls=max(0, math.ceil(timeout_s / _POLL_S)))
        try:
            found = self._objects.get(HEAD_KEY)
            self._head_version = None if found is None else found.version
            self._covered = self._head(found).segment
            self._journal.begin(self._covered)
        except BaseException:
            self.release()
            raise

    def holder(self) -> Holder | None:
        """Who holds the lock."""
        lock = self._lock.held()
        return None if lock is None else lock.holder

    def held(self) -> Lock | None:
        """The lock as somebody holds it now; None when it is free."""
        return self._lock.held()

    def release(self) -> None:
        """Give the lock back; see `StateStore`.

        Raises:
            StoreFailed: The store could not be reached; the lock is there still, and a person has to break it.
        """
        with self._busy:
            try:
                self._lock.release()
            except StateError as error:
                if self._failure is None:
                    message = f"The lock of {self.name} could not be given back. {error.message}"
                    raise StoreFailed(message, hint="see whose it is with the next command, and break it") from error

    def force_release(self) -> None:
        """Break the lock, whoever holds it."""
        lock = self._lock.held()
        if lock is not None:
            self._lock.break_(lock.id)

    def break_lock(self, lock_id: str) -> bool:
        """Break the lock that has this id; whether it was held under it."""
        return self._lock.break_(lock_id)

    def snapshot(self) -> bytes | None:
        """The snapshot that the head names; see `StateStore`."""
        head = self._head(self._objects.get(HEAD_KEY))
        while head.snapshot:
            found = self._objects.get(head.snapshot)
            if found is not None:
                return found.content
            # So many runs have ended since the head was read that its snapshot is not among the last few any more.
            before, head = head, self._head(self._objects.get(HEAD_KEY))
            if head == before:
                message = f"{self.name}/{head.snapshot} is missing, and the head names it."
                hint = f"restore it, or let the head name another one below {SNAPSHOT_FOLDER}/"
                raise DamagedState(message, hint=hint)
        return None

    def put_snapshot(self, content: bytes, *, lineage: str, serial: int) -> None:
        """Put a snapshot, and let the head name it; see `StateStore`."""
        key = f"{SNAPSHOT_FOLDER}/{serial:012d}-{self._token()}.json"
        head = Head(id=self._token(), lineage=lineage, serial=serial, snapshot=key, segment=self._journal.last)
        with self._final():
            self._lock.prove()
            put(self._objects, key, content, version=None)
            self._head_version = put(self._objects, HEAD_KEY, encode_head(head), version=self._head_version)
            self._covered = head.segment
        # Both are courtesies: the state itself is durable, and the next snapshot makes good for them.
        with contextlib.suppress(StateError):
            make_folder(self._serials_path.parent)
            self._serials.remember(lineage, serial)
        with contextlib.suppress(StateError):
            self._objects.delete([each for each in self._objects.list(SNAPSHOT_FOLDER)[:-SNAPSHOTS] if each != key])

    def remembered(self) -> Mapping[str, int]:
        """Lineage -> the highest serial that was written from this project folder."""
        return self._serials.read()

    def read_since(self, seq: int) -> Sequence[bytes]:
        """The journal's lines after this number; see `StateStore`."""
        covered = self._head(self._objects.get(HEAD_KEY)).segment
        with self._busy:
            return self._journal.read(covered, after=seq)

    def append(self, lines: Sequence[bytes], *, first_seq: int) -> None:
        """Add lines to the journal, and look whether the lock is held still; see `StateStore`."""
        with self._final():
            self._journal.add(lines, first_seq=first_seq)
            self._lock.prove()

    def cut(self, seq: int) -> None:
        """Drop the journal's lines up to this number; see `StateStore`."""
        # What the head says is in the snapshot is read by nobody: it may as well be removed by the next run.
        with contextlib.suppress(StateError), self._busy:
            self._journal.cut(seq, covered=self._covered)

    def _wait_for_lock(self, holder: Holder, *, polls: int) -> None:
        polled = 0
        while True:
            try:
                return self._lock.acquire(holder, waited_s=polled * _POLL_S)
            except Locked:
                if polled >= polls:
                    raise
            polled += 1
            self._pause(_POLL_S)

    @contextlib.contextmanager
    def _final(self) -> Iterator[None]:
        """One write at a time, none after a failed one: nobody knows what the store holds then."""
        with self._busy:
            if self._failure is not None:
                raise StoreFailed(self._failure.message, hint=self._failure.hint)
            try:
                yield
            except Taken as taken:
                self._failure = intruded(self._objects)
                raise self._failure from taken
            except StateError as error:
                self._failure = StoreFailed(error.message, hint=error.hint)
                raise self._failure from error

    def _head(self, found: Found | None) -> Head:
        """The head; one that names no snapshot where there is none yet."""
        if found is None:
            return Head(id="", lineage="", serial=0, snapshot="", segment=0)
        return decode_head(found.content, where=f"{self.name}/{HEAD_KEY}")
