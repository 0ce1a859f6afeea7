"""Specs laid out: lines move and are indented, what they say stays."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpuspec.model.problem import Problem, Problems
from gpuspec.spec.formatting.format import Formatted, formatted
from gpuspec.spec.source import Source
from gpuspec.spec.text import decode
from tests.builders.messy_specs import VARIABLES, a_messy_spec
from tests.builders.spec import a_source, loaded

BAD = Path(__file__).parents[2] / "cases" / "bad"


def laid_out(text: str) -> str:
    """The text laid out, which can be done."""
    made = formatted(text, file="i.yaml")
    assert isinstance(made, Formatted), made
    return made.text


def refused(text: str) -> Problem:
    """Why the text can't be laid out."""
    made = formatted(text, file="i.yaml")
    assert isinstance(made, Problem), made
    return made


def said(text: str) -> object:
    """What the spec asks for, in its order."""
    specs = loaded(a_source(text), variables=VARIABLES)
    assert not isinstance(specs, Problems), specs
    return list(specs.instances.items()), specs.moved


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0, max_value=10**9))
def test_any_spec_says_the_same_laid_out_and_is_laid_out_once(seed: int) -> None:
    """Laid out twice it is as laid out once, and it asks for the same instances, in the same order."""
    text = a_messy_spec(seed)

    once = laid_out(text)

    assert once == laid_out(once)
    assert said(text) == said(once)


def test_keys_come_in_the_documented_order() -> None:
    """At the top, in `defaults`, in a stanza and in `lifecycle`; comments go with the key below them."""
    text = (
        "# file\n\n# all\ninstances:\n  a:\n    lifecycle:\n      onRemove: forget\n      protect: true\n"
        "    # two\n    gpuNum: 2  # cards\n    productId: p\nmoved: []\n"
        "defaults:\n  imageUrl: i\n  diskSize: 1\nversion: 1\n"
    )

    assert laid_out(text) == (
        "# file\n\nversion: 1\ndefaults:\n  diskSize: 1\n  imageUrl: i\nmoved: []\n"
        "# all\ninstances:\n  a:\n    productId: p\n    # two\n    gpuNum: 2  # cards\n"
        "    lifecycle:\n      protect: true\n      onRemove: forget\n"
    )


def test_instances_and_environment_variables_keep_their_order() -> None:
    """It is their author's."""
    text = "instances:\n  b:\n    envs:\n      Z: a\n      A: z\n  a:\n    gpuNum: 1\n"

    assert laid_out(text) == text


@pytest.mark.parametrize("tag", ["#% if x\n", "{% if x %}\n", "{# c #}\n", "{{ macro() }}\n", "{% include 'x' %}\n"])
def test_no_key_crosses_a_line_of_the_template(tag: str) -> None:
    """Above and below such a line keys are sorted apart from each other."""
    text = f"instances:\n  a:\n    gpuNum: 1\n    productId: p\n    {tag}    diskSize: 1\n    name: n\n"
    text += "    #% endif\n" if "if" in tag else ""

    lines = laid_out(text).splitlines()

    assert [line.split(":")[0].strip() for line in lines[2:4]] == ["productId", "gpuNum"]
    assert lines[4].strip() == tag.strip()
    assert [line.split(":")[0].strip() for line in lines[5:7]] == ["name", "diskSize"]


@pytest.mark.parametrize(
    "first", ["imageUrl: &i img", "imageUrl: *i", "<<: *d", "nobody: 1", "imageUrl: !!str img", '"image{{ n }}": x']
)
def test_what_may_depend_on_the_order_stays(first: str) -> None:
    """Anchors, aliases, tags, merges, and keys that nobody knows."""
    text = f"instances:\n  a:\n    {first}\n    name: n\n"

    assert laid_out(text) == text


def test_a_template_that_counts_its_calls_keeps_every_key_in_its_place() -> None:
    """A cycler gives something else each time."""
    text = "#% set c = cycler(1, 2)\ndefaults:\n  gpuNum: '{{ c.next() }}'\n  cpuNum: '{{ c.next() }}'\n  name: x\n"

    assert laid_out(text) == text


