"""In which order the lines come: keys of the spec's own maps as the documentation lists them, all else as it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from gpuspec.model.fields import FIELDS
from gpuspec.model.lifecycle_fields import LIFECYCLE
from gpuspec.spec.formatting.indent import Indented
from gpuspec.spec.formatting.sheet import Sheet
from gpuspec.spec.yamltext.shape import Node

TOP = ("version", "defaults", "moved", "instances")
STANZA = (*FIELDS, "lifecycle")

# What a key's value is, by what the map is and by the key; any key where it is `*`.
_WITHIN: Mapping[tuple[str, str], str] = {
    ("top", "defaults"): "stanza",
    ("top", "instances"): "instances",
    ("instances", "*"): "stanza",
    ("stanza", "lifecycle"): "lifecycle",
}
_ORDERS: Mapping[str, Mapping[str, int]] = {
    role: {name: rank for rank, name in enumerate(names)}
    for role, names in (("top", TOP), ("stanza", STANZA), ("lifecycle", tuple(LIFECYCLE)))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """Lines that stay together; without a rank they stay where they are, and nothing is moved across them."""

    lines: Sequence[int]
    rank: int | None = None


def ordered(sheet: Sheet, layout: Indented, root: Node) -> list[int]:
    """The numbers of all lines in their order."""
    return list(_Ordering(sheet, layout).within(root, 0, len(sheet.lines), role="top"))


@dataclass(frozen=True, slots=True)
class _Ordering:
    sheet: Sheet
    layout: Indented

    def within(self, node: Node, start: int, stop: int, *, role: str) -> Iterator[int]:
        """The lines from `start` to before `stop`, which are this map's."""
        if node.kind != "map" or node.flow or id(node) in self.layout.opaque:
            yield from range(start, stop)
            return
        chunks = list(self._chunks(node, start, stop, role=role))
        for ranked, run in groupby(chunks, key=lambda chunk: chunk.rank is not None):
            before = list(run)
            after = sorted(before, key=lambda chunk: chunk.rank or 0) if ranked else before
            for number, chunk in enumerate(after):
                lines = list(chunk.lines)
                while ranked and after != before and not number and lines and self._is_blank(lines[0]):
                    # They parted it from what it was below.
                    del lines[0]
                yield from lines

    def _chunks(self, node: Node, start: int, stop: int, *, role: str) -> Iterator[_Chunk]:
        keys, values = node.children[::2], node.children[1::2]
        heads = [self.sheet.line_of(key.start) for key in keys]
        column = self.layout.columns[heads[0]]
        at = start
        for number, (key, value) in enumerate(zip(keys, values, strict=True)):
            head = heads[number]
            last = self.sheet.line_of(max(value.end, key.end) - 1)
            end = self._tail(last + 1, heads[number + 1] if number + 1 < len(keys) else stop, column)
            fixed = self._fixed(range(at, head), first=number == 0 and role == "top")
            if fixed > at:
                yield _Chunk(lines=range(at, fixed))
            within = _WITHIN.get((role, self._name(key))) or _WITHIN.get((role, "*"), "")
            lines = [*range(fixed, head + 1), *self._value(value, head + 1, end, role=within)]
            yield _Chunk(lines=lines, rank=self._rank(key, value, lines, role=role))
            at = end
        if at < stop:
            yield _Chunk(lines=range(at, stop))

    def _value(self, value: Node, start: int, stop: int, *, role: str) -> Iterator[int]:
        if value.is_block and role and value.children:
            return self.within(value, start, stop, role=role)
        return iter(range(start, stop))

    def _tail(self, start: int, stop: int, column: int) -> int:
        """Behind which of these lines the entry ends: comments that are indented more than its key belong to it."""
        own = [
            number
            for number in range(start, stop)
            if not self._is_blank(number) and self.layout.columns[number] > column
        ]
        return own[-1] + 1 if own else start

    def _fixed(self, gap: range, *, first: bool) -> int:
        """The first line of this gap that goes with the key below it: what is above the file's first key stays there,
        down to its last blank line, and so does what stands above a line of the template.
        """
        stays = [number for number in gap if number in self.sheet.barriers]
        if first:
            blank = [number for number in gap if self._is_blank(number)]
            stays += blank or list(gap)
        return max(stays) + 1 if stays else gap.start

    def _rank(self, key: Node, value: Node, lines: Sequence[int], *, role: str) -> int | None:
        rank = _ORDERS.get(role, {}).get(self._name(key))
        if (
            rank is None
            or self.sheet.keeps_blanks
            or self.sheet.masked.depends_on_order
            or _is_named(key)
            or _is_named(value)
        ):
            return None
        return None if any(number in self.sheet.barriers for number in lines) else rank

    def _name(self, key: Node) -> str:
        """The key as it is written; one with an expression in it is nobody's name."""
        written = self.sheet.masked.text[key.start : key.end]
        return key.value if written.strip("'\"") == key.value else ""

    def _is_blank(self, number: int) -> bool:
        return not self.sheet.lines[number].strip() and not self.sheet.is_untouched(number)


def _is_named(node: Node) -> bool:
    """Whether an anchor, alias or tag is in it: what an alias stands for has to come before it."""
    return node.named or node.value == "<<" or any(map(_is_named, node.children))
