"""Bytes to text: UTF-8 only, nothing that a parser and an editor see differently."""

import pytest

from gpuspec.model.problem import Problem, Problems
from gpuspec.spec import text as text_module
from gpuspec.spec.plain import plain
from gpuspec.spec.rendered import Rendered
from gpuspec.spec.text import decode
from tests.builders.templates import a_source


def faults(content: bytes) -> tuple[Problem, ...]:
    """What is wrong with a file of these bytes."""
    made = decode(a_source(content))
    assert isinstance(made, Problems)
    return made.items


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ""),
        (b"\xef\xbb\xbfa: 1", "a: 1"),
        (b"a: 1\r\nb: 2\rc: 3\n", "a: 1\nb: 2\nc: 3\n"),
        ("é😀\t\u00a0".encode(), "é😀\t\u00a0"),
        (b"'\\\\u00e9'", "'\\\\u00e9'"),
    ],
)
def test_text_is_decoded(content: bytes, expected: str) -> None:
    """Without byte order mark, with line feeds only."""
    assert decode(a_source(content)) == expected


@pytest.mark.parametrize(
    ("content", "code", "place", "words"),
    [
        (b"\xff\xfea\x00", "not-utf8", "1:1", "UTF-16"),
        (b"\xfe\xff\x00a", "not-utf8", "1:1", "UTF-16"),
        (b"a: 1\nb: \xe9t\xe9", "not-utf8", "2:4", "0xE9"),
        (b"\xef\xbb\xbfa\r\nb\xed\xa0\x80", "not-utf8", "2:2", "0xED"),
        (b"a\x00b\x00", "bad-character", "1:2", "NUL"),
        (b"ab\n\x1bx", "bad-character", "2:1", "U+001B"),
        ("a\u0085".encode(), "bad-character", "1:2", "NEL"),
        ("a\u2028".encode(), "bad-character", "1:2", "LINE SEPARATOR"),
        ("a\u2029".encode(), "bad-character", "1:2", "PARAGRAPH SEPARATOR"),
        ("a\ufeff".encode(), "bad-character", "1:2", "byte order mark"),
        ("a\uffff".encode(), "bad-character", "1:2", "U+FFFF"),
        ("a\ue003".encode(), "bad-character", "1:2", "U+E003"),
        (b'"\\ue000"', "bad-character", "1:2", "`\\ue000`"),
        (b'"\\U0000E001"', "bad-character", "1:2", "`\\U0000E001`"),
    ],
)
def test_what_is_no_plain_text_is_refused_at_its_place(content: bytes, code: str, place: str, words: str) -> None:
    """Column and line are those of an editor."""
    problem = faults(content)[0]

    assert (problem.code, str(problem.place)) == (code, f"spec.yaml:{place}")
    assert words in problem.message
    assert problem.hint


def test_a_binary_file_is_not_complained_of_without_end() -> None:
    """The first twenty characters say enough."""
    assert len(faults(b"\x01" * 1000)) == 20


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size is told, in bytes."""
    monkeypatch.setattr(text_module, "MAX_BYTES", 10)

    (problem,) = faults(b"a" * 11)

    assert problem.code == "file-too-large"
    assert "11 bytes" in problem.message


def test_a_plain_file_is_not_a_template() -> None:
    """Braces and tags in it are text."""
    made = plain(a_source("a: {{ x }}\n#% for\nb: 1"))

    assert isinstance(made, Rendered)
    assert made.text == "a: {{ x }}\n#% for\nb: 1"
    assert str(made.place(18)) == "spec.yaml:3:1"
    assert len(made.inserted) == 0


def test_a_plain_file_is_checked_like_any() -> None:
    """Its faults have places."""
    made = plain(a_source("a: \x00"))

    assert isinstance(made, Problems)
    assert str(made.items[0].place) == "spec.yaml:1:4"
