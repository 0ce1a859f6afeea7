"""Each key and value of a tree has its place, also what aliases, merges and expressions brought."""

import pytest

from gpuspec.model.place import Place
from gpuspec.spec.tree import HOLE, Path, Tree, dotted
from gpuspec.spec.yamltext.read import read
from tests.builders.rendering import SLOT, a_rendered, a_text

SPEC = """\
version: 1
instances:
  trainer:
    gpuNum: 2
    imageUrl: "nginx:1"   # comment
    ports: [8080/tcp, '8081/http']
    tools:
      - {name: Jupyter, port: "8888"}
      - name: x
    command: |
      one
      two
    note: one
      two
    lifecycle: {
      protect: true}
    more: []
"""


def a_tree(text: str, *values: object) -> Tree:
    tree = read(a_rendered(text, *values) if values else a_text(text))  # type: ignore[arg-type]
    assert isinstance(tree, Tree), tree
    return tree


def spot(place: Place) -> tuple[int, int, int]:
    return place.line, place.column, place.width


VALUES: dict[Path, tuple[int, int, int]] = {
    (): (1, 1, 7),
    ("version",): (1, 10, 1),
    ("instances",): (3, 3, 7),
    ("instances", "trainer"): (4, 5, 6),
    ("instances", "trainer", "gpuNum"): (4, 13, 1),
    ("instances", "trainer", "imageUrl"): (5, 15, 9),
    ("instances", "trainer", "ports"): (6, 12, 23),
    ("instances", "trainer", "ports", 0): (6, 13, 8),
    ("instances", "trainer", "ports", 1): (6, 23, 11),
    ("instances", "trainer", "tools"): (8, 7, 1),
    ("instances", "trainer", "tools", 0): (8, 9, 29),
    ("instances", "trainer", "tools", 0, "port"): (8, 31, 6),
    ("instances", "trainer", "tools", 1, "name"): (9, 15, 1),
    ("instances", "trainer", "command"): (10, 14, 1),
    ("instances", "trainer", "note"): (13, 11, 3),
    ("instances", "trainer", "lifecycle"): (15, 16, 1),
    ("instances", "trainer", "lifecycle", "protect"): (16, 16, 4),
    ("instances", "trainer", "more"): (17, 11, 2),
    # what isn't there is where it would be
    ("instances", "trainer", "productId"): (4, 5, 6),
    ("instances", "trainer", "ports", 2): (6, 12, 23),
    ("instances", "trainer", "ports", "x"): (6, 12, 23),
    ("instances", "trainer", "gpuNum", "x"): (4, 13, 1),
    ("nothing", 0): (1, 1, 7),
}
KEYS: dict[Path, tuple[int, int, int]] = {
    (): (1, 1, 7),
    ("version",): (1, 1, 7),
    ("instances", "trainer"): (3, 3, 7),
    ("instances", "trainer", "imageUrl"): (5, 5, 8),
    ("instances", "trainer", "ports", 0): (6, 13, 8),
    ("instances", "trainer", "tools", 0, "port"): (8, 25, 4),
    ("instances", "trainer", "productId"): (3, 3, 7),
}


@pytest.mark.parametrize("path", VALUES, ids=dotted)
def test_a_value_has_a_place(path: Path) -> None:
    """Line, column and width of the value; a block is shown by its first key or dash."""
    assert spot(a_tree(SPEC).place(path)) == VALUES[path]


@pytest.mark.parametrize("path", KEYS, ids=dotted)
def test_a_key_has_a_place(path: Path) -> None:
    """Line, column and width of the key; of an item the item's own."""
    assert spot(a_tree(SPEC).key_place(path)) == KEYS[path]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_places_count_lines_whatever_ends_them(line_end: str) -> None:
    """A carriage return is not counted as a column of the next line."""
    tree = a_tree(f"a: |{line_end}  x{line_end}b: 😀{line_end}c: 1{line_end}")

    assert [spot(tree.place((key,))) for key in "abc"] == [(1, 4, 1), (3, 4, 1), (4, 4, 1)]


def test_a_byte_order_mark_moves_only_its_own_line() -> None:
    """libyaml leaves it out of its offsets; the reader doesn't."""
    assert spot(a_tree("\ufeffa: 1\nb: 2").place(("b",))) == (2, 4, 1)


def test_anchors_are_no_part_of_a_value() -> None:
    """The value is underlined, not its name."""
    tree = a_tree("a: &x 12\nb: &y {c: 1}\nd: &z")

    assert [spot(tree.place((key,))) for key in "abd"] == [(1, 7, 2), (2, 7, 6), (3, 4, 2)]


