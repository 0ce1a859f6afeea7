"""A text that is added to a file for others to read, as the summary of a CI job is."""

import os
import stat
from pathlib import Path

from gpuspec.errors import UsageError


def refuse_summary(path: Path) -> None:
    """Refuse early what `append_summary` would not add to: links, folders, devices.

    Raises:
        UsageError: See above.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise UsageError(f"{path} can't be written: {path.parent} is no folder.", hint="make it first.") from None
        return
    except (OSError, ValueError) as error:
        raise _not_written(path, error) from error
    if not stat.S_ISREG(mode):
        what = "a symbolic link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
        raise UsageError(f"{path} is {what}, and a summary is added to a file.", hint="name a file.")


def append_summary(path: Path, text: str) -> None:
    """Add the text at the end of the file; one that has to be made is for its owner only.

    Raises:
        UsageError: It can't be written.
    """
    refuse_summary(path)
    try:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or error
    return UsageError(f"{path} can't be written: {reason}.", hint="check the path, its permissions and the disk.")
