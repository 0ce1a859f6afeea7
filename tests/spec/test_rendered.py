"""The source map: any offset to its place, quickly and exactly."""

from gpuspec.model.place import Place
from gpuspec.spec.rendered import Rendered
from tests.builders.templates import rendered


def test_each_character_of_a_file_without_tags_stands_where_it_stands() -> None:
    """Near its piece's start and far from it, in a first line and in a later one."""
    text = "é: 1\n" + "key: value\n" * 2000
    made = Rendered(file="f", text=text, inserted=(), starts=(0,), origins=(Place(file="f", line=1, column=1),))

    offsets = [0, 3, 4, 5, 6, 4090, 4096, 4097, 4110, len(text) - 1, len(text)]
    assert [(made.place(at).line, made.place(at).column) for at in offsets] == [
        (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)) for at in offsets
    ]


def test_all_of_a_token_stands_where_its_expression_does() -> None:
    """And what follows it stands after the closing braces."""
    made = rendered("a: {{ x }}b", x="long value")

    assert {str(made.place(offset)) for offset in range(3, 6)} == {"spec.yaml:1:7"}
    assert str(made.place(6)) == "spec.yaml:1:11"


def test_insertions_can_be_taken_by_index_and_by_slice() -> None:
    """As any sequence."""
    made = rendered("{{ 1 }}{{ 2 }}{{ 3 }}")

    assert len(made.inserted) == 3
    assert [one.value for one in made.inserted[1:]] == [2, 3]
    assert made.inserted[-1].value == 3
    assert [str(place) for place in made.origins[:2]] == ["spec.yaml:1:4", "spec.yaml:1:11"]
    assert len(made.origins) == len(made.starts) == 3
