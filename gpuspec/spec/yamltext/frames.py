"""The list or map that is being filled while a document is read."""

from array import array
from enum import Enum
from typing import Final

from gpuspec.spec.tree import Data


class Pending(Enum):
    """What stands in a map's frame in place of a key."""

    KEY = "a key is due"
    MERGE = "the value of a merge key is due"
    DROPPED = "the value of a key that was refused is due, and nobody will see it"


KEY: Final = Pending.KEY
MERGE: Final = Pending.MERGE
DROPPED: Final = Pending.DROPPED


class Frame:
    """A list or map under construction. `key` is a map's pending key; `order`, once needed, each key's number.

    `nodes` is what the document counted when the frame began, so that its size is known at its end.
    """

    __slots__ = (
        "anchor",
        "items",
        "key",
        "key_end",
        "key_start",
        "map",
        "merged",
        "nodes",
        "offsets",
        "order",
        "start",
    )

    def __init__(self, *, is_map: bool, start: int, nodes: int, anchor: str | None) -> None:
        self.map: dict[str, Data] | None = {} if is_map else None
        self.items: list[Data] = []
        self.offsets = array("I")
        self.key: str | Pending = KEY
        self.key_start = self.key_end = 0
        self.start = start
        self.nodes = nodes
        self.anchor = anchor
        self.order: dict[str, int] | None = None
        self.merged: tuple[dict[str, Data], array[int]] | None = None

    def put(self, value: Data, start: int, end: int) -> bool:
        """Add an item, or the value of the pending key; False for a map without a key for it."""
        key = self.key
        if self.map is None:
            self.items.append(value)
            self.offsets.extend((start, end))
            return True
        if type(key) is not str:
            return False
        self.map[key] = value
        self.offsets.extend((self.key_start, self.key_end, start, end))
        self.key = KEY
        if self.order is not None:
            self.order[key] = len(self.order)
        return True

    def first(self, key: str) -> tuple[int, int]:
        """The offsets of a key that the map has already."""
        if self.order is None:
            self.order = {known: number for number, known in enumerate(self.map or ())}
        start, end = self.offsets[4 * self.order[key] : 4 * self.order[key] + 2]
        return start, end

    def step(self) -> str | int:
        """The path's step to what comes next."""
        if self.map is None:
            return len(self.items)
        return self.key if isinstance(self.key, str) else "<<" if self.key is MERGE else ""

    def finished(self) -> tuple[list[Data] | dict[str, Data], "array[int]"]:
        """The container with its offsets; keys of the map itself win over merged ones, wherever the merge stands."""
        if self.map is None:
            return self.items, self.offsets
        if self.merged is None:
            return self.map, self.offsets
        merged, merged_offsets = self.merged
        spots = {key: merged_offsets[4 * number : 4 * number + 4] for number, key in enumerate(merged)}
        spots |= {key: self.offsets[4 * number : 4 * number + 4] for number, key in enumerate(self.map)}
        offsets = array("I")
        for spot in spots.values():
            offsets.extend(spot)
        return merged | self.map, offsets
