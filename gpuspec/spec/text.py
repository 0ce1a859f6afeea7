"""A file's bytes to text that templates and YAML can safely be read from."""

import re
import unicodedata
from itertools import islice

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Problems
from gpuspec.spec.source import Source

MAX_BYTES = 48 * 1024 * 1024
MAX_REPORTED = 20

# A YAML escape for a token character would make a token *after* all checks, when the parser reads the string.
RESERVED_ESCAPE = re.compile(r"\\(?:u|U0000)[eE]00[0-3]")
# The YAML parser breaks lines at NEL, LS and PS, where no editor shows a line's end.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff\ue000-\ue003]|"
    + RESERVED_ESCAPE.pattern
)

_NEWLINE = re.compile("\r\n?")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_NAMES = {"\x00": "NUL", "\x85": "NEL (next line)", "\ufeff": "a byte order mark", "\x7f": "DEL"}


def decode(source: Source) -> str | Problems:
    """The file's text, without byte order mark, its lines ended by a line feed; or what is wrong with it.

    An empty file is fine here. At most `MAX_REPORTED` characters are complained of.
    """
    start = Place(file=source.file, line=1, column=1)
    if len(source.content) > MAX_BYTES:
        return _one("file-too-large", _too_large(len(source.content)), start, "split it into several files.")
    if source.content.startswith(_UTF16_MARKS):
        return _one("not-utf8", "The file is written in UTF-16.", start, "save it as UTF-8.")
    try:
        text = source.content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _not_utf8(source, error)
    return _checked(source.file, _NEWLINE.sub("\n", text.removeprefix("\ufeff")))


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of the character at this offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def describe(character: str) -> str:
    """A character that can't be shown, in words."""
    code = f"U+{ord(character):04X}"
    name = _NAMES.get(character) or unicodedata.name(character, "")
    return f"{code}, {name}" if name else code


def _checked(file: str, text: str) -> str | Problems:
    faults = tuple(_bad(file, text, match) for match in islice(FORBIDDEN.finditer(text), MAX_REPORTED))
    return Problems(items=faults) if faults else text


def _bad(file: str, text: str, match: re.Match[str]) -> Problem:
    line, column = position(text, match.start())
    found = match.group()
    width = len(found)
    what = f"the escape `{found}`" if width > 1 else f"the character {describe(found)}"
    hint = "is this a binary file, or UTF-16?" if found == "\x00" else "remove it, or insert it as a value."
    return Problem(
        code="bad-character",
        message=f"The text holds {what}, which may not stand in a file that gpuspec reads.",
        place=Place(file=file, line=line, column=column, width=width),
        hint=hint,
    )


def _not_utf8(source: Source, error: UnicodeDecodeError) -> Problems:
    before = _NEWLINE.sub("\n", source.content[: error.start].decode("utf-8").removeprefix("\ufeff"))
    line, column = position(before, len(before))
    place = Place(file=source.file, line=line, column=column)
    byte = source.content[error.start]
    return _one("not-utf8", f"The byte 0x{byte:02X} is not part of UTF-8 text.", place, "save the file as UTF-8.")


def _too_large(size: int) -> str:
    return f"The file has {size:,} bytes; gpuspec reads up to {MAX_BYTES:,}."


def _one(code: str, message: str, place: Place, hint: str) -> Problems:
    return Problems(items=(Problem(code=code, message=message, place=place, hint=hint),))
