"""What is shown again and again: drawn over on a terminal, as lines of what changed elsewhere."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from gpuspec.cli.terminal import STYLES, Terminal
from gpuspec.report.text import Line

Look = TypeVar("Look")


@contextmanager
def redrawing(
    terminal: Terminal,
    *,
    whole: Callable[[Look], Iterable[Line]],
    change: Callable[[Look, Look | None], Iterable[Line]],
) -> Iterator[Callable[[Look], None]]:
    """Gives what shows one look after the other on standard output.

    Args:
        whole: All of a look, where what was drawn before can be drawn over.
        change: What differs from the look before, for a log; None before the first.
    """
    if _redraws(terminal):
        with _in_place(terminal) as draw:
            yield lambda look: draw(whole(look))
        return
    before: list[Look] = []

    def tell(look: Look) -> None:
        terminal.result(change(look, before[0] if before else None))
        before[:] = [look]

    yield tell


def _redraws(terminal: Terminal) -> bool:
    return terminal.stdout.isatty() and terminal.environ.get("TERM") != "dumb"


@contextmanager
def _in_place(terminal: Terminal) -> Iterator[Callable[[Iterable[Line]], None]]:
    # Imported here: rich is only needed where there is a terminal to draw on.
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    colour = terminal.coloured(terminal.stdout)
    console = Console(file=terminal.stdout, no_color=not colour, highlight=False)

    def text(lines: Iterable[Line]) -> Text:
        drawn = Text(no_wrap=True, overflow="ellipsis")
        for line in lines:
            for span in line:
                drawn.append(span.text, _style(span.style) if colour else "")
            drawn.append("\n")
        return drawn

    with Live(console=console, auto_refresh=False) as live:
        yield lambda lines: live.update(text(lines), refresh=True)


def _style(name: str) -> str:
    """A style of `terminal.STYLES` in rich's words: `bold red`."""
    return " ".join(word if value is True else str(value) for word, value in STYLES.get(name, {}).items())
