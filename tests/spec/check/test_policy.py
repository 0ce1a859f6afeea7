"""Policies: what they see, what they say of an instance, and which ones are refused."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpuspec.model.problem import Problem, Problems, Severity
from gpuspec.spec.check.policy import policy_documents, policy_faults
from gpuspec.spec.check.policy_depth import MOST_AT_ONE_VALUE
from gpuspec.spec.check.policy_keywords import KEYWORDS
from gpuspec.spec.check.policy_reading import MOST_DOCUMENTS, Policies, read_policies
from gpuspec.spec.load import SpecSet, unguarded
from gpuspec.spec.source import Source
from gpuspec.spec.template.bounds import BoundExceeded, Deadline
from tests.builders.spec import Files, a_source, a_spec, an_instance, loaded, spec_set

T = TypeVar("T")
FILE = "policy/p.schema.json"
SPECS = spec_set(a_spec(envs="{RUN: x}", ports="[80/tcp]", lifecycle="{protect: true}"))


def a_policy(document: Any, *, name: str = FILE) -> Source:
    """A policy's file; a text stands for itself."""
    text = document if isinstance(document, str) else json.dumps(document)
    return Source(file=name, inside=name, content=text.encode())


def read(*sources: Source, **others: Any) -> Policies | Problems:
    """The policies, with other documents beside them; `__` in a name stands for its slash, `_json` for its end."""
    contents = {name.replace("__", "/").replace("_json", ".json"): json.dumps(each) for name, each in others.items()}
    return read_policies(sources, reader=Files({name: text.encode() for name, text in contents.items()}))


def ready(document: Any, **others: Any) -> Policies:
    """A policy that can be used."""
    policies = read(a_policy(document), **others)
    assert isinstance(policies, Policies), policies
    return policies


def violations(document: Any, specs: SpecSet | None = None, **others: Any) -> tuple[Problem, ...]:
    """What this policy finds in a set; without one, in one plain instance."""
    return policy_faults(specs or spec_set(a_spec()), ready(document, **others), environment="prod", guard=unguarded)


def refused(document: Any, **others: Any) -> Problem:
    """Why this policy can't be used."""
    result = read(a_policy(document), **others)
    assert isinstance(result, Problems), result
    (problem,) = result.items
    return problem


def test_a_policy_sees_what_render_shows() -> None:
    """And `lifecycle` complete, the address and the environment; a secret only as what it is read from."""
    specs = spec_set(a_spec(envs="{HF_TOKEN: \"{{ secret('env:HF') }}\", RUN: x}", ports="[80/tcp]"))

    seen = policy_documents(specs, environment="prod")["a"]

    assert (seen["x-address"], seen["x-environment"]) == ("a", "prod")
    assert (seen["lifecycle"]["protect"], seen["lifecycle"]["onRemove"]) == (False, "delete")
    assert seen["envs"] == [{"key": "HF_TOKEN", "value": "(secret env:HF)"}, {"key": "RUN", "value": "x"}]
    assert (seen["ports"], seen["gpuNum"]) == ("80/tcp", 1)


def test_an_instance_that_keeps_a_policy_is_silent() -> None:
    """Nothing is said."""
    policy = {"properties": {"gpuNum": {"maximum": 1}, "x-address": {"pattern": "^[a-z]$"}}, "required": ["imageUrl"]}

    assert violations(policy) == ()


def test_a_violation_has_the_policy_s_words_and_the_field_s_line() -> None:
    """The message is the title, the hint the description; the value is in neither."""
    most = {"maximum": 0, "title": "No GPUs on Sundays.", "description": "come back on Monday."}

    (problem,) = violations({"properties": {"gpuNum": most}})

    assert (problem.code, problem.message, problem.hint) == (
        "policy-broken",
        "No GPUs on Sundays.",
        "come back on Monday.",
    )
    assert (str(problem.place), problem.path) == ("i.yaml:4:13", "instances.a.gpuNum")
    assert problem.severity is Severity.ERROR
    assert [(each.label, str(each.place)) for each in problem.related] == [("policy", FILE)]


