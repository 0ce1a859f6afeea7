"""Bounds: whatever a template tries, it ends soon, in words, and before it has made what is too big."""

import time

import pytest

from gpuspec.model.problem import Problems
from gpuspec.spec.rendered import Rendered
from gpuspec.spec.template.bounds import BoundExceeded, Bounds
from tests.builders.templates import outcome, rendered, the_problem

SMALL = Bounds(max_steps=20_000, max_output=100_000, max_nodes=10_000)

TOO_LONG = [
    "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}",
    "{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}",
    "{% set x %}{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}{% endset %}",
    "{% for a in range(1000) %}{% for b in range(1000) if false %}{% endfor %}{% endfor %}",
    "{% for a in range(1000) %}{{ range(1000) | map('string') | list | length }}{% endfor %}",
    "{% for a in range(1000) %}{{ range(1000) | select('odd') | list | length }}{% endfor %}",
    "{% for a in range(1000) %}{% if range(1000) | sum %}{% endif %}{% endfor %}",
    "{% for a in range(1000) %}{% if range(1000) | join | length %}{% endif %}{% endfor %}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(30) }}",
    "{% for x in [1] recursive %}{% for i in range(1000) %}{{ i }}{% endfor %}{{ loop([1]) }}{% endfor %}",
]
TOO_BIG = [
    "{{ 'a' * 10 ** 10 }}",
    "{{ 10 ** 10 * 'a' }}",
    "{{ [0] * 10 ** 9 }}",
    "{{ 10 ** 9 * (0,) }}",
    "{{ 9 ** (9 ** 9) }}",
    "{{ (2 ** 8000) * (2 ** 8000) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%.1000000000f' % 1.5 }}",
    "{{ '%*d' % (1000000000, 1) }}",
    "{{ '%(x)1000000000s' % {'x': 1} }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{{ '{x:>1000000000}'.format_map({'x': 1}) }}",
    "{{ '{:{}}'.format(1, 1000000000) }}",
    "{{ ('{0}' * 1000).format('a' * 1000) }}",
    "{{ 'a' | center(10 ** 10) }}",
    "{{ 'a'.center(10 ** 10) }}",
    "{{ 'a'.ljust(10 ** 10) }}",
    "{{ 'a'.rjust(10 ** 10) }}",
    "{{ 'a'.zfill(10 ** 10) }}",
    "{{ '\t'.expandtabs(10 ** 10) }}",
    "{{ ('a' * 1000) | replace('a', 'b' * 1000) }}",
    "{{ ('a' * 1000).replace('a', 'b' * 1000) }}",
    "{{ ('a' * 1000).translate({97: 'b' * 1000}) }}",
    "{{ (['a' * 1000] * 1000) | join }}",
    "{{ ''.join(['a' * 1000] * 1000) }}",
    "{{ ('b' * 1000).join(['a'] * 1000) }}",
    "{{ ('a,' * 20000).split(',') }}",
    "{{ ('a\n' * 20000).splitlines() }}",
    "{{ 'a' | indent(10 ** 10) }}",
    "{{ m() | indent(10 ** 10) }}",
    "{{ ('a ' * 1000) | wordwrap(1, wrapstring='b' * 1000) }}",
    "{{ [1] | slice(10 ** 9) | list }}",
    "{{ [1] | batch(10 ** 9, 0) | list }}",
    "{{ [1] | batch(linecount=10 ** 9, fill_with=0) | list }}",
    "{{ 1.5 | round(10 ** 9) }}",
    "{{ 1.5 | round(method='ceil', precision=10 ** 9) }}",
    "{{ range(10 ** 9) }}",
    "{{ range(100001) }}",
    "{{ range(20000) | list }}",
    "{{ ('a' * 90000) ~ ('a' * 90000) }}",
    "{{ ('a' * 90000) + ('a' * 90000) }}",
    "{{ ([0] * 9000) + ([0] * 9000) }}",
    "{% set n = namespace(s='a') %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}",
    "{% set n = namespace(s=['a']) %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}",
    "{% set n = namespace(s='a') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    "{% set n = namespace(s=['a']) %}{% for i in range(60) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}",
    "{% set n = namespace(s=['a']) %}{% for i in range(60) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s | tojson }}",
    "{% set n = namespace(s='a') %}{% for i in range(60) %}{% set n.s %}{{ n.s }}{{ n.s }}{% endset %}{% endfor %}",
    "{% set n = namespace(s='') %}{% for i in [0]*60 %}{% set n.s %}{{ n.s }}{{ n.s }}{{ 1 }}{% endset %}{% endfor %}",
    "{% for a in range(3000) %}" + "x" * 100 + "{% endfor %}",
    "{% set b %}{% for a in range(3000) %}" + "x" * 100 + "{% endfor %}{% endset %}",
]


