"""What a run tells while it goes on: a live bar on a terminal, plain lines elsewhere, JSON lines in a file."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from gpuspec.cli.terminal import Terminal
from gpuspec.codec.events import event_line as event_bytes
from gpuspec.errors import UsageError
from gpuspec.model.event import Event, EventKind
from gpuspec.ports import Listener
from gpuspec.report.events import event_line

# Told as lines wherever there is no live display: what a reader of a log wants to find later.
_LOGGED = frozenset(
    {
        EventKind.MADE,
        EventKind.FOUND,
        EventKind.UPDATED,
        EventKind.DELETED,
        EventKind.REPLACED,
        EventKind.REJECTED,
        EventKind.DOUBTED,
        EventKind.ABSENT,
        EventKind.NOT_READY,
        EventKind.PAUSED,
        EventKind.RESUMED,
        EventKind.WARNING,
        EventKind.STOPPING,
    }
)
# Told as lines above the live display: what a person should not miss.
_NOTABLE = _LOGGED - {EventKind.MADE, EventKind.UPDATED, EventKind.DELETED, EventKind.REPLACED}
_COUNTDOWN_EVERY_S = 10.0
# A log that says nothing for longer than that looks like a run that hangs.
_LONG_WAIT_S = 10.0


class PlainProgress:
    """One line an event that matters; the countdown of settling now and then, and long waits before another try."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._counted_at = float("-inf")

    def event(self, event: Event) -> None:
        """See `ports.Listener`."""
        if event.kind is EventKind.SETTLING:
            if event.at - self._counted_at < _COUNTDOWN_EVERY_S:
                return
            self._counted_at = event.at
        elif event.kind not in _LOGGED and not _is_long_wait(event):
            return
        self._terminal.say([event_line(event)])


def _is_long_wait(event: Event) -> bool:
    return event.kind is EventKind.RETRYING and event.seconds is not None and event.seconds >= _LONG_WAIT_S


class EventFile:
    """Every event as a JSON line."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def event(self, event: Event) -> None:
        """See `ports.Listener`."""
        try:
            self._file.write(event_bytes(event))
            self._file.flush()
        except (OSError, ValueError):
            # A reader that went away, or a full disk, must not stop a run whose journal is in order.
            return


class LiveProgress:
    """A bar while a run makes something, on a terminal; plain lines before and after it.

    The bar starts with the run and not before: a question that waits for its answer must stay on the screen.
    """

    def __init__(self, terminal: Terminal, stack: ExitStack) -> None:
        # Imported here: rich is only needed where there is a terminal to draw on.
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        colour = terminal.coloured(terminal.stderr)
        self._plain = PlainProgress(terminal)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(file=terminal.stderr, no_color=not colour, highlight=False),
            transient=True,
        )
        stack.callback(self._stop)
        self._task = self._bar.add_task("working", total=None)
        self._counts: Counter[EventKind] = Counter()
        self._running = False

    def event(self, event: Event) -> None:
        """See `ports.Listener`."""
        if event.kind is EventKind.RUN_STARTED and event.total:
            self._running = True
            self._bar.reset(self._task, total=event.total)
            self._bar.start()
        elif event.kind is EventKind.RUN_ENDED:
            self._stop()
        elif self._running:
            self._draw(event)
        else:
            self._plain.event(event)

    def _stop(self) -> None:
        if self._running:
            self._running = False
            self._bar.stop()

    def _draw(self, event: Event) -> None:
        self._counts[event.kind] += 1
        if event.kind in {EventKind.MADE, EventKind.FOUND, EventKind.UPDATED, EventKind.DELETED}:
            self._bar.advance(self._task)
        if event.kind in _NOTABLE:
            text = "".join(span.text for span in event_line(event))
            self._bar.console.print(text, markup=False, highlight=False)
        self._bar.update(self._task, description=self._words(event))

    def _words(self, event: Event) -> str:
        made = self._counts[EventKind.MADE] + self._counts[EventKind.FOUND]
        ready = self._counts[EventKind.READY]
        if event.kind is EventKind.SETTLING and event.seconds is not None:
            return f"settling, {event.seconds:.0f} s left"
        if _is_long_wait(event):
            return f"trying again in {event.seconds:.0f} s"
        ended = (EventKind.DELETED, EventKind.UPDATED, EventKind.REPLACED)
        parts = [f"{kind.value} {self._counts[kind]}" for kind in ended if self._counts[kind]]
        parts += [f"made {made}, ready {ready}"] if made or ready else []
        return ", ".join(parts) or "working"


class Several:
    """Tells several listeners."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = listeners

    def event(self, event: Event) -> None:
        """See `ports.Listener`."""
        for listener in self._listeners:
            listener.event(event)


@contextmanager
def listening(terminal: Terminal, *, live: bool, events: str) -> Iterator[Listener]:
    """The listener of a run.

    Args:
        live: Draw a bar; only on a terminal.
        events: A file for every event as a JSON line; empty for none.

    Raises:
        UsageError: The file can't be written.
    """
    with ExitStack() as stack:
        listeners: list[Listener] = []
        if events:
            listeners.append(EventFile(_opened(Path(events), stack)))
        listeners.append(LiveProgress(terminal, stack) if live else PlainProgress(terminal))
        yield Several(*listeners)


def _opened(path: Path, stack: ExitStack) -> BinaryIO:
    try:
        return stack.enter_context(path.open("wb"))
    except OSError as error:
        message = f"`--events {path}`: the file can't be written: {error.strerror}."
        raise UsageError(message, hint="name a file in a folder that you may write to.") from error
