"""The schema of a file of tests, `tests/*.yaml`."""

from gpuspec.model.address import ADDRESS, SLUG
from gpuspec.spec.schemas.strict import DRAFT, VERSION, Schema, spec_body
from gpuspec.spec.variable_names import VARIABLE_NAME


def tests_schema() -> Schema:
    """The schema of a file of tests."""
    body = spec_body()["$defs"]
    items = {name: node for name, node in body.items() if name != "move"}
    return {
        "$schema": DRAFT,
        "$id": f"urn:gpuspec:schema:tests:{VERSION}",
        "title": "gpuspec tests",
        "description": "What a project's specs come to with given variables, for `gpuspec test`. No templates.",
        "type": "object",
        "properties": {
            "version": {
                "type": "integer",
                "const": VERSION,
                "description": "The version of the format of tests.",
                "default": VERSION,
            },
            "tests": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/$defs/test"},
                "description": "The tests; each renders the specs anew.",
            },
        },
        "required": ["tests"],
        "additionalProperties": False,
        "$defs": {"test": _test(), "expect": _expect(), "problem": _problem(), **items},
    }


def _test() -> Schema:
    properties = {
        "name": {
            "type": "string",
            "minLength": 1,
            "description": "What holds, as a sentence: `production has two workers`.",
            "examples": ["production has two workers"],
        },
        "specs": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
            "description": "The specs, relative to the project folder; the project's own when it is left out.",
            "examples": [["instances.yaml"]],
        },
        "environment": {
            "type": "string",
            "pattern": f"^{SLUG.pattern}$",
            "description": "The environment; that of `-e` when it is left out.",
            "examples": ["prod"],
        },
        "variables": {
            "type": ["object", "null"],
            "propertyNames": {"type": "string", "pattern": f"^{VARIABLE_NAME}$"},
            "description": "Variables of this test, over those of the environment.",
            "examples": [{"workers": 2}],
        },
        "expect": {"description": "What has to come of it.", "$ref": "#/$defs/expect"},
    }
    return _object(properties, required=["name", "expect"])


def _expect() -> Schema:
    properties = {
        "instances": {
            "type": "object",
            "propertyNames": {"type": "string", "pattern": f"^{ADDRESS.pattern}$"},
            "additionalProperties": {"$ref": "#/$defs/instance"},
            "description": "Instances that have to be there, with these fields; null for one that is not set.",
            "examples": [{"trainer": {"gpuNum": 2}, "worker-0": {}}],
        },
        "only": {
            "type": "boolean",
            "description": "Whether there may be no other instances than these.",
            "default": False,
        },
        "count": {"type": "integer", "minimum": 0, "description": "How many instances there are.", "examples": [3]},
        "problems": {
            "type": "array",
            "items": {"$ref": "#/$defs/problem"},
            "description": "Faults and warnings that have to be found; any other fault is one of the test.",
            "examples": [[{"code": "below-minimum", "line": 14}]],
        },
    }
    return _object(properties, required=[])


def _problem() -> Schema:
    properties = {
        "code": {
            "type": "string",
            "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
            "description": "Its code, as `--json` gives it.",
            "examples": ["below-minimum"],
        },
        "file": {
            "type": "string",
            "minLength": 1,
            "description": "The file that it is in, relative to the project folder.",
            "examples": ["instances.yaml"],
        },
        "line": {"type": "integer", "minimum": 1, "description": "The line that it is on.", "examples": [14]},
        "column": {"type": "integer", "minimum": 1, "description": "The column that it begins in.", "examples": [5]},
        "path": {
            "type": "string",
            "description": "What it is about.",
            "examples": ["instances.trainer.gpuNum"],
        },
        "message": {
            "type": "string",
            "minLength": 1,
            "description": "Words that its message has.",
            "examples": ["is at least 1"],
        },
    }
    return _object(properties, required=[])


def _object(properties: Schema, *, required: list[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    return schema | ({"required": required} if required else {}) | {"additionalProperties": False}
