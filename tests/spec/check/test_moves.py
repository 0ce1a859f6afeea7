"""`moved`: which moves can be, with the places of those that can't."""

import pytest

from gpuspec.model.problem import Problems
from gpuspec.spec.load import SpecSet, load
from gpuspec.spec.rendered_document import rendered_document
from gpuspec.spec.template.bounds import Bounds
from tests.builders.spec import Files, a_source, an_instance

INSTANCES = "instances:\n" + an_instance("a") + an_instance("b")


def loaded(*texts: str) -> SpecSet | Problems:
    """The set of these files."""
    sources = [a_source(text, file=f"{number}.yaml") for number, text in enumerate(texts)]
    return load(sources, variables={"was": "old"}, includes=Files(), bounds=Bounds())


def test_a_move_says_where_an_instance_stood_before() -> None:
    """By the address that it has; rendered, it is still there."""
    specs = loaded('moved: [{from: "{{ was }}", to: a}]\n' + INSTANCES, "instances: {}\n")

    assert isinstance(specs, SpecSet)
    assert specs.moved == {"a": "old"}
    assert rendered_document(specs)["moved"] == [{"from": "old", "to": "a"}]


@pytest.mark.parametrize(
    ("moved", "faults"),
    [
        ("[{from: x, to: c}]", ["1:23 moved-nowhere"]),
        ("[{from: b, to: a}]", ["1:16 moved-and-there"]),
        ("[{from: x, to: a}, {from: x, to: b}]", ["1:34 moved-twice"]),
        ("[{from: x, to: a}, {from: y, to: a}]", ["1:41 moved-twice"]),
        ("[{from: x, to: y}, {from: y, to: a}]", ["1:23 moved-nowhere"]),
        ("[{from: a, to: a}]", ["1:16 moved-and-there"]),
        ("[{from: 'x/y', to: a}]", ["1:16 bad-address"]),
        ("[{from: x}]", ["1:9 missing-field"]),
        ("[{from: x, to: a, why: z}]", ["1:26 unknown-field"]),
        ("{from: x, to: a}", ["1:8 wrong-type"]),
        ("[\"{{ secret('env:X') }}\"]", ["1:13 not-a-map"]),
        ("[{from: \"{{ secret('env:X') }}\", to: a}]", ["1:20 secret-misused"]),
    ],
)
def test_a_move_that_can_not_be_is_a_fault(moved: str, faults: list[str]) -> None:
    """No move leads nowhere, away from what is still there, or twice; so there are no chains and no circles."""
    specs = loaded(f"moved: {moved}\n{INSTANCES}")

    assert isinstance(specs, Problems)
    assert [f"{one.place.line}:{one.place.column} {one.code}" for one in specs.items if one.place] == faults


def test_a_move_stands_in_the_file_of_its_instance() -> None:
    """And what it comes from is in no file at all."""
    elsewhere = loaded("moved: [{from: x, to: c}]\n" + INSTANCES, "instances:\n" + an_instance("c"))
    still_there = loaded("moved: [{from: c, to: a}]\n" + INSTANCES, "instances:\n" + an_instance("c"))

    assert isinstance(elsewhere, Problems)
    assert isinstance(still_there, Problems)
    assert [one.code for one in (*elsewhere.items, *still_there.items)] == ["moved-nowhere", "moved-and-there"]
