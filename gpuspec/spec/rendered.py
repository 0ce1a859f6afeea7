"""What rendering a template gives: YAML text with tokens in place of values, and where each character came from.

The seam between `spec.template`, which makes it, and `spec.yamltext`, which reads it.
"""

import bisect
import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import overload

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem
from gpuspec.model.secret import Secret

# A token is TOKEN_OPEN, a decimal number, TOKEN_CLOSE; the number is an index into `Rendered.inserted`.
# Source files and raw insertions must not hold any of these characters, so no token can be forged.
TOKEN_OPEN = "\ue000"
TOKEN_CLOSE = "\ue001"
MARKER = "\ue002"
SENTINEL = "\ue003"
RESERVED = re.compile("[\ue000-\ue003]")
TOKEN = re.compile("\ue000([0-9]+)\ue001")

Scalar = str | int | float | bool | None
Value = Scalar | Secret | Sequence["Value"] | Mapping[str, "Value"]

# Nearer than this, counting newlines beats building the table of them.
_NEAR = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Undefined:
    """An expression without a value: `problem` is reported only if its token lands in a scalar."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Inserted:
    """What one printed expression gave, and the expression's place."""

    value: Value | Undefined
    place: Place


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """YAML text with tokens in place, and its source map.

    `starts` are offsets into `text`, ascending from 0; the characters from `starts[i]` on came from the place
    `origins[i]` on, one column a character and one line a newline. All characters of a token, and of a piece whose
    index is in `fixed` (raw text that an expression gave), have the one place of their origin.
    """

    file: str
    text: str
    inserted: Sequence[Inserted]
    starts: Sequence[int]
    origins: Sequence[Place]
    fixed: frozenset[int] = frozenset()

    def place(self, offset: int) -> Place:
        """The place in the user's file of the character at this offset of `text`."""
        index = bisect.bisect_right(self.starts, offset) - 1
        origin, start = self.origins[index], self.starts[index]
        if index in self.fixed or self.text.startswith(TOKEN_OPEN, start):
            return origin
        lines, last = self._newlines(start, offset)
        if not lines:
            return replace(origin, column=origin.column + offset - start)
        return replace(origin, line=origin.line + lines, column=offset - last)

    def _newlines(self, start: int, end: int) -> tuple[int, int]:
        """How many there are between these offsets, and the offset of the last of them."""
        if end - start < _NEAR:
            return self.text.count("\n", start, end), self.text.rfind("\n", start, end)
        before = bisect.bisect_left(self._breaks, end)
        lines = before - bisect.bisect_left(self._breaks, start)
        return lines, self._breaks[before - 1] if lines else -1

    @cached_property
    def _breaks(self) -> "array[int]":
        return array("q", (match.start() for match in re.finditer("\n", self.text)))


@dataclass(frozen=True, slots=True)
class Calls:
    """The chains of calls that led to pieces of text, as a table of links: a call's place and the link of its caller.

    Chain 0 is no call at all.
    """

    links: list[tuple[Place, int]] = field(default_factory=lambda: [(Place(file="", line=1, column=1), 0)])

    def link(self, place: Place, chain: int) -> int:
        """A new chain: a call at this place, made from within `chain`."""
        self.links.append((place, chain))
        return len(self.links) - 1

    def placed(self, place: Place, chain: int) -> Place:
        """This place with its calls, innermost first."""
        return replace(place, calls=self._places(chain)) if chain else place

    def _places(self, chain: int) -> tuple[Place, ...]:
        places = []
        while chain:
            place, chain = self.links[chain]
            places.append(place)
        return tuple(places)


@dataclass(frozen=True, slots=True)
class Origins(Sequence[Place]):
    """Places of pieces of text; the chain of calls of each is spelled out only when one is asked for."""

    places: list[Place]
    chains: "array[int]"
    calls: Calls

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> Place: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Place]: ...
    def __getitem__(self, index: int | slice) -> Place | Sequence[Place]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        return self.calls.placed(self.places[index], self.chains[index])


@dataclass(frozen=True, slots=True)
class Insertions(Sequence[Inserted]):
    """Values by token number; the object for one is made only when it is asked for."""

    values: list[Value | Undefined]
    origins: Origins

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> Inserted: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Inserted]: ...
    def __getitem__(self, index: int | slice) -> Inserted | Sequence[Inserted]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        return Inserted(value=self.values[index], place=self.origins[index])
