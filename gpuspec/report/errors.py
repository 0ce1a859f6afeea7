"""An error as text: its fixed words, then what exactly, then the way out."""

from collections.abc import Sequence

from gpuspec.errors import GpuspecError, SpecFaults
from gpuspec.model.problem import Problem
from gpuspec.report.problems import problem_lines
from gpuspec.report.text import EMPTY, Line, Span, hint_lines, line, paragraphs


def error_lines(error: GpuspecError) -> tuple[Line, ...]:
    """What a user reads when a command fails; the faults of a spec are its problems."""
    if isinstance(error, SpecFaults):
        return problem_lines([problem for problem in error.problems if isinstance(problem, Problem)])
    return _one(error)


def errors_lines(errors: Sequence[GpuspecError]) -> tuple[Line, ...]:
    """Several errors, as a guard may find them, with a blank line between."""
    lines: list[Line] = []
    for error in errors:
        lines += [*((EMPTY,) if lines else ()), *error_lines(error)]
    return tuple(lines)


def _one(error: GpuspecError) -> tuple[Line, ...]:
    hint = hint_lines(error.hint, error.command)
    return (
        line(Span("error:", "error"), Span(f" {error.summary}", "bold")),
        *paragraphs(error.message, indent=2),
        *((EMPTY, *hint) if hint else ()),
    )
