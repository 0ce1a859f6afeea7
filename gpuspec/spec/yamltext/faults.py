"""The faults of one text, gathered while it is read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from gpuspec.model.problem import MOST_ERRORS, Problem, Related, Severity, too_many
from gpuspec.spec.positions import place_at, place_of
from gpuspec.spec.rendered import Rendered
from gpuspec.spec.tree import Path, dotted
from gpuspec.spec.yamltext import wording
from gpuspec.spec.yamltext.wording import Words


class Stop(Exception):
    """Reading can't go on; why is among the faults."""


@dataclass(slots=True, kw_only=True)
class Faults:
    """Problems in the order in which they were met; `path` tells where in the document the reader is."""

    rendered: Rendered
    path: Callable[[], Path]
    items: list[Problem] = field(default_factory=list)
    _errors: int = 0

    def add(self, code: str, words: Words, start: int, end: int, *, severity: Severity = Severity.ERROR) -> None:
        """Note what is wrong with what stands between these offsets."""
        at = place_of(self.rendered, start, end)
        path = dotted(self.path())
        problem = Problem(code=code, message=words.message, place=at, path=path, hint=words.hint, severity=severity)
        self._note(problem)

    def add_all(self, problems: Iterable[Problem], start: int, end: int) -> None:
        """Note problems made elsewhere, with a place and a path where they have none."""
        at, path = place_of(self.rendered, start, end), dotted(self.path())
        for problem in problems:
            self._note(replace(problem, place=problem.place or at, path=problem.path or path))

    def stop(self, code: str, words: Words, start: int, end: int) -> Stop:
        """Note a fault after which nothing can be read; to be raised."""
        self.add(code, words, start, end)
        return Stop(code)

    def tag(self, start: int) -> None:
        """Note a tag among the properties that begin here."""
        at = place_at(self.rendered, self.rendered.text.index("!", start))
        words = wording.TAG
        problem = Problem(code="yaml-tag", message=words.message, place=at, path=dotted(self.path()), hint=words.hint)
        self._note(problem)

    def duplicate(self, key: str, here: tuple[int, int], first: tuple[int, int]) -> None:
        """Note that a key stands in one map twice."""
        at, first_place = place_of(self.rendered, *here), place_of(self.rendered, *first)
        same = (at.file, at.line, at.column) == (first_place.file, first_place.line, first_place.column)
        words = wording.duplicate(key, same=same)
        problem = Problem(
            code="duplicate-key",
            message=words.message,
            place=at,
            path=dotted((*self.path(), key)),
            hint=words.hint,
            related=(Related(label="first written here", place=first_place),),
        )
        self._note(problem)

    def _note(self, problem: Problem) -> None:
        """Keep the problem, if there is still room for one of its kind.

        Raises:
            Stop: It is the last error that is told.
        """
        if problem.severity is Severity.WARNING:
            # Warnings end nothing; nobody would read one more.
            if len(self.items) < MOST_ERRORS:
                self.items.append(problem)
            return
        self.items.append(problem)
        self._errors += 1
        if self._errors >= MOST_ERRORS:
            self.items.append(too_many(problem.place))
            raise Stop(problem.code)
