"""The lock of a state: the operating system's, on a file of its own, so that it ends with its process."""

import contextlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gpuspec.errors import StoreFailed
from gpuspec.ports import Holder
from gpuspec.store.disk import Disk
from gpuspec.store.files import not_written, read_file, refuse_odd_target, replace_file
from gpuspec.store.holding import decode_holder, encode_holder, is_dead, locked

if TYPE_CHECKING:
    import filelock

_POLL_S = 0.1
# Between taking the lock and saying so, and between unsaying it and giving it back, nobody is named: look again.
_MORE_LOOKS = 30
_LARGEST_INFO_BYTES = 64 * 1024


class StateLock:
    """One lock; the info file beside it says who holds it."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._info = path.with_name(f"{path.name}.json")
        self._disk = disk

    @cached_property
    def _lock(self) -> "filelock.BaseFileLock":
        # Imported here and below: what only looks at a state starts without it.
        import filelock

        return filelock.FileLock(self._path, mode=0o600, thread_local=False)

    def acquire(self, holder: Holder, *, timeout_s: float) -> None:
        """Take the lock and say who has it.

        Raises:
            Locked: Somebody else had it for all of `timeout_s`, and a moment longer if nobody said so.
            StoreFailed: The lock's files can't be written.
        """
        # Some versions of filelock follow links.
        refuse_odd_target(self._path)
        try:
            keeper, taken = None, self._taken(timeout_s)
            for _ in range(_MORE_LOOKS):
                if taken or (keeper := self.holder()) is not None:
                    break
                taken = self._taken(_POLL_S)
        except (OSError, NotImplementedError) as error:
            raise _no_lock(self._path, error) from error
        if not taken:
            raise locked(keeper or self._told(), wanted_by=holder, waited_s=timeout_s)
        try:
            replace_file(self._disk, self._info, encode_holder(holder))
        except BaseException:
            self._lock.release()
            raise

    def holder(self) -> Holder | None:
        """Who holds it, by the info file; None when its process is known to have ended."""
        told = self._told()
        return None if told is None or is_dead(told) else told

    def release(self) -> None:
        """Give it back; does nothing when it is not held."""
        if self._lock.is_locked:
            with contextlib.suppress(OSError):
                self._info.unlink(missing_ok=True)
            self._lock.release()

    def _taken(self, timeout_s: float) -> bool:
        """Whether it was free within that time; then it is ours."""
        import filelock

        try:
            self._lock.acquire(timeout=max(0.0, timeout_s), poll_interval=_POLL_S)
        except filelock.Timeout:
            return False
        return True

    def _told(self) -> Holder | None:
        content = read_file(self._info, largest_bytes=_LARGEST_INFO_BYTES)
        return None if content is None else decode_holder(content)


def _no_lock(path: Path, error: OSError | NotImplementedError) -> StoreFailed:
    if isinstance(error, OSError):
        return not_written(path, error)
    message = f"{path} is on a file system without locks."
    return StoreFailed(message, hint="keep the project on a local disk")
