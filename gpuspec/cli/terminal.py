"""The terminal: results to standard output, all else to standard error, colour only where it is wanted."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TextIO

import click

from gpuspec.cli.streams import ReaderLeft, write_document, write_text
from gpuspec.errors import OutputLost
from gpuspec.report.text import Line

# Style name of a span -> what click.style is asked for. A style that isn't here is shown plain.
STYLES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "error": {"fg": "red", "bold": True},
        "warning": {"fg": "yellow", "bold": True},
        "hint": {"fg": "cyan"},
        "place": {"fg": "blue"},
        "caret": {"fg": "red", "bold": True},
        "add": {"fg": "green"},
        "change": {"fg": "yellow"},
        "remove": {"fg": "red"},
        "good": {"fg": "green"},
        "bad": {"fg": "red"},
        "bold": {"bold": True},
        "dim": {"dim": True},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Where a command writes. `environ` is asked for NO_COLOR, FORCE_COLOR and TERM only."""

    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]

    def result(self, lines: Iterable[Line]) -> None:
        """Lines of the result."""
        self._write(self.stdout, lines)

    def say(self, lines: Iterable[Line]) -> None:
        """Lines beside the result. That nobody can read them ends no command: a run must go on to its records."""
        with suppress(OutputLost, ReaderLeft):
            self._write(self.stderr, lines)

    def text(self, text: str) -> None:
        """A result that is a text already."""
        write_document(self.stdout, text)

    def document(self, document: Mapping[str, Any]) -> None:
        """The one JSON document of a command that was asked for it."""
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
        self.text("".join(f"{_seen(part)}\n" for part in text.split("\n")))

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return sys.stdin is not None and sys.stdin.isatty() and self.stderr.isatty()

    def coloured(self, stream: TextIO) -> bool:
        """Whether this stream gets colour (https://no-color.org)."""
        if self.environ.get("NO_COLOR"):
            return False
        if self.environ.get("FORCE_COLOR"):
            return True
        return stream.isatty() and self.environ.get("TERM") != "dumb"

    def _write(self, stream: TextIO, lines: Iterable[Line]) -> None:
        colour = self.coloured(stream)
        write_text(stream, "".join(_painted(line, colour=colour) + "\n" for line in lines))


def _seen(text: str) -> str:
    """A line of JSON with all that can't be seen as escapes; it can only stand in strings, where they mean the same."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in text)


def system_terminal() -> Terminal:
    """The terminal of this process."""
    return Terminal(stdout=sys.stdout, stderr=sys.stderr, environ=os.environ)


def _painted(line: Line, *, colour: bool) -> str:
    if not colour:
        return "".join(span.text for span in line)
    return "".join(click.style(span.text, **STYLES[span.style]) if span.style in STYLES else span.text for span in line)
