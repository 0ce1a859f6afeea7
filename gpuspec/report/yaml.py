"""Plain data as YAML or JSON text that any reader takes back, that no template renders and no terminal obeys."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# Words that stand unquoted without being taken for anything but text, by YAML 1.1 readers too.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)*", re.ASCII)
_TAKEN = re.compile(r"(?i)true|false|yes|no|on|off|null|y|n|\.?inf|\.?nan", re.ASCII)
# Line breaks to libyaml, controls, and what turns the direction of a terminal's text.
_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
# What would open a tag, were the text rendered again.
_OPENING = re.compile(r"\{(?=[{%#])")


def json_text(document: Mapping[str, Any]) -> str:
    """The document as JSON, keys in their order; as a file it is a spec like the YAML of it."""
    # Laid out with indents, JSON itself never has two braces in a row: what looks like a tag stands in a text.
    return _inert(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def yaml_text(document: Mapping[str, Any]) -> str:
    """The document in block form, keys in their order."""
    return "".join(f"{line}\n" for line in _lines(document, indent=0))


def _lines(value: Any, *, indent: int) -> Iterator[str]:
    blank = " " * indent
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _entry(f"{blank}{_text(str(key))}:", item, indent=indent + 2)
    else:
        for item in value:
            first, *rest = list(_lines(item, indent=indent + 2)) if _nests(item) else [f"{blank}  {_scalar(item)}"]
            yield f"{blank}- {first[indent + 2 :]}"
            yield from rest


def _entry(key: str, value: Any, *, indent: int) -> Iterator[str]:
    if _nests(value):
        yield key
        yield from _lines(value, indent=indent)
    else:
        yield f"{key} {_scalar(value)}"


def _nests(value: Any) -> bool:
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str) and bool(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and not _TAKEN.fullmatch(text):
        return text
    return _inert(json.dumps(text, ensure_ascii=False))


def _inert(quoted: str) -> str:
    escaped = _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
    return _OPENING.sub(r"\\u007b", escaped)
