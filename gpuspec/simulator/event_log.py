"""The file in which a world is kept: append-only, a JSON line for each mutation.

A line is handed to the operating system before the service answers, so a process that dies loses nothing that was
answered. The last line of a process that died while writing is incomplete: it was never answered and is dropped.
"""

import errno
import json
import os
import stat
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import IO

from gpuspec.errors import DamagedState, StateError

_HEADER = b'{"gpuspec-simulator": 1}\n'
_MEND = "remove the file to begin with an empty world; the simulated instances in it are gone then"


class EventLog:
    """Reads and appends the events of one world.

    Args:
        path: The file, made with the first event; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: FileIO | None = None
        self._whole_bytes = 0

    def read(self) -> Iterator[Mapping[str, object]]:
        """The events, in the order in which they happened. The file is not touched.

        Raises:
            StateError: The file can't be read, or is no world.
        """
        if self._path is None:
            return
        try:
            with _opened_to_read(self._path) as file:
                yield from self._events(file)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unusable("read", error) from error

    def append(self, event: Mapping[str, object]) -> None:
        """Write an event down, in full, before returning.

        Raises:
            OSError: It could not be written, and has not happened.
        """
        if self._path is None:
            return
        if self._file is None:
            self._file = self._opened(self._path)
        _append(self._file, json.dumps(event, separators=(",", ":")).encode() + b"\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _events(self, file: IO[bytes]) -> Iterator[Mapping[str, object]]:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            self._whole_bytes += len(line)
            if number == 1 and line != _HEADER:
                raise self._damaged(number)
            if number > 1:
                yield self._event(line, number)

    def _event(self, line: bytes, number: int) -> Mapping[str, object]:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise self._damaged(number) from error
        if not isinstance(event, dict):
            raise self._damaged(number)
        return event

    def _opened(self, path: Path) -> FileIO:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        file = FileIO(descriptor, "r+")
        try:
            self._make_ready(file)
        except OSError:
            file.close()
            raise
        return file

    def _make_ready(self, file: FileIO) -> None:
        file.seek(self._whole_bytes)
        tail = file.read()
        if tail and b"\n" not in tail:
            # The incomplete last line of a process that died: the next event would stand on it.
            file.truncate(self._whole_bytes)
        if not self._whole_bytes and b"\n" not in tail:
            _append(file, _HEADER)

    def _damaged(self, number: int) -> DamagedState:
        message = f"Line {number} of {self._path} is no event of a simulated world."
        return DamagedState(message, hint=_MEND)

    def _unusable(self, verb: str, error: OSError) -> StateError:
        message = f"The simulated world {self._path} can't be {verb}: {error.strerror or error}."
        return StateError(message, hint="make the file readable and writable for you, or name another one")


def _append(file: FileIO, line: bytes) -> None:
    """Write a line whole or not at all: half a line would spoil the next one."""
    end = file.seek(0, os.SEEK_END)
    rest = memoryview(line)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        file.truncate(end)
        raise


def _opened_to_read(path: Path) -> IO[bytes]:
    """The file, if it is one: a pipe would hold us up until somebody writes to it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no regular file")
