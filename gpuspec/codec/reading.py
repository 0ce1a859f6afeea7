"""Reads JSON documents key by key: every type is checked, and whatever is wrong has a path."""

import json
import math
from collections.abc import Iterator
from enum import Enum
from typing import TypeVar

from gpuspec.model.project import JsonValue

Choice = TypeVar("Choice", bound=Enum)

_LARGEST = 2**63
_KINDS = {dict: "a map", list: "a list", str: "a text", bool: "a boolean", int: "an integer", float: "a number"}


class Damage(Exception):
    """What is wrong with a document, and where in it; each document's codec turns it into an error of its own."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"`{path}` {what}." if path else f"The document {what}.")


def parse(content: bytes) -> JsonValue:
    """The JSON value in these bytes.

    Stricter than JSON: a key that stands twice, NaN and infinities are damage, as is nesting that Python can't follow.
    """
    try:
        value: JsonValue = json.loads(content, object_pairs_hook=_distinct, parse_constant=_no_constant)
    except Damage:
        raise
    except json.JSONDecodeError as error:
        message = f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        raise Damage("", message) from error
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text: byte {error.start + 1} doesn't fit"
        raise Damage("", message) from error
    except RecursionError as error:
        message = "is nested too deeply"
        raise Damage("", message) from error
    except ValueError as error:
        message = "has a number with too many digits"
        raise Damage("", message) from error
    return value


class Part:
    """A map of a document that knows where it stands; each method gives the value of a key or raises `Damage`."""

    __slots__ = ("_above", "_data", "_key")

    def __init__(self, data: object, *, key: str = "", above: "Part | None" = None) -> None:
        self._key = key
        self._above = above
        if type(data) is not dict:
            raise Damage(self.path(), f"is {_kind(data)} where a map belongs")
        self._data: dict[str, JsonValue] = data

    def path(self, key: str = "") -> str:
        """Where a key of this map stands, dotted."""
        steps = [key]
        part: Part | None = self
        while part is not None:
            steps.append(part._key)
            part = part._above
        return ".".join(step for step in reversed(steps) if step)

    def only(self, keys: frozenset[str]) -> None:
        """Refuse keys beyond these: what is not understood would be lost with the next write."""
        if not keys.issuperset(self._data):
            unknown = min(self._data.keys() - keys)
            raise Damage(self.path(unknown), "is a key that this version of the document doesn't have")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._data

    def entries(self) -> Iterator[tuple[str, JsonValue]]:
        """Every key with its value, unchecked."""
        return iter(self._data.items())

    def value(self, key: str) -> JsonValue:
        """The key's value, unchecked."""
        try:
            return self._data[key]
        except KeyError:
            raise Damage(self.path(key), "is missing") from None

    def text(self, key: str) -> str:
        """A text, which may be empty."""
        value = self.value(key)
        if type(value) is not str:
            raise self._wrong(key, value, "a text")
        return value

    def name(self, key: str) -> str:
        """A text that identifies something: never empty."""
        value = self.text(key)
        if not value:
            raise Damage(self.path(key), "is empty")
        return value

    def flag(self, key: str) -> bool:
        """A boolean."""
        value = self.value(key)
        if type(value) is not bool:
            raise self._wrong(key, value, "a boolean")
        return value

    def integer(self, key: str, *, minimum: int = 0) -> int:
        """An integer of at most 64 bits."""
        value = self.value(key)
        if type(value) is not int:
            raise self._wrong(key, value, "an integer")
        if not minimum <= value < _LARGEST:
            raise Damage(self.path(key), "is out of range")
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        value = self.value(key)
        if type(value) is int and abs(value) < _LARGEST:
            return float(value)
        if type(value) is not float:
            raise self._wrong(key, value, "a number")
        if not math.isfinite(value):
            raise Damage(self.path(key), "is out of range")
        return value

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        """The member of an enumeration whose value this text is."""
        try:
            return choices(self.text(key))
        except ValueError:
            allowed = ", ".join(str(member.value) for member in choices)
            raise Damage(self.path(key), f"is none of: {allowed}") from None

    def choices(self, key: str, choices: type[Choice]) -> tuple[Choice, ...]:
        """A list of members of an enumeration, by value."""
        known = {choice.value: choice for choice in choices}
        for at, text in enumerate(self.texts(key)):
            if text not in known:
                raise Damage(f"{self.path(key)}[{at}]", f"is none of {', '.join(map(str, known))}")
        return tuple(known[text] for text in self.texts(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        texts = []
        for index, value in enumerate(self._list(key)):
            if type(value) is not str:
                raise self._wrong(f"{key}[{index}]", value, "a text")
            texts.append(value)
        return tuple(texts)

    def part(self, key: str) -> "Part":
        """A map."""
        return Part(self.value(key), key=key, above=self)

    def parts(self, key: str) -> Iterator[tuple[str, "Part"]]:
        """A map of maps, entry by entry."""
        above = self.part(key)
        for name, value in above.entries():
            yield name, Part(value, key=name, above=above)

    def items(self, key: str) -> Iterator["Part"]:
        """A list of maps, one by one."""
        for index, value in enumerate(self._list(key)):
            yield Part(value, key=f"{key}[{index}]", above=self)

    def _list(self, key: str) -> list[JsonValue]:
        value = self.value(key)
        if type(value) is not list:
            raise self._wrong(key, value, "a list")
        return value

    def _wrong(self, key: str, value: JsonValue, wanted: str) -> Damage:
        return Damage(self.path(key), f"is {_kind(value)} where {wanted} belongs")


def _distinct(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    data = dict(pairs)
    if len(data) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Damage(twice, "stands twice in one map")
    return data


def _no_constant(text: str) -> JsonValue:
    message = f"holds {text}, which is no number"
    raise Damage("", message)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "null")
