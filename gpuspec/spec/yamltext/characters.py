"""Characters that a YAML file may not hold, refused before the parser sees them."""

import re
import unicodedata
from itertools import islice

from gpuspec.model.problem import Problem
from gpuspec.spec.rendered import Rendered

# libyaml breaks lines at U+0085, U+2028 and U+2029, so that what looks like a comment can hold a key; a byte order mark
# shifts its offsets; it can't encode surrogates; and it gives no usable place for the rest.
REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
SHOWN = 100


def refused_characters(rendered: Rendered) -> tuple[Problem, ...]:
    """A problem for each character that isn't allowed, the first hundred; a byte order mark may come first."""
    found = REFUSED.finditer(rendered.text, 1 if rendered.text.startswith("\ufeff") else 0)
    return tuple(_problem(rendered, match.start(), match[0]) for match in islice(found, SHOWN))


def _problem(rendered: Rendered, offset: int, character: str) -> Problem:
    name = unicodedata.name(character, "a control character" if ord(character) < 0xA0 else "no character of text")
    return Problem(
        code="bad-character",
        message=f"U+{ord(character):04X} ({name.lower()}) may not stand in a YAML file.",
        place=rendered.place(offset),
        hint="remove it; in a double-quoted text it can be written as an escape, such as `\\x07` or `\\u2028`.",
    )
