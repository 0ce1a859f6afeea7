"""Problems with their places looked up."""

from collections.abc import Iterable
from dataclasses import replace

from gpuspec.model.place import Place
from gpuspec.model.problem import MOST_ERRORS, Problem, Related, Severity, too_many
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


def gathered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of rendered instances: equal ones from one place are one with their number.

    A fault of one instance is counted once. After `MOST_ERRORS` different ones no more is looked for.
    """
    found: dict[tuple[str, Place | None], Problem] = {}
    counted: set[tuple[str, str, Place | None]] = set()
    for problem in problems:
        same = (problem.message, problem.place)
        if (problem.path, *same) in counted:
            continue
        counted.add((problem.path, *same))
        if same in found:
            found[same] = replace(found[same], count=found[same].count + 1)
        elif len(found) == MOST_ERRORS:
            return (*found.values(), too_many(problem.place))
        else:
            found[same] = problem
    return tuple(found.values())


class Told:
    """Problems, each once: a fault that several instances meet in the same line of `defaults` is one fault."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str, str], Problem] = {}
        self._errors = 0

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, as they came."""
        return tuple(self._first.values())

    @property
    def full(self) -> bool:
        """Whether there are so many errors that no more should be looked for."""
        return self._errors >= MOST_ERRORS

    def add(self, problems: Iterable[Problem]) -> None:
        """Take those that are not there yet."""
        for problem in problems:
            same = (problem.code, problem.path, problem.message)
            if same not in self._first:
                self._first[same] = problem
                self._errors += problem.severity is Severity.ERROR
