"""What rendering a template gives: YAML text with tokens in place of values, and where each character came from.

The seam between `spec.template`, which makes it, and `spec.yamltext`, which reads it.
"""

import bisect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Undefined:
    """An expression without a value: `problem` is reported only if its token lands in a scalar."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Inserted:
    """What one printed expression gave, and the expression's place."""

    value: Value | Undefined
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """YAML text with tokens in place, and its source map.

    `starts` are offsets into `text`, ascending from 0; the characters from `starts[i]` on came from the place
    `origins[i]` on, one column a character (tokens aside: a new start follows each of them).
    """

    file: str
    text: str
    inserted: Sequence[Inserted]
    starts: Sequence[int]
    origins: Sequence[Place]

    def place(self, offset: int) -> Place:
        """The place in the user's file of the character at this offset of `text`."""
        index = bisect.bisect_right(self.starts, offset) - 1
        origin = self.origins[index]
        shift = offset - self.starts[index]
        return Place(file=origin.file, line=origin.line, column=origin.column + shift, calls=origin.calls)
