"""Problems with their places looked up."""

from collections.abc import Iterable
from dataclasses import replace

from gpuspec.model.problem import Problem, Related, Severity
from gpuspec.spec.tree import Path, Tree, dotted


def at_value(tree: Tree, path: Path, *, code: str, message: str, hint: str) -> Problem:
    """A fault of the value at this path."""
    return Problem(code=code, message=message, place=tree.place(path), path=dotted(path), hint=hint)


def at_key(tree: Tree, path: Path, *, code: str, message: str, hint: str) -> Problem:
    """A fault of the key at this path, or of what is missing under it."""
    return Problem(code=code, message=message, place=tree.key_place(path), path=dotted(path), hint=hint)


def warning(problem: Problem) -> Problem:
    """The same as a warning."""
    return replace(problem, severity=Severity.WARNING)


def related(problem: Problem, tree: Tree, path: Path, label: str) -> Problem:
    """The problem with another place that belongs to it."""
    return replace(problem, related=(*problem.related, Related(label=label, place=tree.place(path))))


def each_once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """A fault that several instances meet in the same line of `defaults` is one fault."""
    first: dict[tuple[str, str, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.code, problem.path, problem.message), problem)
    return tuple(first.values())