# policy -> the message of the one violation in an instance with one GPU and no envs
TITLED: list[tuple[Mapping[str, Any], str]] = [
    ({"title": "outer", "properties": {"gpuNum": {"title": "inner", "maximum": 0}}}, "inner"),
    ({"title": "outer", "properties": {"gpuNum": {"maximum": 0}}}, "outer"),
    ({"title": "outer", "allOf": [{"title": "middle", "properties": {"gpuNum": {"maximum": 0}}}]}, "middle"),
    (
        {"$ref": "#/$defs/few", "$defs": {"few": {"title": "referred", "properties": {"gpuNum": {"maximum": 0}}}}},
        "referred",
    ),
    ({"title": "outer", "if": True, "then": {"title": "then", "required": ["envs"]}}, "then"),
    ({"title": "outer", "anyOf": [{"title": "one", "required": ["envs"]}, {"required": ["tools"]}]}, "outer"),
    ({"title": "outer", "not": {"title": "inner", "required": ["gpuNum"]}}, "outer"),
    ({"title": "outer", "properties": {"gpuNum": False}}, "outer"),
    (
        {"properties": {"gpuNum": {"maximum": 0}}},
        "`gpuNum` doesn't keep `maximum` of this policy, which has no `title`",
    ),
    ({"required": ["envs"]}, "The instance doesn't keep `required` of this policy, which has no `title`"),
    ({"properties": {"gpuNum": False}}, "`gpuNum` doesn't keep `not` of this policy, which has no `title`"),
]


@pytest.mark.parametrize(("policy", "message"), TITLED, ids=lambda value: str(value)[:40])
def test_the_innermost_title_is_the_message(policy: Mapping[str, Any], message: str) -> None:
    """Of the schemas round the broken rule; without any, the keyword stands for it."""
    (problem,) = violations(policy)

    assert problem.message.startswith(message)


def test_the_innermost_severity_decides() -> None:
    """An error where nothing is said."""
    few = {"gpuNum": {"maximum": 0, "x-severity": "warning"}, "imageUrl": {"const": "x"}, "kind": {"const": "x"}}

    found = violations({"x-severity": "error", "properties": few})
    warned = violations({"x-severity": "warning", "properties": {"kind": {"const": "x"}}})

    assert {problem.path: problem.severity.value for problem in found} == {
        "instances.a.gpuNum": "warning",
        "instances.a.imageUrl": "error",
        "instances.a.kind": "error",
    }
    assert [problem.severity for problem in warned] == [Severity.WARNING]


# the field of the policy -> the place in the file, and the path that messages name
PLACES = [
    ({"required": ["clusterId"]}, "i.yaml:2:3", "instances.a"),
    ({"properties": {"x-address": {"const": "b"}}}, "i.yaml:2:3", "instances.a"),
    ({"properties": {"x-environment": {"const": "b"}}}, "i.yaml:2:3", "instances.a"),
    ({"properties": {"command": {"const": "b"}}}, "i.yaml:2:3", "instances.a.command"),
    (
        {"properties": {"envs": {"items": {"properties": {"value": {"const": "y"}}}}}},
        "i.yaml:8:17",
        "instances.a.envs.RUN",
    ),
    ({"properties": {"envs": {"maxItems": 0}}}, "i.yaml:8:11", "instances.a.envs"),
    ({"properties": {"ports": {"const": ""}}}, "i.yaml:9:12", "instances.a.ports"),
    (
        {"properties": {"lifecycle": {"properties": {"protect": {"const": False}}}}},
        "i.yaml:10:26",
        "instances.a.lifecycle.protect",
    ),
    (
        {"properties": {"lifecycle": {"properties": {"onRemove": {"const": "forget"}}}}},
        "i.yaml:2:3",
        "instances.a.lifecycle.onRemove",
    ),
]


