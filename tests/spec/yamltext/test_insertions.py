"""What expressions gave comes back exactly, wherever it stands, and changes nothing else."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpuspec.model.problem import Problem, Problems
from gpuspec.model.secret import Literal, Secret, SecretRef
from gpuspec.spec.rendered import Rendered, Undefined, Value
from gpuspec.spec.tree import HOLE, Data, Tree
from gpuspec.spec.yamltext.limits import Limits
from gpuspec.spec.yamltext.read import read
from tests.builders.rendering import SLOT, a_rendered, a_text

HF = SecretRef(kind="env", name="HF_TOKEN")
PW = SecretRef(kind="file", name="pw")

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(
        [
            "a: b\n  c: d",
            "]",
            "}",
            "- x",
            "# x",
            "'",
            '"',
            "\\",
            "<<",
            "*x",
            "&x",
            "!t",
            "{{ x }}",
            "\ue0000\ue001",
            "\x85",
            "%",
            "|",
        ]
    )
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=8
)


def as_text(value: object) -> str:
    """A scalar as YAML writes it."""
    if value is None:
        return ""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


# Position -> a document with the value in it, and what it then means.
WHOLE: dict[str, tuple[str, Callable[[Data], Data]]] = {
    "plain": (f"a: {SLOT}\nz: 1", lambda value: {"a": value, "z": 1}),
    "plain with a comment": (f"a: {SLOT} # x\nz: 1", lambda value: {"a": value, "z": 1}),
    "on the next line": (f"a:\n  {SLOT}\nz: 1", lambda value: {"a": value, "z": 1}),
    "single quotes": (f"a: '{SLOT}'\nz: 1", lambda value: {"a": value, "z": 1}),
    "double quotes": (f'a: "{SLOT}"\nz: 1', lambda value: {"a": value, "z": 1}),
    "double quotes, folded": (f'a: "\\\n  {SLOT}"\nz: 1', lambda value: {"a": value, "z": 1}),
    "an item": (f"- {SLOT}\n- 1", lambda value: [value, 1]),
    "a flow list": (f"[{SLOT}, 1]", lambda value: [value, 1]),
    "a flow map": (f"{{a: {SLOT}, z: 1}}", lambda value: {"a": value, "z": 1}),
    "an alias": (f"a: &x {SLOT}\nb: *x", lambda value: {"a": value, "b": value}),
    "the document": (SLOT, lambda value: value),
}
IN_TEXT: dict[str, tuple[str, Callable[[str], Data]]] = {
    "plain": (f"a: x-{SLOT}-y\nz: 1", lambda text: {"a": f"x-{text}-y", "z": 1}),
    "single quotes": (f"a: 'x{SLOT}'\nz: 1", lambda text: {"a": f"x{text}", "z": 1}),
    "double quotes": (f'a: "\\t{SLOT}"\nz: 1', lambda text: {"a": f"\t{text}", "z": 1}),
    "a literal block": (f"a: |-\n  x\n  {SLOT}\nz: 1", lambda text: {"a": f"x\n{text}", "z": 1}),
    "a literal block, alone": (f"a: |\n  {SLOT}\nz: 1", lambda text: {"a": f"{text}\n", "z": 1}),
    "a folded block": (f"a: >-\n  x\n  {SLOT}\nz: 1", lambda text: {"a": f"x {text}", "z": 1}),
    "a flow list": (f"[x{SLOT}, 1]", lambda text: [f"x{text}", 1]),
    "a key": (f"k-{SLOT}: 1\nz: 1", lambda text: {f"k-{text}": 1, "z": 1}),
    "a key in quotes": (f'"k-{SLOT}": 1\nz: 1', lambda text: {f"k-{text}": 1, "z": 1}),
    "a flow key": (f"{{k-{SLOT}: 1, z: 1}}", lambda text: {f"k-{text}": 1, "z": 1}),
    "an explicit key": (f"? k-{SLOT}\n: 1", lambda text: {f"k-{text}": 1}),
    "a comment": (f"a: 1 # {SLOT}\nz: 1", lambda text: {"a": 1, "z": 1}),
}


def data_of(rendered: Rendered) -> Data:
    tree = read(rendered)
    assert isinstance(tree, Tree), tree
    assert tree.problems == ()
    return tree.data


def problems_of(rendered: Rendered) -> tuple[Problem, ...]:
    got = read(rendered)
    return got.items if isinstance(got, Problems) else got.problems


@settings(max_examples=400, deadline=None)
@given(value=VALUES, position=st.sampled_from(sorted(WHOLE)))
def test_a_value_alone_comes_back_exactly(value: Value, position: str) -> None:
    """Type and characters are kept in every position, and the document keeps its shape."""
    template, expected = WHOLE[position]

    data = data_of(a_rendered(template, value))

    assert repr(expected(value)) == repr(data)  # type: ignore[arg-type]


@settings(max_examples=400, deadline=None)
@given(value=SCALARS, position=st.sampled_from(sorted(IN_TEXT)))
def test_a_value_in_text_becomes_its_text(value: Value, position: str) -> None:
    """Text round an expression makes a string, written as YAML writes values."""
    template, expected = IN_TEXT[position]

    assert expected(as_text(value)) == data_of(a_rendered(template, value))


@given(values=st.lists(SCALARS, min_size=3, max_size=3))
def test_several_values_stand_side_by_side(values: list[Value]) -> None:
    """Tokens next to one another are told apart."""
    texts = [as_text(value) for value in values]

    assert {"a": "".join(texts)} == data_of(a_rendered(f"a: {SLOT * 3}", *values))


def test_a_key_alone_is_a_string() -> None:
    """An integer becomes its digits, a text stays, `<<` is no merge."""
    rendered = a_rendered("«»: 1\n«»: 2\n'«»': 3\n«»: 4", 8080, "true", "x: y", "<<")

    assert data_of(rendered) == {"8080": 1, "true": 2, "x: y": 3, "<<": 4}


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, "nothing"), (True, "true or false"), (1.5, "a number"), (["a"], "a list"), ({"a": 1}, "a map")],
)
def test_other_values_are_no_keys(value: Value, kind: str) -> None:
    """The problem stands at the expression."""
    (problem,) = problems_of(a_rendered("z: 1\n«»: 1", value))

    assert (
        problem.code,
        str(problem.place),
        problem.place and problem.place.width,
    ) == ("key-not-a-string", "spec.yaml:2:1", 7)
    assert kind in problem.message


def test_keys_made_equal_by_their_values_are_duplicates() -> None:
    """`worker-{{ n }}` with the same n twice."""
    (problem,) = problems_of(a_rendered("worker-«»: 1\nworker-«»: 2", 1, "1"))

    assert (problem.code, problem.path) == ("duplicate-key", "worker-1")


def test_a_loop_that_writes_a_key_again_is_told_so() -> None:
    """When both keys stand in one place, the hint is about the loop."""
    once = a_text("a: 1\n")
    looped = Rendered(
        file="spec.yaml", text=once.text * 2, inserted=(), starts=(0, 5), origins=(*once.origins, *once.origins)
    )

    (problem,) = problems_of(looped)

    assert "more than once" in problem.message
    assert "loop" in problem.hint


def test_a_list_or_map_in_text_is_refused() -> None:
    """At the expression, with a filter that helps."""
    first, second = problems_of(a_rendered("a: x«»\nb: |\n  «»", ["p"], {"q": 1}))

    assert (first.code, str(first.place), first.path) == ("value-not-insertable", "spec.yaml:1:5", "a")
    assert "a list" in first.message
    assert "join" in first.hint
    assert (second.code, str(second.place), second.path) == ("value-not-insertable", "spec.yaml:3:3", "b")
    assert "tojson" in second.hint


@pytest.mark.parametrize("template", ["a: «»", "a: x-«»", "a: [«»]"])
@pytest.mark.parametrize("value", [2**63, 10**5000, math.inf, math.nan], ids=["64 bits", "huge", "inf", "nan"])
def test_numbers_that_no_document_holds_are_refused(template: str, value: Value) -> None:
    """Alone and in text, at the expression."""
    (problem,) = problems_of(a_rendered(template, value))

    assert ("yaml-number", f"spec.yaml:1:{template.index(SLOT) + 1}") == (problem.code, str(problem.place))


def test_a_map_keeps_text_keys_only() -> None:
    """Integers become digits; what can't be a key, or becomes the same one, is refused."""
    assert data_of(a_rendered("a: «»", {1: "x"})) == {"a": {"1": "x"}}  # type: ignore[dict-item]

    (not_text,) = problems_of(a_rendered("a: «»", {None: "x"}))  # type: ignore[dict-item]
    (twice,) = problems_of(a_rendered("a: «»", {1: "x", "1": "y"}))  # type: ignore[dict-item]

    assert (not_text.code, twice.code) == ("key-not-a-string", "duplicate-key")


