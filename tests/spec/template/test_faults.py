"""Faults of templates: code, words and the exact place, with the calls that led there."""

import pytest

from gpuspec.spec.rendered import Undefined, Value
from tests.builders.templates import problems, rendered, the_problem

LOOK = "look at the value that it is taken from; where it may be missing, write `| default(…)`."
MACRO = "{% macro m(a) %}\nk:\n  {{ a.b.c }}\n{% endmacro %}\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\nb: {{ 1 + 'x' }}", "2:7"),
        ("a: {{ 1 }} {{ 2 }} {{ 1 // 0 }}", "1:23"),
        ("a: {{ 'x'\n  ~ (\n  1 / 0) }}", "1:7"),
        ("{% if 1 / 0 %}a{% endif %}", "1:7"),
        ("{% if false %}{% elif 1 / 0 %}a{% endif %}", "1:23"),
        ("x\n  {% for i in 5 %}a{% endfor %}", "2:15"),
        ("#% for i in 5\na\n#% endfor", "1:13"),
        ("{% for i in [0] if 1 / i %}a{% endfor %}", "1:20"),
        ("{% for i in [1] %}{{ 1 / (i - 1) }}{% endfor %}", "1:22"),
        ("{% set x = 1 / 0 %}", "1:12"),
        ("{% set x %}{{ 1 / 0 }}{% endset %}", "1:15"),
        ("{% with y = 1,\n x = 1 / 0 %}a{% endwith %}", "1:13"),
        ("{% filter round(precision=400) %}7{% endfilter %}", "1:11"),
        ("{% filter nope %}7{% endfilter %}", "1:11"),
        ("{% macro m() %}{% endmacro %}{% call m() %}{% endcall %}", "1:38"),
        ("{% include 1 / 0 %}", "1:12"),
        ("{% import 1 / 0 as x %}", "1:11"),
        ("{% from 1 / 0 import x %}", "1:9"),
        ("{% extends 1 / 0 %}", "1:12"),
        ("{% block a %}\n{{ 1 / 0 }}{% endblock %}", "2:4"),
        ("{% for i in [[1]] recursive %}{{ loop(i) if i is iterable else 1 / 0 }}{% endfor %}", "1:34"),
        ("{% raw %}{{ {% endraw %}{{ 1 / 0 }}", "1:28"),
        ("é😀: {{ 1 / 0 }}", "1:8"),
        ("a\r\nb: {{ 1 / 0 }}", "2:7"),
        ("a\rb: {{ 1 / 0 }}", "2:7"),
        ("\ufeffb: {{ 1 / 0 }}", "1:7"),
        ("{# a\n #}\n{{ 1 / 0 }}", "3:4"),
    ],
)
def test_a_fault_has_the_place_of_its_expression(text: str, place: str) -> None:
    """Whatever tag or loop it is in."""
    problem = the_problem(text)

    assert str(problem.place) == f"spec.yaml:{place}"


def test_a_fault_in_a_macro_names_the_body_and_lists_the_calls() -> None:
    """Innermost first."""
    text = MACRO + "{% macro outer() %}{{ m({'b': 1}) }}{% endmacro %}\n\nx: {{ outer() }}"

    problem = the_problem(text.replace("a.b.c", "a.b.c.d"))

    assert problem.place is not None
    assert str(problem.place) == "spec.yaml:3:6"
    assert [str(call) for call in problem.place.calls] == ["spec.yaml:5:23", "spec.yaml:7:7"]


