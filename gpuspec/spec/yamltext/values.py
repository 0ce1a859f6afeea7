"""Copies of the values that expressions gave, in plain lists and maps with text for keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from gpuspec.model.problem import Problem
from gpuspec.model.secret import Secret
from gpuspec.spec.rendered import Undefined, Value
from gpuspec.spec.tree import HOLE, Data
from gpuspec.spec.yamltext.resolve import in_range


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How deep a list or map may be nested, and how many values it may hold, where it lands."""

    depth: int
    nodes: int


@dataclass(slots=True, kw_only=True)
class Copied:
    """A copy with what was refused on the way, without a place; counts the values in it."""

    value: Data = None
    problems: list[Problem] = field(default_factory=list)
    nodes: int = 0


NOT_FINITE = Problem(
    code="yaml-number",
    message="This expression gives a number that is not finite.",
    hint="check the sum, or insert it as text with `| string`.",
)
TOO_LARGE = Problem(
    code="yaml-number",
    message="This expression gives an integer that does not fit into 64 bits.",
    hint="check the sum, or insert it as text with `| string`.",
)
TOO_DEEP = Problem(
    code="yaml-too-deep",
    message="What this expression gives is nested too deeply where it stands.",
    hint="insert a flatter list or map.",
)
TOO_BIG = Problem(
    code="yaml-too-big",
    message="This expression gives more values than a document may hold.",
    hint="insert a smaller list or map.",
)


def copied(value: Value, room: Room) -> Copied:
    """A copy of the value; problems where it holds what a document can't."""
    copy = Copied()
    copy.value = _copy(value, copy, room, 0)
    return copy


def kind_of(value: object) -> str:
    """What a value is, with its article, as messages say it."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case Mapping():
            return "a map"
        case Secret():
            return "a secret"
        case _:
            return "a list"


def _copy(value: Value | Undefined, copy: Copied, room: Room, depth: int) -> Data:
    match value:
        case None | bool() | Secret():
            return value
        case str():
            # Never a subclass: its methods could be the template's.
            return str.__str__(value)
        case int():
            copy.problems.extend([] if in_range(value) else [TOO_LARGE])
            return value
        case float():
            copy.problems.extend([] if isfinite(value) else [NOT_FINITE])
            return value
        case Undefined(problem=problem):
            copy.problems.append(problem)
            return HOLE
        case _:
            return _copy_container(value, copy, room, depth + 1)


def _copy_container(value: Sequence[Value] | Mapping[str, Value], copy: Copied, room: Room, depth: int) -> Data:
    copy.nodes += len(value)
    if depth > room.depth or copy.nodes > room.nodes:
        # Said once: a list can hold millions of lists.
        problem = TOO_DEEP if depth > room.depth else TOO_BIG
        copy.problems.extend([] if problem in copy.problems[-1:] else [problem])
        return HOLE
    if not isinstance(value, Mapping):
        return [_copy(item, copy, room, depth) for item in value]
    plain: dict[str, Data] = {}
    for key, item in value.items():
        text = _key(key)
        if text is None or text in plain:
            copy.problems.append(_key_problem(key, text))
        else:
            plain[text] = _copy(item, copy, room, depth)
    return plain


def _key(key: object) -> str | None:
    if isinstance(key, int) and not isinstance(key, bool):
        return str(key) if in_range(key) else None
    return str.__str__(key) if isinstance(key, str) else None


def _key_problem(key: object, text: str | None) -> Problem:
    if text is not None:
        message = f"The map that this expression gives has two keys that read `{text}`."
        return Problem(code="duplicate-key", message=message, hint="give each entry a key of its own.")
    message = f"The map that this expression gives has {kind_of(key)} as a key; a key is text."
    return Problem(code="key-not-a-string", message=message, hint="use texts as keys.")
