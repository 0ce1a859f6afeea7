"""Standard streams as a process may get them: closed, full, left by their reader, of any encoding."""

import os
import sys
from typing import TextIO

from gpuspec.errors import OutputLost

_MODES = ("r", "w", "w")


class ReaderLeft(Exception):
    """Whoever read our output has left, as `head` does. Not an OSError: click would answer one by itself."""


def open_closed_streams() -> None:
    """Put the null device where a standard stream was closed (`>&-`).

    Else the next file to be opened, the journal perhaps, would take its number, and whatever is printed would go
    into that file.
    """
    for number, (name, mode) in enumerate(zip(("stdin", "stdout", "stderr"), _MODES, strict=True)):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one: those before it are open.
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def write_text(stream: TextIO, text: str) -> None:
    """Write lines for people; what the stream's encoding lacks is written as an escape.

    Raises:
        ReaderLeft: Nobody reads it any more.
        OutputLost: It can't be written for another reason.
    """
    encoding = stream.encoding or "utf-8"
    _write(stream, text.encode(encoding, "backslashreplace").decode(encoding))


def write_document(stream: TextIO, text: str) -> None:
    """Write a JSON or YAML document: UTF-8, whatever the locale says.

    Half a character, from a name that isn't UTF-8, becomes an escape, which both languages read.

    Raises:
        ReaderLeft: Nobody reads it any more.
        OutputLost: It can't be written for another reason.
    """
    content = text.encode("utf-8", "backslashreplace")
    raw = getattr(stream, "buffer", None)
    if raw is None:
        _write(stream, content.decode())
        return
    try:
        stream.flush()
        raw.write(content)
        raw.flush()
    except OSError as error:
        raise _lost(stream, error) from error


def silence(stream: TextIO) -> None:
    """Let what is still to come go nowhere: else Python tries again at its end, complains, and changes the status."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        raise _lost(stream, error) from error


def _lost(stream: TextIO, error: OSError) -> Exception:
    silence(stream)
    if isinstance(error, BrokenPipeError):
        return ReaderLeft()
    return OutputLost(f"It was not written, or not all of it: {error.strerror}.", hint="see where it is sent to.")
