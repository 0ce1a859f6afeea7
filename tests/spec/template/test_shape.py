"""A value can't change the shape of a document: at the level of tokens, nothing of it is in the text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpuspec.spec.rendered import RESERVED, TOKEN
from tests.builders.templates import outcome, rendered, the_problem, values

# A longer campaign raises this.
EXAMPLES = 100

POSITIONS = """\
plain: {{ v }}
single: '{{ v }}'
double: "{{ v }}"
around: a {{ v }} b
block: |
  {{ v }}
folded: >-
  {{ v }}
flow: {a: {{ v }}, b: [{{ v }}, "{{ v }}"]}
{{ v }}: key
? {{ v }}
: 1
# comment {{ v }}
{% macro m(x) %}{{ x }}{% endmacro %}
macro: {{ m(v) }}
{% set kept %}{{ v }}{% endset %}
kept: {{ kept }}
{% macro c(x) %}{{ caller() }}{{ x }}{% endmacro %}
called: {% call c(v) %}{{ v }}{% endcall %}

{% for x in [v] %}
loop: {{ x }}
{% endfor %}
{% filter indent(2) %}
indented: {{ v }}
{% endfilter %}
trimmed: {{ m(v) | trim }}
"""

CHARACTERS = st.characters(exclude_categories=["Cs"])
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
) | st.text(CHARACTERS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(CHARACTERS), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(value=VALUES)
def test_any_value_comes_back_exactly_and_leaves_the_text_alone(value: object) -> None:
    """In every position the text is the same but for the token, and the token's value is the very one."""
    made = rendered(POSITIONS, v=value)  # type: ignore[arg-type]
    other = rendered(POSITIONS, v="x")

    assert values(made) == [value] * len(other.inserted)
    assert [type(one) for one in values(made)] == [type(value)] * len(other.inserted)
    assert made.text == other.text
    assert len(TOKEN.findall(made.text)) == len(made.inserted)
    assert RESERVED.sub("", TOKEN.sub("", made.text)) == TOKEN.sub("", made.text)


EVIL = "a: b\n  c: d\n# \ue0000\ue001 {{ x }} \u2028"


@pytest.mark.parametrize(
    "expression",
    [
        "v",
        "v | string",
        "v | replace('Z', '')",
        "v ~ ''",
        "v + ''",
        "[v] | join",
        "'%s' | format(v)",
        "'%s' % v",
        "'{}'.format(v)",
        "'{v}'.format_map({'v': v})",
        "v[0:]",
        "(v | list) | join",
        "m(v) ~ ''",
        "m(v) | string",
        "m(v)[:]",
        "m(v) + ''",
        "''.join([v])",
        "v if v else 1",
        "v | default('x')",
        "{'k': v}.k",
        "dict(k=v)['k']",
        "[[v]] | map('first') | first",
        "namespace(k=v).k",
        "cycler(v).next()",
    ],
)
def test_no_way_through_an_expression_lets_a_value_into_the_text(expression: str) -> None:
    """Operators, methods and filters give values, and values are tokens."""
    made = rendered("{% macro m(x) %}{{ x }}{% endmacro %}k: {{ " + expression + " }}\n", v=EVIL)

    assert made.text == "k: \ue0000\ue001\n"
    assert values(made) == [EVIL]


def test_json_of_a_value_is_a_plain_string() -> None:
    """`tojson` is no way round the tokens, and writes characters as they are."""
    made = rendered('a: "{{ v | tojson }}"', v={"k": '"\n😀'})

    assert made.text == 'a: "\ue0000\ue001"'
    assert values(made) == ['{"k": "\\"\\n😀"}']


@pytest.mark.parametrize("name", ["e", "escape", "forceescape", "urlize", "xmlattr", "pprint", "random"])
def test_filters_for_html_and_chance_are_gone(name: str) -> None:
    """They are refused where they stand, with the reason."""
    problem = the_problem(f"a: {{{{ v | {name} }}}}", v="x")

    assert problem.code == "template-syntax"
    assert str(problem.place) == "spec.yaml:1:11"
    assert problem.message == f"There is no filter `{name}`."
    assert "Leave it out" in problem.hint


def test_safe_inserts_raw_text_on_purpose() -> None:
    """Its characters are the document's, and all of them stand at the expression."""
    made = rendered("{{ v | safe }}c: 1\n", v="a: 1\nb: 2\n")

    assert made.text == "a: 1\nb: 2\nc: 1\n"
    assert {str(made.place(offset)) for offset in range(10)} == {"spec.yaml:1:4"}
    assert str(made.place(10)) == "spec.yaml:1:15"


@pytest.mark.parametrize("text", ["\ue0000\ue001", "x\ue002", "a\u2028b: 1", "\\uE000", "\\U0000e003", "\x07"])
def test_safe_can_not_forge_a_token(text: str) -> None:
    """Token characters, escapes for them and line separators are refused in raw text."""
    problem = the_problem("a: {{ v | safe }}", v=text)

    assert problem.code == "bad-character"
    assert str(problem.place) == "spec.yaml:1:7"


