"""Reading the user's files: specs, included files, the project file. Paths are checked after resolving links."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from gpuspec.model.problem import Problem
from gpuspec.ports import NotReadable
from gpuspec.spec.source import Source

FILE_LIMIT = 16 * 1024 * 1024
STDIN = "-"
STDIN_NAME = "<stdin>"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectIncludes:
    """`ports.IncludeReader` for one project folder (real path)."""

    folder: Path

    def read(self, name: str) -> bytes | NotReadable:
        try:
            real = (self.folder / name).resolve()
            inside = real.is_relative_to(self.folder)
        except (OSError, ValueError, RuntimeError):
            return NotReadable(code="include-missing", message=f"There is no file `{name}` in the project folder.")
        if not inside:
            message = f"`{name}` leads outside the project folder; only files below it can be included."
            return NotReadable(code="outside-project", message=message)
        content = read_bytes(real)
        if isinstance(content, NotReadable) and content.code == "file-missing":
            return NotReadable(code="include-missing", message=f"There is no file `{name}` in the project folder.")
        return content


def read_bytes(path: Path) -> bytes | NotReadable:
    """A file's content, or why it can't be had; at most 16 MiB, and never a device that doesn't end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return NotReadable(code="file-missing", message="There is no such file.")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path can't be used"
        return NotReadable(code="file-unreadable", message=f"The file can't be read: {reason}.")
    try:
        return _content(descriptor)
    finally:
        os.close(descriptor)


def _content(descriptor: int) -> bytes | NotReadable:
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        return NotReadable(code="file-is-a-folder", message="gpuspec reads files; name each one.")
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        return NotReadable(code="file-unreadable", message="This is neither a file nor a pipe.")
    # Opened without blocking so that a pipe nobody writes to can't hold us; read with it, as `<(command)` needs.
    os.set_blocking(descriptor, True)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        try:
            content = file.read(FILE_LIMIT + 1)
        except OSError as error:
            return NotReadable(code="file-unreadable", message=f"The file can't be read: {error.strerror}.")
    if len(content) > FILE_LIMIT:
        return NotReadable(code="file-too-large", message="A spec file may have 16 MiB; split it, or use a loop.")
    return content


def read_source(name: str, *, folder: Path) -> Source | Problem:
    """The spec file that the user named, as `Source`; `folder` is the project folder's real path."""
    content = read_bytes(Path(name))
    if isinstance(content, NotReadable):
        return Problem(code=content.code, message=f"{name}: {content.message}")
    real = Path(name).resolve()
    if not real.is_relative_to(folder):
        message = f"{name}: this file lies outside the project folder {folder.name}/, which the other files belong to."
        return Problem(code="outside-project", message=message, hint="apply each project on its own.")
    return Source(file=name, inside=real.relative_to(folder).as_posix(), content=content)
