"""The schema of the project file, `gpuspec.yaml`."""

from gpuspec.model.address import SLUG
from gpuspec.model.marker import MarkerMode
from gpuspec.model.project import CloudKind, VariableType
from gpuspec.spec.schemas.strict import DRAFT, VERSION, Schema
from gpuspec.spec.variable_names import VARIABLE_NAME

REQUIRES = r"(>=|>|==|~=|<=|<) *[0-9]{1,6}(\.[0-9]{1,6}){0,2}"


def project_schema() -> Schema:
    """The schema of a project file."""
    return {
        "$schema": DRAFT,
        "$id": f"urn:gpuspec:schema:project:{VERSION}",
        "title": "gpuspec project file",
        "description": "What a team has agreed on beside its specs. No templates.",
        "type": "object",
        "properties": {**_agreed(), **_service(), **_rules(), **_choices()},
        "additionalProperties": False,
        "$defs": {"variable": _variable(), "environment": _environment(), "limits": _limits()},
    }


def _agreed() -> Schema:
    """What holds for the whole project."""
    return {
        "version": {
            "type": "integer",
            "const": VERSION,
            "description": "The version of the project file's format.",
            "default": VERSION,
        },
        "requires": {
            "type": "string",
            "pattern": f"^ *{REQUIRES}( *, *{REQUIRES})* *$",
            "description": "Which versions of gpuspec may be used.",
            "examples": [">=0.1"],
        },
        "project": {
            "type": "string",
            "pattern": f"^{SLUG.pattern}$",
            "description": "The project's name; every instance carries it. The folder's name when it is left out.",
            "examples": ["trainers"],
        },
        "specs": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
            "description": "The spec files, relative to this file; `apply` without a file takes all of them.",
            "default": ["instances.yaml"],
        },
    }


def _choices() -> Schema:
    """What specs depend on."""
    return {
        "variables": {
            "type": ["object", "null"],
            "propertyNames": {"type": "string", "pattern": f"^{VARIABLE_NAME}$"},
            "additionalProperties": {"$ref": "#/$defs/variable"},
            "description": "The variables that the specs may use; others are refused where any are declared.",
        },
        "environments": {
            "type": ["object", "null"],
            "propertyNames": {"type": "string", "pattern": f"^{SLUG.pattern}$"},
            "additionalProperties": {"$ref": "#/$defs/environment"},
            "description": "Sets of variables, each with a state of its own.",
        },
    }


def _rules() -> Schema:
    """What every plan is held to."""
    return {
        "policy": _policy("JSON Schemas, as files or globs relative to this file, that every rendered instance fits."),
        "limits": {"$ref": "#/$defs/limits"},
    }


def _policy(description: str) -> Schema:
    return {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "minItems": 1,
        "description": description,
        "examples": [["policy/*.schema.json"]],
    }


def _service() -> Schema:
    """What an environment may set again."""
    return {
        "cloud": {
            "type": "string",
            "enum": [cloud.value for cloud in CloudKind],
            "description": "The service to talk to.",
            "default": CloudKind.NOVITA.value,
        },
        "endpoint": {
            "type": "string",
            "pattern": r"^https?://[^/?#@\s]+/?$",
            "description": "The service's origin: https, or http on loopback.",
            "examples": ["https://api.novita.ai"],
        },
        "state": {
            "type": "string",
            "minLength": 1,
            "description": "Where the state is: a file, relative to this one, or a place that a team shares.",
            "examples": ["s3://bucket/prefix", "gs://bucket/prefix", "az://container/prefix"],
        },
        **_tuning(),
        "marker": {
            "type": "string",
            "enum": [mode.value for mode in MarkerMode],
            "description": "What an instance carries so that gpuspec recognises it.",
            "default": MarkerMode.ENV.value,
        },
    }


def _tuning() -> Schema:
    return {
        "settleWindow": {
            "type": "number",
            "minimum": 0,
            "description": "Seconds after which an instance that nobody can find counts as never made.",
            "default": 300,
        },
        "requestTimeout": {
            "type": "number",
            "exclusiveMinimum": 0,
            "description": "Seconds to wait for an answer.",
            "default": 60,
        },
        "parallelism": {
            "type": "integer",
            "minimum": 1,
            "maximum": 256,
            "description": "How many instances are worked on at once.",
            "default": 4,
        },
        "rate": {
            "type": "number",
            "minimum": 0,
            "description": "Mutating calls a second; 0 for as fast as they come.",
            "default": 2,
        },
    }


def _limits() -> Schema:
    return {
        "type": ["object", "null"],
        "properties": {
            "maxInstances": _most("How many instances there may be, with those that are recorded for other specs."),
            "maxGpus": _most("How many GPUs all these instances may have together."),
            "maxDeletesPerRun": _most("How many machines one run may delete or replace, `destroy` too."),
            "allowedProducts": _globs("The products that instances may have, as globs.", "4090.*"),
            "allowedClusters": _globs("The clusters that instances may be in, as globs; each has to name one.", "us-*"),
        },
        "additionalProperties": False,
        "description": "What no run may go beyond; no option switches a limit off.",
    }


def _most(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _globs(description: str, example: str) -> Schema:
    return {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "minItems": 1,
        "description": description,
        "examples": [[example]],
    }


def _variable() -> Schema:
    return {
        "type": ["object", "null"],
        "properties": {
            "type": {
                "type": "string",
                "enum": [kind.value for kind in VariableType],
                "description": "The type of its value.",
                "default": VariableType.STRING.value,
            },
            "default": {"description": "Its value when nobody gives one."},
            "enum": {"type": "array", "minItems": 1, "description": "The values that it may have."},
            "pattern": {
                "type": "string",
                "maxLength": 500,
                "description": "A regular expression that the whole value fits; for text only.",
            },
            "sensitive": {
                "type": "boolean",
                "description": "Whether its value is a secret; for text only.",
                "default": False,
            },
            "description": {"type": "string", "description": "What it is for."},
        },
        "additionalProperties": False,
    }


def _environment() -> Schema:
    variables = {
        "type": ["object", "null"],
        "propertyNames": {"type": "string", "pattern": f"^{VARIABLE_NAME}$"},
        "description": "The variables' values in this environment.",
    }
    extends = {"type": "string", "description": "The environment whose values hold where this one has none."}
    abstract = {
        "type": "boolean",
        "description": "Whether it is only there to be extended, so that no command can work on it.",
        "default": False,
    }
    rules = {
        "limits": {"$ref": "#/$defs/limits"},
        "policy": _policy("JSON Schemas that instances in this environment fit too, beside the project's."),
    }
    properties = {"extends": extends, "abstract": abstract, "variables": variables, **_service(), **rules}
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": False}
