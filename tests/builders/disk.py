"""A disk that fails: the n-th operation of a run raises, a write after half of its bytes."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from gpuspec.store.disk import Disk


class FailingDisk(Disk):
    """Fails at its n-th operation that changes something, and at all later ones; counts in `operations`."""

    def __init__(self, *, fail_at: int, number: int = errno.ENOSPC) -> None:
        self.fail_at = fail_at
        self.number = number
        self.operations = 0

    def create(self, path: Path) -> int:
        self._step()
        return super().create(path)

    def open_to_append(self, path: Path) -> int:
        self._step()
        return super().open_to_append(path)

    def write(self, descriptor: int, content: bytes) -> None:
        try:
            self._step()
        except OSError:
            super().write(descriptor, content[: len(content) // 2])
            raise
        super().write(descriptor, content)

    def truncate(self, descriptor: int, length: int) -> None:
        self._step()
        super().truncate(descriptor, length)

    def sync(self, descriptor: int) -> None:
        self._step()

    def replace(self, source: Path, target: Path) -> None:
        self._step()
        super().replace(source, target)

    def link(self, source: Path, target: Path) -> None:
        self._step()
        super().link(source, target)

    def sync_folder(self, path: Path) -> None:
        self._step()

    def _step(self) -> None:
        self.operations += 1
        if self.operations >= self.fail_at:
            raise OSError(self.number, os.strerror(self.number))


@contextmanager
def complaining_closes() -> Iterator[None]:
    """Within it every descriptor is closed and then said to have failed, as some network file systems do."""
    close = os.close

    def complain(descriptor: int) -> None:
        close(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with patch("os.close", complain):
        yield
