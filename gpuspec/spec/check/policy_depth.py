"""How many schemas a policy puts upon one value: without a bound it might never end, or bring down the checker.

What goes into a value (`properties`, `items`) ends with the instance; what stays at it (`allOf`, `if`, `$ref`) needn't.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gpuspec.spec.check.policy_keywords import KEYWORDS, REFERENCE, Holds, subschemas
from gpuspec.spec.check.policy_pointers import Pointer, target_of

Schema = Mapping[str, Any]

MOST_AT_ONE_VALUE = 25

_STAYS = ("not", "if", "then", "else", "allOf", "anyOf", "oneOf", "dependentSchemas")


class _TooMany(Exception):
    """The bound was reached."""


def bottomless(bundle: Schema, file: str) -> Pointer | None:
    """Where in this document of a bundle a chain of more than `MOST_AT_ONE_VALUE` schemas begins; None if nowhere."""
    heights: dict[int, int] = {}
    for schema in subschemas(bundle["$defs"][file]):
        try:
            _height(schema.value, bundle, heights, room=MOST_AT_ONE_VALUE)
        except _TooMany:
            return schema.pointer
    return None


def _height(schema: Any, bundle: Schema, heights: dict[int, int], *, room: int) -> int:
    """How many schemas stand upon each other from here on. Each is looked at once: they stay where they are."""
    if isinstance(schema, bool):
        return 0
    if heights.get(id(schema), 1) > room:
        raise _TooMany
    if id(schema) not in heights:
        below = [_height(part, bundle, heights, room=room - 1) for part in _upon_it(schema, bundle)]
        heights[id(schema)] = 1 + max(below, default=0)
    return heights[id(schema)]


def _upon_it(schema: Schema, bundle: Schema) -> Iterator[Schema | bool]:
    for key in _STAYS:
        if key not in schema:
            continue
        match KEYWORDS[key]:
            case Holds.SEVERAL:
                yield from schema[key]
            case Holds.NAMED:
                yield from schema[key].values()
            case _:
                yield schema[key]
    if REFERENCE in schema:
        yield _at(bundle, schema[REFERENCE])


def _at(bundle: Schema, reference: str) -> Any:
    _, pointer = target_of(reference, "")
    found: Any = bundle
    for token in pointer:
        found = found[int(token)] if isinstance(found, list) else found[token]
    return found
