"""Texts made to hurt end at once, with a place."""

import gc
from time import process_time

import pytest

from gpuspec.model.problem import MOST_ERRORS, Problem, Problems
from gpuspec.spec.tree import Tree
from gpuspec.spec.yamltext.limits import Limits
from gpuspec.spec.yamltext.read import read
from tests.builders.rendering import a_text

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
MERGES = (
    "a0: &a0 {"
    + ", ".join(f"k{n}: {n}" for n in range(1000))
    + "}\n"
    + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 5000))
)
REFUSED = {
    "brackets": ("[" * 200_000, "yaml-too-deep"),
    "braces": ("{" * 200_000, "yaml-too-deep"),
    "dashes": ("- " * 200_000, "yaml-too-deep"),
    "question marks": ("? " * 200_000, "yaml-too-deep"),
    "billion laughs": (LAUGHS, "yaml-too-big"),
    "merges of merges": (MERGES, "yaml-too-big"),
    "a quote never closed": ('a: "' + "x" * 10_000_000, "yaml-syntax"),
    "a line without end": ("a: b: " + "x" * 10_000_000, "yaml-syntax"),
    "many lines before a fault": ("a: |\n" + "  x\n" * 1_000_000 + "\tb", "yaml-syntax"),
    "an integer of 10 MB": ("a: " + "1" * 10_000_000, "yaml-number"),
    "an almost-number of 10 MB": ("a: 1." + "1" * 10_000_000, "yaml-number"),
}


def problems_of(got: Tree | Problems) -> tuple[Problem, ...]:
    return got.items if isinstance(got, Problems) else got.problems


@pytest.mark.parametrize("name", REFUSED)
def test_a_bomb_is_one_problem(name: str) -> None:
    """Within seconds of processor time, however large the text, and with a place."""
    text, code = REFUSED[name]
    began = process_time()

    (problem,) = problems_of(read(a_text(text)))

    assert code == problem.code
    assert problem.place is not None
    assert process_time() - began < 5


def test_a_long_text_is_no_bomb() -> None:
    """10 MB in one scalar are read."""
    tree = read(a_text("a: '" + "x" * 10_000_000 + "'"))

    assert isinstance(tree, Tree)
    assert tree.data == {"a": "x" * 10_000_000}


@pytest.mark.parametrize(
    "text", ["[" + "1, " * 200 + "]", "[" + "[], " * 200 + "]", "{" + "".join(f"k{n}: 1, " for n in range(200)) + "}"]
)
def test_a_document_holds_so_many_values(text: str) -> None:
    """The bound counts scalars, lists and keys alike."""
    assert [p.code for p in problems_of(read(a_text(text), limits=Limits(nodes=100)))] == ["yaml-too-big"]
    assert problems_of(read(a_text(text), limits=Limits(nodes=1000))) == ()


def test_aliases_count_at_full_length() -> None:
    """An alias to a list of aliases counts what they stand for."""
    text = "a: &a [1, 2, 3]\nb: &b [*a, *a]\nc: [*b, *b]"

    assert problems_of(read(a_text(text), limits=Limits(repeated=26))) == ()
    (problem,) = problems_of(read(a_text(text), limits=Limits(repeated=25)))

    assert (problem.code, str(problem.place)) == ("yaml-too-big", "spec.yaml:3:9")


def test_thousands_of_duplicates_take_no_time() -> None:
    """Finding the first of them is not a walk over the map each time."""
    text = "".join(f"k{n}: 1\n" for n in range(20_000)) * 2
    began = process_time()

    problems = problems_of(read(a_text(text)))
    assert [problem.code for problem in problems[-2:]] == ["duplicate-key", "too-many-faults"]
    assert len(problems) == MOST_ERRORS + 1
    assert process_time() - began < 10


@pytest.mark.parametrize("text", ["a: 1", "a: [", "a: 1\n---\n"])
def test_the_garbage_collector_is_left_as_it_was(text: str) -> None:
    """On after a document and after a fault; off, if somebody had it off."""
    read(a_text(text))
    assert gc.isenabled()

    gc.disable()
    try:
        read(a_text(text))
        assert not gc.isenabled()
    finally:
        gc.enable()