@pytest.mark.parametrize(("key", "kind"), [(Secret(parts=(HF,)), "a secret"), (2**70, "a number"), (("a",), "a list")])
def test_a_map_with_other_keys_says_what_they_are(key: object, kind: str) -> None:
    """The key itself is not shown."""
    (problem,) = problems_of(a_rendered("a: «»", {key: "x"}))  # type: ignore[dict-item]

    assert f"has {kind} as a key" in problem.message


def test_an_undefined_value_inside_a_list_is_a_fault() -> None:
    """With the problem that the template made, at the expression."""
    missing = Undefined(problem=Problem(code="undefined-variable", message="x"))

    (problem,) = problems_of(a_rendered("a: «»", [1, missing]))  # type: ignore[list-item]

    assert (problem.message, str(problem.place), problem.path) == ("x", "spec.yaml:1:4", "a")


def test_an_undefined_value_is_a_fault_where_it_lands() -> None:
    """All of them at once, each with the problem that the template made; none in a comment."""
    missing = [Undefined(problem=Problem(code="undefined-variable", message=name)) for name in "abcdef"]
    rendered = a_rendered("w: «» # «»\nx: «»-«»\n«»: 1\nz: |\n  «»\n", *missing)

    tree = read(rendered)

    assert isinstance(tree, Tree)
    assert tree.data == {"w": HOLE, "x": HOLE, "z": HOLE}
    assert [(p.message, p.path) for p in tree.problems] == [("a", "w"), ("c", "x"), ("d", "x"), ("e", ""), ("f", "z")]