@pytest.mark.parametrize(("policy", "place", "path"), PLACES, ids=lambda value: str(value)[:40])
def test_a_violation_has_a_place(policy: Mapping[str, Any], place: str, path: str) -> None:
    """The field's where it was written, else the instance's."""
    specs = spec_set(a_spec(envs="{RUN: x}", ports="[80/tcp]", lifecycle="{protect: true}"))

    (problem,) = violations(policy, specs)

    assert (str(problem.place), problem.path) == (place, path)


def test_a_fault_of_defaults_or_of_a_loop_is_one() -> None:
    """Counted, an instance once whatever it breaks there."""
    text = "instances:\n{% for n in range(3) %}" + an_instance("w-{{ n }}", gpuNum="7") + "{% endfor %}"
    few = {"title": "Few.", "maximum": 4, "not": {"const": 7}}

    (problem,) = violations({"properties": {"gpuNum": few}}, spec_set(text))

    assert (problem.count, problem.path) == (3, "instances.w-0.gpuNum")


def test_many_different_violations_end() -> None:
    """After a thousand places no more is told."""
    text = "instances:\n" + "".join(an_instance(f"w-{n}") for n in range(1_002))

    found = violations({"properties": {"gpuNum": {"maximum": 0}}}, spec_set(text))

    assert len(found) == 1_001
    assert found[-1].code == "too-many-faults"


def test_a_set_shows_violations_with_their_lines() -> None:
    """As all other faults; in included files too, and never a line with a secret in it."""
    include = b"{% macro few() %}\n    gpuNum: 7\n{% endmacro %}\n"
    text = "{% from 'm' import few %}\n" + a_spec(gpuNum="", imageAuth="s3cr3t-login") + "{{ few() | safe }}\n"
    specs = loaded(a_source(text), includes={"m": include})
    assert isinstance(specs, SpecSet), specs
    found = violations({"properties": {"gpuNum": {"const": 1}, "imageAuth": False}}, specs)

    shown = specs.shown(found)

    assert "s3cr3t" not in f"{shown}"
    assert {problem.path: bool(problem.excerpt) for problem in shown}["instances.a.gpuNum"]


def test_a_policy_may_refer_to_others() -> None:
    """By paths that count from its own file, to any schema in them, and on from there."""
    policy = {"$ref": "../shared/a.json#/$defs/few"}
    shared = {"$defs": {"few": {"properties": {"gpuNum": {"$ref": "b%20c.json#/properties/x~1y"}}}}}
    more = {"properties": {"x/y": {"title": "Far away.", "maximum": 0}}}

    policies = read_policies(
        [a_policy(policy)],
        reader=Files({"shared/a.json": json.dumps(shared).encode(), "shared/b c.json": json.dumps(more).encode()}),
    )
    assert isinstance(policies, Policies), policies
    (problem,) = policy_faults(spec_set(a_spec()), policies, environment="prod", guard=unguarded)

    assert (problem.message, str(problem.related[0].place)) == ("Far away.", FILE)


def test_policies_may_refer_to_each_other() -> None:
    """In a circle too, as long as it ends."""
    first = {"title": "First.", "properties": {"lifecycle": {"$ref": "q.json"}}}
    second = {"properties": {"protect": {"const": True}, "none": {"$ref": "p.schema.json"}}}

    policies = read(a_policy(first), a_policy(second, name="policy/q.json"))
    assert isinstance(policies, Policies), policies
    found = policy_faults(spec_set(a_spec()), policies, environment="prod", guard=unguarded)

    assert [problem.message for problem in found] == ["First."]