@pytest.mark.parametrize("text", TOO_LONG)
def test_a_template_that_works_too_long_is_stopped_by_its_steps(text: str) -> None:
    """Loops that print, loops that do not, loops inside filters and their own conditions, macros that call macros."""
    began = time.monotonic()

    problem = the_problem("a: 1\n" + text, bounds=SMALL)

    assert problem.code == "template-too-long"
    assert "more than 20,000 steps" in problem.message
    assert problem.place is not None
    assert problem.place.line == 2
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("text", TOO_BIG)
def test_what_would_be_too_big_is_never_made(text: str) -> None:
    """Operators, methods, filters, formats and captures are measured first."""
    began = time.monotonic()

    problem = the_problem("{% macro m() %}a{% endmacro %}\n" + text, bounds=SMALL)

    assert problem.code in ("template-too-big", "template-too-long", "value-not-insertable")
    assert problem.place is not None
    assert problem.place.line >= 1
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        "{{ 2 ** 62 }}{{ 2 ** -1 }}{{ 3 * 'ab' }}{{ [1] * 2 }}{{ 7 % 4 }}{{ 'x' * -1 }}{{ 2.5 * 2 }}{{ [1] + [2] }}",
        "{{ '%5d|%-3s|%.2f' % (1, 'a', 1.5) }}{{ '%s %%' | format(1) }}{{ '%(a)s' % {'a': 1} }}{{ '%s' % 'x' }}",
        "{{ '{:>5}|{!s}|{a.b}'.format(1, 2, a={'b': 3}) }}{{ '{a[0]}'.format_map({'a': [1]}) }}",
        "{{ 'a'.center(5) }}{{ 'a'.zfill(3) }}{{ 'a,b'.split(',') }}{{ 'a b'.split() }}{{ '-'.join(['a', 'b']) }}",
        "{{ 'a\tb'.expandtabs() }}{{ 'ab'.translate({97: 'x'}) }}{{ 'ab'.replace('a', 'b') }}{{ 'a\nb'.splitlines() }}",
        "{{ 'a b' | wordwrap(1) }}{{ 'ab' | truncate(1, true, '') }}{{ 'a' | center(3) }}",
        "{{ [1, 2] | slice(2) | list }}",
        "{{ [3, 1] | sort }}{{ [1, 2] | batch(2) | list }}{{ 1.25 | round(1) }}{{ [1, 2.5] | sum }}",
        "{{ [{'a': 1}] | sum('a') }}",
        "{{ {'a b': 1} | urlencode }}{{ [('a', 1)] | urlencode }}{{ 'a/b c' | urlencode }}",
        "{{ [{'a': 1}] | join('-', 'a') }}",
        "{{ 'a\nb' | indent }}{{ 'a\nb' | indent('> ', true) }}{{ ' a ' | trim }}{{ 'xax' | trim('x') }}",
        "{{ 5 | string }}",
        "{{ {'b': 1, 'a': [1.5, none]} | tojson }}{{ [1] | tojson(indent=2) }}{{ 'x' | safe }}{{ 5 | safe }}",
        "{{ '-'.join(['a'] | map('upper')) }}{{ joiner()() }}{{ cycler(1, 2).next() }}{{ dict(a=1) }}",
        "{{ range(2) | list }}",
    ],
)
def test_what_is_ordinary_is_let_through(text: str) -> None:
    """The measures stand in nobody's way."""
    assert isinstance(outcome(text, bounds=SMALL), Rendered)


def test_a_large_spec_stays_far_from_the_bounds() -> None:
    """10,000 instances of 12 fields are ordinary."""
    fields = "".join(f"    f{number}: {{{{ n }}}}\n" for number in range(12))

    made = rendered("instances:\n#% for n in range(10000)\n  w-{{ n }}:\n" + fields + "#% endfor\n")

    assert len(made.inserted) == 130_000


def test_the_deadline_is_looked_at_while_rendering() -> None:
    """It is a callable handed in: nothing here reads a clock."""
    asked = iter([False, False, True])

    problem = the_problem("{% for a in range(90000) %}{% endfor %}", bounds=Bounds(deadline=lambda: next(asked)))

    assert problem.code == "template-too-long"
    assert problem.message == "The template was stopped here. It ran out of time."


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (BoundExceeded("It worked for more than 2 seconds."), "template-too-long"),
        (MemoryError(), "template-too-big"),
        (RecursionError(), "template-too-deep"),
        (OverflowError(), "template-too-big"),
    ],
)
def test_what_a_timer_or_a_limit_raises_becomes_a_problem_with_a_place(raised: BaseException, code: str) -> None:
    """Wherever in the rendering it strikes."""

    def strike() -> bool:
        raise raised

    made = outcome("a: 1\n{% for a in range(9000) %}\n{% endfor %}", bounds=Bounds(deadline=strike))

    assert isinstance(made, Problems)
    assert made.items[0].code == code
    assert made.items[0].place is not None
    assert made.items[0].place.line == 2


def test_an_interrupt_is_not_the_templates_fault() -> None:
    """Ctrl-C goes on upwards."""

    def strike() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outcome("{% for a in range(9000) %}\n{% endfor %}", bounds=Bounds(deadline=strike))
