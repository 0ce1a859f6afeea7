"""The schemas of what users write, by name, and their text as files hold it."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from gpuspec.spec.schemas.editor import spec_schema
from gpuspec.spec.schemas.project_file import project_schema
from gpuspec.spec.schemas.strict import Schema, rendered_schema
from gpuspec.spec.schemas.tests_file import tests_schema

SCHEMAS: Mapping[str, Callable[[], Schema]] = MappingProxyType(
    {"spec": spec_schema, "rendered": rendered_schema, "project": project_schema, "tests": tests_schema}
)


def schema(name: str) -> Schema:
    """The schema with this name of `SCHEMAS`, made anew: the caller may change it."""
    return SCHEMAS[name]()


def spec_schemas() -> Mapping[str, Schema]:
    """All schemas of this folder by name; whoever writes `schemas/` adds those of plan, state and events."""
    return {name: make() for name, make in SCHEMAS.items()}


def serialised(document: Mapping[str, object]) -> str:
    """A schema's text, the same for the same schema: documented order, two blanks, a newline at its end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
