"""A field's value in the form in which it is compared, whichever of its spellings it is written in."""

from collections.abc import Mapping
from typing import Any, cast

from gpuspec.model.field import Field, Kind
from gpuspec.model.fields import FIELDS
from gpuspec.model.project import JsonValue
from gpuspec.spec.port_text import port_entries


def normal_fields(name: str, value: Any) -> dict[str, JsonValue]:
    """The field as one or more, by their labels: environment variables and `lifecycle` stand on their own."""
    row = FIELDS.get(name)
    if value is None or (row is None and not isinstance(value, dict)):
        return {name: value}
    if row is None:
        return {f"{name}.{key}": part for key, part in value.items()}
    match row.kind:
        case Kind.ENVS:
            pairs = value if isinstance(value, dict) else {item["key"]: item["value"] for item in value}
            return {f"{name}.{key}": part for key, part in pairs.items()}
        case Kind.PORTS:
            entries = port_entries(value) if isinstance(value, str) else value
            return {name: cast("JsonValue", sorted(entry.replace(" ", "") for entry in entries if entry))}
        case Kind.TOOLS | Kind.MOUNTS:
            return {name: [_item(row, item) for item in value]}
        case _:
            return {name: value}


def _item(row: Field, item: Mapping[str, Any]) -> dict[str, JsonValue]:
    """All that the item says or that holds without it, by the names of the table."""
    said: dict[str, JsonValue] = {}
    for part in row.items:
        found = next((item[spelling] for spelling in (part.name, *part.aliases) if spelling in item), part.default)
        if found is not None:
            said[part.name] = found
    return said