@pytest.mark.parametrize(
    "text",
    [
        '"\\{{ "uE000" | safe }}"',
        '"\\u{% if true %}E000{% endif %}"',
        '"\\{{ "u" | safe }}{{ "E000" | safe }}"',
    ],
)
def test_an_escape_put_together_of_harmless_parts_is_found(text: str) -> None:
    """The YAML parser would make a token of it after all checks."""
    problem = the_problem(text)

    assert problem.code == "bad-character"
    assert problem.place is not None
    assert problem.place.line == 1


def test_autoescape_is_refused() -> None:
    """It would hand markup to filters and change what captured text is."""
    problem = the_problem("a: 1\n{% autoescape true %}b{% endautoescape %}")

    assert problem.code == "template-forbidden"
    assert str(problem.place) == "spec.yaml:2:4"


def test_captured_text_means_its_plain_text() -> None:
    """Comparing, measuring, cutting and looking up see what a reader of the template sees."""
    text = "{% set b %}v{{ n }}{% endset %}{{ [b == 'v3', b | length, b[:1], {'v3': 7}[b], b | upper, b | int(5)] }}"

    assert values(rendered(text, n=3)) == [[True, 2, "v", 7, "V3", 5]]


def test_captured_text_keeps_its_structure_where_it_is_printed() -> None:
    """Also through `indent`, `trim`, and `~` or `+` between two captures."""
    text = (
        "{% macro m(x) %} k: {{ x }}\n{% endmacro %}"
        "{{ m(1) | trim }}|{{ m(2) ~ m(3) }}|{{ m(4) + m(5) }}|{{ (m(6) ~ m(7)) | indent(2) }}"
    )

    made = rendered(text)

    assert values(made) == [1, 2, 3, 4, 5, 6, 7]
    assert re.sub("\ue000([0-9])\ue001", "#", made.text) == "k: #| k: #\n k: #\n| k: #\n k: #\n| k: #\n   k: #\n"


def test_written_values_are_as_yaml_writes_them() -> None:
    """In text, and in what `~`, `join` and `string` make: `true`, nothing for null, floats in full."""
    text = "{% set b %}{{ true }} {{ none }} {{ 1.5 }}{% endset %}{{ b | string }}|{{ [true, none, 2] | join('-') }}"

    assert values(rendered(text + "|{{ 'x' ~ false }}")) == ["true  1.5", "true--2", "xfalse"]


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("m", "A macro"),
        ("range", "A function"),
        ("namespace(a=1)", "A namespace"),
        ("cycler(1)", "A cycler"),
        ("[1e308 * 10]", "The number is inf"),
        ("10 ** 30", "The integer is beyond 64 bits"),
        ("{1.5: 2}", "A key must be a string; here it is a float"),
        ("{none: 2}", "A key must be a string; here it is null"),
        ("{true: 2}", "A key must be a string; here it is a bool"),
        ("{1: 2, '1': 3}", "The map has the key `1` twice"),
        ("'\\ud83d'", "The string holds half of a surrogate pair"),
    ],
)
def test_what_no_document_can_hold_is_refused(expression: str, kind: str) -> None:
    """At the expression's place, with what it is."""
    problem = the_problem("{% macro m() %}{% endmacro %}\na: {{ " + expression + " }}")

    assert problem.code == "value-not-insertable"
    assert problem.message.startswith(kind)
    assert str(problem.place) == "spec.yaml:2:7" or expression.startswith("range")


def test_iterators_sets_and_ranges_are_lists() -> None:
    """In an order that does not change from run to run; an int key becomes its digits."""
    text = (
        "{{ range(2) }}{{ xs | map('upper') }}{{ {'b': 1}.keys() | list }}{{ ({'b': 1}.keys() - []) }}{{ {1: (2,)} }}"
    )

    assert values(rendered(text, xs=["a", "b"])) == [[0, 1], ["A", "B"], ["b"], ["b"], {"1": [2]}]


def test_an_inline_if_without_else_is_null() -> None:
    """As in plain Jinja it prints nothing; alone in a scalar it is null."""
    assert values(rendered("a: {{ 'x' if false }}")) == [None]


def test_captured_text_with_a_list_has_no_text() -> None:
    """Printed it is the list; used as a text it would be Python's notation."""
    capture = "{% set b %}{{ [1, 2] }}{% endset %}"

    assert values(rendered(capture + "a: {{ b }}")) == [[1, 2]]
    assert the_problem(capture + "a: {{ b | upper }}").code == "value-not-insertable"
    assert the_problem("a: {{ 'x' ~ [1] }}").code == "value-not-insertable"
    assert the_problem("a: {{ [1] | upper }}").hint == "use `| join(', ')` or `| tojson`."


def test_reserved_characters_never_stand_in_a_source() -> None:
    """A token in the file is a fault before anything is compiled."""
    made = outcome("a: \ue0000\ue001\nb: {{ 1 }}")

    assert [problem.code for problem in made.items] == ["bad-character", "bad-character"]  # type: ignore[union-attr]
