"""Reading the user's files: specs, included files, the project file. Paths are checked after resolving links."""

import contextlib
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from gpuspec.model.place import whole_file
from gpuspec.model.problem import Problem
from gpuspec.ports import NotReadable
from gpuspec.spec.source import Source

FILE_LIMIT = 48 * 1024 * 1024
STDIN = "-"
STDIN_NAME = "<stdin>"

_HINTS = {
    "file-missing": "check the name; it counts from the folder that you are in.",
    "file-is-a-folder": "name the files in it.",
    "file-unreadable": "check the path and its permissions.",
    "file-too-large": "split it, or make its instances with a loop.",
    "file-empty": "a pipe that nobody writes to is empty: start its writer first.",
}


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
            return NotReadable(code="outside-project", message=message, hint="copy it into the project.")
        content = read_bytes(real, pipes=False)
        if isinstance(content, NotReadable):
            if content.code == "file-missing":
                return NotReadable(code="include-missing", message=f"There is no file `{name}` in the project folder.")
            return replace(content, hint="include a file with text in it.")
        return content


def read_bytes(path: Path, *, limit: int = FILE_LIMIT, pipes: bool = True) -> bytes | NotReadable:
    """A file's content, or why it can't be had; never a device that doesn't end.

    Args:
        limit: How many bytes it may have.
        pipes: Whether a pipe will do: waits for its writer to end, but not for one to begin.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return NotReadable(code="file-missing", message="There is no such file.")
    except (OSError, ValueError) as error:
        return unreadable(error)
    try:
        return _content(descriptor, limit=limit, pipes=pipes)
    finally:
        # A network file system may complain here; what was read is read.
        with contextlib.suppress(OSError):
            os.close(descriptor)


def unreadable(error: Exception) -> NotReadable:
    """Why a path can't be followed or read, in words."""
    reason = getattr(error, "strerror", None) or "the path can't be followed"
    return NotReadable(code="file-unreadable", message=f"The file can't be read: {reason}.")


def _content(descriptor: int, *, limit: int, pipes: bool) -> bytes | NotReadable:
    found = os.fstat(descriptor)
    mode = found.st_mode
    pipe = stat.S_ISFIFO(mode)
    if stat.S_ISDIR(mode):
        return NotReadable(code="file-is-a-folder", message="gpuspec reads files, and this is a folder.")
    if not stat.S_ISREG(mode) and not (pipe and pipes):
        what = "neither a file nor a pipe" if pipes else "no file"
        return NotReadable(code="file-unreadable", message=f"This is {what}.")
    if found.st_size > limit:
        # Known before any of it is read.
        return _too_large(limit)
    # Opened without blocking so that a pipe nobody writes to can't hold us; read with it, as `<(command)` needs.
    os.set_blocking(descriptor, True)
    try:
        with os.fdopen(os.dup(descriptor), "rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        return unreadable(error)
    if len(content) > limit:
        return _too_large(limit)
    if pipe and not content:
        return NotReadable(code="file-empty", message="Nothing came out of this pipe.")
    return content


def _too_large(limit: int) -> NotReadable:
    return NotReadable(code="file-too-large", message=f"The file has more than {limit:,} bytes.")


def read_source(name: str, *, folder: Path) -> Source | Problem:
    """The spec file that the user named, as `Source`; `folder` is the project folder's real path."""
    content = read_bytes(Path(name))
    if isinstance(content, NotReadable):
        return file_problem(name, content)
    real = Path(name).resolve()
    if not real.is_relative_to(folder):
        message = f"This file lies outside the project folder {folder.name}/, which the other files belong to."
        hint = "apply each project on its own."
        return Problem(code="outside-project", message=message, place=whole_file(name), hint=hint)
    return Source(file=name, inside=real.relative_to(folder).as_posix(), content=content)


def file_problem(name: str, why: NotReadable, *, hint: str = "") -> Problem:
    """Why a file that the user named can't be had, as a problem of the file as a whole."""
    if not name:
        message = "The name of a file is empty."
        return Problem(code="file-missing", message=message, hint="is a variable of your shell empty?")
    return Problem(code=why.code, message=why.message, place=whole_file(name), hint=hint or _HINTS.get(why.code, ""))
