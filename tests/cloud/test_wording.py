"""What the service says is shown on one line, without control characters and secrets."""

import pytest

from gpuspec.cloud.wording import clean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("resource insufficient", "resource insufficient"),
        ("two\nlines\r\n and\ttabs ", "two lines and tabs"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("a\u202eb\u2028c\x85d\x00e", "a b c d e"),
        ("lone \ud800 half", "lone half"),
        ("größer 😀", "größer 😀"),
        ("", ""),
    ],
)
def test_text_becomes_one_clean_line(text: str, expected: str) -> None:
    """Whatever moves a cursor or turns the writing direction becomes a blank."""
    assert clean(text) == expected


def test_a_long_text_is_cut() -> None:
    """A cut text ends with an ellipsis and is not longer than asked for."""
    assert clean("x" * 10_000_000, length=5) == "xxxx…"


def test_secrets_are_replaced_before_anything_is_cut() -> None:
    """The longest secret goes first, so that one within another leaves no rest."""
    assert clean("key=abcdef!", secrets=("abc", "", "abcdef")) == "key=(secret)!"
    assert clean("x" * 8 + "hunter2", length=12, secrets=("hunter2",)) == "xxxxxxxx(se…"
