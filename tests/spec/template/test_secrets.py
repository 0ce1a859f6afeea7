"""Secrets can be inserted, alone or with text round them, and nothing else can be done with them."""

import pytest

from gpuspec.model.secret import Literal, Secret, SecretRef
from tests.builders.templates import rendered, the_problem, values

TOKEN = Secret(parts=(SecretRef(kind="env", name="TOKEN"),))
TYPED = Secret(parts=(Literal(text="hunter2"),))


def test_a_secret_is_inserted_as_a_reference() -> None:
    """Nothing is read: the value is where it is kept."""
    made = rendered("a: {{ secret('env:TOKEN') }}\nb: \"Bearer {{ secret('file:keys/t') }}!\"\n")

    assert values(made) == [TOKEN, Secret(parts=(SecretRef(kind="file", name="keys/t"),))]
    assert made.text == 'a: \ue0000\ue001\nb: "Bearer \ue0001\ue001!"\n'


def test_a_sensitive_variable_is_inserted_whole() -> None:
    """Also from inside a list or a map, and as a part of one."""
    made = rendered("{{ t }}{{ creds.pw }}{{ {'k': t} }}{{ [t] }}", t=TYPED, creds={"pw": TYPED})

    assert values(made) == [TYPED, TYPED, {"k": TYPED}, [TYPED]]


@pytest.mark.parametrize(
    "text",
    [
        "{% set s %}x-{{ t }}{% endset %}{{ s }}",
        "{% macro m(x) %}x-{{ x }}{% endmacro %}{{ m(t) }}",
        "{% macro m() %}x-{{ caller() }}{% endmacro %}{% call m() %}{{ t }}{% endcall %}",
        "{% filter indent(2) %}x-{{ t }}{% endfilter %}",
        "{% set s %}\nx-{{ t }}\n{% endset %}{{ s | trim }}",
        "{% for x in [t] %}x-{{ x }}{% endfor %}",
        "x-{{ t if true else 1 }}",
        "x-{{ [t] | first }}",
        "{% set n = namespace(t=t) %}x-{{ n.t }}",
        "{% include 'i' %}",
        "{% from 'm' import m %}{{ m(t) }}",
    ],
)
def test_a_secret_goes_through_captures_loops_and_files(text: str) -> None:
    """With text round it, it stays a token of its own."""
    made = rendered(text, {"i": "x-{{ t }}", "m": "{% macro m(x) %}x-{{ x }}{% endmacro %}"}, t=TYPED)

    assert made.text.strip() == "x-\ue0000\ue001"
    assert values(made) == [TYPED]


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "t | upper",
            "t | string",
            "t | length",
            "t | default('x')",
            "t | replace('a', 'b')",
            "t | tojson",
            "t | safe",
        ),
        *("t | list", "t | first", "t | int", "t | trim", "t | indent", "t | format", "[t] | join"),
        *("'%s' | format(t)", "'%r' | format(t)", "'%s' % t", "t % 1", "'{}'.format(t)", "'{!r}'.format(t)"),
        *("'{x}'.format(x=t)", "'{x}'.format_map({'x': t})", "'{0.parts}'.format(t)", "'x'.join([t])"),
        *("'x'.replace('x', t)", "t ~ 'x'", "'x' ~ t", "t + 'x'", "'x' + t", "t * 2", "2 * t", "-t", "t ** 2", "t / 2"),
        *("t == 'x'", "t != 'x'", "'x' == t", "t < 'x'", "t in ['x']", "'x' in t", "not t", "t and 1", "1 if t else 2"),
        *("t is defined", "t is string", "t is none", "t is sameas(t)", "t is iterable", "t is mapping", "1 is eq(t)"),
        *("t[0]", "t[0:1]", "t.parts", "t.refuse", "t.secret", "t['secret']", "t()", "{'a': 1}[t]", "{t: 1}"),
        *("t | attr('secret')", "[t] | map('upper') | list", "[t] | map(attribute='secret') | list", "[t, 1] | sort"),
        *("[t, t] | unique | list", "[t] | select('string') | list", "[t] | selectattr('a') | list", "[t] | sum"),
        *("[t] | tojson", "{'k': t} | tojson", "{'k': t} | urlencode", "[t, 1] | max", "range(t)"),
        *("[1] | batch(t) | list", "xs | groupby(t)", "t | abs", "t | round", "t | wordcount", "t | urlencode"),
        *("s | upper", "s ~ 'x'", "s == 'x'", "s | length", "s[0]", "[s]", "s | default('x')", "s is defined"),
        *("m(t) | upper", "m(t) ~ 'x'"),
    ],
)
def test_any_other_use_of_a_secret_is_a_fault(expression: str) -> None:
    """Operators, methods, filters, tests, comparisons: none of them sees it, and none of its text is in the words."""
    text = "{% macro m(x) %}-{{ x }}{% endmacro %}{% set s %}x{{ t }}{% endset %}\n"

    problem = the_problem(text + "a: {{ " + expression + " }}", t=TYPED, xs=[{"a": 1}])

    assert problem.code == "secret-misused"
    assert problem.place is not None
    assert (problem.place.line, problem.place.file) == (2, "spec.yaml")
    assert "hunter2" not in problem.message + problem.hint


@pytest.mark.parametrize("tag", ["if t", "for x in t", "set x = t + 1", "include t", "filter format(t)"])
def test_tags_see_no_secret_either(tag: str) -> None:
    """A loop over it, a condition on it, a file named by it."""
    ends = {"if": "{% endif %}", "for": "{% endfor %}", "filter": "{% endfilter %}"}

    problem = the_problem("{% " + tag + " %}" + ends.get(tag.split()[0], ""), t=TYPED)

    assert problem.code == "secret-misused"


@pytest.mark.parametrize("reference", ["'TOKEN'", "'vault:x'", "'env:'", "':x'", "''", "1", "none"])
def test_an_unknown_kind_of_secret_is_refused(reference: str) -> None:
    """The place where a secret is kept is an environment variable or a file."""
    problem = the_problem("a: {{ secret(" + reference + ") }}")

    assert problem.code == "secret-unknown-kind"
    assert str(problem.place) == "spec.yaml:1:7"


def test_the_hint_shows_how_to_put_text_round_a_secret() -> None:
    """`~` is what people try first."""
    problem = the_problem("a: {{ 'Bearer ' ~ secret('env:TOKEN') }}")

    assert problem.hint == "write the text round the expression: \"Bearer {{ secret('env:TOKEN') }}\"."
