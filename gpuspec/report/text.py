"""Lines of text with style names; `cli` paints them, and nothing here prints."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gpuspec.report.clean import clean, width


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line. Its text is cleaned as it is made: no span can hold what a terminal would obey.

    `style` is empty or one of error, warning, hint, place, caret, add, change, remove, good, bad, bold, dim.
    """

    text: str
    style: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text))


Line = tuple[Span, ...]

EMPTY: Line = ()


def line(*parts: str | Span, indent: int = 0) -> Line:
    """One line from texts and spans."""
    spans = tuple(Span(part) if isinstance(part, str) else part for part in parts)
    return (Span(" " * indent), *spans) if indent else spans


def plain(lines: Iterable[Line]) -> str:
    """The lines without their styles, each with its newline."""
    return "".join("".join(span.text for span in one).rstrip() + "\n" for one in lines)


def paragraphs(text: str, *, indent: int) -> tuple[Line, ...]:
    """A text that may have several lines, each indented."""
    return tuple(line(part, indent=indent) for part in text.splitlines())


def aligned(rows: Sequence[Sequence[Span]], *, indent: int = 0, gap: int = 2) -> tuple[Line, ...]:
    """Rows as columns, each as wide as its widest text; nothing is filled up behind a row's last text."""
    columns = max((len(row) for row in rows), default=0)
    widths = [max((width(row[at].text) for row in rows if at < len(row)), default=0) for at in range(columns)]
    return tuple(line(*_filled(row, widths, gap), indent=indent) for row in rows)


def hint_lines(hint: str, command: str = "", *, indent: int = 0) -> tuple[Line, ...]:
    """The way out; a command to copy stands alone below it."""
    if not hint and not command:
        return ()
    first, *rest = (hint or "run").splitlines()
    colon = ":" if command and not first.endswith(":") and not rest else ""
    return (
        line(Span("hint:", "hint"), f" {first}{colon}", indent=indent),
        *(line(part, indent=indent + 4) for part in rest),
        *((line(Span(command, "bold"), indent=indent + 4),) if command else ()),
    )


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 record`, `2 records`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _filled(row: Sequence[Span], widths: Sequence[int], gap: int) -> Iterable[Span]:
    last = max((at for at, span in enumerate(row) if span.text), default=-1)
    for at, span in enumerate(row[: last + 1]):
        yield span
        if at < last:
            yield Span(" " * (widths[at] - width(span.text) + gap))
