"""What documents mean: a table of texts, each with one thing that is special about it."""

import pytest

from gpuspec.spec.tree import Data, Tree
from gpuspec.spec.yamltext.read import read
from tests.builders.rendering import a_text

DOCUMENTS: dict[str, tuple[str, Data]] = {
    # types of plain scalars
    "a text": ("a: nightly", {"a": "nightly"}),
    "an integer": ("a: 8888", {"a": 8888}),
    "a signed integer": ("a: [-1, +1]", {"a": [-1, 1]}),
    "a zero": ("a: 0", {"a": 0}),
    "the largest integer": ("a: 9223372036854775807", {"a": 2**63 - 1}),
    "the smallest integer": ("a: -9223372036854775808", {"a": -(2**63)}),
    "an octal integer": ("a: 0o17", {"a": 15}),
    "a hexadecimal integer": ("a: 0xFf", {"a": 255}),
    "no octal": ("a: 0o9", {"a": "0o9"}),
    "no underscore in numbers": ("a: 1_000", {"a": "1_000"}),
    "no binary numbers": ("a: 0b1", {"a": "0b1"}),
    "a float": ("a: 1.5", {"a": 1.5}),
    "a float without digits before the point": ("a: .5", {"a": 0.5}),
    "a float without digits after the point": ("a: 1.", {"a": 1.0}),
    "a float with an exponent": ("a: [1e3, 1.5E-3]", {"a": [1000.0, 0.0015]}),
    "a lone point": ("a: .", {"a": "."}),
    "a lone sign": ("a: +", {"a": "+"}),
    "a version number": ("a: 1.2.3", {"a": "1.2.3"}),
    "no sexagesimal numbers": ("a: 12:30:45", {"a": "12:30:45"}),
    "no dates": ("a: 2024-01-01", {"a": "2024-01-01"}),
    "digits of other scripts": ("a: ٣", {"a": "٣"}),
    "true and false in three cases": (
        "a: [true, True, TRUE, false, False, FALSE]",
        {"a": [True, True, True, False, False, False]},
    ),
    "no other case of true": ("a: tRUE", {"a": "tRUE"}),
    "no yes, no, on, off": ("a: [yes, NO, on, Off, y, n]", {"a": ["yes", "NO", "on", "Off", "y", "n"]}),
    "null in four spellings": ("a: [null, Null, NULL, ~]", {"a": [None] * 4}),
    "a value that is missing": ("a:\nb: 1", {"a": None, "b": 1}),
    "an item that is missing": ("- \n- 1", [None, 1]),
    "an equals sign": ("a: =", {"a": "="}),
    "a product id": ('productId: "4090.16c62g"', {"productId": "4090.16c62g"}),
    # quotes
    "quotes make texts": ('a: "1"\nb: \'true\'\nc: ""', {"a": "1", "b": "true", "c": ""}),
    "a quote in single quotes": ("a: 'it''s'", {"a": "it's"}),
    "escapes in double quotes": ('a: "x\\ty\\u00e9\\U0001F600"', {"a": "x\ty\u00e9\U0001f600"}),
    "a control character as an escape": ('a: "\\x07"', {"a": "\x07"}),
    "double quotes over lines": ('a: "x\n  y"', {"a": "x y"}),
    "double quotes joined with a backslash": ('a: "x\\\n  y"', {"a": "xy"}),
    "plain text over lines": ("a: x\n  y\nb: 1", {"a": "x y", "b": 1}),
    "no escapes in single quotes": ("a: 'C:\\new'", {"a": "C:\\new"}),
    # blocks of text
    "a literal block": ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
    "a literal block without its last newline": ("a: |-\n  x\n", {"a": "x"}),
    "a literal block with all newlines": ("a: |+\n  x\n\n", {"a": "x\n\n"}),
    "a folded block": ("a: >\n  x\n  y\n", {"a": "x y\n"}),
    "a block with its indentation given": ("a: |2\n    x\n", {"a": "  x\n"}),
    "a block of digits is text": ("a: |-\n  12\n", {"a": "12"}),
    "a block that looks like YAML": ("a: |-\n  b: [\n", {"a": "b: ["}),
    # lists and maps
    "a list at its key's column": ("a:\n- 1\n- 2", {"a": [1, 2]}),
    "a list of maps": ("- a: 1\n  b: 2\n- a: 3", [{"a": 1, "b": 2}, {"a": 3}]),
    "lists in lists": ("- - 1\n  - 2\n- - 3", [[1, 2], [3]]),
    "empty list and map": ("a: []\nb: {}", {"a": [], "b": {}}),
    "flow over several lines": ("a: [1,\n  2,\n]\nb: {\n  c: 1,\n}", {"a": [1, 2], "b": {"c": 1}}),
    "a pair in a list": ("a: [b: 1]", {"a": [{"b": 1}]}),
    "flow keys without values": ("a: {b, c: }", {"a": {"b": None, "c": None}}),
    "JSON": ('{"a": [1, null], "b": "x"}', {"a": [1, None], "b": "x"}),
    "JSON without blanks": ('{"a":1}', {"a": 1}),
    "a list as document": ("[1]", [1]),
    "a text as document": ("nightly", "nightly"),
    "null as document": ("null", None),
    # keys
    "quoted numbers as keys": ("\"8080\": a\n'1': b", {"8080": "a", "1": "b"}),
    "a key that is NO": ("NO: 1", {"NO": 1}),
    "a key with a question mark": ("? a\n: 1", {"a": 1}),
    "an empty key in quotes": ('"": 1', {"": 1}),
    "a key with blanks": ("a b: 1", {"a b": 1}),
    "keys keep their order": ("b: 1\na: 2", {"b": 1, "a": 2}),
    "the same key in two maps": ("a: {x: 1}\nb: {x: 2}", {"a": {"x": 1}, "b": {"x": 2}}),
    "keys that differ in case": ("a: 1\nA: 2", {"a": 1, "A": 2}),
    "a merge key in quotes": ('"<<": 1', {"<<": 1}),
    # anchors, aliases, merges
    "an alias to a scalar": ("a: &x 1\nb: *x", {"a": 1, "b": 1}),
    "an alias to a map": ("a: &x {y: 1}\nb: *x", {"a": {"y": 1}, "b": {"y": 1}}),
    "an anchor on a key": ("&x a: 1\nb: *x", {"a": 1, "b": "a"}),
    "an anchor given twice": ("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}),
    "an anchor given again inside itself": ("a: &x {b: &x 1}\nc: *x", {"a": {"b": 1}, "c": 1}),
    "a merge": ("a: &x {y: 1, z: 2}\nb:\n  <<: *x\n  z: 3", {"a": {"y": 1, "z": 2}, "b": {"y": 1, "z": 3}}),
    "a merge after the keys": ("a: &x {y: 1}\nb: {y: 2, <<: *x}", {"a": {"y": 1}, "b": {"y": 2}}),
    "a merge of a map in place": ("a: {<<: {b: 1}, c: 2}", {"a": {"b": 1, "c": 2}}),
    "a merge of a merge": (
        "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}",
        {"a": {"x": 1}, "b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 2}},
    ),
    # the text round it
    "comments": ("# one\na: 1 # two\n# three", {"a": 1}),
    "no comment without a blank": ("a: x#y", {"a": "x#y"}),
    "a document start": ("---\na: 1", {"a": 1}),
    "a document end": ("a: 1\n...\n", {"a": 1}),
    "a version line": ("%YAML 1.2\n---\na: 1", {"a": 1}),
    "a byte order mark": ("\ufeffa: 1", {"a": 1}),
    "Windows line ends": ("a: 1\r\nb: |\r\n  x\r\n", {"a": 1, "b": "x\n"}),
    "no newline at the end": ("a: 1", {"a": 1}),
    "characters beyond the basic plane": ("a: 😀", {"a": "😀"}),
    "a URL": ("a: https://host:8080/x?y=1#z", {"a": "https://host:8080/x?y=1#z"}),
    "a port and its protocol": ("a: [8080/tcp, 8081/http]", {"a": ["8080/tcp", "8081/http"]}),
    "a tab after a value": ("a: 1\t\nb: 2", {"a": 1, "b": 2}),
    "a percent sign inside a text": ("a: 5%", {"a": "5%"}),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_means_what_yaml_says(name: str) -> None:
    """Each text gives its data, types included, and no problem."""
    text, expected = DOCUMENTS[name]

    tree = read(a_text(text))

    assert isinstance(tree, Tree), tree
    assert tree.problems == ()
    assert repr(expected) == repr(tree.data)
