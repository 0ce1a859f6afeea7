"""How a text is laid out as YAML: which lists, maps and scalars stand where. Nothing is made of their values."""

import re
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import events
from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
from ruamel.yaml.error import YAMLError

from gpuspec.model.problem import Problem
from gpuspec.spec.collector import collector_off
from gpuspec.spec.plain import as_it_stands
from gpuspec.spec.positions import place_at
from gpuspec.spec.yamltext import wording
from gpuspec.spec.yamltext.limits import Limits
from gpuspec.spec.yamltext.syntax import syntax_problem

_DEPTH = Limits().depth
_KEEPS = re.compile(r"(?:[&!]\S*\s+)*[|>][0-9]?\+")
_BLANK = re.compile(r"(?: *\n)*")


@dataclass(slots=True, kw_only=True)
class Node:
    """A scalar, alias, list or map between two offsets; blocks end behind their last scalar.

    `named` says whether an anchor, alias or tag belongs to it. `children` are a list's items, or a map's keys and
    values in turn. `value` is a scalar's text or an alias's name; `keeps` says whether it is a block of text that goes
    on to the last blank line behind it.
    """

    kind: str
    start: int
    end: int
    flow: bool
    named: bool
    value: str
    children: list["Node"]
    keeps: bool = False

    @property
    def is_block(self) -> bool:
        """Whether it is a list or map that its indentation holds together."""
        return self.kind in {"map", "list"} and not self.flow


def shape(text: str, *, file: str) -> Node | Problem | None:
    """The one document of this text, None where there is none, or why it can't be read."""
    with collector_off():
        try:
            return _read(text, file)
        except YAMLError as error:
            return syntax_problem(error, as_it_stands(file, text))


def _read(text: str, file: str) -> Node | Problem | None:
    parser = CParser(text)
    root = _node(None, "list", value="")
    stack, documents = [root], 0
    while (event := parser.get_event()) is not None:
        if isinstance(event, events.DocumentStartEvent):
            documents += 1
            if documents > 1:
                return _fault(file, text, event, code="several-documents", words=wording.SEVERAL_DOCUMENTS)
        elif isinstance(event, events.MappingStartEvent | events.SequenceStartEvent):
            node = _node(event, "map" if isinstance(event, events.MappingStartEvent) else "list", value="")
            stack[-1].children.append(node)
            stack.append(node)
            if len(stack) > _DEPTH:
                return _fault(file, text, event, code="yaml-too-deep", words=wording.too_deep(_DEPTH))
        elif isinstance(event, events.MappingEndEvent | events.SequenceEndEvent):
            _close(stack.pop(), event)
        elif isinstance(event, events.ScalarEvent):
            stack[-1].children.append(_scalar(event, text))
        elif isinstance(event, events.AliasEvent):
            stack[-1].children.append(_node(event, "alias", value=event.anchor))
    return root.children[0] if root.children else None


def _node(event: Any, kind: str, *, value: str) -> Node:
    start, end = (event.start_mark.index, event.end_mark.index) if event is not None else (0, 0)
    named = kind == "alias" or (event is not None and (event.anchor is not None or bool(event.ctag)))
    flow = bool(getattr(event, "flow_style", False))
    return Node(kind=kind, start=start, end=end, flow=flow, named=named, value=value, children=[])


def _scalar(event: Any, text: str) -> Node:
    node = _node(event, "scalar", value=event.value)
    # Blank lines behind a block of text are part of it only where it keeps them; then nothing else may follow them.
    node.keeps = _KEEPS.match(text, node.start, node.end) is not None
    blank = _BLANK.match(text, node.end) if node.keeps else None
    node.end = blank.end() if blank else node.start + len(text[node.start : node.end].rstrip())
    return node


def _close(node: Node, event: Any) -> None:
    if node.flow:
        node.end = event.end_mark.index
    elif node.children:
        node.end = max(child.end for child in node.children)


def _fault(file: str, text: str, event: Any, *, code: str, words: Any) -> Problem:
    place = place_at(as_it_stands(file, text), event.start_mark.index)
    return Problem(code=code, message=words.message, place=place, hint=words.hint)
