"""Included files: read through the reader, relative to the project, with places of their own."""

import pytest

from gpuspec.model.problem import Problems
from gpuspec.ports import NotReadable
from gpuspec.spec.rendered import Rendered
from gpuspec.spec.template.bounds import Bounds
from gpuspec.spec.template.render import render
from tests.builders.templates import Files, a_source, problems, rendered, spoken, the_problem


def test_an_include_alone_on_its_line_is_indented_like_its_tag() -> None:
    """Whole lines come in, also when the file does not end in a newline."""
    text = "a:\n  {% include 'b' %}\n  #% include 'c'\nd: 1\n"

    made = rendered(text, {"b": "x: {{ 1 }}\n\ny:\n  z: 2", "c": "w: {{ 3 }}\n"})

    assert spoken(made) == "a:\n  x: 1\n\n  y:\n    z: 2\n  w: 3\nd: 1\n"


def test_places_in_an_included_file_are_its_own() -> None:
    """With the tag that included it as the call, also when indented."""
    made = rendered("a:\n  {% include 'b' %}\n", {"b": "x: {{ 1 }}\ny: 2\n"})

    at = made.place(made.text.index("y"))
    assert (str(at), [str(call) for call in at.calls]) == ("b:2:1", ["spec.yaml:2:14"])
    assert str(made.inserted[0].place) == "b:1:7"
    assert [str(call) for call in made.inserted[0].place.calls] == ["spec.yaml:2:14"]


def test_an_include_within_a_line_is_put_there_as_it_is() -> None:
    """Nothing is indented, no newline is added."""
    assert spoken(rendered("a: [{% include 'b' %}]\n", {"b": "1, 2"})) == "a: [1, 2]\n"


def test_nested_includes_are_indented_once_for_each() -> None:
    """Each tag's own blanks."""
    files = {"b": "b:\n  {% include 'c' %}", "c": "c: {{ 1 }}\nd: 2"}

    assert spoken(rendered("a:\n  {% include 'b' %}\n", files)) == "a:\n  b:\n    c: 1\n    d: 2\n"


def test_names_are_relative_to_the_project_also_in_included_files() -> None:
    """A file in a folder names its neighbour by the whole path."""
    files = {"lib/a": "{% include 'lib/b' %}", "lib/b": "b: 1\n"}

    assert spoken(rendered("{% include 'lib/a' %}\n", files)) == "b: 1\n"
    assert the_problem("{% include 'lib/a' %}\n", {"lib/a": "{% include 'b' %}"}).code == "include-missing"


def test_an_included_file_is_called_as_the_user_would_write_it() -> None:
    """Seen from where the user is, like the spec itself."""
    source = a_source("{% include 'lib/b' %}", file="infra/spec.yaml", inside="spec.yaml")

    made = render(source, variables={}, includes=Files({"lib/b": "{{ 1 }}"}), bounds=Bounds())

    assert isinstance(made, Rendered)
    assert str(made.inserted[0].place) == "infra/lib/b:1:4"


