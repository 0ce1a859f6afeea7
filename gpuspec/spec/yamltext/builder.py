"""libyaml's events to plain data: guards, types, tokens and places in one pass."""

import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import events

from gpuspec.spec.positions import Positions, place_at
from gpuspec.spec.rendered import TOKEN_OPEN, Rendered
from gpuspec.spec.tree import HOLE, Data, Path
from gpuspec.spec.yamltext import wording
from gpuspec.spec.yamltext.faults import Faults, Stop
from gpuspec.spec.yamltext.frames import DROPPED, KEY, MERGE, Frame
from gpuspec.spec.yamltext.insert import Landed, landed, landed_key
from gpuspec.spec.yamltext.limits import Limits
from gpuspec.spec.yamltext.resolve import NumberFault, looks_octal, resolved
from gpuspec.spec.yamltext.values import Room

# libyaml's events come from a C extension that has no types.
Event = Any
QUOTES = frozenset("'\"")
BLOCKS = frozenset("|>")


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

    Raises:
        Stop: From any event, when nothing after it can be read.
    """

    def __init__(self, rendered: Rendered, limits: Limits) -> None:
        self.faults = Faults(rendered=rendered)
        self.documents = 0
        self._rendered = rendered
        self._limits = limits
        self._frame = Frame(is_map=False, start=0, nodes=0, anchor=None)
        self._stack: list[Frame] = []
        self._anchors: dict[str, Anchored] = {}
        self._offsets: dict[int, array[int]] = {}
        self._aliased: dict[int, tuple[int, int]] = {}
        self._kept: list[object] = []
        self._plain_keys: dict[str, str] = {}
        self._nodes = 0
        self._repeated = 0
        self.handlers: dict[type, Callable[[Event], None]] = {
            events.ScalarEvent: self._scalar,
            events.AliasEvent: self._alias,
            events.MappingStartEvent: self._map_start,
            events.SequenceStartEvent: self._list_start,
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
        """The document's root; a HOLE if there is none."""
        return self._frame.items[0] if self._frame.items else HOLE

    @property
    def positions(self) -> Positions:
        """Where everything in the document stands."""
        start, end = self._frame.offsets or (0, 0)
        return Positions(
            rendered=self._rendered,
            root=(start, end),
            offsets=self._offsets,
            aliased=self._aliased,
            kept=tuple(self._kept),
        )

    @property
    def path(self) -> Path:
        """The path of what comes next."""
        steps = (frame.step() for frame in (*self._stack, self._frame)[1:])
        return tuple(step for step in steps if step != "")

    # events

    def _document(self, event: Event) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self.documents += 1
        if self.documents > 1:
            raise self._stop("several-documents", wording.SEVERAL_DOCUMENTS, start, max(end, start + 3))
        if event.version not in (None, (1, 2)):
            raise self._stop("yaml-version", wording.VERSION, start, end)
        if event.tags:
            self._add("yaml-tag", wording.TAG_DIRECTIVE, start, end)

    def _scalar(self, event: Event) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self._count(start, end)
        frame = self._frame
        if frame.map is not None and frame.key is KEY:
            self._key(event, start, end)
            return
        if event.ctag:
            self._refuse_tag(start)
            value: Data = HOLE
        else:
            value = self._value(event, start, end)
        if event.anchor is not None:
            self._anchors[event.anchor] = Anchored(value, start, end, 1)
        if type(frame.key) is str or frame.map is None:
            frame.put(value, start, end)
        else:
            self._put_aside(value, start, end)

    def _alias(self, event: Event) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self._count(start, end)
        name = event.anchor
        anchored = self._anchors.get(name)
        if self._frame.map is not None and self._frame.key is KEY:
            self._refuse_key("yaml-alias", wording.ALIAS_AS_KEY, start, end)
            return
        if anchored is None or anchored is OPEN:
            words = wording.alias_unknown(name) if anchored is None else wording.alias_recursive(name)
            self._add("yaml-alias", words, start, end)
            self._put(HOLE, start, end)
            return
        self._repeated += anchored.nodes
        if self._repeated > self._limits.repeated:
            raise self._stop("yaml-too-big", wording.aliases_too_big(self._limits.repeated), start, end)
        if not isinstance(anchored.value, list | dict):
            self._aliased[start] = (anchored.start, anchored.end)
        self._put(anchored.value, start, end)

    def _map_start(self, event: Event) -> None:
        self._start(event, is_map=True)

    def _list_start(self, event: Event) -> None:
        self._start(event, is_map=False)

    def _start(self, event: Event, *, is_map: bool) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self._count(start, end)
        if len(self._stack) >= self._limits.depth:
            raise self._stop("yaml-too-deep", wording.too_deep(self._limits.depth), start, end)
        if event.ctag:
            self._refuse_tag(start)
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
            end = offsets[1] if frame.map is not None and len(offsets) else frame.start + 1
        if frame.anchor is not None and self._anchors.get(frame.anchor) is OPEN:
            nodes = self._nodes + self._repeated - frame.nodes + 1
            self._anchors[frame.anchor] = Anchored(value, frame.start, end, nodes)
        self._put(value, frame.start, end)

    # values

    def _put(self, value: Data, start: int, end: int) -> None:
        frame = self._frame
        if frame.map is None or type(frame.key) is str:
            frame.put(value, start, end)
        else:
            self._put_aside(value, start, end)

    def _put_aside(self, value: Data, start: int, end: int) -> None:
        """Take what has no key of its own: a merge's map, a list or map as a key, what follows a refused key."""
        frame = self._frame
        self._kept.append(value)
        if frame.key is KEY:
            self._container_as_key(start, end)
            return
        if frame.key is MERGE:
            self._merge(frame, value, start, end)
        frame.key = KEY

    def _merge(self, frame: Frame, value: Data, start: int, end: int) -> None:
        if frame.merged is not None:
            self._add("yaml-merge", wording.MERGE_TWICE, start, end)
        elif isinstance(value, dict):
            frame.merged = (value, self._offsets[id(value)])
        elif value is not HOLE:
            self._add("yaml-merge", wording.MERGE_NOT_A_MAP, start, end)

    def _value(self, event: Event, start: int, end: int) -> Data:
        text, style = event.value, event.style
        if TOKEN_OPEN in text:
            return self._inserted(text, style, start, end)
        if style:
            return text  # type: ignore[no-any-return]
        value = resolved(text)
        if isinstance(value, NumberFault):
            self._add("yaml-number", wording.number(value), start, end)
            return HOLE
        if type(value) is int and looks_octal(text):
            at = self.faults.place(start, end)
            self.faults.warn("octal-looking", wording.OCTAL.message, at=at, path=self.path, hint=wording.OCTAL.hint)
        return value

    def _inserted(self, text: str, style: str, start: int, end: int) -> Data:
        room = Room(depth=self._limits.depth - len(self._stack), nodes=self._limits.nodes - self._nodes)
        got = landed(text, self._rendered.inserted, room=None if style in BLOCKS else room)
        self._nodes += got.nodes
        return self._taken(got, text, start, end)

    def _taken(self, got: Landed, text: str, start: int, end: int) -> Data:
        """The value, unless an escape forged a token: each one has to stand in the text itself."""
        at = self.faults.place(start, end)
        if wording.forged(text, self._rendered.text[start:end]):
            self._add("bad-character", wording.FORGED, start, end)
            return HOLE
        self.faults.add_all(got.problems, at=at, path=self.path)
        return got.value

    # keys

    def _key(self, event: Event, start: int, end: int) -> None:
        frame, text = self._frame, event.value
        key = None if event.style or event.ctag else self._plain_keys.get(text)
        if key is None:
            key = self._slow_key(event, start, end)
            if key is None:
                return
        if event.anchor is not None:
            self._anchors[event.anchor] = Anchored(key, start, end, 1)
        if key in frame.map:  # type: ignore[operator]
            first = self.faults.place(*frame.first(key))
            at = self.faults.place(start, end)
            self.faults.duplicate(key, at=at, first=first, path=(*self.path[:-1], key))
            frame.key = DROPPED
            return
        frame.key, frame.key_start, frame.key_end = key, start, end

    def _slow_key(self, event: Event, start: int, end: int) -> str | None:
        """A key not met before; None when it was refused, or is a merge."""
        text = event.value
        if event.ctag:
            self._refuse_tag(start)
            self._frame.key = DROPPED
            return None
        if TOKEN_OPEN in text:
            value = self._taken(landed_key(text, self._rendered.inserted), text, start, end)
            if not isinstance(value, str):
                self._frame.key = DROPPED
                return None
            return value
        if event.style:
            return sys.intern(text)
        if text == "<<":
            self._frame.key = MERGE
            return None
        if not isinstance(resolved(text), str):
            self._refuse_key("key-not-a-string", wording.plain_key(text), start, end)
            return None
        return self._plain_keys.setdefault(text, sys.intern(text))

    def _container_as_key(self, start: int, end: int) -> None:
        text = self._rendered.text
        if text.startswith("{", start - 1) and start:
            self._refuse_key("key-not-a-string", wording.UNFILLED, start - 1, end)
        elif text.startswith("{{", start):
            # Already said of the braces inside.
            self._frame.key = DROPPED
        else:
            self._refuse_key("key-not-a-string", wording.CONTAINER_AS_KEY, start, end)

    def _refuse_key(self, code: str, words: wording.Words, start: int, end: int) -> None:
        self._add(code, words, start, end)
        self._frame.key = DROPPED

    # faults

    def _count(self, start: int, end: int) -> None:
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            raise self._stop("yaml-too-big", wording.too_big(self._limits.nodes), start, end)

    def _add(self, code: str, words: wording.Words, start: int, end: int) -> None:
        at = self.faults.place(start, end)
        self.faults.add(code, words.message, at=at, path=self.path, hint=words.hint)

    def _refuse_tag(self, start: int) -> None:
        at = self._rendered.text.index("!", start)
        words = wording.TAG
        self.faults.add("yaml-tag", words.message, at=place_at(self._rendered, at), path=self.path, hint=words.hint)

    def _stop(self, code: str, words: wording.Words, start: int, end: int) -> Stop:
        self._add(code, words, start, end)
        return Stop(code)


def _nothing(_event: Event) -> None:
    """The events round the documents say nothing that matters here."""