def test_a_value_from_a_macro_knows_the_calls() -> None:
    """A fault that the YAML reader finds later has its chain too, and so has the macro's own text."""
    made = rendered("{% macro m(a) %}k: {{ a }}{% endmacro %}\nx: {{ m(1) }}\ny: {{ m(2) }}")

    assert [[str(one.place), *map(str, one.place.calls)] for one in made.inserted] == [
        ["spec.yaml:1:23", "spec.yaml:2:7"],
        ["spec.yaml:1:23", "spec.yaml:3:7"],
    ]
    at = made.place(made.text.index("k: ", 10))
    assert [str(at), *map(str, at.calls)] == ["spec.yaml:1:17", "spec.yaml:3:7"]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: {{ x y }}", "1:9", "Here `}}` should come, not `y`."),
        ("a: {{ }}", "1:7", "An expression should come here, not `}}`."),
        ("a: {{ x ? }}", "1:9", "The character '?' has no meaning inside a tag."),
        ("a: {{ 'x }}", "1:7", 'The character "\'" has no meaning inside a tag.'),
        ("a: {{ (x] }}", "1:9", "Here `)` should come, not `]`."),
        ("a: {{ x) }}", "1:8", "There should be no `)` here."),
        ("a\n {# b", "2:2", "The comment `{#` is never closed with `#}`."),
        ("a\n {% raw %}{{ b", "2:2", "`{% raw %}` is never closed with `{% endraw %}`."),
        ("{% fro x %}", "1:4", "There is no tag `fro`."),
        ("{% for x in y %}\n{% endif %}", "2:4", "The tag `endif` has no place here; `for` is still open."),
        ("{% for x in y %}\na", "2:1", "The file ends while `for` is still open."),
        ("{% if x is odd is even %}{% endif %}", "1:16", "You cannot chain multiple tests with is."),
        ("a: {{ x | uper }}", "1:11", "There is no filter `uper`."),
        ("a: {{ x is stringy }}", "1:9", "There is no test `stringy`."),
        ("{% block a %}{% endblock %}{% block a %}{% endblock %}", "1:31", "Block 'a' defined twice."),
        ("a: {{ " + "9" * 5000 + " }}", "1:7", "A number of more than 300 digits."),
        ("a: {{ 1e999 }}", "1:7", "A number too large for a float."),
        ("a: {{ '\\x' }}", "1:7", "Truncated \\xXX escape."),
        ("{% macro m(a, a) %}{% endmacro %}", "1:4", None),
        ("{%", "1:1", "The name of a tag should come here."),
    ],
)
def test_a_fault_of_syntax_has_its_place_and_our_words(text: str, place: str, message: str | None) -> None:
    """Never an offset in Jinja's words, never a line of Python's."""
    problem = the_problem(text)

    assert problem.code == "template-syntax"
    assert str(problem.place) == f"spec.yaml:{place}"
    assert message is None or problem.message == message


def test_an_unclosed_expression_names_where_it_was_opened() -> None:
    """Jinja finds out only at the next line's word."""
    problem = the_problem("a: {{ x\nb: 1\n")

    assert str(problem.place) == "spec.yaml:2:1"
    assert [(one.label, str(one.place)) for one in problem.related] == [("`{{` was opened here", "spec.yaml:1:4")]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{% endfo %}", "did you mean `endfor`?"),
        ("{{ x | uper }}", "did you mean `upper`?"),
        ("{{ x is stringy }}", "did you mean `string`?"),
        ("{{ x | zzzzzzzz }}", "Jinja's documentation lists the filters."),
        ("{% raw +%}{% endraw %}", "write `{% raw %}` or `{% raw -%}`, without a `+`."),
        (
            "docker ps --format {{.Names}}",
            "text that is not meant as a template goes between `{% raw %}` and `{% endraw %}`.",
        ),
    ],
)
def test_a_fault_of_syntax_tells_the_way_out(text: str, hint: str) -> None:
    """A near name, or `raw` for text that only looks like a template."""
    assert the_problem(text).hint == hint


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{% if 1 %}" * 120 + "{% endif %}" * 120, "template-too-deep"),
        ("{% for a in [1] %}" * 25 + "{% endfor %}" * 25, "template-too-deep"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "template-too-deep"),
        ("{{ " + " + ".join(["1"] * 5000) + " }}", "template-too-deep"),
        ("{{ " + "[" * 150 + "]" * 150 + " }}", "template-too-deep"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "template-too-deep"),
        (
            "{% set n = namespace(x='') %}{% for i in range(200) %}{% set n.x %}{{ n.x }}-{% endset %}{% endfor %}",
            "template-too-deep",
        ),
    ],
)
def test_what_is_nested_too_deeply_ends_in_words(text: str, code: str) -> None:
    """Python's own limits never show."""
    problem = the_problem("a: 1\n" + text)

    assert problem.code == code
    assert problem.place is not None
    assert problem.place.line == 2


def test_an_undefined_variable_is_reported_at_its_token() -> None:
    """Late, so that one in a comment is nothing and all of them come in one go."""
    made = rendered("a: {{ imge }}\n# {{ other }}\nb: {{ [1, imge] }}\n", image="x")

    found = [one.value.problem for one in made.inserted if isinstance(one.value, Undefined)]
    assert [problem.code for problem in found] == ["undefined-variable"] * 3
    assert [str(problem.place) for problem in found] == ["spec.yaml:1:7", "spec.yaml:2:6", "spec.yaml:3:7"]
    assert found[0].message == "No variable is called `imge`."
    assert found[0].hint == "did you mean `image`?"
    assert "--var other=" in found[1].hint


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("image.x.y", "A string has no `x`.", LOOK),
        ("cfg.gpsu ~ 1", "A map has no `gpsu`.", "did you mean `gpus`?"),
        ("cfg['gpsu'] + 1", "A map has no `gpsu`.", "did you mean `gpus`?"),
        ("xs[7].a", "A list has no `7`.", LOOK),
        ("nope | upper", "No variable is called `nope`.", None),
        ("nope + 1", "No variable is called `nope`.", None),
        ("1 if nope > 1", "No variable is called `nope`.", None),
        ("'a' ~ nope", "No variable is called `nope`.", None),
        ("[nope] | join", "No variable is called `nope`.", None),
        ("[nope] | tojson", "No variable is called `nope`.", None),
        ("'%s' | format(nope)", "No variable is called `nope`.", None),
        ("m() | upper", "The macro's parameter `p` was not given.", "give it where the macro is called, or a default."),
    ],
)
def test_an_undefined_value_that_is_used_ends_the_rendering(expression: str, message: str, hint: str | None) -> None:
    """Jinja needs its value at once, so there is no later."""
    text = "{% macro m(p) %}{{ p }}{% endmacro %}\na: {{ " + expression + " }}"

    problem = the_problem(text, image="x", cfg={"gpus": 1}, xs=[1])

    assert (problem.code, problem.message) == ("undefined-variable", message)
    assert hint is None or problem.hint == hint
    assert str(problem.place) == "spec.yaml:2:7"


