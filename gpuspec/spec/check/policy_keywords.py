"""The keywords that a policy may use, where its subschemas stand, and what each keyword must not be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from gpuspec.model.problem import Severity
from gpuspec.spec.check.policy_pointers import Pointer
from gpuspec.spec.nearest import nearest
from gpuspec.spec.pattern import BadPattern, searching

Schema = Mapping[str, Any]

REFERENCE = "$ref"
TITLE, DESCRIPTION, SEVERITY = "title", "description", "x-severity"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


class Holds(Enum):
    """What a keyword's value holds."""

    PLAIN = "no schema"
    ONE = "a schema"
    SEVERAL = "a list of schemas"
    NAMED = "a map of schemas"


_BY_KIND = {
    Holds.ONE: "items contains additionalProperties propertyNames unevaluatedItems unevaluatedProperties "
    "not if then else",
    Holds.SEVERAL: "allOf anyOf oneOf prefixItems",
    Holds.NAMED: "properties $defs dependentSchemas",
    Holds.PLAIN: "type enum const multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength "
    "pattern minItems maxItems uniqueItems minContains maxContains minProperties maxProperties required "
    "dependentRequired $ref $schema $id $comment title description default examples deprecated readOnly writeOnly",
}
KEYWORDS: Mapping[str, Holds] = MappingProxyType(
    {word: kind for kind, words in _BY_KIND.items() for word in words.split()}
)

# Keywords of JSON Schema that a policy can't use, and why.
_REFUSED = {
    "format": ("checks nothing in this draft of JSON Schema, it only describes", "use `pattern`."),
    "patternProperties": ("is not supported in a policy", "use `properties`, `propertyNames` or `not`."),
    "$anchor": ("is not supported in a policy", "refer to a schema by its path, as in `#/$defs/name`."),
    "$dynamicRef": ("is not supported in a policy", "use `$ref`."),
    "$dynamicAnchor": ("is not supported in a policy", "use `$ref`, by path."),
    "$vocabulary": ("is not supported in a policy", "take it out."),
    "definitions": ("belongs to an earlier draft of JSON Schema", "write `$defs`."),
    "dependencies": ("belongs to an earlier draft of JSON Schema", "use `dependentRequired` or `dependentSchemas`."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong at a spot of a policy: `why` goes on after the spot."""

    pointer: Pointer
    why: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subschema:
    """A schema within a policy, and where it stands; `value` may be true or false."""

    pointer: Pointer
    value: Schema | bool


def subschemas(schema: Any, pointer: Pointer = ()) -> Iterator[Subschema]:
    """The schema (a map, true or false) and all that it holds, however deep. It must have the shape of a schema."""
    yield Subschema(pointer=pointer, value=schema)
    for key, value in schema.items() if not isinstance(schema, bool) else ():
        match KEYWORDS.get(key, Holds.PLAIN):
            case Holds.ONE:
                yield from subschemas(value, (*pointer, key))
            case Holds.SEVERAL:
                for at, part in enumerate(value):
                    yield from subschemas(part, (*pointer, key, str(at)))
            case Holds.NAMED:
                for name, part in value.items():
                    yield from subschemas(part, (*pointer, key, name))
            case Holds.PLAIN:
                pass


def mapped(schema: Schema, change: Callable[[Any], Any]) -> dict[str, Any]:
    """The schema with each schema that it holds directly changed."""
    return {key: _changed(KEYWORDS.get(key, Holds.PLAIN), value, change) for key, value in schema.items()}


def _changed(kind: Holds, value: Any, change: Callable[[Any], Any]) -> Any:
    match kind:
        case Holds.ONE:
            return change(value)
        case Holds.SEVERAL:
            return [change(part) for part in value]
        case Holds.NAMED:
            return {name: change(part) for name, part in value.items()}
        case Holds.PLAIN:
            return value


def keyword_faults(schema: Subschema) -> Iterator[Fault]:
    """What is wrong with the keywords of this schema itself."""
    if isinstance(schema.value, bool):
        return
    for key, value in schema.value.items():
        at = (*schema.pointer, key)
        if key in _REFUSED:
            why, hint = _REFUSED[key]
            yield Fault(pointer=at, why=why, hint=hint)
        elif key not in KEYWORDS:
            yield from _unknown(at, key)
        rule = _RULES.get(key)
        if rule:
            yield from rule(at, value)


def _unknown(at: Pointer, key: str) -> Iterator[Fault]:
    """Keywords that begin with `x-` are anybody's, but for what is nearly ours."""
    if key == SEVERITY or (key.startswith("x-") and not nearest(key, (SEVERITY,), likeness=0.8)):
        return
    meant = nearest(key, (*KEYWORDS, SEVERITY))
    hint = f"did you mean `{meant}`?" if meant else "what is no keyword of JSON Schema begins with `x-`."
    yield Fault(pointer=at, why="is a keyword that JSON Schema 2020-12 doesn't have, and would hold nothing", hint=hint)


def _severity(at: Pointer, value: Any) -> Iterator[Fault]:
    known = [severity.value for severity in Severity]
    if value not in known:
        yield Fault(pointer=at, why="is how much a violation matters", hint=f"write `{'` or `'.join(known)}`.")


def _pattern(at: Pointer, value: str) -> Iterator[Fault]:
    ready = searching(value)
    if isinstance(ready, BadPattern):
        hint = "use characters, sets, groups, `|`, `*`, `+`, `?` and `{m,n}`."
        yield Fault(pointer=at, why=f"is a pattern that {ready.reason}", hint=hint)


def _draft(at: Pointer, value: str) -> Iterator[Fault]:
    if value.removesuffix("#") != DRAFT or len(at) > 1:
        yield Fault(
            pointer=at, why="names another draft, or stands inside a schema", hint=f"write `{DRAFT}` at the top."
        )


def _id(at: Pointer, _: str) -> Iterator[Fault]:
    if len(at) > 1:
        why, hint = "is not supported inside a schema", "refer to it by its path, as in `#/$defs/name`."
        yield Fault(pointer=at, why=why, hint=hint)


def _reference(at: Pointer, value: str) -> Iterator[Fault]:
    name, _, fragment = value.partition("#")
    if ":" in name or name.startswith("//"):
        yield Fault(pointer=at, why="leads out of the project", hint="copy that schema into the project.")
    elif "\\" in value or (fragment and not fragment.startswith("/")):
        yield Fault(pointer=at, why="is no path", hint="as in `#/$defs/name` or `common.json#/$defs/name`.")


_RULES: Mapping[str, Callable[[Pointer, Any], Iterator[Fault]]] = {
    SEVERITY: _severity,
    "pattern": _pattern,
    "$schema": _draft,
    "$id": _id,
    REFERENCE: _reference,
}
