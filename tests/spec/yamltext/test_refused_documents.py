"""What is refused, where, and in which words: a table of texts, each with one thing wrong."""

import pytest

from gpuspec.model.problem import Problem, Problems, Severity
from gpuspec.spec.yamltext.read import read
from tests.builders.rendering import a_text

# Name -> text, code, line:column, words of the message, words of the hint.
DOCUMENTS: dict[str, tuple[str, str, str, str, str]] = {
    # nothing there
    "an empty file": ("", "file-empty", "1:1", "nothing in it", "render"),
    "only comments": ("# one\n\n# two\n", "file-empty", "1:1", "nothing in it", "render"),
    "only a document start": ("---\n", "file-empty", "1:1", "nothing in it", "render"),
    # several documents
    "two documents": ("a: 1\n---\nb: 2", "several-documents", "2:1", "second document", "file of its own"),
    "an empty document first": ("---\n---\na: 1", "several-documents", "2:1", "second document", "---"),
    "text after the document's end": ("a: 1\n...\nb: 2", "yaml-syntax", "3:1", "Nothing may follow", "remove"),
    # versions, directives, tags
    "YAML 1.1": ("%YAML 1.1\n---\na: 1", "yaml-version", "1:1", "YAML 1.2", "remove the line"),
    "YAML 2.0": ("%YAML 2.0\n---\na: 1", "yaml-version", "1:1", "YAML 1.2", "remove the line"),
    "a version that is none": ("%YAML x\n---\na: 1", "yaml-version", "1:1", "YAML 1.2", "remove the line"),
    "two version lines": ("%YAML 1.2\n%YAML 1.2\n---\na", "yaml-version", "2:1", "YAML 1.2", "remove the line"),
    "an unknown directive": ("%FOO\n---\na: 1", "yaml-syntax", "1:1", "begins with `%`", "`#% `"),
    "a template line without its hash": ("a: 1\n% for x in y", "yaml-syntax", "2:1", "begins with `%`", "`#% `"),
    "a tag line": ("%TAG ! x\n---\na: 1", "yaml-tag", "1:1", "%TAG", "remove the line"),
    "a tag on a scalar": ("a: !!str 5", "yaml-tag", "1:4", "tags are not read", "quotes"),
    "a tag on a map": ("a: !x {b: 1}", "yaml-tag", "1:4", "tags are not read", "quotes"),
    "a tag on a key": ("!!str a: 1", "yaml-tag", "1:1", "tags are not read", "quotes"),
    "a tag behind an anchor": ("a: &x !!str 5", "yaml-tag", "1:7", "tags are not read", "quotes"),
    "a tag with an unknown handle": ("a: !x!y z", "yaml-tag", "1:4", "tags are not read", "quotes"),
    "a tag that is broken": ("a: !<x", "yaml-tag", "1:4", "tags are not read", "quotes"),
    "a tag of bytes that are no text": ("a: !<%41%FF> x", "yaml-tag", "1:4", "tags are not read", "quotes"),
    # keys
    "a key twice": ("a: 1\nb: 2\na: 3", "duplicate-key", "3:1", "`a` stands twice", "remove one"),
    "a key twice in a flow map": ("{a: 1, a: 2}", "duplicate-key", "1:8", "`a` stands twice", "remove one"),
    "a key twice in two spellings": ("a: 1\n'a': 2", "duplicate-key", "2:1", "`a` stands twice", "remove one"),
    "an integer as key": ("8080: a", "key-not-a-string", "1:1", "`8080` is not text", '"8080":'),
    "a float as key": ("1.5: a", "key-not-a-string", "1:1", "`1.5` is not text", '"1.5":'),
    "true as key": ("true: a", "key-not-a-string", "1:1", "`true` is not text", '"true":'),
    "null as key": ("null: a", "key-not-a-string", "1:1", "`null` is not text", '"null":'),
    "a number too large as key": ("99999999999999999999: a", "key-not-a-string", "1:1", "is not text", "write"),
    "no key": ("?\n: a", "key-not-a-string", "1:2", "no key before", "write a key"),
    "no key on a line": ("a: 1\n: b", "yaml-syntax", "2:1", "no key before", "write a key"),
    "no key in braces": ("{: a}", "yaml-syntax", "1:2", "no key before", "write a key"),
    "a list as key": ("[a]: 1", "key-not-a-string", "1:1", "can't be a key", "quotes"),
    "a map as key": ("? {a: 1}\n: 1", "key-not-a-string", "1:3", "can't be a key", "quotes"),
    "an expression not filled in": ("a: {{ x }}", "key-not-a-string", "1:4", "braces", "quotes round it"),
    "an expression not filled in, as key": ("{{ x }}: 1", "key-not-a-string", "1:1", "braces", "quotes round it"),
    "an alias as key": ("a: &x b\n*x : 1", "yaml-alias", "2:1", "can't be a key", "write the key out"),
    "a long key": ("k" * 1025 + ": 1", "yaml-syntax", "1:1026", "no key may stand here", "1,024"),
    # aliases and merges
    "an alias without an anchor": ("a: *x", "yaml-alias", "1:4", "no anchor `&x` above", "quote"),
    "an alias before its anchor": ("a: *x\nb: &x 1", "yaml-alias", "1:4", "no anchor", "quote"),
    "a recursive alias": ("a: &x [1, *x]", "yaml-alias", "1:11", "inside the value", "write the value out"),
    "a merge of itself": ("a: &x {<<: *x}", "yaml-alias", "1:12", "inside the value", "write the value out"),
    "a merge of a list": ("a: &x {b: 1}\nc: {<<: [*x]}", "yaml-merge", "2:9", "takes one map", "&name"),
    "a merge of a scalar": ("<<: 1", "yaml-merge", "1:5", "takes one map", "&name"),
    "two merges": ("a: &x {b: 1}\nc:\n  <<: *x\n  <<: *x", "yaml-merge", "4:7", "merge key already", "one map"),
    # numbers
    "an integer beyond 64 bits": ("a: 9223372036854775808", "yaml-number", "1:4", "64 bits", "quotes"),
    "an integer of 5,000 digits": ("a: " + "9" * 5000, "yaml-number", "1:4", "64 bits", "quotes"),
    "a hexadecimal integer beyond 64 bits": ("a: 0xfffffffffffffffff", "yaml-number", "1:4", "64 bits", "quotes"),
    "a float that is infinite": ("a: 1e999", "yaml-number", "1:4", "larger", "quotes"),
    "a float of 100,000 digits": ("a: 1." + "1" * 100_000, "yaml-number", "1:4", "longer", "quotes"),
    "infinity": ("a: -.inf", "yaml-number", "1:4", "finite", "quotes"),
    "not a number": ("a: [.nan]", "yaml-number", "1:5", "finite", "quotes"),
    # characters
    "a control character": ("a: x\x07y", "bad-character", "1:5", "U+0007", "escape"),
    "a line separator": ("a: 1 # x\u2028b: 2", "bad-character", "1:9", "U+2028", "escape"),
    "a next-line character": ("a: x\x85y", "bad-character", "1:5", "U+0085", "escape"),
    "a byte order mark inside": ("a: 1\n\ufeffb: 2", "bad-character", "2:1", "U+FEFF", "remove"),
    "a lone surrogate": ("a: \ud800", "bad-character", "1:4", "U+D800", "remove"),
    "a token's character as an escape": ('a: "\\uE000"', "bad-character", "1:4", "U+E000", "remove the escape"),
    # colons and indentation
    "a second colon": ("a: b: c", "yaml-syntax", "1:5", "second `: `", "quotes"),
    "a map below a value": ("a: 1\n  b: 2", "yaml-syntax", "2:4", "has its value already", "alike"),
    "a map below a text": ("a\n  b: 2", "yaml-syntax", "1:1", "no key with a colon", "key: value"),
    "a line without colon": ("a: 1\nb\nc: 2", "yaml-syntax", "2:1", "it has none", "key: value"),
    "no blank after the colon": ("a:b\nc: 1", "yaml-syntax", "1:2", "blank has to follow the colon", "key: value"),
    "no blank after a later colon": ("c: 1\na:b\nd: 1", "yaml-syntax", "2:2", "blank has to follow", "key: value"),
    "indentation between two": ("a:\n  b: 1\n c: 2", "yaml-syntax", "3:2", "fits none of the keys", "alike"),
    "the first line indented": ("  a: 1\nb: 2", "yaml-syntax", "2:1", "belongs to nothing", "alike"),
    "a key among a list's items": ("- a\nb: 1", "yaml-syntax", "2:1", "no `- ` before it", "begin it"),
    "an item among keys": ("a: 1\n- b", "yaml-syntax", "2:1", "where a key is due", "colon"),
    "a list on its key's line": ("a: - b", "yaml-syntax", "1:4", "line of its key", "line of its own"),
    "a question mark in a value": ("a: ? b", "yaml-syntax", "1:4", "no key may stand here", "quotes"),
    # tabs
    "a tab as indentation": ("a:\n\tb: 1", "yaml-syntax", "2:1", "a tab here", "blanks"),
    "a tab in the first line": ("\ta: 1", "yaml-syntax", "1:1", "a tab here", "blanks"),
    "a tab after a dash": ("-\t- a", "yaml-syntax", "1:2", "a tab here", "blanks"),
    "a tab on a blank line": ("a: 1\n\t\nb: 2", "yaml-syntax", "2:1", "a tab here", "blanks"),
    "a tab in a block of text": ("a: |\n\tx", "yaml-syntax", "2:1", "a tab here", "blanks"),
    # quotes
    "a double quote not closed": ('a: "x\nb: 1', "yaml-syntax", "1:4", "not closed", "closing quote"),
    "a single quote not closed": ("b: 1\na: 'x\n", "yaml-syntax", "2:4", "not closed", "closing quote"),
    "a quote not closed before ---": ("a: 'x\n---\ny'", "yaml-syntax", "1:4", "not closed before", "closing quote"),
    "an apostrophe in single quotes": ("a: 'it's'", "yaml-syntax", "1:8", "after the closing `'`", "twice"),
    "text after a quote": ('a: "x" y', "yaml-syntax", "1:8", 'after the closing `"`', "round all"),
    "text after a bracket": ("a: [b]c", "yaml-syntax", "1:7", "after the closing `]`", "round all"),
    "a Windows path in double quotes": ('a: "C:\\Users"', "yaml-syntax", "1:7", "`\\U` is not one", "single quotes"),
    "a pattern in double quotes": ('a: "x\\d"', "yaml-syntax", "1:6", "`\\d` is not one", "single quotes"),
    "an escape for half a character": ('a: "\\uD83D"', "yaml-syntax", "1:5", "`\\u` is not one", "single quotes"),
    "a backslash at the end": ('a: "\\', "yaml-syntax", "1:5", "begins an escape", "single quotes"),
    # brackets
    "a bracket not closed": ("a: [1, 2\nb: 3", "yaml-syntax", "1:4", "`[` is not closed", "`]`"),
    "a brace not closed at the end": ("a: {x: 1", "yaml-syntax", "1:4", "`{` is not closed", "`}`"),
    "a brace that opens at the end": ("a: [1]\nb: {\n\n", "yaml-syntax", "2:4", "`{` is not closed", "`}`"),
    "a bracket and a comma at the end": ("a: [{b: 1},", "yaml-syntax", "1:4", "`[` is not closed", "`]`"),
    "a question mark in brackets at the end": ("a: [?\n", "yaml-syntax", "1:4", "not closed", "`]`"),
    "no comma": ("a: {x: 'a' y: 'b'}", "yaml-syntax", "1:12", "comma or the closing `}`", "add it"),
    "no comma in a list": ("a: ['a' 'b']", "yaml-syntax", "1:9", "comma or the closing `]`", "add it"),
    "two commas": ("a: [1,, 2]", "yaml-syntax", "1:7", "`,` comes", "add the value"),
    "a bracket too many": ("a: ]", "yaml-syntax", "1:4", "`]` comes", "quotes"),
    "the wrong bracket": ("a: [\n}", "yaml-syntax", "2:1", "`}` comes", "quotes"),
    "a colon inside a flow text": ("a: [x:y:z]", "yaml-syntax", "1:6", "end of a key", "quotes"),
    "a dash inside braces": ("a: {b: c, - d}", "yaml-syntax", "1:11", "`-` comes", "quotes"),
    # first characters
    "an at sign": ("a: @x", "yaml-syntax", "1:4", "`@` needs quotes", "quotes"),
    "a backtick": ("a: `x`", "yaml-syntax", "1:4", "a backtick needs quotes", "quotes"),
    "a percent sign": ("a: %x", "yaml-syntax", "1:4", "`%` needs quotes", "quotes"),
    "a lone ampersand": ("a: & b", "yaml-syntax", "1:4", "anchor, and none follows", "`&`"),
    "a lone asterisk": ("a: * b", "yaml-syntax", "1:4", "alias, and none follows", "`*`"),
    "a pattern of files": ("a: *.txt", "yaml-syntax", "1:4", "alias, and none follows", "`*`"),
    "text on the line of a block": ("a: |x\n y", "yaml-syntax", "1:5", "next line", "quotes"),
    "a block indented by nothing": ("a: |0\n x", "yaml-syntax", "1:5", "at least one blank", "digit"),
    # bounds
    "65 lists in one another": ("[" * 65 + "]" * 65, "yaml-too-deep", "1:65", "more than 64 deep", "not closed"),
}