# policy -> its spot, what is wrong with it
REFUSED: list[tuple[Any, str, str]] = [
    ("{", "", "can't be read as JSON"),
    ('{"a": 1, "a": 2}', "", 'the key "a" is there twice'),
    ("[]", "", "is no map"),
    ("\udcff".encode("utf-8", "surrogatepass").decode("latin-1") + "\x00", "", ""),
    ({"maximum": "x"}, "maximum", "takes a number"),
    ({"type": "numbr"}, "type", "is not what JSON Schema takes there"),
    ({"properties": []}, "properties", "takes a map"),
    ({"properties": {"a": 5}}, "properties.a", "takes a map or true or false"),
    ({"title": 5}, "title", "takes text"),
    ({"maxium": 1}, "maxium", "is a keyword that JSON Schema 2020-12 doesn't have"),
    ({"x-severty": "warning"}, "x-severty", "is a keyword that JSON Schema 2020-12 doesn't have"),
    ({"x-severity": "info"}, "x-severity", "how much a violation matters"),
    ({"x-severity": ["error"]}, "x-severity", "how much a violation matters"),
    ({"properties": {"a": {"format": "uri"}}}, "properties.a.format", "checks nothing"),
    ({"patternProperties": {"(a+)+$": {}}}, "patternProperties", "is not supported"),
    ({"allOf": [{"$dynamicRef": "#x"}]}, "allOf.0.$dynamicRef", "is not supported"),
    ({"definitions": {}}, "definitions", "an earlier draft"),
    ({"$schema": "http://json-schema.org/draft-07/schema#"}, "$schema", "names another draft"),
    ({"properties": {"a": {"$id": "x"}}}, "properties.a.$id", "not supported inside"),
    ({"properties": {"a": {"pattern": "(?=x)"}}}, "properties.a.pattern", "looks ahead"),
    ({"properties": {"a": {"pattern": "("}}}, "properties.a.pattern", "can't be read"),
    ({"$ref": "https://example.com/a.json"}, "$ref", "leads out of the project"),
    ({"$ref": "//example.com/a.json"}, "$ref", "leads out of the project"),
    ({"$ref": "file:///etc/passwd"}, "$ref", "leads out of the project"),
    ({"$ref": "../../a.json"}, "$ref", "leads out of the project folder"),
    ({"$ref": "/etc/passwd"}, "$ref", "leads out of the project folder"),
    ({"$ref": "nowhere.json"}, "$ref", "leads to `policy/nowhere.json`, which can't be read"),
    ({"$ref": "#name"}, "$ref", "is no path"),
    ({"$ref": "#/$defs/none"}, "$ref", "leads to no schema"),
    ({"$ref": "#/enum/0", "enum": [{}]}, "$ref", "leads to no schema"),
]


@pytest.mark.parametrize(("policy", "spot", "why"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_policy_that_can_not_be_used_is_refused(policy: Any, spot: str, why: str) -> None:
    """With its file and the spot; none of it would be silently without effect."""
    problem = refused(policy)

    assert problem.place is not None
    assert (problem.place.file, problem.path) == (FILE, spot)
    assert why in problem.message


def test_what_a_document_that_is_referred_to_lacks_is_its_own_fault() -> None:
    """Named by its own file."""
    problem = refused({"$ref": "q.json"}, policy__q_json={"maxium": 1})

    assert problem.place is not None
    assert (problem.place.file, problem.path) == ("policy/q.json", "maxium")
    assert problem.hint == "did you mean `maximum`?"


def test_words_of_others_are_let_be() -> None:
    """`x-…` belongs to whoever writes it, and `$id` at the top to whoever publishes the schema."""
    assert violations({"x-owner": "lab", "$id": "https://example.com/p", "$comment": "c", "examples": [1]}) == ()


def test_a_chain_of_documents_ends() -> None:
    """A hundred are read."""
    chain = {f"policy/{n}.json": json.dumps({"$ref": f"{n + 1}.json"}).encode() for n in range(MOST_DOCUMENTS + 2)}

    result = read_policies([a_policy({"$ref": "0.json"})], reader=Files(chain))

    assert isinstance(result, Problems)
    assert [problem.message for problem in result.items] == [
        "`$ref` is one too many: policies have at most 100 documents."
    ]


NESTED: Any = {"not": {}}
for _ in range(60):
    NESTED = {"not": NESTED}


def test_a_policy_may_not_be_nested_without_end() -> None:
    """As deep as is still understood, it is; deeper it is refused."""
    assert "nested too deeply" in refused(NESTED).message
    assert "nested too deeply" in refused("[" * 100_000).message


CIRCLES: list[Mapping[str, Any]] = [
    {"$ref": "#"},
    {"not": {"$ref": "#"}},
    {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"if": {"$ref": "#/$defs/b"}}, "b": {"$ref": "#/$defs/a"}}},
    {"properties": {"gpuNum": {"dependentSchemas": {"a": {"$ref": "#/properties/gpuNum"}}}}},
]


