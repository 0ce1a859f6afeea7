"""The few operations that durability rests on, behind one seam: tests make the n-th of them fail."""

import fcntl
import os
from pathlib import Path

_FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)
_sync_data = getattr(os, "fdatasync", os.fsync)


class Disk:
    """The operating system's disk. Every method raises OSError when it didn't do all of its work."""

    def create(self, path: Path) -> int:
        """A descriptor of a file that was not there before, for writing, readable by its owner only."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    def open_to_append(self, path: Path) -> int:
        """A descriptor whose writes go to the end; the file is made where there is none, links are refused."""
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    def write(self, descriptor: int, content: bytes) -> None:
        """Write all of it."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def truncate(self, descriptor: int, length: int) -> None:
        """Cut the file to this length."""
        os.ftruncate(descriptor, length)

    def sync(self, descriptor: int) -> None:
        """Come back when what was written, and the file's length, will survive a power cut."""
        if _FULL_SYNC is None:
            _sync_data(descriptor)
        else:  # pragma: no cover  macOS: fsync leaves the data in the drive's own cache
            fcntl.fcntl(descriptor, _FULL_SYNC)

    def replace(self, source: Path, target: Path) -> None:
        """Give a file another's name, in one step."""
        source.replace(target)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name that nothing has yet, in one step."""
        target.hardlink_to(source)

    def sync_folder(self, path: Path) -> None:
        """Come back when the folder's entries will survive a power cut."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