def test_each_file_is_read_once() -> None:
    """However often a loop includes it."""
    asked: list[str] = []

    class Counting(Files):
        def read(self, name: str) -> bytes | NotReadable:
            asked.append(name)
            return super().read(name)

    text = "{% for i in range(3) %}{% include 'b' %}{% import 'b' as b %}{% endfor %}"
    made = render(a_source(text), variables={}, includes=Counting({"b": "{{ i }}"}), bounds=Bounds())

    assert isinstance(made, Rendered)
    assert asked == ["b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% import 'm' as m %}{{ m.w(1) }}", "[1 d]"),
        ("{% from 'm' import w as v, name %}{{ v(1) }}{{ name }}", "[1 d]n"),
        ("{% import 'm' as m with context %}{{ m.seen() }}", "d"),
        ("{% extends 'base' %}{% block b %}{{ x }}{{ super() }}{% endblock %}", "<dB>"),
        ("{{ x }}{% extends 'base' %}{{ x }}", "d<B>"),
        ("{% if x == 'e' %}{% extends 'base' %}{% endif %}{{ x }}{% block b %}C{% endblock %}", "dC"),
        ("{% if x == 'd' %}{% extends 'base' %}{% endif %}{{ x }}{% block b %}C{% endblock %}", "<C>"),
        ("{% if x == 'd' %}{% extends 'base' %}{% endif %}{% print %}", "<B>"),
        ("{% macro z() %}{% block c %}{{ x }}{% endblock %}{% endmacro %}{{ self.c() }}", "d"),
        ("{% include ['nope', 'plain'] %}", "P"),
        ("{% include 'nope' ignore missing %}-", "-"),
        ("{% include ['nope', 'no'] ignore missing %}-", "-"),
        ("{% macro z() %}{% include 'plain' without context %}{% endmacro %}{{ z() }}", "P"),
        ("{% include 'seen' without context %}", "none"),
        ("{% set here = 1 %}{% include 'local' %}", "1"),
    ],
)
def test_files_can_be_imported_extended_and_chosen(text: str, expected: str) -> None:
    """As in plain Jinja."""
    files = {
        "m": "{% macro w(a) %}[{{ a }} {{ 'd' }}]{% endmacro %}{% set name = 'n' %}"
        "{% macro seen() %}{{ x }}{% endmacro %}",
        "base": "<{% block b %}B{% endblock %}>",
        "plain": "P",
        "seen": "{{ x | default('none') }}",
        "local": "{{ here }}",
    }

    assert spoken(rendered(text, files, x="d")).rstrip("\n") == expected


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: 1\n{% include 'nope' %}", "include-missing", "2:12"),
        ("{% import 'nope' as n %}", "include-missing", "1:11"),
        ("{% extends 'nope' %}", "include-missing", "1:12"),
        ("{% include ['n', 'o'] %}", "include-missing", "1:12"),
        ("{% include [] %}", "include-missing", "1:12"),
        ("{% include '../x' %}", "outside-project", "1:12"),
        ("{% include '../x' ignore missing %}", "outside-project", "1:12"),
        ("{% include 5 %}", "template-error", "1:12"),
        ("{% include nope %}", "undefined-variable", "1:12"),
    ],
)
def test_a_file_that_can_not_be_had_is_a_fault_of_the_tag(text: str, code: str, place: str) -> None:
    """`ignore missing` forgives absence only."""
    problem = the_problem(text)

    assert (problem.code, str(problem.place)) == (code, f"spec.yaml:{place}")


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        ("a: {{ x y }}", "template-syntax", "b:1:9"),
        ("a\n{% autoescape true %}{% endautoescape %}", "template-forbidden", "b:2:4"),
        ("a\n{{ 1 / 0 }}", "template-error", "b:2:4"),
        ("a: \u2028", "bad-character", "b:1:4"),
        (b"a: \xff", "not-utf8", "b:1:4"),
        (b"\xff\xfea", "not-utf8", "b:1:1"),
    ],
)
def test_a_fault_of_an_included_file_names_both(content: str | bytes, code: str, place: str) -> None:
    """Its own place, and the tag that led there."""
    problem = the_problem("x\n{% include 'b' %}", {"b": content})

    assert problem.place is not None
    assert (problem.code, str(problem.place)) == (code, place)
    assert [str(call) for call in problem.place.calls] == ["spec.yaml:2:12"]


def test_all_faults_of_an_included_file_come_in_one_go() -> None:
    """As those of the spec itself."""
    assert len(problems("{% include 'b' %}", {"b": "\x01\x02"})) == 2


@pytest.mark.parametrize("tag", ["include 'spec.yaml'", "extends 'spec.yaml'", "import 'spec.yaml' as x"])
def test_a_file_that_includes_itself_ends_in_words(tag: str) -> None:
    """Python's recursion limit ends it at once."""
    text = "{% " + tag + " %}"

    problem = the_problem(text, {"spec.yaml": text})

    assert problem.code == "template-too-deep"
    assert problem.place is not None
    assert len(problem.place.calls) < 20


def test_standard_input_can_include_too() -> None:
    """It has no name inside the project; included files keep theirs."""
    source = a_source("{% include 'b' %}", file="<stdin>", inside="")

    made = render(source, variables={}, includes=Files({"b": "{{ 1 / 0 }}"}), bounds=Bounds())

    assert isinstance(made, Problems)
    assert str(made.items[0].place) == "b:1:4"
