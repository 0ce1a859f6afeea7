"""Readings of single JSON values: tolerant of spelling, never guessing; None is "can't be read"."""

import re
from collections.abc import Mapping

from gpuspec.cloud.wording import clean

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def unwrapped(document: object, *envelopes: str) -> Mapping[str, object] | None:
    """The object itself, or what its envelope `data`, or one of these, holds; None when it is no object.

    Source: public clients of the API accept `{"data": {…}}` and `{"instance": {…}}` beside the documented form.
    """
    for envelope in ("data", *envelopes):
        if isinstance(document, dict) and "id" not in document and isinstance(document.get(envelope), dict):
            document = document[envelope]
    return document if isinstance(document, dict) else None


def identifier(value: object) -> str | None:
    """An id: text that can stand in a URL and on a terminal, or a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value >= 0 else None
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else None


def text(value: object) -> str | None:
    """Text as it stands; `""` is text."""
    return value if isinstance(value, str) else None


def shown_text(value: object) -> str:
    """Text fit for a terminal; empty when there is none."""
    return clean(value) if isinstance(value, str) else ""


def integer(value: object) -> int | None:
    """A whole number, also one that is spelled as text or as 30.0.

    Source: Novita API reference: many numbers of the list are strings.
    """
    match value:
        case str() if _NUMBER.fullmatch(value):
            return int(value)
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case _:
            return None


def items(value: object) -> tuple[Mapping[str, object], ...] | None:
    """A list of objects; None when it is anything else, or when one of its items is no object."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    return tuple(value)
