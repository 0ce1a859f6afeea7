"""Whether a document has the shape of a JSON Schema, by the standard's own schema."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from gpuspec.spec.check.policy_keywords import Fault
from gpuspec.spec.check.values_in_words import expected

DEEPEST = 40
MOST_FAULTS = 20


def too_deep(value: object, *, room: int = DEEPEST) -> bool:
    """Whether lists and maps are nested deeper than policies may be."""
    match value:
        case dict():
            parts = list(value.values())
        case list():
            parts = value
        case _:
            return False
    return room == 0 or any(too_deep(part, room=room - 1) for part in parts)


def shape_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Where the document is no schema; its own values are in no message."""
    from jsonschema import Draft202012Validator

    checker = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    told: set[tuple[str, ...]] = set()
    for error in islice(checker.iter_errors(document), MOST_FAULTS):
        pointer = tuple(map(str, error.absolute_path))
        if pointer not in told:
            told.add(pointer)
            yield Fault(
                pointer=pointer, why=_why(error.validator, error.validator_value), hint="see JSON Schema 2020-12."
            )


def _why(keyword: Any, limit: Any) -> str:
    if keyword == "type":
        return f"takes {expected(limit)}"
    return "is not what JSON Schema takes there"
