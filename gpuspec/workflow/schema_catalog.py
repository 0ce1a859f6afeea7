"""The schemas as entries of a catalogue in SchemaStore's form, by which editors find a schema for a file's name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

CATALOG = "catalog"
CATALOG_FILE = "catalog.json"
# The catalogue's own schema: https://json.schemastore.org/schema-catalog.json, read on 2026-11-23.
_FORM = "https://json.schemastore.org/schema-catalog.json"

# Names that are nobody else's. A spec may have any name; one called `instances.yaml` has a line that names its schema.
FILE_MATCH: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "spec": ("*.gpuspec.yaml",),
        "project": ("gpuspec.yaml",),
        "tests": ("*.gpuspec-tests.yaml",),
        "state": ("gpuspec.state.json", "gpuspec.*.state.json"),
    }
)


def catalog(schemas: Mapping[str, Mapping[str, Any]], *, base_url: str = "") -> dict[str, Any]:
    """The catalogue.

    Args:
        schemas: Every schema by name.
        base_url: The folder in which the schemas' files are published; else its `$id` stands for its `url`.
    """
    entries = [_entry(name, schemas[name], base_url) for name in FILE_MATCH]
    return {"$schema": _FORM, "version": 1, "schemas": entries}


def _entry(name: str, schema: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    return {
        "name": schema["title"],
        "description": schema["description"],
        "fileMatch": list(FILE_MATCH[name]),
        "url": f"{base_url.rstrip('/')}/{name}.schema.json" if base_url else schema["$id"],
    }