def test_a_secret_alone_stays_a_secret() -> None:
    """Plain, quoted, in a list or map that an expression gave."""
    secret = Secret(parts=(HF,))

    assert {"a": secret, "b": secret, "c": [{"d": secret}]} == data_of(
        a_rendered("a: «»\nb: '«»'\nc: «»", secret, secret, [{"d": secret}])
    )


def test_text_with_a_secret_is_a_secret() -> None:
    """Its parts are the text, as one literal between two references, and the references in order."""
    rendered = a_rendered(
        "a: u«»:«»«»!\nb: |\n  «»\n", 1, Secret(parts=(HF,)), Secret(parts=(Literal(text="+"), PW)), Secret(parts=(PW,))
    )

    assert {
        "a": Secret(parts=(Literal(text="u1:"), HF, Literal(text="+"), PW, Literal(text="!"))),
        "b": Secret(parts=(PW, Literal(text="\n"))),
    } == data_of(rendered)


def test_a_secret_text_with_text_round_it_stays_a_part_of_its_own() -> None:
    """So that it is recognised where a service repeats it without the rest: the value of a sensitive variable."""
    rendered = a_rendered("a: Bearer «»!\n", Secret(parts=(Literal(text="hunter2"),)))

    parts = (Literal(text="Bearer "), Literal(text="hunter2"), Literal(text="!"))
    assert {"a": Secret(parts=parts)} == data_of(rendered)


@pytest.mark.parametrize("template", ["«»: 1", "x-«»: 1"])
def test_a_secret_is_no_key(template: str) -> None:
    """Keys are shown."""
    (problem,) = problems_of(a_rendered(template, Secret(parts=(HF,))))

    assert problem.code == "secret-misused"


@pytest.mark.parametrize(
    ("template", "word"), [("a: &«» 1", "anchor"), ("a: &x«» 1", "anchor"), ("a: *«»", "alias"), ("a: !«» 1", "tag")]
)
def test_an_expression_names_no_anchor_alias_or_tag(template: str, word: str) -> None:
    """libyaml would complain of a character that nobody wrote."""
    (problem,) = problems_of(a_rendered(template, "x"))

    assert f"part of the name of a{'' if word == 'tag' else 'n'} {word}" in problem.message


def test_a_backslash_before_an_expression_is_explained() -> None:
    """In double quotes it would escape the token."""
    (problem,) = problems_of(a_rendered('a: "x\\«»"', "x"))

    assert str(problem.place) == "spec.yaml:1:6"
    assert "an expression follows it" in problem.message


@pytest.mark.parametrize(
    "text", ['a: "\\uE0000\\uE001"', 'a: "«»\\uE0000\\uE001"', '"\\uE0000\\uE001": 1', 'a: "\\uE0007\\uE001"']
)
def test_an_escape_makes_no_token(text: str) -> None:
    """Else a text could fetch another expression's value."""
    rendered = a_rendered(text + "\nz: «»", *["secret"] * (text.count(SLOT) + 1))

    (problem,) = problems_of(rendered)

    assert problem.code == "bad-character"


def test_a_token_without_a_value_is_refused() -> None:
    """Raw text could bring one."""
    (problem,) = problems_of(a_text("a: \ue0007\ue001"))

    assert problem.code == "bad-character"


def test_a_tag_on_an_expression_is_refused() -> None:
    """Its value is not even looked at."""
    (problem,) = problems_of(a_rendered("a: !!str «»", 1))

    assert problem.code == "yaml-tag"


def test_what_is_inserted_counts_for_depth_and_size() -> None:
    """A small text can't bring a large tree in through an expression."""
    nested: Value = []
    for _ in range(63):
        nested = [nested]

    assert problems_of(a_rendered("«»", nested)) == ()
    assert [problem.code for problem in problems_of(a_rendered("- «»", nested))] == ["yaml-too-deep"]

    rendered = a_rendered("- «»\n- «»", [1] * 60, [[]] * 60)
    got = read(rendered, limits=Limits(nodes=100))

    assert isinstance(got, Tree)
    assert [(problem.code, str(problem.place)) for problem in got.problems] == [("yaml-too-big", "spec.yaml:2:3")]