@pytest.mark.parametrize("policy", CIRCLES, ids=str)
def test_a_policy_that_goes_in_a_circle_is_refused(policy: Mapping[str, Any]) -> None:
    """It could never be decided."""
    assert "leads in a circle" in refused(policy).message


def test_a_policy_may_go_deeper_into_the_instance_with_itself() -> None:
    """That ends with the instance."""
    texts = {"title": "Texts are short.", "maxLength": 5, "additionalProperties": {"$ref": "#"}}

    found = violations(texts, spec_set(a_spec(imageUrl="longer")))

    assert {problem.path for problem in found} == {"instances.a.imageUrl", "instances.a.lifecycle.onRemove"}


def test_a_value_meets_so_many_schemas() -> None:
    """As many as the bound says, and no more."""
    chain = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(MOST_AT_ONE_VALUE - 2)}
    last = {f"d{MOST_AT_ONE_VALUE - 2}": {"title": "At last.", "required": ["envs"]}}

    (problem,) = violations({"$ref": "#/$defs/d0", "$defs": {**chain, **last}})
    longer = refused({"allOf": [{"$ref": "#/$defs/d0"}], "$defs": {**chain, **last}})

    assert problem.message == "At last."
    assert f"more than {MOST_AT_ONE_VALUE} schemas upon one value" in longer.message


def doubling(levels: int) -> Mapping[str, Any]:
    """A policy that takes 2^levels steps."""
    parts = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$ref": "#/$defs/d0", "$defs": {**parts, f"d{levels}": {"type": "object"}}}


def impatient(call: Callable[[Deadline], T], /) -> T:
    """A guard whose time is over at once."""

    def over() -> bool:
        return True

    return call(over)


def test_a_policy_that_takes_too_long_is_told() -> None:
    """The guard ends it, by its deadline or from outside."""

    def strikes(_: Callable[[Deadline], T], /) -> T:
        raise BoundExceeded("It worked for more than 4 seconds.")

    for guard in (impatient, strikes):
        (problem,) = policy_faults(spec_set(a_spec()), ready(doubling(11)), environment="prod", guard=guard)

        assert problem.code == "policy-unusable"
        assert "takes too long" in problem.message


VALUES = st.recursive(
    st.sampled_from(
        [None, True, False, 0, 1, -1, 0.0, 0.5, 1e308, 2**62, "", "a", "a+", "object", "#", "#/a", "error"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*KEYWORDS, "x-severity", "gpuNum", "envs", "a"]), inner, max_size=4),
    ),
    max_leaves=12,
)
SCHEMAS = st.dictionaries(st.sampled_from([*KEYWORDS, "x-severity"]), VALUES, min_size=1, max_size=4)


@settings(max_examples=600, deadline=None)
@given(SCHEMAS)
def test_whatever_a_policy_says_is_refused_or_applied(document: Any) -> None:
    """No document is a bug."""
    policies = read(a_policy(document))

    if isinstance(policies, Policies):
        found = policy_faults(SPECS, policies, environment="prod", guard=unguarded)
        assert {problem.code for problem in found} <= {"policy-broken", "policy-unusable"}
    else:
        assert policies.items


def test_a_pattern_is_found_anywhere_and_takes_no_time_to_say_no() -> None:
    """As JSON Schema has it: not anchored unless it says so."""
    specs = spec_set(a_spec(command="a" * 2_000, imageUrl='"registry.lab/a:1"'))
    begun = time.process_time()

    found = violations(
        {
            "properties": {
                "command": {"pattern": "(a+)+b"},
                "imageUrl": {"allOf": [{"pattern": "lab/"}, {"pattern": "^registry"}, {"pattern": ":[0-9]$"}]},
            }
        },
        specs,
    )

    assert [problem.path for problem in found] == ["instances.a.command"]
    assert time.process_time() - begun < 5
