"""The schema for editors: specs as users write them, where an expression may stand for any value or key.

Derived from the strict one node by node: whatever that one accepts is accepted here too.
"""

from typing import Any

from gpuspec.spec.schemas.strict import DRAFT, VERSION, Schema, spec_body

# Something between braces somewhere in the text: a `{{ … }}` or a `{% … %}`.
EXPRESSION = r"\{[{%]"

_ANNOTATIONS = ("description", "default", "examples")


def spec_schema() -> Schema:
    """The schema of a spec before rendering."""
    body = _loosened(spec_body(), root=True)
    body["$defs"]["expression"] = {
        "description": "Text with a template expression, in quotes.",
        "type": "string",
        "pattern": EXPRESSION,
    }
    return {
        "$schema": DRAFT,
        "$id": f"urn:gpuspec:schema:spec:{VERSION}",
        "title": "gpuspec spec",
        "description": "GPU instances, as a templated YAML file.",
        **body,
    }


def _loosened(node: Schema, *, root: bool = False) -> Schema:
    loose = {keyword: _descended(keyword, value) for keyword, value in node.items()}
    if "properties" in loose and loose.get("additionalProperties") is False:
        loose["patternProperties"] = {EXPRESSION: True}
    if root or "type" not in node or (set(node) <= {"type", *_ANNOTATIONS} and node["type"] == "string"):
        return loose
    outer = {keyword: loose.pop(keyword) for keyword in _ANNOTATIONS if keyword in loose}
    return {**outer, "anyOf": [loose, {"$ref": "#/$defs/expression"}]}


def _descended(keyword: str, value: Any) -> Any:
    match keyword:
        case "properties" | "$defs":
            return {name: _loosened(node) for name, node in value.items()}
        case "items" | "propertyNames":
            return _loosened(value)
        case "additionalProperties" if isinstance(value, dict):
            return _loosened(value)
        case _:
            return value
