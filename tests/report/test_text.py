"""Text that can't harm a terminal, and lines that align."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuspec.report.clean import clean, width
from gpuspec.report.text import Span, aligned, counted, hint_lines, line, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcode, 漢字, a b", "plain text, ünïcode, 漢字, a b"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\r\nb\tc", "a\\x0d\\x0ab\\x09c"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202egpj.exe\u2066", "abc\\u202egpj.exe\\u2066"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028sep", "line\\u2028sep"),
        ("\ue000 \U000f0000", "\\ue000 \\U000f0000"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_as_an_escape(text: str, shown: str) -> None:
    """Controls, OSC, bidi, zero widths and separators can be seen and do nothing."""
    assert clean(text) == shown


@given(st.text())
def test_clean_text_stays_clean(text: str) -> None:
    """Cleaning twice is cleaning once, and leaves no control character."""
    assert clean(clean(text)) == clean(text)
    assert all(character >= " " and not "\x7f" <= character <= "\x9f" for character in clean(text))


@given(st.text())
def test_no_span_holds_what_a_terminal_would_obey(text: str) -> None:
    """However a span is made, its text is clean."""
    assert Span(text).text == clean(text)
    assert line(text, indent=2)[1].text == clean(text)


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    """What aligns is what is seen."""
    assert (width("abc"), width("漢字"), width("e\u0301")) == (3, 4, 1)


def test_columns_align_by_what_is_seen() -> None:
    """Rows may be of different lengths; the last column has no blanks after it."""
    rows = [(Span("a"), Span("1"), Span("x")), (Span("漢字"), Span("22")), ()]

    assert plain(aligned(rows, indent=2)) == "  a     1   x\n  漢字  22\n\n"


def test_a_hint_stands_with_its_command_below() -> None:
    """The command can be copied alone."""
    assert plain(hint_lines("wait for it", "gpuspec apply")) == "hint: wait for it:\n    gpuspec apply\n"
    assert plain(hint_lines("", "gpuspec apply")) == "hint: run:\n    gpuspec apply\n"
    assert plain(hint_lines("one\ntwo")) == "hint: one\n    two\n"
    assert hint_lines("") == ()


def test_numbers_agree_with_their_nouns() -> None:
    """One record, two records, 1,000 addresses."""
    assert (counted(1, "record"), counted(2, "record"), counted(1000, "address", "addresses")) == (
        "1 record",
        "2 records",
        "1,000 addresses",
    )
