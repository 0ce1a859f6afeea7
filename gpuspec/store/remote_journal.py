"""A journal as numbered objects that are only ever created: whoever has the next number goes on, nobody else."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from gpuspec.codec.journal import opened
from gpuspec.errors import Bug, DamagedState
from gpuspec.store.objects import Objects
from gpuspec.store.remote_documents import JOURNAL_FOLDER, decode_segment, encode_segment
from gpuspec.store.remote_lock import intruded
from gpuspec.store.remote_writes import Taken, put

_READERS = 8
_KEY = re.compile(rf"{JOURNAL_FOLDER}/([0-9]{{12}})\.ndjson", re.ASCII)


class RemoteJournal:
    """The segments of a state. Their numbers never start anew, cuts or not."""

    def __init__(self, objects: Objects, *, token: Callable[[], str]) -> None:
        self._objects = objects
        self._token = token
        self._last = 0
        self._last_seq = 0
        self._spans: dict[int, tuple[int, int]] = {}

    @property
    def last(self) -> int:
        """The number of the last segment that this process has read or written."""
        return self._last

    def begin(self, covered: int) -> None:
        """Find out which number comes next; needs the lock.

        Args:
            covered: The last segment that is in the snapshot.
        """
        self._last = max([covered, *self._numbers()])
        self._last_seq = 0

    def read(self, covered: int, *, after: int = 0) -> tuple[bytes, ...]:
        """The lines behind the snapshot's last segment and after this entry, all lines checked.

        Raises:
            DamagedState: A line is damaged, or a segment or an entry is missing.
        """
        # What is not after it was in the way of a cut, or was written by a run that had lost its lock and sent nothing.
        numbers = [number for number in self._numbers() if number > covered]
        first = covered + 1 if covered else min(numbers, default=1)
        missing = set(range(first, first + len(numbers))) - set(numbers)
        if missing:
            raise self._missing(min(missing))
        with ThreadPoolExecutor(max_workers=_READERS) as readers:
            segments = list(readers.map(self._segment, numbers))
        last_seq = 0
        for number, segment in zip(numbers, segments, strict=True):
            last_seq = self._checked_all(segment, number=number, last_seq=last_seq)
        self._last, self._last_seq = max([self._last, *numbers]), last_seq or self._last_seq
        lines = tuple(line for segment in segments for line in segment)
        return lines[max(0, after - last_seq + len(lines)) :]

    def add(self, lines: Sequence[bytes], *, first_seq: int) -> None:
        """Add lines as the next segment, durable on return.

        Raises:
            StoreFailed: Its number is another run's, or nobody knows whether it is stored.
        """
        if self._last_seq and first_seq != self._last_seq + 1:
            raise Bug(f"Entry {first_seq} was to follow entry {self._last_seq}.")
        number = self._last + 1
        try:
            put(self._objects, _key(number), encode_segment(self._token(), tuple(lines)), version=None)
        except Taken as taken:
            raise intruded(self._objects) from taken
        self._last, self._last_seq = number, first_seq + len(lines) - 1
        self._spans[number] = first_seq, self._last_seq

    def cut(self, seq: int, *, covered: int) -> None:
        """Remove segments with nothing after this entry, or that the snapshot covers; shorten the one that has both."""
        done = []
        for number in self._numbers():
            first, last = (0, 0) if number <= covered else self._span(number)
            if last <= seq:
                done.append(number)
            elif first <= seq:
                self._shorten(number, seq)
        self._objects.delete([_key(number) for number in done])

    def _span(self, number: int) -> tuple[int, int]:
        if number not in self._spans:
            self._checked_all(self._segment(number), number=number, last_seq=0)
        return self._spans[number]

    def _shorten(self, number: int, seq: int) -> None:
        found = self._objects.get(_key(number))
        if found is None:
            raise self._missing(number)
        first, last = self._span(number)
        rest = decode_segment(found.content, where=self._where(number))[seq - first + 1 :]
        try:
            put(self._objects, _key(number), encode_segment(self._token(), rest), version=found.version)
        except Taken as taken:
            raise intruded(self._objects) from taken
        self._spans[number] = seq + 1, last

    def _numbers(self) -> list[int]:
        return [int(match[1]) for key in self._objects.list(JOURNAL_FOLDER) if (match := _KEY.fullmatch(key))]

    def _segment(self, number: int) -> tuple[bytes, ...]:
        found = self._objects.get(_key(number))
        if found is None:
            raise self._missing(number)
        return decode_segment(found.content, where=self._where(number))

    def _checked_all(self, segment: tuple[bytes, ...], *, number: int, last_seq: int) -> int:
        """The number of the segment's last entry, each line checked."""
        for line in segment:
            last_seq = self._checked(line, number=number, last_seq=last_seq)
        self._spans[number] = last_seq - len(segment) + 1, last_seq
        return last_seq

    def _checked(self, line: bytes, *, number: int, last_seq: int) -> int:
        found = opened(line)
        if found is None:
            message = f"A line of {self._where(number)} is damaged: it doesn't fit its checksum."
        elif last_seq and found.seq != last_seq + 1:
            message = f"{self._where(number)} holds entry {found.seq}, where entry {last_seq + 1} belongs."
        else:
            return found.seq
        hint = "restore the object from an earlier version; until then take each id in it for an instance that runs"
        raise DamagedState(message, hint=hint)

    def _missing(self, number: int) -> DamagedState:
        message = f"{self._where(number)} is missing, and what comes after it is there."
        return DamagedState(message, hint="restore it: what it records may be running")

    def _where(self, number: int) -> str:
        return f"{self._objects.name}/{_key(number)}"


def _key(number: int) -> str:
    return f"{JOURNAL_FOLDER}/{number:012d}.ndjson"
