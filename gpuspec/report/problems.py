"""Problems of a spec as text: what, where with the line and a caret, why, and the way out."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Severity
from gpuspec.report.clean import clean, width
from gpuspec.report.text import EMPTY, Line, Span, counted, hint_lines, line, paragraphs

SHOWN = 50
_LINE_LIMIT = 160
_BEFORE_CARET = 60
_TAB = "    "


def problem_lines(problems: Sequence[Problem], *, limit: int = SHOWN) -> tuple[Line, ...]:
    """Every problem up to the limit, in the order given, then how many there are."""
    lines: list[Line] = []
    for problem in problems[:limit]:
        lines += [*_problem(problem), EMPTY]
    hidden = len(problems) - limit
    if hidden > 0:
        lines += [line(f"… and {counted(hidden, 'more problem')}; `--json` has all of them."), EMPTY]
    return (*lines, line(Span(_totals(problems), "bold"))) if problems else ()


def _problem(problem: Problem) -> Iterator[Line]:
    word = problem.severity.value
    yield line(Span(f"{word}:", word), Span(f" {problem.summary}", "bold"))
    if problem.place is not None or problem.path:
        yield from _where(problem)
    yield from paragraphs(problem.message, indent=2)
    if problem.count > 1:
        yield line(f"This happened {problem.count:,} times.", indent=2)
    for related in problem.related:
        yield line(f"{related.label}: ", Span(str(related.place), "place"), indent=2)
    for call, calls in groupby(() if problem.place is None else problem.place.calls):
        times = len(list(calls))
        again = f", {times} times" if times > 1 else ""
        yield line("called from ", Span(str(call), "place"), again, indent=2)
    if problem.hint:
        yield EMPTY
        yield from hint_lines(problem.hint)


def _where(problem: Problem) -> Iterator[Line]:
    place = problem.place
    path = () if not problem.path else (Span(f"   {problem.path}" if place else problem.path),)
    at = () if place is None else (Span(str(place), "place"),)
    yield line(Span("--> ", "place"), *at, *path, indent=2)
    if place is not None and problem.excerpt:
        yield from _excerpt(place, problem.excerpt, (problem.excerpt_column or place.column) - 1)


def _excerpt(place: Place, excerpt: str, at: int) -> Iterator[Line]:
    number = str(place.line)
    shown, start, end = _window(excerpt, at, at + place.width)
    room = width(_drawn(shown[:start]))
    carets = max(1, width(_drawn(shown[start:end])))
    yield line(Span(f"   {number} | ", "place"), _drawn(shown))
    yield line(Span(f"   {' ' * len(number)} | ", "place"), " " * room, Span("^" * carets, "caret"))


def _window(excerpt: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a long line that holds what is underlined, with the positions in that part."""
    start, end = min(start, len(excerpt)), min(end, len(excerpt))
    if len(excerpt) <= _LINE_LIMIT:
        return excerpt, start, end
    first = max(0, start - _BEFORE_CARET)
    part = excerpt[first : first + _LINE_LIMIT]
    left = "…" if first else ""
    right = "…" if first + _LINE_LIMIT < len(excerpt) else ""
    shift = len(left) - first
    return f"{left}{part}{right}", start + shift, min(end + shift, len(left) + len(part))


def _drawn(text: str) -> str:
    return clean(text.replace("\t", _TAB))


def _totals(problems: Iterable[Problem]) -> str:
    severities = [problem.severity for problem in problems]
    counts = ((severity, severities.count(severity)) for severity in Severity)
    return ", ".join(counted(number, severity.value) for severity, number in counts if number)