@pytest.mark.parametrize(
    "expression",
    [
        "'a'.b.c",
        "{}.b ~ 1",
        "m(1)",
        "m(b=1)",
        "1 - 'a'",
        "1 + 'a'",
        "[1, 2] | slice(0) | list",
        "2 ** 8100",
        "{1: 2, '1': 3}",
        "{(1, 2): 3}",
        "range",
        "nested",
        "[1e308 * 10]",
        "1 / 0",
        "(xs | first | first) ~ 1",
    ],
)
def test_every_fault_of_an_expression_has_a_way_out(expression: str) -> None:
    """A message that says what is wrong, and a hint."""
    nested: Value = []
    for _ in range(70):
        nested = [nested]
    text = "{% macro m() %}{% endmacro %}\na: {{ " + expression + " }}"

    problem = the_problem(text, nested=nested, xs=[1])

    assert problem.hint != ""


@pytest.mark.parametrize("tag", ["{% include 1 %}", "{% include [] %}", "{% include 'none.yaml' %}"])
def test_every_fault_of_an_include_has_a_way_out(tag: str) -> None:
    """Whatever it names."""
    assert the_problem(tag).hint != ""


def test_a_value_can_be_asked_for_and_given_a_default() -> None:
    """`is defined` and `default` are what there is for variables that may be missing."""
    made = rendered("{{ nope is defined }}{{ nope | default('d') }}{{ x is defined }}", x=1)

    assert [one.value for one in made.inserted] == [False, "d", True]


def test_a_macro_in_an_imported_file_does_not_see_variables() -> None:
    """The hint says how it would."""
    files = {"m.yaml": "{% macro m() %}{{ image | upper }}{% endmacro %}"}

    problem = the_problem("{% from 'm.yaml' import m %}{{ m() }}", files, image="x")

    assert problem.message == "The imported file doesn't see `image`."
    assert "with context" in problem.hint


def test_a_name_that_an_import_does_not_have_is_named() -> None:
    """With the place where it is used."""
    problem = the_problem("{% from 'm.yaml' import x %}\n{{ x() }}", {"m.yaml": "{% set y = 1 %}"})

    assert problem.message == "The imported file defines no `x`."
    assert str(problem.place) == "spec.yaml:2:4"


def test_all_faults_of_a_file_that_is_no_text_come_in_one_go() -> None:
    """Before anything is compiled."""
    found = problems("a: \x07\nb: \u2028 {{ x }}")

    assert [str(problem.place) for problem in found] == ["spec.yaml:1:4", "spec.yaml:2:4"]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("1 / 0", "divides by zero"),
        ("1 + 'a'", "`+` can't be used between an integer and a string"),
        ("[] * []", "`*` can't be used between a list and a list"),
        ("[1, 'a'] | sort", "can't be worked out"),
        ("{} | sum(start='')", "adds numbers only"),
        ("[[1]] | sum(start=[])", "adds numbers only"),
        ("'x' | batch(0) | list", "one part or more"),
        ("m(1, 2)", "takes 0 arguments at most"),
        ("m(z=2)", "has no parameter `z`"),
        ("5 | first", "can't be looped over"),
        ("m() | indent('#')", "only be indented with blanks"),
        ("[1] | map | list", "Map requires a filter argument"),
        ("1 if true and (x | nope)", "There is no filter `nope`"),
    ],
)
def test_a_failing_expression_says_why(expression: str, words: str) -> None:
    """In a sentence, with no object's address in it."""
    problem = the_problem("{% macro m() %}{% endmacro %}{{ " + expression + " }}", x=1)

    assert words in problem.message
    assert problem.code in ("template-error", "template-syntax")
    assert " at 0x" not in problem.message