def problems_of(text: str) -> tuple[Problem, ...]:
    got = read(a_text(text))
    return got.items if isinstance(got, Problems) else got.problems


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_fault_has_its_place_and_its_way_out(name: str) -> None:
    """Each text gives exactly one problem, at its place, in words of ours."""
    text, code, place, message, hint = DOCUMENTS[name]

    problems = problems_of(text)

    assert [(code, f"spec.yaml:{place}")] == [(problem.code, str(problem.place)) for problem in problems]
    assert message in problems[0].message
    assert hint in problems[0].hint
    assert problems[0].severity is Severity.ERROR


@pytest.mark.parametrize("text", ["0777", "-0777", "00", "08"])
def test_a_leading_zero_is_decimal_and_warned_of(text: str) -> None:
    """YAML 1.2 has no such octal numbers; the warning doesn't repeat the number, which could be a password."""
    (problem,) = problems_of(f"a: {text}")

    assert (problem.code, problem.severity, problem.path) == ("octal-looking", Severity.WARNING, "a")
    assert text not in problem.message + problem.hint


@pytest.mark.parametrize("text", ["0", "-0", "0.5", "'0777'", "0o17", "0x1F"])
def test_other_zeros_are_not_warned_of(text: str) -> None:
    """A zero alone, before a point, in quotes or in a base's prefix says what it means."""
    assert problems_of(f"a: {text}") == ()


