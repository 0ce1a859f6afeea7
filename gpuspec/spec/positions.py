"""Where each key and value of a document stands: one array of offsets per list or map, looked up when shown.

A map's array holds four offsets an entry (key start, key end, value start, value end), a list's two (start, end).
Line and column are worked out only when somebody asks.
"""

import re
from array import array
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gpuspec.model.place import Place
from gpuspec.spec.rendered import TOKEN_OPEN, Rendered

# Anchors and tags stand before the value that they belong to.
PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
# One token and nothing else; a double-quoted scalar may be folded round it with a backslash at the end of a line.
FOLD = r"(?:\\\r?\n[ \t]*)*"
ONLY_A_TOKEN = re.compile(rf"""["']?{FOLD}\ue000([0-9]+)\ue001{FOLD}["']?""")
LINE_END = re.compile(r"[\r\n]")


class Spot(NamedTuple):
    """Offsets of an entry: its key (empty for a list's item and for the root) and its value."""

    key_start: int
    key_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """The offsets of one document.

    `offsets` is by the identity of the list or map; a list or map that an expression gave has none. `aliased` is by
    the offset of an alias to a scalar: the offsets of the scalar that it stands for. `kept` holds what a fault left
    out of the tree: freed, its identity could come up again.
    """

    rendered: Rendered
    root: tuple[int, int]
    offsets: Mapping[int, "array[int]"]
    aliased: Mapping[int, tuple[int, int]]
    kept: Sequence[object] = ()
    indices: MutableMapping[int, Mapping[str, int]] = field(default_factory=dict)

    def value_place(self, data: object, path: Sequence[str | int]) -> Place:
        """Where the value at this path stands, else its nearest ancestor that has a place."""
        spot, _, _ = self._walk(data, path)
        return place_of(self.rendered, spot.start, spot.end)

    def key_place(self, data: object, path: Sequence[str | int]) -> Place:
        """Where the key of the value at this path stands, else its nearest ancestor's that has a place."""
        spot, _, within = self._walk(data, path)
        if within or spot.key_start == spot.key_end:
            return place_of(self.rendered, spot.start, spot.end)
        return place_of(self.rendered, spot.key_start, spot.key_end)

    def inserted(self, data: object, path: Sequence[str | int]) -> bool:
        """Whether the value at this path came from one expression."""
        spot, whole, within = self._walk(data, path)
        start, end = self.aliased.get(spot.start, (spot.start, spot.end))
        return (whole or within) and token_number(self.rendered.text, start, end) is not None

    def quoted(self, data: object, path: Sequence[str | int]) -> bool:
        """Whether the scalar at this path was written in quotes."""
        spot, whole, _ = self._walk(data, path)
        start, end = self.aliased.get(spot.start, (spot.start, spot.end))
        text = self.rendered.text
        return whole and text.startswith(('"', "'"), PROPERTIES.match(text, start, end).end())  # type: ignore[union-attr]

    def _walk(self, data: object, path: Sequence[str | int]) -> tuple[Spot, bool, bool]:
        """The deepest known entry on the path, whether it is the path's end, whether the rest lies in an insertion."""
        spot = Spot(self.root[0], self.root[0], *self.root)
        for step in path:
            offsets = self.offsets.get(id(data))
            if offsets is None:
                return spot, False, isinstance(data, list | dict)
            if isinstance(data, dict) and isinstance(step, str) and step in data:
                at = 4 * self._index(data)[step]
                spot, data = Spot(*offsets[at : at + 4]), data[step]
            elif isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
                start, end = offsets[2 * step : 2 * step + 2]
                spot, data = Spot(start, start, start, end), data[step]
            else:
                return spot, False, False
        return spot, True, False

    def _index(self, data: dict[str, object]) -> Mapping[str, int]:
        index = self.indices.get(id(data))
        if index is None:
            index = self.indices[id(data)] = {key: number for number, key in enumerate(data)}
        return index


def token_number(text: str, start: int, end: int) -> int | None:
    """The number of the token that is all there is between these offsets, quotes and properties aside."""
    found = PROPERTIES.match(text, start, end)
    only = ONLY_A_TOKEN.fullmatch(text, found.end() if found else start, end)
    return int(only[1]) if only else None


def place_of(rendered: Rendered, start: int, end: int) -> Place:
    """The place of what stands between these offsets; its width ends with its first line."""
    number = token_number(rendered.text, start, end)
    if number is not None and number < len(rendered.inserted):
        return rendered.inserted[number].place
    found = PROPERTIES.match(rendered.text, start, end)
    start = found.end() if found and found.end() < end else start
    line_end = LINE_END.search(rendered.text, start, end)
    return _spanned(rendered, start, line_end.start() if line_end else end)


def _spanned(rendered: Rendered, start: int, end: int) -> Place:
    place, after = place_at(rendered, start), place_at(rendered, end)
    same_line = (after.file, after.line) == (place.file, place.line)
    width = after.column - place.column if same_line else end - start
    return Place(file=place.file, line=place.line, column=place.column, width=max(1, width), calls=place.calls)


def place_at(rendered: Rendered, offset: int) -> Place:
    """The place of the character at this offset; of the expression, where the character begins a token."""
    if not rendered.text:
        return Place(file=rendered.file, line=1, column=1)
    token = ONLY_A_TOKEN.match(rendered.text, offset) if rendered.text.startswith(TOKEN_OPEN, offset) else None
    if token and int(token[1]) < len(rendered.inserted):
        return rendered.inserted[int(token[1])].place
    return rendered.place(offset)
