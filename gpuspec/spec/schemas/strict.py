"""The schema of a rendered spec: strict, derived from the field table; what `spec.check` holds documents against.

No keyword asks for the fields that every instance needs: `defaults` may give them, so they are checked after merging.
"""

from typing import Any

from gpuspec.model.address import ADDRESS
from gpuspec.model.field import Field, Kind
from gpuspec.model.fields import FIELDS
from gpuspec.model.lifecycle_fields import LIFECYCLE

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
VERSION = 1
PORT_PATTERN = "[1-9][0-9]{0,4}/(tcp|http)"

_TYPES = {
    Kind.STRING: ("string",),
    Kind.INTEGER: ("integer",),
    Kind.BOOLEAN: ("boolean",),
    Kind.PORTS: ("array", "string"),
    Kind.ENVS: ("object", "array"),
    Kind.TOOLS: ("array",),
    Kind.MOUNTS: ("array",),
    Kind.NAMES: ("array",),
}


def rendered_schema() -> Schema:
    """The schema of a spec after rendering."""
    return {
        "$schema": DRAFT,
        "$id": f"urn:gpuspec:schema:rendered:{VERSION}",
        "title": "gpuspec spec, rendered",
        "description": "A spec after its templates are rendered. What every instance needs may stand in `defaults`.",
        **spec_body(),
    }


def spec_body() -> Schema:
    """The part that the schemas for rendered specs and for editors share."""
    return {
        "type": "object",
        "properties": {
            "version": {
                "type": "integer",
                "const": VERSION,
                "description": "The version of the spec format.",
                "default": VERSION,
            },
            "defaults": {
                "description": "What holds for each instance of this file that doesn't say otherwise.",
                "$ref": "#/$defs/instance",
            },
            "instances": {
                "type": "object",
                "description": "The instances, each under its address: the name by which gpuspec knows it.",
                "propertyNames": {"type": "string", "pattern": f"^{ADDRESS.pattern}$"},
                "additionalProperties": {"$ref": "#/$defs/instance"},
            },
            "moved": {
                "type": "array",
                "description": "Instances that had another address before: their records move, their machines stay.",
                "items": {"$ref": "#/$defs/move"},
            },
        },
        "required": ["instances"],
        "additionalProperties": False,
        "$defs": {"instance": _instance(), "lifecycle": _lifecycle(), "move": _move(), **_items()},
    }


def _instance() -> Schema:
    properties: Schema = {name: _property(row, nullable=True) for name, row in FIELDS.items()}
    properties["lifecycle"] = {
        "description": "What gpuspec does with the instance; not sent to the API.",
        "$ref": "#/$defs/lifecycle",
    }
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": False}


def _lifecycle() -> Schema:
    properties = {name: _property(row, nullable=True) for name, row in LIFECYCLE.items()}
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": False}


def _move() -> Schema:
    address = {"type": "string", "pattern": f"^{ADDRESS.pattern}$"}
    return {
        "type": "object",
        "properties": {
            "from": {"description": "The address before.", **address, "examples": ["trainer"]},
            "to": {"description": "The address in this file.", **address, "examples": ["teacher"]},
        },
        "required": ["from", "to"],
        "additionalProperties": False,
        "examples": [{"from": "trainer", "to": "teacher"}],
    }


def _items() -> Schema:
    rows = {row.kind: row for row in FIELDS.values() if row.items}
    return {"env": _item(rows[Kind.ENVS]), "tool": _item(rows[Kind.TOOLS]), "mount": _item(rows[Kind.MOUNTS])}


def _item(row: Field) -> Schema:
    properties: Schema = {}
    for item in row.items:
        for name in (item.name, *item.aliases):
            properties[name] = _property(item, nullable=False)
    example = {item.name: item.example for item in row.items}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False, "examples": [example]}
    plain = [item.name for item in row.items if not item.aliases and item.default is None]
    spelled = [(item.name, *item.aliases) for item in row.items if item.aliases]
    needed = [{"anyOf": [{"required": [name]} for name in names]} for names in spelled if _needed(row, names[0])]
    once = [{"not": {"required": list(names)}} for names in spelled]
    return schema | ({"required": plain} if plain else {}) | ({"allOf": [*needed, *once]} if spelled else {})


def _needed(row: Field, name: str) -> bool:
    return any(item.name == name and item.default is None for item in row.items)


def _property(row: Field, *, nullable: bool) -> Schema:
    """One field. Null is allowed where it removes what `defaults` say."""
    types = [*_TYPES[row.kind], *(["null"] if nullable else [])]
    schema: Schema = {"description": row.doc, "type": types if len(types) > 1 else types[0]}
    if row.choices:
        schema["enum"] = [*row.choices, *([None] if nullable else [])]
    for keyword, limit in _limits(row).items():
        schema[keyword] = limit
    schema |= _contents(row)
    if row.default is not None:
        schema["default"] = row.default
    return schema | {"examples": [row.example]}


def _limits(row: Field) -> Schema:
    limits = {
        "minimum": row.minimum,
        "maximum": row.maximum,
        "minLength": row.min_length,
        "maxLength": row.max_length,
        "maxItems": row.max_items,
        "maxProperties": row.max_items if row.kind is Kind.ENVS else None,
    }
    return {keyword: limit for keyword, limit in limits.items() if limit is not None}


def _contents(row: Field) -> Schema:
    match row.kind:
        case Kind.PORTS:
            every = f"^ *({PORT_PATTERN}( *, *{PORT_PATTERN})*)? *$"
            return {
                "pattern": every,
                "items": {"type": "string", "pattern": f"^{PORT_PATTERN}$", "examples": ["8080/tcp"]},
            }
        case Kind.ENVS:
            key, value = row.items
            names = {"type": "string", "minLength": key.min_length, "maxLength": key.max_length}
            values = {"type": ["string", "null"], "maxLength": value.max_length}
            return {"propertyNames": names, "additionalProperties": values, "items": {"$ref": "#/$defs/env"}}
        case Kind.TOOLS:
            return {"items": {"$ref": "#/$defs/tool"}}
        case Kind.MOUNTS:
            return {"items": {"$ref": "#/$defs/mount"}}
        case Kind.NAMES:
            return {"items": {"type": "string", "minLength": 1, "examples": ["imageUrl"]}}
        case _:
            return {}