def test_an_alias_has_its_own_place_and_its_parts_have_theirs() -> None:
    """A wrong part stands where it was written."""
    tree = a_tree("a: &x {c: 1}\nb: *x\ns: &s 'q'\nt: *s")

    assert spot(tree.place(("b",))) == (2, 4, 2)
    assert spot(tree.place(("b", "c"))) == (1, 11, 1)
    assert spot(tree.place(("t",))) == (4, 4, 2)
    assert tree.quoted(("t",))


def test_a_merged_entry_stands_where_it_was_written() -> None:
    """Entries of the map itself keep their places."""
    tree = a_tree("a: &x {c: 1, d: 2}\nb:\n  <<: *x\n  d: 3\n  e: 4")

    assert tree.data["b"] == {"c": 1, "d": 3, "e": 4}  # type: ignore[index, call-overload]
    assert [spot(tree.place(("b", key))) for key in "cde"] == [(1, 11, 1), (4, 6, 1), (5, 6, 1)]
    assert [spot(tree.key_place(("b", key))) for key in "cde"] == [(1, 8, 1), (4, 3, 1), (5, 3, 1)]


@pytest.mark.parametrize("template", ["a: «»", "a: '«»'", 'a: "«»"', "a: &x «»", "a: [«»]", "{a: «»}", "a:\n  - «»"])
def test_an_inserted_value_stands_where_its_expression_does(template: str) -> None:
    """The expression is underlined as a whole, without its quotes."""
    tree = a_tree(template, 8080)
    path: Path = ("a", 0) if isinstance(tree.data["a"], list) else ("a",)  # type: ignore[index, call-overload]
    line = template.splitlines()[-1]

    assert spot(tree.place(path)) == (len(template.splitlines()), line.index(SLOT) + 1, 7)
    assert tree.inserted(path)


def test_text_round_an_expression_is_underlined_as_written() -> None:
    """Widths are those of the user's file, not of the rendered text."""
    tree = a_tree("a: x-«» # c\nb: «»-y\nk-«»: 1\n'«»': 2", 1, "a very long value", 3, 4)

    assert spot(tree.place(("a",))) == (1, 4, 9)
    assert spot(tree.place(("b",))) == (2, 4, 9)
    assert spot(tree.key_place(("k-3",))) == (3, 1, 9)
    assert spot(tree.key_place(("4",))) == (4, 2, 7)
    assert not tree.inserted(("a",))


def test_all_of_an_inserted_map_stands_at_its_expression() -> None:
    """Keys, values, what is missing in it: nothing of it is in the file."""
    tree = a_tree("z: 1\na: «»", {"p": [1, {"q": "x"}]})
    paths: tuple[Path, ...] = (("a",), ("a", "p"), ("a", "p", 1, "q"), ("a", "none"))

    assert [spot(tree.place(path)) for path in paths] == [(2, 4, 7)] * 4
    assert [(2, 1, 1), *[(2, 4, 7)] * 3] == [spot(tree.key_place(path)) for path in paths]
    assert all(tree.inserted(path) for path in paths)


def test_only_what_one_expression_gave_is_inserted() -> None:
    """Not written values, not text with an expression in it, not a block, not what isn't there."""
    tree = a_tree("a: 1\nb: x«»\nc: |\n  «»\nd: «»\ne: [«»]\nf: &f «»\ng: *f", "1", "2", 3, 4, 5)
    paths: tuple[Path, ...] = (("a",), ("b",), ("c",), ("d",), ("e",), ("e", 0), ("g",), ("h",), ())

    assert [tree.inserted(path) for path in paths] == [False, False, False, True, False, True, True, False, False]


def test_quotes_are_known() -> None:
    """For hints: quoted or not, behind an anchor, and not for what isn't there."""
    tree = a_tree("a: 'x'\nb: \"1\"\nc: x\nd: &x 'y'\ne: |\n  'z'\nf: ['g']")
    paths: tuple[Path, ...] = (("a",), ("b",), ("c",), ("d",), ("e",), ("f",), ("f", 0), ("h",), ("a", "x"))

    assert [tree.quoted(path) for path in paths] == [True, True, False, True, False, False, True, False, False]


def test_what_a_fault_left_out_lends_its_places_to_nothing() -> None:
    """Lists and maps that were dropped stay alive, so that no inserted one can have their identity."""
    text = "".join(f"a: [{n}, {{x: 1}}]\n" for n in range(200)) + f"z: {SLOT}"
    tree = a_tree(text, [[{"x": n}] for n in range(200)])

    assert {(201, 4)} == {spot(tree.place(("z", n, 0, "x")))[:2] for n in range(200)}


def test_a_hole_shows_as_one() -> None:
    """In a failing assertion nobody takes it for a value."""
    assert repr(HOLE) == "HOLE"


def test_a_path_reads_like_a_path() -> None:
    """Dots for keys, brackets for items."""
    assert dotted(("instances", "trainer", "ports", 0, "x")) == "instances.trainer.ports[0].x"
    assert dotted((0, "a")) == "[0].a"
    assert dotted(()) == ""
