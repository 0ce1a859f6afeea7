"""What `render` shows is a spec again, with every secret masked."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gpuspec.model.secret import Revealed
from gpuspec.spec.load import SpecSet
from gpuspec.spec.rendered_document import rendered_document
from gpuspec.spec.schema import schema
from tests.builders.spec import a_spec, spec_set

EVERYTHING = {
    "ports": "[80/tcp, 81/http]",
    "envs": "{RUN: x}",
    "tools": "[{name: Jupyter}]",
    "networkStorages": "[{networkStorageId: x}]",
    "month": "1",
    "autoRenew": "true",
    "lifecycle": "{protect: true, onRemove: stop}",
}


def shown(**fields: str) -> Any:
    return rendered_document(spec_set(a_spec(**fields)))["instances"]["a"]


def test_everything_is_in_the_api_s_spelling() -> None:
    """With defaults filled in."""
    assert shown(**EVERYTHING) == {
        "name": "a",
        "productId": "p",
        "gpuNum": 1,
        "diskSize": 60,
        "rootfsSize": 60,
        "imageUrl": "img",
        "ports": "80/tcp,81/http",
        "envs": [{"key": "RUN", "value": "x"}],
        "tools": [{"name": "Jupyter", "port": "8888", "type": "http"}],
        "command": "",
        "networkStorages": [{"Id": "x", "mountPoint": "/network"}],
        "kind": "gpu",
        "month": 1,
        "autoRenew": True,
        "lifecycle": {"protect": True, "onRemove": "stop"},
    }


def test_it_is_a_spec_that_asks_for_the_same() -> None:
    """Rendering it again changes nothing."""
    specs = spec_set(a_spec(**EVERYTHING))
    document = rendered_document(specs)

    again = spec_set(json.dumps(document))

    assert Draft202012Validator(schema("rendered")).is_valid(document)
    assert rendered_document(again) == document
    assert {name: again.instances["a"].fields[name] for name in again.instances["a"].fields} == dict(
        specs.instances["a"].fields
    )


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("\"{{ secret('env:HF') }}\"", "(secret env:HF)"),
        ("\"a{{ secret('env:HF') }}b{{ secret('file:x/y') }}\"", "(secret env:HF, file:x/y)"),
        ("literal", "(secret)"),
        ('""', ""),
    ],
)
def test_a_secret_is_masked(written: str, masked: str) -> None:
    """Only where it is kept can be seen."""
    document = shown(envs=f"{{API_KEY: {written}}}", imageAuth=written)

    assert document["envs"] == [{"key": "API_KEY", "value": masked}]
    assert document["imageAuth"] == masked


def test_other_forms_of_secrets_are_masked_too() -> None:
    """No instance of a spec has them, and if one had they would not be shown."""
    specs = spec_set(a_spec())
    instance = specs.instances["a"]
    fields = {**instance.fields, "command": Revealed(text="s3cr3t")}
    changed = SpecSet(
        instances={
            "a": type(instance)(address="a", fields=fields, named=frozenset(), lifecycle=instance.lifecycle, source="")
        },
        warnings=(),
        files=(),
        examined=(),
    )

    assert rendered_document(changed)["instances"]["a"]["command"] == "(secret)"


def test_nothing_is_said_of_an_ordinary_lifecycle() -> None:
    """It would be noise; no ports are an empty text, no other lists are empty lists."""
    document = shown(tools="[]", envs="{}", ports="[]")

    assert "lifecycle" not in document
    assert (document["ports"], document["tools"], document["envs"]) == ("", [], [])
