"""The quick check, jsonschema's verdict and the editors' schema agree, whatever the document."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gpuspec.errors import Bug
from gpuspec.model.fields import FIELDS
from gpuspec.model.lifecycle_fields import LIFECYCLE
from gpuspec.model.secret import Secret
from gpuspec.spec.check.broken import broken
from gpuspec.spec.check.quick import predicate
from gpuspec.spec.schema import schema
from gpuspec.spec.tree import HOLE

ROOT = schema("rendered")
ACCEPTS = predicate(ROOT, ROOT)
EDITOR = Draft202012Validator(schema("spec"))
PROJECT = schema("project")

TEXTS = st.sampled_from(["", "x", "26", "gpu", "spot", "http", "8080/tcp", "8080/tcp,81/http", "80/tcp\n", "n" * 256])
ODD = st.one_of(st.none(), st.booleans(), st.integers(-1, 12), st.sampled_from([1.0, 2.5]), TEXTS)
UNKNOWN = st.one_of(ODD, st.just(HOLE), st.just(Secret(parts=())))
ITEM_KEYS = ["key", "value", "name", "port", "type", "Id", "mountPoint", "networkStorageId", "other"]
ITEMS = st.dictionaries(st.sampled_from(ITEM_KEYS), TEXTS, max_size=4)


def nested(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(st.one_of(scalars, ITEMS), max_size=3)
    return st.one_of(scalars, lists, st.dictionaries(TEXTS, scalars, max_size=3))


def specs(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from([*FIELDS, *LIFECYCLE, "lifecycle", "imageURL"])
    stanzas = st.one_of(st.dictionaries(names, nested(scalars), max_size=5), scalars)
    instances = st.dictionaries(st.sampled_from(["a", "b.c", "-", "x\n", ""]), stanzas, max_size=2)
    top = {"version": ODD, "defaults": stanzas, "instances": st.one_of(instances, scalars), "other": ODD}
    return st.one_of(st.fixed_dictionaries({}, optional=top), scalars)


def good_specs() -> st.SearchStrategy[Any]:
    """Mostly valid ones: each field's example, sometimes something else."""
    choices = {name: st.one_of(st.just(row.example), st.none(), nested(ODD)) for name, row in FIELDS.items()}
    stanza = st.fixed_dictionaries({}, optional=choices)
    return st.builds(lambda a, b: {"instances": {"a": a}, "defaults": b}, stanza, stanza)


@settings(max_examples=400, deadline=None)
@given(st.one_of(specs(UNKNOWN), specs(ODD), good_specs()))
def test_the_quick_check_refuses_what_jsonschema_refuses(document: Any) -> None:
    """They are two readings of one schema, holes and secrets included."""
    assert ACCEPTS(document) == (broken(ROOT, document) == ())


@settings(max_examples=400, deadline=None)
@given(st.one_of(specs(ODD), good_specs()))
def test_whatever_is_valid_rendered_is_valid_in_an_editor(document: Any) -> None:
    """Nobody sees red lines under a spec that works."""
    if ACCEPTS(document):
        assert EDITOR.is_valid(document)


def test_each_field_s_example_is_valid() -> None:
    """What the documentation shows works."""
    document = {"instances": {"a": {name: row.example for name, row in FIELDS.items()}}}

    assert ACCEPTS(document)
    assert EDITOR.is_valid(document)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*PROJECT["properties"], "other"]), nested(ODD), max_size=5))
def test_they_agree_on_project_files(document: Any) -> None:
    """The same for the other schema that is checked against."""
    assert predicate(PROJECT, PROJECT)(document) == (broken(PROJECT, document) == ())


def test_a_keyword_that_the_quick_check_does_not_know_is_a_bug() -> None:
    """It would be ignored silently otherwise."""
    with pytest.raises(Bug, match="multipleOf"):
        predicate({"multipleOf": 2}, {})
