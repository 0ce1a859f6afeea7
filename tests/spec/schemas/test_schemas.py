"""The schemas are sound, fresh on disk, and the editors' accepts whatever the strict one does."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from gpuspec.model.fields import FIELDS
from gpuspec.model.lifecycle_fields import LIFECYCLE
from gpuspec.spec.schema import SCHEMAS, schema, serialised, spec_schemas

FOLDER = Path(__file__).parents[3] / "schemas"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    """Each keyword is used as draft 2020-12 has it."""
    Draft202012Validator.check_schema(schema(name))

    assert schema(name)["$id"] == f"urn:gpuspec:schema:{name}:1"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_file_is_fresh(name: str) -> None:
    """`schemas/` says what the program derives now."""
    committed = (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")

    assert committed == serialised(spec_schemas()[name])


def test_a_schema_s_text_is_its_data() -> None:
    """Nothing is lost on the way to the file, which ends with a newline."""
    text = serialised(schema("spec"))

    assert json.loads(text) == schema("spec")
    assert text.endswith("}\n")


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_is_in_the_schema_with_its_words(name: str) -> None:
    """Editors show them."""
    row = schema("rendered")["$defs"]["instance"]["properties"][name]

    assert row["description"] == FIELDS[name].doc
    assert row["examples"] == [FIELDS[name].example]
    assert row.get("default") == FIELDS[name].default


def test_lifecycle_is_in_the_schema() -> None:
    """Ours is documented like the API's."""
    assert set(schema("rendered")["$defs"]["lifecycle"]["properties"]) == set(LIFECYCLE)


TEMPLATED = {
    "version": 1,
    "defaults": {"imageUrl": "{{ image }}", "rootfsSize": "{{ size }}", "lifecycle": {"protect": "{{ prod }}"}},
    "instances": {
        "worker-{{ n }}": {
            "productId": "{{ product }}",
            "gpuNum": "{{ gpus }}",
            "ports": "{{ ports }}",
            "envs": {"{{ key }}": "{{ value }}", "A": "b"},
            "tools": [{"name": "{{ tool }}", "port": "{{ port }}"}, "{{ another }}"],
            "kind": "{{ kind }}",
            "{{ field }}": "{{ value }}",
        },
        "whole": "{{ stanza }}",
    },
}


def test_expressions_may_stand_anywhere_for_editors() -> None:
    """In values, keys, items and whole stanzas."""
    assert Draft202012Validator(schema("spec")).is_valid(TEMPLATED)
    assert not Draft202012Validator(schema("rendered")).is_valid(TEMPLATED)


@pytest.mark.parametrize(
    "wrong",
    [
        {"gpuNum": "two"},
        {"gpuNum": 9},
        {"imageURL": "x"},
        {"billingMode": "montly"},
        {"tools": [{"name": "x"}]},
        {"networkStorages": [{"mountPoint": "/a"}]},
        {"networkStorages": [{"Id": "a", "networkStorageId": "a"}]},
    ],
    ids=str,
)
def test_editors_still_see_faults(wrong: dict[str, object]) -> None:
    """Text without an expression is held to the field's own rules."""
    assert not Draft202012Validator(schema("spec")).is_valid({"instances": {"a": wrong}})


def test_null_removes_a_default() -> None:
    """Every field takes null, and so does a whole stanza."""
    nothing = dict.fromkeys([*FIELDS, "lifecycle"])

    assert Draft202012Validator(schema("rendered")).is_valid({"defaults": None, "instances": {"a": nothing, "b": None}})
