"""What came of tests, as text: a line each, and where one failed what was expected and what was found."""

import json
from collections.abc import Iterator

from gpuspec.model.project import JsonValue
from gpuspec.model.spec_test import Difference, Outcome
from gpuspec.report.text import Line, Span, counted, line


def outcome_lines(outcome: Outcome) -> tuple[Line, ...]:
    """A test's line, and below it everything that is not as expected."""
    test = outcome.test
    sign = Span("ok  ", "good") if outcome.passed else Span("FAIL", "bad")
    head = line(sign, "  ", Span(test.name, "bold"), "  ", Span(str(test.place), "place"))
    return (head, *(each for difference in outcome.differences for each in _difference(difference)))


def totals(*, passed: int, failed: int, left_out: int) -> Line:
    """The line that ends the report."""
    rest = f", {left_out:,} left out" if left_out else ""
    return line(Span(f"{counted(passed + failed, 'test')}: {passed:,} passed, {failed:,} failed{rest}", "bold"))


def _difference(difference: Difference) -> Iterator[Line]:
    yield line(Span(difference.what, "bold"), indent=6)
    yield line("expected  ", _value(difference.expected), "  ", Span(str(difference.place), "place"), indent=8)
    at = () if difference.found_place is None else ("  ", Span(str(difference.found_place), "place"))
    yield line("found     ", _value(difference.found), *at, indent=8)


def _value(value: JsonValue) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) and _reads_as_words(value) else json.dumps(value, ensure_ascii=False)


def _reads_as_words(text: str) -> bool:
    return " " in text and text.isprintable()
