"""Values of variables against their declarations."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from gpuspec.model.project import JsonValue, Variable, VariableType
from gpuspec.model.secret import Literal, Secret
from gpuspec.spec.pattern import LONGEST_TEXT, Pattern, compiled
from gpuspec.spec.rendered import Value

_TYPES: Mapping[VariableType, tuple[str, tuple[type, ...]]] = {
    VariableType.STRING: ("text", (str,)),
    VariableType.INTEGER: ("a whole number", (int,)),
    VariableType.NUMBER: ("a number", (int, float)),
    VariableType.BOOLEAN: ("true or false", (bool,)),
    VariableType.LIST: ("a list", (list,)),
    VariableType.MAP: ("a map", (dict,)),
}
_INTEGERS = range(-(2**63), 2**63)
_DIGITS = 40
_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """Why a text is no value for a variable: what goes on after the variable's name."""

    why: str


class NotJson(ValueError):
    """A text is no JSON that can be a value. `line` and `column` count from 1, and are 0 where they aren't known."""

    def __init__(self, why: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(why)
        self.line = line
        self.column = column


def variable_of(name: str, row: Mapping[str, Any]) -> Variable:
    """A declaration as the project file has it."""
    return Variable(
        name=name,
        type=VariableType(row.get("type", VariableType.STRING.value)),
        has_default="default" in row,
        default=row.get("default"),
        choices=tuple(row.get("enum", ())),
        pattern=row.get("pattern", ""),
        sensitive=row.get("sensitive", False),
        description=row.get("description", ""),
    )


def unfit(variable: Variable, value: object, *, choices: bool = True) -> str:
    """Why a value is none for the variable, as what goes on after its name; empty when it is one. Null always is.

    A sensitive variable's value is never in it.
    """
    if value is None:
        return ""
    words, types = _TYPES[variable.type]
    if type(value) not in types:
        return f"takes {words}; this is {_shown(variable, value)}."
    if choices and variable.choices and not any(_same(value, choice) for choice in variable.choices):
        known = "" if variable.sensitive else f": {', '.join(_written(choice) for choice in variable.choices)}"
        return f"takes one of its `enum`{known}; this is {_shown(variable, value)}."
    if variable.pattern and isinstance(value, str):
        return _misfit(variable, value)
    return ""


def typed(variable: Variable, text: str) -> JsonValue | Unfit:
    """The value that a text from the command line or the environment stands for, by the variable's declaration."""
    match variable.type:
        case VariableType.STRING:
            value: JsonValue | Unfit = text
        case VariableType.LIST | VariableType.MAP:
            value = _json(text)
        case _:
            value = _scalar(variable, text.strip())
    if isinstance(value, Unfit):
        return value
    # A text that says `null` for a list or map is no value here: it would pass for a missing one.
    why = unfit(variable, value) if value is not None else f"takes {_TYPES[variable.type][0]}; this is null."
    return Unfit(why=why) if why else value


def inserted(variable: Variable | None, value: JsonValue) -> Value:
    """The value as templates get it: a sensitive one as a secret."""
    if variable is not None and variable.sensitive and isinstance(value, str):
        return Secret(parts=(Literal(text=value),))
    return cast("Value", value)


def _misfit(variable: Variable, value: str) -> str:
    pattern = compiled(variable.pattern)
    if not isinstance(pattern, Pattern) or pattern.fits(value):
        return ""
    if len(value) > LONGEST_TEXT:
        return f"has a pattern, and so takes at most {LONGEST_TEXT} characters; this has {len(value)}."
    return f"takes text that fits `{variable.pattern}` as a whole; this is {_shown(variable, value)}."


def _scalar(variable: Variable, text: str) -> JsonValue | Unfit:
    words, _ = _TYPES[variable.type]
    wrong = Unfit(why=f"takes {words}; this is {_shown(variable, text)}.")
    if variable.type is VariableType.BOOLEAN:
        return {"true": True, "false": False}.get(text.lower(), wrong)
    if not text.isascii() or "_" in text or len(text) > _DIGITS:
        return wrong
    try:
        whole = int(text)
    except ValueError:
        return wrong if variable.type is VariableType.INTEGER else _float(text, wrong)
    return whole if whole in _INTEGERS else wrong


def _float(text: str, wrong: Unfit) -> JsonValue | Unfit:
    try:
        number = float(text)
    except ValueError:
        return wrong
    return number if math.isfinite(number) else wrong


def _json(text: str) -> JsonValue | Unfit:
    try:
        return read_json(text)
    except NotJson as error:
        where = f" (line {error.line}, column {error.column})" if error.line else ""
        return Unfit(why=f"takes JSON, and this can't be read as JSON: {error}{where}.")


def read_json(text: str) -> JsonValue:
    """A JSON document.

    Raises:
        NotJson: It is none, a key is in it twice, a number is beyond what YAML can say, or it is too deep.
    """
    try:
        return cast(
            "JsonValue",
            json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_int, parse_float=_finite),
        )
    except json.JSONDecodeError as error:
        raise NotJson(error.msg, line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None


def _once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    result: dict[str, JsonValue] = {}
    for key, value in pairs:
        if key in result:
            raise NotJson(f"the key {json.dumps(key)} is there twice")
        result[key] = value
    return result


def _no_constant(name: str) -> JsonValue:
    raise NotJson(f"{name} is no number of JSON")


def _int(text: str) -> int:
    if len(text) > _DIGITS or int(text) not in _INTEGERS:
        raise NotJson("a number doesn't fit into 64 bits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotJson("a number is too large")
    return number


def _same(value: object, choice: object) -> bool:
    return type(value) is type(choice) and value == choice


def _shown(variable: Variable, value: object) -> str:
    return "something else, not shown" if variable.sensitive else _written(value)


def _written(value: object) -> str:
    match value:
        case list():
            return "a list"
        case dict():
            return "a map"
        case _:
            text = json.dumps(value, ensure_ascii=not str(value).isprintable(), default=str)
            ending = '"' if isinstance(value, str) else ""
            return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 2]}…{ending}"
