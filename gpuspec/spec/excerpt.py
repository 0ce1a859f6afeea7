"""Problems made ready to be shown: each with its line, secrets masked, equal ones counted, in file order."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem
from gpuspec.spec.secret_spans import Span, secret_spans, spans_within

MASK = "***"
# Of an over-long line this much is shown, more of it before the column than after.
WIDTH = 200
BEFORE = 120
# Masks are shorter than what they hide, so that more is looked at than is shown.
REACH = 2_000
ELLIPSIS = "…"
# Lines of a secret that are shorter say nothing, and could be anything.
LINE_OF_A_SECRET = 8

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ue000-\ue003]")


def with_excerpts(problems: Sequence[Problem], texts: Mapping[str, str]) -> tuple[Problem, ...]:
    """The problems with the line of their place, as the user wrote it.

    Args:
        texts: File, as places name it -> its text. A problem in another file stays without an excerpt.
    """
    lines: dict[str, _Lines] = {}
    shown = []
    for problem in problems:
        place = problem.place
        if place is None or place.file not in texts:
            shown.append(problem)
            continue
        if place.file not in lines:
            lines[place.file] = _Lines.of(texts[place.file])
        excerpt, column = lines[place.file].excerpt(place)
        shown.append(replace(problem, excerpt=excerpt, excerpt_column=column))
    return tuple(shown)


def merged(problems: Iterable[Problem], *, files: Sequence[str] = ()) -> tuple[Problem, ...]:
    """The problems in file order, equal ones from one place as one with their number.

    Files stand in the order given, others after them as they come; what has no place comes first.
    """
    ranks = {file: rank for rank, file in enumerate(files)}
    kept: dict[object, Problem] = {}
    for problem in problems:
        place = problem.place
        if place is not None:
            ranks.setdefault(place.file, len(ranks))
        same = (problem.code, problem.message, place, problem.hint, problem.severity)
        first = kept.get(same)
        kept[same] = problem if first is None else replace(first, count=first.count + problem.count)
    return tuple(sorted(kept.values(), key=lambda problem: _rank(problem.place, ranks)))


def mask(text: str, values: Iterable[str]) -> str:
    """The text with these values replaced, and with the lines of those that have several."""
    whole = {value for value in values if value}
    lines = {line.strip() for value in whole for line in value.splitlines()}
    literals = whole | {line for line in lines if len(line) >= LINE_OF_A_SECRET}
    if not literals:
        return text
    # The longest first: a value may hold another one.
    longest_first = sorted(literals, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), MASK, text)


def _rank(place: Place | None, ranks: Mapping[str, int]) -> tuple[int, int, int]:
    return (-1, 0, 0) if place is None else (ranks[place.file], place.line, place.column)


@dataclass(frozen=True, slots=True)
class _Lines:
    """A text by lines, with what to mask in it."""

    text: str
    starts: list[int]
    spans: list[Span]

    @classmethod
    def of(cls, text: str) -> "_Lines":
        starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
        return cls(text, starts, secret_spans(text))

    def excerpt(self, place: Place) -> tuple[str, int]:
        """The place's line, made fit to be shown, and the place's column in it."""
        if not 0 < place.line <= len(self.starts):
            return "", 0
        start = self.starts[place.line - 1]
        end = self.starts[place.line] if place.line < len(self.starts) else len(self.text)
        # Of a line of megabytes only what is near is looked at: each of its thousand faults asks for it.
        first = max(start, start + place.column - 1 - REACH)
        last = min(end, start + place.column + REACH)
        line = self.text[first:last].rstrip("\r\n")
        column = min(place.column - (first - start), len(line) + 1)
        spans = [(begin - first, stop - first) for begin, stop in spans_within(self.spans, first, first + len(line))]
        shown, column = _cut(*_masked(line, column, spans))
        head, tail = first > start and not shown.startswith(ELLIPSIS), last < end and not shown.endswith(ELLIPSIS)
        return f"{ELLIPSIS if head else ''}{shown}{ELLIPSIS if tail else ''}", column + head


def _masked(line: str, column: int, spans: Sequence[Span]) -> tuple[str, int]:
    """The line with control characters made visible and spans masked, and where the column went."""
    pieces, at, shift = [], 0, 0
    for start, end in spans:
        pieces += [line[at:start], MASK]
        if column - 1 >= end:
            shift += len(MASK) - (end - start)
        elif column - 1 > start:
            shift += start - (column - 1)
        at = end
    return _CONTROL.sub(_visible, "".join([*pieces, line[at:]])), column + shift


def _visible(match: re.Match[str]) -> str:
    """One character for another, so that columns stay: Unicode has pictures of the control characters of ASCII."""
    code = ord(match[0])
    if code == 0x09:
        return " "
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def _cut(line: str, column: int) -> tuple[str, int]:
    """At most WIDTH characters round the column."""
    if len(line) <= WIDTH:
        return line, column
    start = max(0, min(column - 1 - BEFORE, len(line) - WIDTH))
    end = start + WIDTH
    head, tail = ELLIPSIS if start else "", ELLIPSIS if end < len(line) else ""
    return f"{head}{line[start:end]}{tail}", column - start + len(head)
