"""What came of tests, as data for `--json`."""

from collections.abc import Sequence

from gpuspec.model.place import Place
from gpuspec.model.project import JsonValue
from gpuspec.model.spec_test import Difference, Outcome

VERSION = 1


def tests_document(outcomes: Sequence[Outcome], *, left_out: int) -> dict[str, JsonValue]:
    """Every test with what is not as expected; null stands for what is not there."""
    failed = sum(not outcome.passed for outcome in outcomes)
    return {
        "version": VERSION,
        "command": "test",
        "passed": len(outcomes) - failed,
        "failed": failed,
        "leftOut": left_out,
        "tests": [_outcome(outcome) for outcome in outcomes],
    }


def _outcome(outcome: Outcome) -> JsonValue:
    return {
        "name": outcome.test.name,
        **_place(outcome.test.place),
        "passed": outcome.passed,
        "differences": [_difference(difference) for difference in outcome.differences],
    }


def _difference(difference: Difference) -> JsonValue:
    found = None if difference.found_place is None else _place(difference.found_place)
    return {
        "what": difference.what,
        "expected": difference.expected,
        "found": difference.found,
        **_place(difference.place),
        "foundAt": found,
    }


def _place(place: Place) -> dict[str, JsonValue]:
    return {"file": place.file, "line": place.line or None, "column": place.column or None}
