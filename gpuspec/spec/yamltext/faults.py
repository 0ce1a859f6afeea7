"""The faults of one text, gathered while it is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Related, Severity
from gpuspec.spec.positions import place_of
from gpuspec.spec.rendered import Rendered
from gpuspec.spec.tree import Path, dotted


class Stop(Exception):
    """Reading can't go on; why is among the faults."""


@dataclass(slots=True, kw_only=True)
class Faults:
    """Problems in the order in which they were met."""

    rendered: Rendered
    items: list[Problem] = field(default_factory=list)

    def place(self, start: int, end: int) -> Place:
        """The place of what stands between these offsets."""
        return place_of(self.rendered, start, end)

    def add(self, code: str, message: str, *, at: Place, path: Path, hint: str = "") -> None:
        """Note an error."""
        self.items.append(Problem(code=code, message=message, place=at, path=dotted(path), hint=hint))

    def add_all(self, problems: Iterable[Problem], *, at: Place, path: Path) -> None:
        """Note problems made elsewhere, with a place and a path where they have none."""
        for problem in problems:
            self.items.append(replace(problem, place=problem.place or at, path=problem.path or dotted(path)))

    def warn(self, code: str, message: str, *, at: Place, path: Path, hint: str) -> None:
        """Note a warning."""
        warning = Problem(code=code, message=message, place=at, path=dotted(path), hint=hint, severity=Severity.WARNING)
        self.items.append(warning)

    def duplicate(self, key: str, *, at: Place, first: Place, path: Path) -> None:
        """Note that a key stands in one map twice."""
        same = (at.file, at.line, at.column) == (first.file, first.line, first.column)
        why = " The template writes this line more than once." if same else ""
        hint = "put what differs, such as the loop's variable, into the key." if same else "remove one of the two."
        message = f"The key `{key}` stands twice in this map.{why}"
        related = (Related(label="first written here", place=first),)
        problem = Problem(
            code="duplicate-key", message=message, place=at, path=dotted(path), hint=hint, related=related
        )
        self.items.append(problem)
