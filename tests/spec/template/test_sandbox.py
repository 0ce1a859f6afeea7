"""The sandbox: what leads out of a template ends in a problem with a place."""

import pytest

from tests.builders.templates import outcome, rendered, the_problem, values


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__",
        "''['__class__']",
        "'' | attr('__class__')",
        "''.__class__.__mro__[1].__subclasses__()",
        "[''] | map(attribute='__class__') | list",
        "'{0.__class__}'.format('')",
        "'{x.__class__}'.format_map({'x': ''})",
        "'{0[__class__]}'.format('')",
        "cycler.__init__.__globals__",
        "secret.__globals__",
        "''.upper.__self__",
        "m.__call__.__func__",
        "m._func",
        "self._TemplateReference__context",
        "self.__init__",
        "x.append(1)",
        "x.clear()",
        "d.update({'a': 1})",
        "d.pop('a')",
        "d.setdefault('b', 1)",
        "x.sort()",
        "'a'.encode()",
        "(5).to_bytes(10)",
        "(x | map('upper')).gi_frame",
        "loop_of()",
    ],
)
def test_what_leads_out_is_forbidden(expression: str) -> None:
    """Python's own objects, and whatever changes a value."""
    text = (
        "{% macro m() %}{% endmacro %}"
        "{% macro loop_of() %}{% for i in [1] %}{{ loop._iterator }}{% endfor %}{% endmacro %}"
    )

    problem = the_problem(text + "\na: {{ " + expression + " }}", x=["a"], d={"a": 1})

    assert problem.code == "template-forbidden"
    assert problem.place is not None
    assert problem.place.line == (1 if expression == "loop_of()" else 2)


@pytest.mark.parametrize(
    "name", ["lipsum", "environment", "context", "emit", "tick", "include", "data1", "site1", "open"]
)
def test_what_the_code_uses_is_no_variable(name: str) -> None:
    """Names of compiled code, of Jinja and of Python are out of reach."""
    assert the_problem("{{ " + name + " + 1 }}").message == f"No variable is called `{name}`."


def test_a_variable_may_have_any_name() -> None:
    """Also one that compiled code uses, or that is a word of Python."""
    made = rendered("{{ emit }}{{ site0 }}{{ environment }}{{ missing }}", emit=1, site0=2, environment=3, missing=4)

    assert values(made) == [1, 2, 3, 4]


def test_a_rendering_leaves_nothing_for_the_next() -> None:
    """Each has an environment of its own."""
    text = "{% set n = namespace(x=0) %}{% set n.x = n.x + 1 %}{{ n.x }}{{ c.next() if c is defined }}"

    first, second = outcome(text), outcome(text)

    assert first == second
