"""Reads and replaces whole files: never through a symbolic link, never half."""

import contextlib
import errno
import os
import stat
from pathlib import Path

from gpuspec.errors import StateError, StoreFailed
from gpuspec.store.disk import Disk

LARGEST_BYTES = 1 << 30

_MENDING = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room: the quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "allow this user to write there",
    errno.EPERM: "allow this user to write there",
}


def read_file(path: Path, *, largest_bytes: int = LARGEST_BYTES) -> bytes | None:
    """The file's content; None when there is no such file.

    Raises:
        StateError: It is a link, no regular file, too large, or can't be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    try:
        _check_kind(path, os.fstat(descriptor), largest_bytes)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read()
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        # A network file system may complain here; what was read is read.
        with contextlib.suppress(OSError):
            os.close(descriptor)


def replace_file(disk: Disk, path: Path, content: bytes) -> None:
    """Put a file in place of the one there, durable on return; a reader sees one of the two, whole.

    Needs the state's lock: a leftover of an earlier run under the same temporary name is removed.

    Raises:
        StoreFailed: It is not durable; the file before is still there, or this one.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        refuse_odd_target(path)
        temporary.unlink(missing_ok=True)
        write_durably(disk, temporary, content)
        disk.replace(temporary, path)
        disk.sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise not_written(path, error) from error


def refuse_odd_target(path: Path) -> None:
    """Refuse to write where something else than a file is, a link above all.

    Raises:
        StateError: A link, a folder, a pipe or an oversized file has that name.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    _check_kind(path, found, LARGEST_BYTES)


def make_folder(path: Path) -> None:
    """See to it that the folder is there, for its owner only if it has to be made.

    Raises:
        StoreFailed: It can't be made, or something else is in its place.
    """
    # The simulator's folder is one below `.gpuspec`, which may be a link as well.
    linked = next((folder for folder in (path.parent, path) if folder.is_symlink()), None)
    if linked is not None:
        message = f"{linked} is a symbolic link, and what gpuspec keeps there is not written through links."
        raise StoreFailed(message, hint="put a folder in its place")
    try:
        # `parents=True` would make the folders above it for everybody to read.
        for folder in (*(above for above in reversed(path.parents) if not above.exists()), path):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise not_written(path, error) from error


def write_durably(disk: Disk, path: Path, content: bytes) -> None:
    """Make a file with this content, durable but for its name.

    Raises:
        OSError: It is not durable, or there is a file of that name.
    """
    descriptor = disk.create(path)
    try:
        disk.write(descriptor, content)
        disk.sync(descriptor)
    finally:
        os.close(descriptor)


def not_written(path: Path, error: OSError) -> StoreFailed:
    """The error of a write that failed, with what the system says."""
    message = f"{path} could not be written: {error.strerror or error}."
    return StoreFailed(message, hint=_MENDING.get(error.errno or 0, "check the path and its permissions"))


def _check_kind(path: Path, found: os.stat_result, largest_bytes: int) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise _link(path)
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no regular file"
        message = f"{path} is {kind}, where a file belongs."
        raise StateError(message, hint="name another file, or move this away")
    if found.st_size > largest_bytes:
        message = f"{path} has {found.st_size:,} bytes, and at most {largest_bytes:,} are read."
        raise StateError(message, hint="see whether it is the right file")


def _link(path: Path) -> StateError:
    message = f"{path} is a symbolic link, and state is neither read nor written through links."
    return StateError(message, hint="name the file itself")


def _unreadable(path: Path, error: OSError | ValueError) -> StateError:
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return _link(path)
    reason = getattr(error, "strerror", None) or error
    return StateError(f"{path} could not be read: {reason}.", hint="check the path and its permissions")
