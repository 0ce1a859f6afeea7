"""A schema as a predicate, made once: good documents are accepted here and never meet jsonschema.

It knows the keywords that our schemas use and no others, and says yes exactly where `broken` finds nothing; a test
holds the two together.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from gpuspec.errors import Bug
from gpuspec.model.secret import Secret
from gpuspec.spec.tree import HOLE

Accepts = Callable[[Any], bool]
Schema = Mapping[str, Any]

ANNOTATIONS = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "examples"})

# What YAML gives. A bool is no integer here, and neither is 1.0, which a plain JSON Schema validator takes for one.
TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str, Secret),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


@cache
def expression(pattern: str) -> re.Pattern[str]:
    """A pattern of ours, compiled. `$` means the end only; Python's stands before a last line feed too."""
    return re.compile(pattern.replace("$", r"\Z"))


def predicate(schema: Schema, root: Schema) -> Accepts:
    """Whether a value fits the schema; references are looked up in `root`'s `$defs`.

    A hole fits anything. A secret is text of which nothing is known.
    """
    types = _types(schema)
    checks = [make(schema, root) for keyword, make in _MAKERS.items() if keyword in schema]
    unknown = set(schema) - set(_MAKERS) - ANNOTATIONS - {"type"}
    if unknown:
        raise Bug(f"The schema uses {', '.join(sorted(unknown))}, which the quick check doesn't know.")

    secret = _takes_secrets(schema, root, types)

    def accepts(value: Any) -> bool:
        kind = type(value)
        if kind is Secret or value is HOLE:
            return value is HOLE or secret
        if types is not None and kind not in types:
            return False
        # A loop: `all` with a generator takes three times as long, and this is asked of every value.
        for check in checks:  # noqa: SIM110
            if not check(value):
                return False
        return True

    return accepts


def _types(schema: Schema) -> frozenset[type] | None:
    named = schema.get("type")
    if named is None:
        return None
    names = [named] if isinstance(named, str) else named
    return frozenset(kind for name in names for kind in TYPES[name])


def _takes_secrets(schema: Schema, root: Schema, types: frozenset[type] | None) -> bool:
    if "$ref" in schema:
        return _reference(schema, root)(Secret(parts=()))
    return types is None or Secret in types


def _numeric(keyword: str, fits: Callable[[Any, Any], bool]) -> Callable[[Schema, Schema], Accepts]:
    def make(schema: Schema, _: Schema) -> Accepts:
        limit = schema[keyword]
        return lambda value: type(value) not in {int, float} or fits(value, limit)

    return make


def _sized(keyword: str, kind: type[Any], fits: Callable[[int, int], bool]) -> Callable[[Schema, Schema], Accepts]:
    def make(schema: Schema, _: Schema) -> Accepts:
        limit = schema[keyword]
        return lambda value: type(value) is not kind or fits(len(value), limit)

    return make


def _pattern(schema: Schema, _: Schema) -> Accepts:
    search = expression(schema["pattern"]).search
    return lambda value: type(value) is not str or search(value) is not None


def _choice(schema: Schema, _: Schema) -> Accepts:
    choices = [schema["const"]] if "const" in schema else schema["enum"]
    return lambda value: any(type(value) is type(choice) and value == choice for choice in choices)


def _items(schema: Schema, root: Schema) -> Accepts:
    accepts = predicate(schema["items"], root)
    return lambda value: type(value) is not list or all(map(accepts, value))


def _properties(schema: Schema, root: Schema) -> Accepts:
    known = {name: predicate(part, root) for name, part in schema["properties"].items()}
    others = _others(schema, root)

    def accepts(value: Any) -> bool:
        if type(value) is dict:
            for key, part in value.items():
                if not known.get(key, others)(part):
                    return False
        return True

    return accepts


def _only_others(schema: Schema, root: Schema) -> Accepts:
    if "properties" in schema:
        return lambda _: True
    others = _others(schema, root)
    return lambda value: type(value) is not dict or all(map(others, value.values()))


def _others(schema: Schema, root: Schema) -> Accepts:
    rule = schema.get("additionalProperties", True)
    return (lambda _: rule) if isinstance(rule, bool) else predicate(rule, root)


def _names(schema: Schema, root: Schema) -> Accepts:
    accepts = predicate(schema["propertyNames"], root)
    return lambda value: type(value) is not dict or all(map(accepts, value))


def _required(schema: Schema, _: Schema) -> Accepts:
    names = frozenset(schema["required"])
    return lambda value: type(value) is not dict or names <= value.keys()


def _any(schema: Schema, root: Schema) -> Accepts:
    choices = [predicate(part, root) for part in schema["anyOf"]]
    return lambda value: any(accepts(value) for accepts in choices)


def _all(schema: Schema, root: Schema) -> Accepts:
    parts = [predicate(part, root) for part in schema["allOf"]]
    return lambda value: all(accepts(value) for accepts in parts)


def _not(schema: Schema, root: Schema) -> Accepts:
    accepts = predicate(schema["not"], root)
    return lambda value: not accepts(value)


def _reference(schema: Schema, root: Schema) -> Accepts:
    return predicate(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)


_MAKERS: Mapping[str, Callable[[Schema, Schema], Accepts]] = {
    "$ref": _reference,
    "const": _choice,
    "enum": _choice,
    "minimum": _numeric("minimum", lambda value, limit: value >= limit),
    "maximum": _numeric("maximum", lambda value, limit: value <= limit),
    "exclusiveMinimum": _numeric("exclusiveMinimum", lambda value, limit: value > limit),
    "minLength": _sized("minLength", str, lambda size, limit: size >= limit),
    "maxLength": _sized("maxLength", str, lambda size, limit: size <= limit),
    "minItems": _sized("minItems", list, lambda size, limit: size >= limit),
    "maxItems": _sized("maxItems", list, lambda size, limit: size <= limit),
    "maxProperties": _sized("maxProperties", dict, lambda size, limit: size <= limit),
    "pattern": _pattern,
    "items": _items,
    "properties": _properties,
    "additionalProperties": _only_others,
    "propertyNames": _names,
    "required": _required,
    "anyOf": _any,
    "allOf": _all,
    "not": _not,
}
