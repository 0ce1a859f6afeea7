"""Problems and errors to data, for `--json`."""

from collections.abc import Iterable, Sequence

from gpuspec.errors import GpuspecError, Refused
from gpuspec.model.place import Place
from gpuspec.model.problem import Problem
from gpuspec.model.project import JsonValue

VERSION = 1


def problem_document(problem: Problem) -> dict[str, JsonValue]:
    """One problem; file, line and column are null where no file has the fault, line and column where all of it does.

    `related` lists what belongs to it, then the calls that led to its place through macros and includes.
    """
    calls = () if problem.place is None else problem.place.calls
    return {
        **_place_document(problem.place),
        "path": problem.path,
        "code": problem.code,
        "severity": problem.severity.value,
        "summary": problem.summary,
        "message": problem.message,
        "hint": problem.hint,
        "count": problem.count,
        "related": [
            *({"label": related.label, **_place_document(related.place)} for related in problem.related),
            *({"label": "called here", **_place_document(call)} for call in calls),
        ],
    }


def problem_documents(problems: Iterable[Problem]) -> list[JsonValue]:
    """Every problem, in the order given."""
    return [problem_document(problem) for problem in problems]


def error_document(error: GpuspecError, *, command: str, problems: Sequence[Problem] = ()) -> dict[str, JsonValue]:
    """What a command prints with `--json` when it fails. A refusal also names its guard, as `reason`."""
    described: dict[str, JsonValue] = {
        "code": error.code,
        "summary": error.summary,
        "message": error.message,
        "hint": error.hint,
        "command": error.command,
    }
    if isinstance(error, Refused):
        described["reason"] = error.reason
    return {"version": VERSION, "command": command, "error": described, "problems": problem_documents(problems)}


def _place_document(place: Place | None) -> dict[str, JsonValue]:
    if place is None:
        return {"file": None, "line": None, "column": None}
    return {"file": place.file, "line": place.line or None, "column": place.column or None}
