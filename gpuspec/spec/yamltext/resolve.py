"""What a plain scalar means: YAML 1.2's core schema, and nothing of 1.1's (`NO`, `on` and `12:30:45` are strings).

Source: YAML 1.2.2, chapter 10.3.2.
"""

import re
from dataclasses import dataclass
from math import isinf
from types import MappingProxyType

CONSTANTS = MappingProxyType(
    {
        "": None,
        "~": None,
        "null": None,
        "Null": None,
        "NULL": None,
        "true": True,
        "True": True,
        "TRUE": True,
        "false": False,
        "False": False,
        "FALSE": False,
    }
)
NUMBER_STARTS = frozenset("0123456789+-.")
INTEGER = re.compile(r"[-+]?+[0-9]++")
BASED = re.compile(r"0o[0-7]++|0x[0-9a-fA-F]++")
FLOAT = re.compile(r"[-+]?+(?:\.[0-9]++|[0-9]++(?:\.[0-9]*+)?+)(?:[eE][-+]?+[0-9]++)?+")
NOT_FINITE = re.compile(r"[-+]?(?:\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")

LARGEST = 2**63 - 1
SMALLEST = -(2**63)
# Longer texts are refused unread: the time that int() and float() take grows faster than the text.
INTEGER_DIGITS = 64
FLOAT_CHARACTERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFault:
    """Why a number isn't taken, as a sentence without a subject, and the way out."""

    message: str
    hint: str


TOO_LARGE = NumberFault(
    message="does not fit into 64 bits.", hint="put quotes round it if it is a text and not a number."
)
TOO_LARGE_A_FLOAT = NumberFault(
    message="is larger or longer than a number can be here.", hint="put quotes round it if it is a text."
)
NO_NUMBER = NumberFault(
    message="is not a finite number.", hint="write a number, or put quotes round it if it is a text."
)


def resolved(text: str) -> str | int | float | bool | NumberFault | None:
    """The value of a plain scalar with this text."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    return _number(text) if text[0] in NUMBER_STARTS else text


def looks_octal(text: str) -> bool:
    """Whether this plain number begins with a zero that YAML 1.1, and many people, read as "octal"."""
    digits = text.lstrip("+-")
    return len(digits) > 1 and digits[0] == "0" and INTEGER.fullmatch(text) is not None


def in_range(value: int) -> bool:
    """Whether an integer fits into 64 bits with a sign."""
    return SMALLEST <= value <= LARGEST


def _number(text: str) -> str | int | float | NumberFault:
    if INTEGER.fullmatch(text):
        return _integer(text, 10)
    if BASED.fullmatch(text):
        return _integer(text[2:], 8 if text[1] == "o" else 16)
    if FLOAT.fullmatch(text):
        value = float(text) if len(text) <= FLOAT_CHARACTERS else float("inf")
        return TOO_LARGE_A_FLOAT if isinf(value) else value
    return NO_NUMBER if NOT_FINITE.fullmatch(text) else text


def _integer(text: str, base: int) -> int | NumberFault:
    if len(text) > INTEGER_DIGITS:
        return TOO_LARGE
    value = int(text, base)
    return value if in_range(value) else TOO_LARGE
