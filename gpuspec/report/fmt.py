"""What laying out specs changed, as text: names of files, or the lines that differ."""

import difflib
from collections.abc import Iterator, Sequence

from gpuspec.report.text import Line, Span, counted, line
from gpuspec.spec.excerpt import MASK
from gpuspec.spec.secret_spans import secret_spans

_STYLES = {"+": "add", "-": "remove", "@": "dim"}


def diff_lines(file: str, before: str, after: str) -> tuple[Line, ...]:
    """The lines of a file that differ, three lines round each, with what looks like a secret masked."""
    return tuple(_diff(file, _masked(before).splitlines(), _masked(after).splitlines()))


def totals(*, changed: int, files: int, written: bool) -> Line:
    """How many files there were, and what became of them."""
    left = f"{counted(files - changed, 'file')} laid out already"
    verb = "laid out" if written else "would be laid out"
    return line(Span(f"{counted(changed, 'file')} {verb}, {left}" if changed else left, "bold"))


def _diff(file: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    found = difflib.unified_diff(before, after, f"a/{file}", f"b/{file}", lineterm="")
    for number, text in enumerate(found):
        yield line(Span(text, "bold" if number < 2 else _STYLES.get(text[:1], "")))


def _masked(text: str) -> str:
    pieces, at = [], 0
    for start, end in secret_spans(text):
        pieces += [text[at:start], MASK]
        at = end
    return "".join([*pieces, text[at:]])
