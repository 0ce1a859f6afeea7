"""Values and types as messages name them."""

import json
from collections.abc import Sequence
from typing import Any

from gpuspec.model.secret import Secret

SHOWN_LENGTH = 60

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
}


def as_written(value: object) -> str:
    """A value as YAML and JSON write it, cut where it is long; never called for what may be secret."""
    text = json.dumps(value, ensure_ascii=not isinstance(value, str) or not value.isprintable(), default=str)
    return text if len(text) <= SHOWN_LENGTH else f"{text[: SHOWN_LENGTH - 1]}…"


def expected(types: str | Sequence[str]) -> str:
    """The types of a schema, in words."""
    names = [types] if isinstance(types, str) else types
    return " or ".join(_TYPES[name] for name in names if name != "null")


def described(value: Any, *, hidden: bool) -> str:
    """What was found in place of what was wanted; its text only when it is not hidden."""
    match value:
        case None:
            return "nothing"
        case Secret():
            return "a secret, which is always text"
        case list():
            return "a list"
        case dict():
            return "a map"
        case bool() if not hidden:
            return as_written(value)
        case str() if not hidden:
            return f"the text `{as_written(value)}`"
        case int() | float() if not hidden:
            return f"the number {as_written(value)}"
        case str():
            return "text"
        case _:
            return "a number, or true or false"
