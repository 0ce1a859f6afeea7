"""Patterns mean what Python's mean, and take no time to say no."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpuspec.spec.pattern import LONGEST_TEXT, BadPattern, Pattern, compiled, searching

ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "[]a-]", r"\d", r"\.", r"\w", "^", "$", "", "-", "{", r"\x61"])
REPEATS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,}", "{,2}", "{0,3}", "*?", "{1,2}?"])


def patterns() -> st.SearchStrategy[str]:
    pieces = st.builds(lambda atom, repeat: atom + (repeat if atom not in {"", "^", "$", "{"} else ""), ATOMS, REPEATS)
    runs = st.lists(pieces, max_size=4).map("".join)
    return st.recursive(
        runs,
        lambda inner: st.builds(
            lambda first, second, group, repeat: f"{group}{first}|{second}){repeat}",
            inner,
            inner,
            st.sampled_from(["(", "(?:", "(?P<n>"]),
            REPEATS,
        ),
        max_leaves=4,
    ).filter(lambda text: text.count("?P<n>") < 2)


@settings(max_examples=600, deadline=None)
@given(patterns(), st.text("ab-.1{c", max_size=8))
def test_a_pattern_fits_what_python_fits(text: str, value: str) -> None:
    """`re.fullmatch` is the reference."""
    pattern = compiled(text)

    assert isinstance(pattern, Pattern), pattern
    assert pattern.fits(value) == (re.fullmatch(text, value) is not None)


@settings(max_examples=400, deadline=None)
@given(patterns(), st.text("ab-.1{c", max_size=8))
def test_a_pattern_is_found_where_python_finds_it(text: str, value: str) -> None:
    """`re.search` is the reference; no line feed is in the text, before which Python's `$` stands too."""
    pattern = searching(text)

    assert isinstance(pattern, Pattern), pattern
    assert pattern.fits(value) == (re.search(text, value) is not None)


def test_what_is_searched_for_may_stand_in_a_long_text_with_lines() -> None:
    """Whoever bounds the time otherwise can look through any; a pattern that can't be used is none here either."""
    pattern = searching("b$")

    assert isinstance(pattern, Pattern)
    assert pattern.fits_however_long("a\n" * LONGEST_TEXT + "b")
    assert not pattern.fits("a\n" * LONGEST_TEXT + "b")
    assert isinstance(searching("(?=b)"), BadPattern)


@pytest.mark.parametrize("text", ["(a+)+b", "(a|a)*b", "a*" * 30 + "b", "(a?){100}" + "a{100}b", "(.*)(.*)(.*)(.*)x"])
def test_a_pattern_that_would_explode_answers_at_once(text: str) -> None:
    """Time grows with text and pattern, not with the ways to fit."""
    pattern = compiled(text)
    assert isinstance(pattern, Pattern)
    begun = time.process_time()

    assert not pattern.fits("a" * 400)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(", "can't be read: missing )"),
        ("a" * 501, "has more than 500 characters"),
        ("a{1001}", "repeats too often"),
        ("(a{100}b){20}", "repeats too often"),
        ("a{500}b{500}c", "is too large"),
        ("(?=a)b", "looks ahead"),
        ("(?<!a)b", "looks ahead or behind"),
        ("(?i)a", "sets flags"),
        (r"(a)\1", r"has `\1`"),
        (r"\bword", r"has `\b`"),
        ("a++", "holds on"),
        ("a{99999999999999999999}", "repeats too often"),
    ],
)
def test_a_pattern_that_can_not_be_used_says_why(text: str, reason: str) -> None:
    """In words that go on after "the pattern"."""
    bad = compiled(text)

    assert isinstance(bad, BadPattern)
    assert reason in bad.reason


def test_a_text_beyond_all_measure_fits_nothing() -> None:
    """Its length alone bounds the time."""
    pattern = compiled(".*")
    assert isinstance(pattern, Pattern)

    assert pattern.fits("x" * LONGEST_TEXT)
    assert not pattern.fits("x" * (LONGEST_TEXT + 1))
