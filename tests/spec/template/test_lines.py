"""Lines that hold only tags vanish; every other newline and blank stays."""

import pytest

from tests.builders.templates import rendered, spoken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- {% if 1 %}x{% endif %}\n- y\n", "- x\n- y\n"),
        ("a: {% if 1 %}1{% endif %}\nb: 2\n", "a: 1\nb: 2\n"),
        ("a:\n  {% if 1 %}b: 1{% endif %}\n  c: 2\n", "a:\n  b: 1\n  c: 2\n"),
        ("a:\n  {% if 1 %}\n  b: 1\n  {% endif %}\n  c: 2\n", "a:\n  b: 1\n  c: 2\n"),
        ("a:\n  {% if 1 %} {# why #} {% set x = 1 %}\t\n  b: 1\n  {% endif %}", "a:\n  b: 1\n"),
        ("{% set x = [\n 1,\n 2\n] %}\na: 1\n", "a: 1\n"),
        ("a: 1\n  {# a\n comment #}\nb: 2\n", "a: 1\nb: 2\n"),
        ("a: 1 {# comment #}\nb: 2\n", "a: 1 \nb: 2\n"),
        ("a: |\n  {% raw %}\n  {{ x }}\n  {% endraw %}\nb: 1\n", "a: |\n  {{ x }}\nb: 1\n"),
        ("a: {% raw %}{{ x }}{% endraw %}\nb: 1\n", "a: {{ x }}\nb: 1\n"),
        ("a:\n  #% for i in [1, 2]\n  - {{ i }}\n  #% endfor\nb: 1\n", "a:\n  - 1\n  - 2\nb: 1\n"),
        ("  {% if 1 %}\n#% if 1\na: 1\n#% endif\n  {% endif %}\n", "a: 1\n"),
        ("  {%+ if 1 %}\na: 1\n{% endif %}\n", "  \na: 1\n"),
        ("{% if 1 +%}\na: 1\n{% endif %}\n", "\na: 1\n"),
        ("  {% if 1 -%}\n  a: 1\n{%- endif %}\nb: 2\n", "  a: 1\nb: 2\n"),
        ("a: 1\n{%- if 1 %}\nb: 2\n{% endif %}\n", "a: 1\nb: 2\n"),
        ("{% if 1 %}{{ 5 }}{% endif %}\na: 1\n", "5\na: 1\n"),
        ("  {% if 1 %} x {% endif %}  \na: 1\n", "   x   \na: 1\n"),
        ("{% if 1 %} {% endif %} {% if 1 %}\na: 1\n{% endif %}", "a: 1\n"),
        ("# {% if 1 %}\na: 1\n# {% endif %}\n", "# \na: 1\n# \n"),
        ("#%if 1\na: 1\n", "#%if 1\na: 1\n"),
        ("a: x ## y\nb: 'http://h/##f' # c\n{{ 1 }}", "a: x ## y\nb: 'http://h/##f' # c\n1"),
        ("{% print 1 %}\na: 1\n", "1\na: 1\n"),
        ("a:\n  {% if 1 %}{% include 'f' %}{% endif %}\nb: 2\n", "a:\n  f: 1\nb: 2\n"),
        ("a:\n  {% include 'f' %} {# note #}\nb: 2\n", "a:\n  f: 1\nb: 2\n"),
        ("{% set x %}{% include 'f' %}{% endset %}a: {{ x == 'f: 1' }}\n", "a: true\n"),
        ("{% macro m() %}{{ caller() }}: 1{% endmacro %}\n  {% call m() %}{% endcall %}\nb: 2\n", "\n  : 1\nb: 2\n"),
        ("  {% block b %}{% endblock %}\nb: 2\n", "  \nb: 2\n"),
    ],
)
def test_a_tag_takes_its_line_only_if_it_stands_alone(text: str, expected: str) -> None:
    """No tag joins two lines or moves what stands beside it."""
    assert spoken(rendered(text, {"f": "f: 1"})) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_line_feeds(end: str) -> None:
    """And lines are counted the same."""
    made = rendered(f"a: 1{end}{{% if true %}}{end}b: {{{{ 2 }}}}{end}{{% endif %}}{end}c: 3{end}")

    assert spoken(made) == "a: 1\nb: 2\nc: 3\n"
    assert str(made.inserted[0].place) == "spec.yaml:3:7"
    assert str(made.place(made.text.index("c"))) == "spec.yaml:5:1"
