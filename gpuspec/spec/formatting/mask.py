"""A templated text as plain YAML of the same length: each character keeps its offset, and templates become words."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gpuspec.spec.template.spans import SpanKind, TemplateSpan

# What stands between these and their ends is text that is kept, changed or printed elsewhere: not a part of this file's
# own lines. A `set` with a value has no end.
_CAPTURING = frozenset({"macro", "call", "filter", "block", "set"})
_SET_TO_A_VALUE = re.compile(r"\{%[-+]?\s*set\b[^=%]*=(?!=)|#% +set\b[^=]*=(?!=)")
# A file with these may insert lines, so that its rendering depends on more than its own layout.
_INSERTING = _CAPTURING | {"include", "import", "from", "extends"}
# They give something else each time that they are asked, and so depend on the order of the lines.
_COUNTING = re.compile(r"\b(?:cycler|joiner|namespace)\b")
_RAW = re.compile(r"\|\s*safe\b")


@dataclass(frozen=True, kw_only=True)
class Masked:
    """`yaml` is `text` with its templates masked: an inline one as a word, those alone on their lines as a comment.

    `spans` are the template's stretches, captured text as one; `found` are all of them as they were found.
    """

    text: str
    yaml: str
    spans: Sequence[TemplateSpan]
    found: Sequence[TemplateSpan]
    alone: frozenset[int]

    @cached_property
    def depends_on_layout(self) -> bool:
        """Whether only a rendering can prove that the layout means nothing."""
        return any(
            span.signed or (span.kind is SpanKind.STATEMENT and self._inserts(span)) or _RAW.search(self._text(span))
            for span in self.found
        )

    @cached_property
    def depends_on_order(self) -> bool:
        """Whether an expression may give something else when another one is asked before it."""
        return any(_COUNTING.search(self._text(span)) for span in self.found)

    @property
    def barriers(self) -> Iterator[TemplateSpan]:
        """What no key may be moved across: tags, and whatever stands alone on its line."""
        return (span for span in self.spans if span.kind is SpanKind.STATEMENT or span.start in self.alone)

    def within(self, start: int, end: int) -> tuple[str, ...]:
        """The template's stretches that begin between two offsets, as they are written."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return tuple(map(self._text, self.spans[first:last]))

    @cached_property
    def _starts(self) -> list[int]:
        return [span.start for span in self.spans]

    def _text(self, span: TemplateSpan) -> str:
        return self.text[span.start : span.end]

    def _inserts(self, span: TemplateSpan) -> bool:
        return span.word in _INSERTING and not _SET_TO_A_VALUE.match(self._text(span))


def masked(text: str, found: Sequence[TemplateSpan]) -> Masked:
    """The text with its template's stretches masked."""
    spans = tuple(_with_captures(text, found))
    pieces: list[str] = []
    alone: set[int] = set()
    at = 0
    for line in _lines(text, spans):
        first, last = line[0], line[-1]
        start, end = text.rfind("\n", 0, first.start) + 1, text.find("\n", last.end)
        end = len(text) if end < 0 else end
        start = max(start, at)
        if not _beside(text, line, start, end).strip():
            alone |= {span.start for span in line}
            pieces += [text[at : first.start], "#", "x" * (end - first.start - 1)]
            at = end
            continue
        for span in line:
            sign = " " if span.kind is SpanKind.COMMENT else "x"
            pieces += [text[at : span.start], sign * (span.end - span.start)]
            at = span.end
    yaml = "".join([*pieces, text[at:]])
    assert len(yaml) == len(text)
    return Masked(text=text, yaml=yaml, spans=spans, found=found, alone=frozenset(alone))


def _with_captures(text: str, found: Sequence[TemplateSpan]) -> Iterator[TemplateSpan]:
    """The stretches, each outermost captured text with its tags as one."""
    opened: list[TemplateSpan] = []
    for span in found:
        captures = span.word in _CAPTURING and not _SET_TO_A_VALUE.match(text, span.start)
        if span.kind is SpanKind.STATEMENT and captures:
            opened.append(span)
        elif opened and span.word == f"end{opened[-1].word}":
            outer = opened.pop()
            if not opened:
                yield replace(outer, end=span.end)
        elif not opened:
            yield span


def _lines(text: str, spans: Sequence[TemplateSpan]) -> Iterator[list[TemplateSpan]]:
    """The stretches that share a line, or that a line within one of them joins."""
    line: list[TemplateSpan] = []
    for span in spans:
        if line and "\n" in text[line[-1].end : span.start]:
            yield line
            line = []
        line.append(span)
    if line:
        yield line


def _beside(text: str, line: Sequence[TemplateSpan], start: int, end: int) -> str:
    """What stands on this line outside of the template."""
    edges = [start, *(edge for span in line for edge in (span.start, span.end)), end]
    return "".join(text[begin:stop] for begin, stop in zip(edges[::2], edges[1::2], strict=True))
