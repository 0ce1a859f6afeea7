"""A journal in a file: lines go to its end and are synced; a torn last line never happened."""

import contextlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gpuspec.codec.journal import opened
from gpuspec.errors import Bug, DamagedState, StoreFailed
from gpuspec.store.disk import Disk
from gpuspec.store.files import not_written, read_file, replace_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The whole lines of a journal, without newlines. `length` is how many bytes they take in the file."""

    lines: tuple[bytes, ...]
    last_seq: int
    length: int

    def since(self, seq: int) -> tuple[bytes, ...]:
        """The lines after this number."""
        covered = seq - self.last_seq + len(self.lines)
        return self.lines[max(0, covered) :]


class JournalFile:
    """A journal; appending and cutting need the state's lock."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._disk = disk
        self._descriptor: int | None = None
        self._last_seq = 0
        self._failure: StoreFailed | None = None
        # A cancelled run may close the file while its last append is still at work in a thread.
        self._busy = threading.RLock()

    def read(self) -> Content:
        """All whole lines, each checked.

        Raises:
            DamagedState: A line other than a torn last one is damaged, or a number is missing.
        """
        content = read_file(self._path) or b""
        length = content.rfind(b"\n") + 1
        lines = content[:length].split(b"\n")[:-1]
        last_seq = 0
        for number, line in enumerate(lines, start=1):
            last_seq = self._checked(line, number=number, last_seq=last_seq)
        return Content(lines=tuple(lines), last_seq=last_seq, length=length)

    def append(self, lines: Sequence[bytes], *, first_seq: int) -> None:
        """Add lines, durable on return.

        Raises:
            StoreFailed: They may not be durable. After a failed sync nobody knows what the disk holds, so every later
                call fails too.
        """
        with self._busy:
            self._refuse_after_failure()
            try:
                descriptor = self._opened()
                if self._last_seq and first_seq != self._last_seq + 1:
                    raise Bug(f"Entry {first_seq} was to follow entry {self._last_seq}.")
                self._disk.write(descriptor, b"".join([line + b"\n" for line in lines]))
                self._disk.sync(descriptor)
            except OSError as error:
                self._failure = not_written(self._path, error)
                raise self._failure from error
            self._last_seq = first_seq + len(lines) - 1

    def cut(self, seq: int) -> None:
        """Drop the lines up to this number; all of them at once by truncating, some by putting the rest in place."""
        with self._busy:
            self._refuse_after_failure()
            content = self.read()
            rest = content.since(seq)
            if rest and len(rest) < len(content.lines):
                self.close()
                replace_file(self._disk, self._path, b"".join([line + b"\n" for line in rest]))
            elif content.lines and not rest:
                self._empty()

    def close(self) -> None:
        """Give the file back; the next append opens it again."""
        with self._busy:
            if self._descriptor is not None:
                # Every line was synced: an error of a network file system has nothing to say of them any more.
                with contextlib.suppress(OSError):
                    os.close(self._descriptor)
                self._descriptor = None
                self._last_seq = 0

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            raise StoreFailed(self._failure.message, hint=self._failure.hint)

    def _checked(self, line: bytes, *, number: int, last_seq: int) -> int:
        found = opened(line)
        if found is None:
            message = f"Line {number} of {self._path} is damaged: it doesn't fit its checksum."
        elif last_seq and found.seq != last_seq + 1:
            message = f"Line {number} of {self._path} holds entry {found.seq}, where entry {last_seq + 1} belongs."
        else:
            return found.seq
        hint = "restore the file from a backup; until then take each id in it for an instance that is running"
        raise DamagedState(message, hint=hint)

    def _opened(self) -> int:
        if self._descriptor is None:
            content = self.read()
            self._descriptor = self._disk.open_to_append(self._path)
            # A torn last line would otherwise swallow the first line of this run.
            self._disk.truncate(self._descriptor, content.length)
            self._disk.sync(self._descriptor)
            self._disk.sync_folder(self._path.parent)
            self._last_seq = content.last_seq
        return self._descriptor

    def _empty(self) -> None:
        try:
            descriptor = self._opened()
            self._disk.truncate(descriptor, 0)
            self._disk.sync(descriptor)
        except OSError as error:
            self._failure = not_written(self._path, error)
            raise self._failure from error
        self._last_seq = 0
