"""libyaml's events to plain data, with guards and places, in one pass."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import events

from gpuspec.spec.positions import Positions
from gpuspec.spec.rendered import TOKEN_OPEN, Rendered
from gpuspec.spec.tree import HOLE, Data, Path
from gpuspec.spec.yamltext import wording
from gpuspec.spec.yamltext.faults import Faults
from gpuspec.spec.yamltext.frames import DROPPED, KEY, MERGE, Frame
from gpuspec.spec.yamltext.limits import Limits
from gpuspec.spec.yamltext.scalars import Scalars
from gpuspec.spec.yamltext.values import Room

# libyaml's events come from a C extension that has no types.
Event = Any


@dataclass(frozen=True, slots=True)
class Anchored:
    """What an anchor names; `nodes` counts what an alias to it stands for."""

    value: Data
    start: int
    end: int
    nodes: int


OPEN = Anchored(HOLE, 0, 0, 0)


class Builder:
    """Takes events in order; afterwards `data` and `positions` are the document's, and `faults` has what is wrong.

    Every handler may raise `Stop`: then nothing after its event can be read.
    """

    def __init__(self, rendered: Rendered, limits: Limits) -> None:
        self.faults = Faults(rendered=rendered, path=self._path)
        self._rendered = rendered
        self._limits = limits
        self._scalars = Scalars(rendered, self.faults)
        self._documents = 0
        self._frame = Frame(is_map=False, start=0, nodes=0, anchor=None)
        self._stack: list[Frame] = []
        self._anchors: dict[str, Anchored] = {}
        self._offsets: dict[int, array[int]] = {}
        self._aliased: dict[int, tuple[int, int]] = {}
        self._kept: list[object] = []
        self._nodes = 0
        self._repeated = 0
        self.handlers: dict[type, Callable[[Event], None]] = {
            events.ScalarEvent: self._scalar,
            events.AliasEvent: self._alias,
            events.MappingStartEvent: lambda event: self._start(event, is_map=True),
            events.SequenceStartEvent: lambda event: self._start(event, is_map=False),
            events.MappingEndEvent: self._end,
            events.SequenceEndEvent: self._end,
            events.DocumentStartEvent: self._document,
            events.DocumentEndEvent: _nothing,
            events.StreamStartEvent: _nothing,
            events.StreamEndEvent: _nothing,
        }

    @property
    def is_empty(self) -> bool:
        """Whether the text has no document, or one with nothing in it; a written `null` is something."""
        start, end = self._frame.offsets or (0, 0)
        return start == end

    @property
    def data(self) -> Data:
        """The document's root."""
        return self._frame.items[0]

    @property
    def positions(self) -> Positions:
        """Where everything in the document stands."""
        start, end = self._frame.offsets
        return Positions(
            rendered=self._rendered,
            root=(start, end),
            offsets=self._offsets,
            aliased=self._aliased,
            kept=tuple(self._kept),
        )

    def _path(self) -> Path:
        steps = (frame.step() for frame in (*self._stack, self._frame)[1:])
        return tuple(step for step in steps if step != "")

    def _document(self, event: Event) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self._documents += 1
        if self._documents > 1:
            raise self.faults.stop("several-documents", wording.SEVERAL_DOCUMENTS, start, end)
        if event.version not in (None, (1, 2)):
            raise self.faults.stop("yaml-version", wording.VERSION, start, start + 1)
        if event.tags:
            self.faults.add("yaml-tag", wording.TAG_DIRECTIVE, start, end)

    def _scalar(self, event: Event) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            raise self.faults.stop("yaml-too-big", wording.too_big(self._limits.nodes), start, end)
        frame = self._frame
        if frame.map is not None and frame.key is KEY:
            self._key(event, start, end)
            return
        value = (
            self._inserted(event, start, end) if TOKEN_OPEN in event.value else self._scalars.written(event, start, end)
        )
        if event.anchor is not None:
            self._anchors[event.anchor] = Anchored(value, start, end, 1)
        self._put(value, start, end)

    def _alias(self, event: Event) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if self._frame.map is not None and self._frame.key is KEY:
            self.faults.add("yaml-alias", wording.ALIAS_AS_KEY, start, end)
            self._frame.key = DROPPED
            return
        anchored = self._anchors.get(event.anchor)
        if anchored is None or anchored is OPEN:
            words = wording.alias_unknown if anchored is None else wording.alias_recursive
            self.faults.add("yaml-alias", words(event.anchor), start, end)
            self._put(HOLE, start, end)
            return
        self._repeated += anchored.nodes
        if self._repeated > self._limits.repeated:
            raise self.faults.stop("yaml-too-big", wording.aliases_too_big(self._limits.repeated), start, end)
        if not isinstance(anchored.value, list | dict):
            self._aliased[start] = (anchored.start, anchored.end)
        self._put(anchored.value, start, end)

    def _start(self, event: Event, *, is_map: bool) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            raise self.faults.stop("yaml-too-big", wording.too_big(self._limits.nodes), start, end)
        if len(self._stack) >= self._limits.depth:
            raise self.faults.stop("yaml-too-deep", wording.too_deep(self._limits.depth), start, end)
        if event.ctag:
            self.faults.tag(start)
        if event.anchor is not None:
            self._anchors[event.anchor] = OPEN
        self._stack.append(self._frame)
        nodes = self._nodes + self._repeated
        self._frame = Frame(is_map=is_map, start=start, nodes=nodes, anchor=event.anchor)

    def _end(self, event: Event) -> None:
        frame = self._frame
        self._frame = self._stack.pop()
        value, offsets = frame.finished()
        self._offsets[id(value)] = offsets
        # A block has no closing bracket: its first key, or the first dash, is what stands for it.
        end = event.end_mark.index
        if event.start_mark.index == end:
            end = offsets[1] if frame.map is not None and offsets else frame.start + 1
        # While a list or map is open, its anchor may have been given to something inside it.
        if frame.anchor is not None and self._anchors[frame.anchor] is OPEN:
            nodes = self._nodes + self._repeated - frame.nodes + 1
            self._anchors[frame.anchor] = Anchored(value, frame.start, end, nodes)
        self._put(value, frame.start, end)

    def _inserted(self, event: Event, start: int, end: int) -> Data:
        room = Room(depth=self._limits.depth - len(self._stack), nodes=self._limits.nodes - self._nodes)
        value, nodes = self._scalars.inserted(event, start, end, room=room)
        self._nodes += nodes
        return value

    def _key(self, event: Event, start: int, end: int) -> None:
        frame = self._frame
        key = self._scalars.key(event, start, end)
        if isinstance(key, str):
            if event.anchor is not None:
                self._anchors[event.anchor] = Anchored(key, start, end, 1)
            if frame.map and key in frame.map:
                self.faults.duplicate(key, (start, end), frame.first(key))
                key = DROPPED
        frame.key, frame.key_start, frame.key_end = key, start, end

    def _put(self, value: Data, start: int, end: int) -> None:
        """Give a value its place in the tree; one without a key of its own stays out of it."""
        frame = self._frame
        if frame.put(value, start, end):
            return
        self._kept.append(value)
        if frame.key is KEY:
            self._container_as_key(start, end)
            return
        if frame.key is MERGE:
            self._merge(frame, value, start, end)
        frame.key = KEY

    def _merge(self, frame: Frame, value: Data, start: int, end: int) -> None:
        if frame.merged is not None:
            self.faults.add("yaml-merge", wording.MERGE_TWICE, start, end)
        elif isinstance(value, dict) and id(value) in self._offsets:
            frame.merged = (value, self._offsets[id(value)])
        elif value is not HOLE:
            self.faults.add("yaml-merge", wording.MERGE_NOT_A_MAP, start, end)

    def _container_as_key(self, start: int, end: int) -> None:
        text = self._rendered.text
        if start and text.startswith("{{", start - 1):
            self.faults.add("key-not-a-string", wording.UNFILLED, start - 1, end)
        elif not text.startswith("{{", start):  # else it is said already, of the braces inside
            self.faults.add("key-not-a-string", wording.CONTAINER_AS_KEY, start, end)
        self._frame.key = DROPPED


def _nothing(_event: Event) -> None:
    """The events round the documents say nothing that matters here."""
