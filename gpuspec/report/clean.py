"""Text from the API or a file, made harmless for a terminal: what can't be seen is written as an escape."""

import unicodedata

# Controls, formats (bidi overrides, zero widths), surrogates, private use, unassigned, line and paragraph separators.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str) -> str:
    r"""The text with every character that moves, hides or reorders others written as `\x1b` or `\u202e`."""
    return text if text.isprintable() else "".join(map(_visible, text))


def width(text: str) -> int:
    """How many columns the text takes: East Asian wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _UNSEEN:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
