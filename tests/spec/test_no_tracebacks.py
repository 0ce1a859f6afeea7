"""Whatever the documents, the answer is a set or problems with places, and no secret is in them."""

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gpuspec.model.fields import FIELDS
from gpuspec.model.lifecycle_fields import LIFECYCLE
from gpuspec.model.problem import Problems
from gpuspec.model.project import Project
from gpuspec.spec.load import SpecSet
from gpuspec.spec.project import read_project
from gpuspec.spec.rendered_document import rendered_document
from gpuspec.spec.source import Source
from tests.builders.spec import a_source, loaded, spec_set

SECRET = "correct-horse-battery"

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70_000),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.text(max_size=4),
    st.sampled_from(["80/tcp", "gpu", "monthly", "{{ v }}", "{{ secret('env:A') }}", "{{ nowhere }}", "v1"]),
)
KEYS = [
    "key",
    "value",
    "name",
    "port",
    "type",
    "Id",
    "mountPoint",
    "networkStorageId",
    "imageURL",
    "",
    "A b",
    "API_KEY",
]
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=3)), inner, max_size=3),
    ),
    max_leaves=6,
)
NAMES = st.one_of(st.sampled_from([*FIELDS, *LIFECYCLE, "lifecycle"]), st.text(max_size=4))
STANZAS = st.one_of(st.dictionaries(NAMES, VALUES, max_size=6), VALUES)
DOCUMENTS = st.one_of(
    st.fixed_dictionaries(
        {
            "instances": st.one_of(
                st.dictionaries(st.sampled_from(["a", "b", "-", "x y", ""]), STANZAS, max_size=3), VALUES
            )
        },
        optional={"version": VALUES, "defaults": STANZAS, "other": VALUES},
    ),
    VALUES,
)


@settings(max_examples=600, deadline=None)
@given(DOCUMENTS, VALUES)
def test_a_spec_gives_instances_or_problems_with_places(document: Any, value: Any) -> None:
    """JSON is YAML, so any data can be written down; what is accepted can be rendered and accepted again."""
    result = loaded(a_source(json.dumps(document)), variables={"v": value})

    if isinstance(result, Problems):
        assert all(problem.place is not None and problem.hint is not None for problem in result.items)
    else:
        json.dumps(rendered_document(result))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(FIELDS)), VALUES)
def test_what_is_accepted_is_a_spec_again(name: str, value: Any) -> None:
    """A rendered document without secrets asks for the same instances."""
    fields = {row.name: row.example for row in FIELDS.values() if row.required} | {name: value}
    result = loaded(a_source(json.dumps({"instances": {"a": fields}})), variables={"v": "x"})

    if isinstance(result, SpecSet) and "(secret" not in json.dumps(rendered_document(result)):
        again = spec_set(json.dumps(rendered_document(result)))
        assert dict(again.instances["a"].fields) == dict(result.instances["a"].fields)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(VALUES.map(lambda value: {"imageAuth": value}), VALUES.map(lambda value: {"envs": {"HF_TOKEN": value}}))
)
def test_a_secret_is_in_no_problem(fields: Any) -> None:
    """However wrongly it was written: as a list, as a map, with the wrong type within."""

    def hidden(value: Any) -> Any:
        match value:
            case str():
                return f"{SECRET}{value}"
            case list():
                return [hidden(item) for item in value]
            case dict():
                return {key: hidden(item) for key, item in value.items()}
            case _:
                return value

    # A text with a fault of its own has no value by which its line could be told to be secret.
    assume("nowhere" not in str(fields))
    text = json.dumps({"instances": {"a": hidden(fields)}}, indent=2, ensure_ascii=False)
    result = loaded(a_source(text), variables={"v": SECRET})

    assert isinstance(result, Problems)
    assert all(SECRET not in problem.message + problem.hint + problem.excerpt for problem in result.items)


PROJECT_KEYS = st.sampled_from(["project", "requires", "endpoint", "specs", "rate", "variables", "environments", "x"])
PARTS = ["type", "default", "enum", "pattern", "sensitive", "variables", "endpoint", "cloud", "a", "range", "a b"]
INNER = st.one_of(
    SCALARS, st.sampled_from(["integer", "list", "(a+)+", "(", "http://x", ">=9"]), st.lists(SCALARS, max_size=2)
)
MAPS = st.recursive(INNER, lambda inner: st.dictionaries(st.sampled_from(PARTS), inner, max_size=4), max_leaves=8)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(PROJECT_KEYS, MAPS, max_size=5))
def test_a_project_file_gives_a_project_or_problems_with_places(document: Any) -> None:
    """The same for the other file."""
    content = json.dumps(document).encode()

    result = read_project(Source(file="gpuspec.yaml", inside="gpuspec.yaml", content=content), version="1.0")

    assert isinstance(result, Project) or all(problem.place is not None for problem in result.items)
