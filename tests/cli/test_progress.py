"""What a run tells while it goes on."""

import io
from contextlib import ExitStack

import pytest

from gpuspec.cli.progress import LiveProgress, PlainProgress
from gpuspec.cli.terminal import Terminal
from gpuspec.model.event import Event, EventKind


def a_terminal() -> Terminal:
    """A terminal whose error stream can be read."""
    return Terminal(stdout=io.StringIO(), stderr=io.StringIO(), environ={})


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def said(terminal: Terminal) -> str:
    """All that went to the error stream."""
    assert isinstance(terminal.stderr, io.StringIO)
    return terminal.stderr.getvalue()


def test_no_bar_is_drawn_before_the_run_starts() -> None:
    """What happens before a plan is confirmed comes as plain lines: a bar would draw over the question."""
    terminal = a_terminal()
    with ExitStack() as stack:
        progress = LiveProgress(terminal, stack)
        progress.event(Event(kind=EventKind.FOUND, at=1.0, address="trainer", id="id-1"))

        assert said(terminal) == "trainer  found: it had been made: id-1\n"


def test_the_bar_ends_with_the_run() -> None:
    """After the last event the error stream is free for the ledger."""
    terminal = a_terminal()
    with ExitStack() as stack:
        progress = LiveProgress(terminal, stack)
        progress.event(Event(kind=EventKind.RUN_STARTED, at=1.0, total=1))
        progress.event(Event(kind=EventKind.REJECTED, at=2.0, address="trainer", message="no stock"))
        progress.event(Event(kind=EventKind.RUN_ENDED, at=3.0, total=1))
        during = said(terminal)
        progress.event(Event(kind=EventKind.WARNING, at=4.0, message="after"))

    assert "trainer  the service refused: no stock" in during
    assert said(terminal) == during + "warning: after\n"


def test_an_update_is_told_with_its_calls() -> None:
    """Which calls brought it about stands behind the id."""
    terminal = a_terminal()
    event = Event(kind=EventKind.UPDATED, at=1.0, address="trainer", id="id-1", message="edit, upgrade")

    PlainProgress(terminal).event(event)

    assert said(terminal) == "trainer  updated: id-1, edit, upgrade\n"


def test_a_replacement_is_told_with_both_machines() -> None:
    """The one that is there, and the one whose place it takes."""
    terminal = a_terminal()
    event = Event(kind=EventKind.REPLACED, at=1.0, address="trainer", id="id-2", message="in place of id-1")

    PlainProgress(terminal).event(event)

    assert said(terminal) == "trainer  replaced: id-2, in place of id-1\n"


def test_a_long_wait_before_another_try_is_told_and_a_short_one_is_not() -> None:
    """A log that is silent for minutes looks like a run that hangs."""
    terminal = a_terminal()
    progress = PlainProgress(terminal)
    for seconds in (2.0, 60.0):
        progress.event(Event(kind=EventKind.RETRYING, at=1.0, address="w-0", seconds=seconds, message="too many"))

    assert said(terminal) == "w-0  trying again later: 1 min 00 s, too many\n"


def test_the_bar_says_how_long_is_waited_before_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the place of what was done so far."""
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal(stdout=io.StringIO(), stderr=_Screen(), environ={})
    with ExitStack() as stack:
        progress = LiveProgress(terminal, stack)
        progress.event(Event(kind=EventKind.RUN_STARTED, at=1.0, total=1))
        progress.event(Event(kind=EventKind.RETRYING, at=2.0, address="w-0", seconds=60.0, message="too many"))
        progress.event(Event(kind=EventKind.RUN_ENDED, at=3.0, total=1))

    assert "trying again in 60 s" in said(terminal)
