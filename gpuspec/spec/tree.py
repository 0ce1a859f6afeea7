"""A document as plain data, with a place for each of its keys and values: what `spec.yamltext` gives."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem
from gpuspec.model.secret import Secret
from gpuspec.spec.positions import Positions

Path = tuple[str | int, ...]


class Hole(Enum):
    """Stands where a fault, already among the problems, left no value; whoever checks the tree skips it."""

    HOLE = "hole"

    def __repr__(self) -> str:
        return "HOLE"


HOLE: Final = Hole.HOLE

Data = str | int | float | bool | None | Secret | Hole | list["Data"] | dict[str, "Data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A document's data and where each part of it stands.

    `data` is read only: the places are found by the identity of its lists and maps, and an aliased one stands in
    it several times. `problems` left the tree usable, in file order; where a fault left no value, `data` has a HOLE,
    and where it left no key, nothing.
    """

    file: str
    data: Data
    problems: tuple[Problem, ...]
    positions: Positions

    def place(self, path: Path) -> Place:
        """Where the value at this path stands; else its nearest ancestor that has a place.

        Everything inside a list or map that an expression gave stands where the expression does.
        """
        return self.positions.value_place(self.data, path)

    def key_place(self, path: Path) -> Place:
        """Where the key of the value at this path stands; for a list's item the item itself."""
        return self.positions.key_place(self.data, path)

    def inserted(self, path: Path) -> bool:
        """Whether the value at this path is, as a whole or as a part, what one template expression gave."""
        return self.positions.inserted(self.data, path)

    def quoted(self, path: Path) -> bool:
        """Whether the scalar at this path was written in quotes."""
        return self.positions.quoted(self.data, path)


def dotted(path: Path) -> str:
    """A path as messages show it: `instances.trainer.ports[0]`."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".")