def test_indentation_becomes_two_blanks_a_level() -> None:
    """Lists below their key too; what scalars hold moves along and stays what it is."""
    text = (
        "instances:\n     a:\n        tools:\n        -   name: x\n            port: '1'\n        -  - y\n"
        "        command: |\n           one\n             two  \n\n           three\n        name: 'a\n         b'\n"
    )

    assert laid_out(text) == (
        "instances:\n  a:\n    name: 'a\n     b'\n    tools:\n      - name: x\n        port: '1'\n      - - y\n"
        "    command: |\n       one\n         two  \n\n       three\n"
    )


def test_comments_and_tags_are_in_line_with_what_they_stood_in_line_with() -> None:
    """Whatever its level was; what stood in line with nothing keeps its distance."""
    text = (
        "instances:\n    # first\n    a:\n        # field\n        gpuNum: 1\n        # last\n"
        "          # farther\n    #% for n in x\n    b{{ n }}: {}\n    #% endfor\n# end\n"
    )

    assert laid_out(text) == (
        "instances:\n  # first\n  a:\n    # field\n    gpuNum: 1\n    # last\n"
        "      # farther\n  #% for n in x\n  b{{ n }}: {}\n  #% endfor\n# end\n"
    )


def test_blank_lines_are_kept_one_by_one() -> None:
    """One where there were several, none at the file's ends, and a newline behind the last line."""
    assert laid_out("\n\nversion:    1\n\n  \n\n# c  \ninstances: {}   \n\n\n") == "version: 1\n\n# c\ninstances: {}\n"
    assert laid_out("instances: {}") == "instances: {}\n"


def test_a_text_that_keeps_its_blank_lines_keeps_them() -> None:
    """No blank line of such a file is touched, since those below a tag that vanishes are the text's too."""
    text = "instances:\n  a:\n    command: |+\n      x\n\n\n    #% if y\n\n    name: n\n    #% endif\n"

    assert laid_out(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "{a: 1}\n",
        "[1,\n   2]\n",
        "text\n",
        "# only\n",
        "",
        "a:\n  ? b\n  : c\n",
        "a:\n  ? [x]\n  : y\n",
        "--- \na: 1\n",
    ],
)
def test_what_is_laid_out_otherwise_is_left_alone(text: str) -> None:
    """Documents in one bracket, keys with a question mark, and nothing at all."""
    assert laid_out(text).rstrip() == text.rstrip().replace("--- ", "---")


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("a: '{{ b }}'\n", False),
        ("a: {{ b }}\n", False),
        ("#% set x = 1\na: 1\n", False),
        ("{% macro m() %}\n     x: 1\n{% endmacro %}\na: 1\n", True),
        ("{% set x %}\n   y\n{% endset %}\na: 1\n", True),
        ("{%- if x %}\na: 1\n{% endif %}\n", True),
        ("a:\n  {% include 'x' %}\n", True),
        ("#% from 'x' import y\na: 1\n", True),
        ("a: '{{ x | safe }}'\n", True),
    ],
)
def test_it_is_known_where_only_a_rendering_can_prove_it(text: str, needs: bool) -> None:
    """Where a template inserts lines, or takes blanks away."""
    made = formatted(text, file="i.yaml")

    assert isinstance(made, Formatted)
    assert (made.depends_on_layout, made.text) == (needs, text)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a:\n  b: {% if x %}{c: 1}{% endif %}\n", "not-formatted", 2),
        ("a: {{ 1\n  + 1 }}\n b: 2\n", "not-formatted", 3),
        ("a: [1\nb: 2\n", "yaml-syntax", 1),
        ("a: 1\n{{ b\n", "template-syntax", 2),
        ("a: 1\n---\nb: 1\n", "several-documents", 2),
    ],
)
def test_what_can_not_be_read_is_refused_with_its_place(text: str, code: str, line: int) -> None:
    """A template that is no YAML as it stands, and texts that are neither."""
    problem = refused(text)

    assert problem.place is not None
    assert (problem.code, problem.place.line) == (code, line)


@pytest.mark.parametrize("path", sorted(BAD.iterdir()), ids=lambda path: path.name)
def test_a_bad_file_is_laid_out_or_refused(path: Path) -> None:
    """Never an exception, and laid out it is laid out for good."""
    text = decode(Source(file=path.name, inside=path.name, content=path.read_bytes()))
    if isinstance(text, Problems):
        return

    made = formatted(text, file=path.name)

    assert isinstance(made, Problem) or made.text == laid_out(made.text)
