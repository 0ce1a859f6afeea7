"""The schemas of the documents: they fit what is written, and nothing beside it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from gpuspec.codec.events import event_document
from gpuspec.codec.schemas import document_schemas
from gpuspec.model.event import Event, EventKind

ROOT = Path(__file__).parent.parent.parent
CASES = ROOT / "tests" / "cases" / "codec"


def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(document_schemas()[name])


@pytest.mark.parametrize("name", document_schemas())
def test_each_schema_is_a_schema(name: str) -> None:
    """It is valid draft 2020-12 and has an id and a title."""
    schema = document_schemas()[name]

    Draft202012Validator.check_schema(schema)
    assert f"urn:gpuspec:schema:{name}:1" == schema["$id"]
    assert f"gpuspec {name}" == schema["title"]


@pytest.mark.parametrize("name", document_schemas())
def test_the_committed_schema_is_fresh(name: str) -> None:
    """`schemas/` holds what the program derives."""
    text = json.dumps(document_schemas()[name], indent=2, ensure_ascii=False) + "\n"

    assert (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["state", "plan"])
def test_a_full_document_fits_its_schema(name: str) -> None:
    """The document with something in every corner is valid."""
    document = json.loads((CASES / f"full.{name}.json").read_text(encoding="utf-8"))

    assert [error.message for error in _validator(name).iter_errors(document)] == []


@pytest.mark.parametrize("name", ["state", "plan"])
def test_a_document_needs_all_its_keys_and_no_other(name: str) -> None:
    """A key less or a key more doesn't fit."""
    document = json.loads((CASES / f"full.{name}.json").read_text(encoding="utf-8"))

    for key in document:
        assert not _validator(name).is_valid({other: value for other, value in document.items() if other != key})
    assert not _validator(name).is_valid({**document, "surprise": 1})


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_fits_its_schema(kind: EventKind) -> None:
    """Bare and full."""
    bare = Event(kind=kind, at=1.5)
    full = Event(kind=kind, at=1.5, address="a", id="b", status="c", message="d", seconds=0.5, total=3)

    for event in (bare, full):
        assert [error.message for error in _validator("events").iter_errors(event_document(event))] == []
