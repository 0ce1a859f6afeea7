"""Lays a document out for people and for `git diff`: keys sorted, one field a line, two blanks a level."""

import json
from collections.abc import Callable

from gpuspec.model.project import JsonValue

_SEAL = {"key", "sealed"}


def laid_out(document: dict[str, JsonValue]) -> bytes:
    """The document's text, a newline at its end.

    A map has a key a line, a list of maps an item a line as long as the item is flat; seals and other lists stand on
    one line.
    """
    try:
        return _Layout(ascii_only=False).text(document).encode()
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8, only an escape.
        return _Layout(ascii_only=True).text(document).encode()


class _Quoted(dict[str, str]):
    """Keys as they are written: a document has few different ones and writes them ten thousand times."""

    def __init__(self, inline: Callable[[str], str]) -> None:
        super().__init__()
        self._inline = inline

    def __missing__(self, key: str) -> str:
        self[key] = quoted = self._inline(key)
        return quoted


class _Layout:
    """Gathers the pieces of one text."""

    def __init__(self, *, ascii_only: bool) -> None:
        self._inline = json.JSONEncoder(sort_keys=True, ensure_ascii=ascii_only, allow_nan=False).encode
        self._quoted = _Quoted(self._inline)
        self._pieces: list[str] = []

    def text(self, document: dict[str, JsonValue]) -> str:
        self._map(document, "\n")
        self._pieces.append("\n")
        return "".join(self._pieces)

    def _map(self, data: dict[str, JsonValue], line: str) -> None:
        if not data or data.keys() == _SEAL:
            self._pieces.append(self._inline(data))
            return
        inline, quoted, pieces = self._inline, self._quoted, self._pieces
        opening, deeper = "{" + line + "  ", line + "  "
        between = "," + deeper
        for key in sorted(data):
            value = data[key]
            if type(value) is dict:
                pieces.append(f"{opening}{quoted[key]}: ")
                self._map(value, deeper)
            elif type(value) is list and value and type(value[0]) is dict:
                pieces.append(f"{opening}{quoted[key]}: ")
                self._items(value, deeper)
            elif type(value) is int:
                pieces.append(f"{opening}{quoted[key]}: {value}")
            else:
                pieces.append(f"{opening}{quoted[key]}: {inline(value)}")
            opening = between
        pieces.append(line + "}")

    def _items(self, items: list[JsonValue], line: str) -> None:
        opening, deeper = "[" + line + "  ", line + "  "
        for item in items:
            self._pieces.append(opening)
            if type(item) is dict and not _is_flat(item):
                self._map(item, deeper)
            else:
                self._pieces.append(self._inline(item))
            opening = "," + deeper
        self._pieces.append(line + "]")


def _is_flat(item: dict[str, JsonValue]) -> bool:
    """Whether the map has no list and no map but a seal in it."""
    return not any(type(value) is list or (type(value) is dict and value.keys() != _SEAL) for value in item.values())
