"""How to mend a value of the wrong type."""

import json
import re
from collections.abc import Mapping
from typing import Any

from gpuspec.model.field import Kind
from gpuspec.model.fields import FIELDS

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_SAID_YES = frozenset({"yes", "on", "y", "1", "true"})
_SAID_NO = frozenset({"no", "off", "n", "0", "false"})


def mended(key: str, value: Any, schema: Mapping[str, Any], *, hidden: bool, inserted: bool) -> str:
    """A hint for a value whose type doesn't fit.

    Args:
        key: What stands before the colon; empty for an item of a list.
        schema: The rule that the value breaks.
        hidden: The value must not be shown.
        inserted: One expression gave the value.
    """
    types = schema["type"]
    wanted = frozenset([types] if isinstance(types, str) else types)
    if isinstance(value, str) and inserted and not wanted & {"string", "array", "object"}:
        return _typed_variable(wanted)
    if "array" in wanted:
        return _listed(key, value, schema)
    if "object" in wanted:
        return _mapped(key, schema)
    if "string" in wanted:
        return _quoted(key, value, schema, hidden=hidden)
    return _bare(key, value, wanted, schema)


def _typed_variable(wanted: frozenset[str]) -> str:
    kind = "integer" if "integer" in wanted else "boolean" if "boolean" in wanted else "number"
    return f"an expression gave this text: declare its variable with `type: {kind}` in gpuspec.yaml, or use a filter."


def _listed(key: str, value: Any, schema: Mapping[str, Any]) -> str:
    row = FIELDS.get(key)
    if row is not None and row.kind is Kind.PORTS and type(value) is int:
        return f'write `{key}: ["{value}/tcp"]`, or `/http`.'
    if isinstance(value, dict) and "object" not in schema["type"]:
        return "begin each item with a dash, or put it in brackets."
    return _as_in(key, schema) or "write a list: `[…, …]`."


def _mapped(key: str, schema: Mapping[str, Any]) -> str:
    return _as_in(key, schema) or "write keys with values, indented below it."


def _quoted(key: str, value: Any, schema: Mapping[str, Any], *, hidden: bool) -> str:
    if isinstance(value, int | float) and (hidden or isinstance(value, float)):
        return "put it in quotes, just as it stands: quotes make it text."
    if isinstance(value, bool | int) and not (key == "" and "examples" in schema):
        return f"write `{_pair(key, json.dumps(json.dumps(value)))}`."
    return _as_in(key, schema) or "write text."


def _bare(key: str, value: Any, wanted: frozenset[str], schema: Mapping[str, Any]) -> str:
    if isinstance(value, str):
        text = value.strip()
        if wanted & {"integer", "number"} and _WHOLE.fullmatch(text):
            return f"drop the quotes: `{_pair(key, str(int(text)))}`."
        if "boolean" in wanted and text.lower() in _SAID_YES | _SAID_NO:
            return f"write `{_pair(key, json.dumps(text.lower() in _SAID_YES))}`."
    if isinstance(value, float) and value.is_integer() and "integer" in wanted:
        return f"write `{_pair(key, str(int(value)))}`."
    if isinstance(value, int) and not isinstance(value, bool) and "boolean" in wanted and value in {0, 1}:
        return f"write `{_pair(key, json.dumps(value == 1))}`."
    return _as_in(key, schema) or f"write {'true or false' if 'boolean' in wanted else 'a number'}."


def _as_in(key: str, schema: Mapping[str, Any]) -> str:
    examples = schema.get("examples", ())
    return f"as in `{_pair(key, json.dumps(examples[0], ensure_ascii=False))}`." if examples else ""


def _pair(key: str, text: str) -> str:
    return f"{key}: {text}" if key else text
