"""What a document breaks of a schema, by jsonschema, as facts: the words are `wording`'s.

Only documents that `quick` refuses come here, and jsonschema is imported only then.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from gpuspec.model.problem import MOST_ERRORS
from gpuspec.model.secret import Secret
from gpuspec.spec.check.quick import TYPES, Schema, expression
from gpuspec.spec.tree import HOLE, Path

# Keywords of ours that jsonschema has no single error for.
UNKNOWN_KEY = "unknown key"
MISSING_KEY = "missing key"
BAD_NAME = "bad name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One rule that one value breaks.

    `keyword` is JSON Schema's, or one of the three above; their `path` ends with the key in question. `limit` is the
    keyword's value in `schema`, the smallest schema that holds the rule.
    """

    path: Path
    keyword: str
    limit: Any
    value: Any
    schema: Schema


def broken(root: Schema, data: object, *, part: str = "", path: Path = ()) -> tuple[Broken, ...]:
    """What is broken, in the document's order, one rule a value: a wrong type goes before all else.

    After `MOST_ERRORS` no more is looked for.

    Args:
        part: The name of one of the root's `$defs`; the root itself when empty.
        path: Where `data` stands in its document.
    """
    schema = root if not part else {"$defs": root["$defs"], "$ref": f"#/$defs/{part}"}
    found: dict[Path, Broken] = {}
    for rule in chain.from_iterable(map(_rules, _validator(schema).iter_errors(data))):
        if rule.path not in found or rule.keyword == "type":
            found[rule.path] = rule
        if len(found) >= MOST_ERRORS:
            break
    return tuple(
        Broken(path=path + rule.path, keyword=rule.keyword, limit=rule.limit, value=rule.value, schema=rule.schema)
        for rule in found.values()
    )


def _rules(error: Any) -> Iterator[Broken]:
    """An error of jsonschema's as rules of ours; one error may stand for several keys."""
    path, value, schema = tuple(error.absolute_path), error.instance, error.schema
    if "propertyNames" in error.absolute_schema_path:
        yield Broken(path=(*path, value), keyword=BAD_NAME, limit=error.validator_value, value=value, schema=schema)
        return
    match error.validator:
        case "additionalProperties":
            keys = [key for key in value if key not in schema["properties"]]
            known = list(schema["properties"])
            yield from (Broken(path=(*path, k), keyword=UNKNOWN_KEY, limit=known, value=k, schema=schema) for k in keys)
        case "required":
            keys = [key for key in error.validator_value if key not in value]
            yield from (Broken(path=(*path, k), keyword=MISSING_KEY, limit=None, value=k, schema=schema) for k in keys)
        case "anyOf":
            (key, *_) = (part["required"][0] for part in error.validator_value)
            yield Broken(path=(*path, key), keyword=MISSING_KEY, limit=None, value=key, schema=schema)
        case _:
            rule, limit = error.validator, error.validator_value
            yield Broken(path=path, keyword=rule, limit=limit, value=value, schema=schema)


@cache
def _dialect() -> Any:
    from jsonschema import Draft202012Validator, TypeChecker, validators

    kinds: Mapping[Any, Any] = {name: _is_of(frozenset(types)) for name, types in TYPES.items()}
    rules = {**Draft202012Validator.VALIDATORS, "pattern": _pattern}
    known = {keyword: _where_known(keyword, rule) for keyword, rule in rules.items()}
    return validators.extend(Draft202012Validator, known, type_checker=TypeChecker(kinds))  # type: ignore[no-untyped-call]


def _validator(schema: Schema) -> Any:
    return _dialect()(schema)


def _is_of(types: frozenset[type]) -> Callable[[object, object], bool]:
    return lambda _, value: type(value) in types


def _where_known(keyword: str, rule: Callable[..., Iterable[Any] | None]) -> Callable[..., Iterator[Any]]:
    """The rule, silent on holes; on a secret only its type is looked at."""

    def check(validator: Any, limit: Any, value: Any, schema: Any) -> Iterator[Any]:
        if value is HOLE or (isinstance(value, Secret) and keyword not in {"type", "$ref"}):
            return
        yield from rule(validator, limit, value, schema) or ()

    return check


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if isinstance(value, str) and expression(pattern).search(value) is None:
        yield ValidationError("pattern")