def test_all_faults_that_leave_the_text_readable_come_at_once() -> None:
    """Reading goes on after each of them, with paths, and a syntax fault comes last."""
    text = "a: .inf\nb:\n  - !x 1\n  - {8080: x, k: {c: 1, c: 2}}\nd: *none\ne: [\n"

    problems = problems_of(text)

    assert [(problem.code, problem.path) for problem in problems] == [
        ("yaml-number", "a"),
        ("yaml-tag", "b[0]"),
        ("key-not-a-string", "b[1]"),
        ("duplicate-key", "b[1].k.c"),
        ("yaml-alias", "d"),
        ("yaml-syntax", ""),
    ]


def test_a_duplicate_names_the_first_place() -> None:
    """Also for the third of its kind, and among other keys."""
    problems = problems_of("x: 0\na: 1\ny: 0\na: 2\nz: 0\na: 3\nz: 4")

    assert [f"{p.place} {p.related[0].label} {p.related[0].place}".replace("spec.yaml:", "") for p in problems] == [
        "4:1 first written here 2:1",
        "6:1 first written here 2:1",
        "7:1 first written here 5:1",
    ]


def test_what_broke_off_names_both_of_its_ends() -> None:
    """A bracket that runs on shows where it opened and where reading broke off."""
    (problem,) = problems_of("a: {\n b: 1\n  c: 2}")
    (other,) = problems_of("a: {x: 'a' y: 1}")

    assert (
        str(problem.place),
        problem.related[0].label,
        str(problem.related[0].place),
    ) == ("spec.yaml:1:4", "it broke off here", "spec.yaml:3:4")
    assert (
        str(other.place),
        other.related[0].label,
        str(other.related[0].place),
    ) == ("spec.yaml:1:12", "the brace opened here", "spec.yaml:1:4")


def test_only_the_first_hundred_characters_are_complained_of() -> None:
    """A binary file is no thousand problems."""
    assert len(problems_of("\x00" * 5_000)) == 100
