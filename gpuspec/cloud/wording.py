"""What the service says, made fit to be shown: one line, of bounded length, without secrets and control characters."""

import unicodedata
from collections.abc import Iterable

MESSAGE_LENGTH = 500
_BLANK_CATEGORIES = {"Zl", "Zp"}


def clean(text: str, *, length: int = MESSAGE_LENGTH, secrets: Iterable[str] = ()) -> str:
    """The text as one line without control characters, cut to `length` characters.

    Args:
        secrets: Texts that the service might repeat; each is replaced, longest first, before anything is cut.
    """
    for secret in sorted({secret for secret in secrets if secret}, key=len, reverse=True):
        text = text.replace(secret, "(secret)")
    # The rest can't be shown anyway; a text of megabytes is not walked character by character.
    start = text[: 4 * length]
    line = " ".join((start if start.isprintable() else "".join(map(_printable, start))).split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    return " " if category.startswith("C") or category in _BLANK_CATEGORIES else character
