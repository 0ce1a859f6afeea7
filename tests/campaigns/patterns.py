"""Patterns that hang matchers which go back, and texts that they nearly fit."""

import random

_KNOWN = (
    "(a+)+$",
    "(a*)*b",
    "(a|aa)+$",
    "(a|a?)+$",
    "(.*a){20}",
    "(.*)*(.*)*x",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "([a-zA-Z]+)*",
    "(x+x+)+y",
    "((a{1,50}){1,50}){1,50}",
    "(a{0,500}){0,500}",
    "a{500}{500}",
    "(a?){500}a{500}",
    "(?:a?){30}a{30}",
    "(\\w+\\s?)*$",
    "^(\\d+)*$",
    "(a|b|ab)*(?=c)",
    "(a)\\1+",
    "(?P<x>a+)(?P=x)+",
    "(?<=a+)b",
    "(?R)",
    "(?(1)a|b)",
    "((((((((((a*)*)*)*)*)*)*)*)*)*",
    "[" + "a-z" * 150 + "]+",
    "(" * 200 + "a" + ")" * 200,
    "a" * 400 + "*",
    "|".join("a" * n for n in range(1, 28)),
    "(?i)(ß|ss|ẞ)+$",
    "\\",
    "[",
    "(",
    "*",
    "{1,",
    "a{99999999999}",
    "(?",
    "\\N{BULLET}+",
    "\\u",
    "$^" * 200,
)
_ATOMS = ("a", "b", ".", "\\w", "[ab]", "a?", "(a|aa)", "")
_REPEATS = ("*", "+", "?", "{0,50}", "{2,}", "*?", "+?", "")


def a_pattern(chance: random.Random) -> tuple[str, str]:
    """A pattern of at most 500 characters, and a text."""
    pattern = chance.choice(_KNOWN) if chance.random() < 0.5 else _nested(chance, depth=chance.randint(1, 7))
    return pattern[:500], chance.choice(("a", "ab", "aA ", "\u00df", "1")) * chance.choice((5, 30, 400)) + "!"


def _nested(chance: random.Random, *, depth: int) -> str:
    if depth == 0:
        return chance.choice(_ATOMS) + chance.choice(_REPEATS[:6])
    parts = "|".join(_nested(chance, depth=depth - 1) for _ in range(chance.randint(1, 2)))
    return f"({parts}){chance.choice(_REPEATS)}"
