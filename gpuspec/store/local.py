"""A state on a local disk: its file where people look for it, all else in a folder of its own."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gpuspec.errors import DamagedState, StoreFailed
from gpuspec.ports import Holder
from gpuspec.store.disk import Disk
from gpuspec.store.files import make_folder, read_file, replace_file
from gpuspec.store.journal import JournalFile
from gpuspec.store.lock import StateLock
from gpuspec.store.paths import own_name
from gpuspec.store.serials import Serials

BACKUPS = 5


class LocalStore:
    """A `StateStore` of files.

    Args:
        state_path: The state's file.
        work_dir: Journal, lock, backups and what is remembered; made by the first `acquire`.
        disk: Where tests put a disk that fails.
    """

    def __init__(self, state_path: Path, work_dir: Path, *, disk: Disk | None = None) -> None:
        self._path = state_path
        self._work_dir = work_dir
        self._disk = Disk() if disk is None else disk
        self._own_name = own_name(state_path, work_dir)
        self._serials = Serials(work_dir / f"{self._own_name}.serials", self._disk)
        self._journal = JournalFile(work_dir / f"{self._own_name}.journal", self._disk)
        self._lock = StateLock(work_dir / f"{self._own_name}.lock", self._disk)

    @property
    def name(self) -> str:
        """The file's name."""
        return self._path.name

    def acquire(self, holder: Holder, *, timeout_s: float) -> None:
        """Take the lock; see `StateStore`."""
        make_folder(self._work_dir)
        self._lock.acquire(holder, timeout_s=timeout_s)

    def holder(self) -> Holder | None:
        """Who holds the lock, as far as its info file tells."""
        return self._lock.holder()

    def release(self) -> None:
        """Give the lock back."""
        self._journal.close()
        self._lock.release()

    def force_release(self) -> None:
        """Nothing to break: the operating system takes the lock from a process that ends."""

    def snapshot(self) -> bytes | None:
        """The state file's content; see `StateStore`."""
        return read_file(self._path)

    def put_snapshot(self, content: bytes, *, lineage: str, serial: int) -> None:
        """Replace the state file; see `StateStore`."""
        replace_file(self._disk, self._path, content)
        # Both are courtesies: the state itself is durable, and the next snapshot makes good for them.
        with contextlib.suppress(StoreFailed, DamagedState):
            self._serials.remember(lineage, serial)
        with contextlib.suppress(StoreFailed, OSError):
            self._back_up(content, serial)

    def remembered(self) -> Mapping[str, int]:
        """Lineage -> the highest serial that was written here."""
        return self._serials.read()

    def read_since(self, seq: int) -> Sequence[bytes]:
        """The journal's lines after this number; see `StateStore`."""
        return self._journal.read().since(seq)

    def append(self, lines: Sequence[bytes], *, first_seq: int) -> None:
        """Add lines to the journal; see `StateStore`."""
        self._journal.append(lines, first_seq=first_seq)

    def cut(self, seq: int) -> None:
        """Drop the journal's lines up to this number; see `StateStore`."""
        self._journal.cut(seq)

    def _back_up(self, content: bytes, serial: int) -> None:
        folder = self._work_dir / "backups"
        make_folder(folder)
        replace_file(self._disk, folder / f"{self._own_name}.{serial}", content)
        pattern = re.compile(re.escape(self._own_name) + r"\.([0-9]+)", re.ASCII)
        found = [(int(match[1]), path) for path in folder.iterdir() if (match := pattern.fullmatch(path.name))]
        for _, path in sorted(found)[:-BACKUPS]:
            path.unlink()
