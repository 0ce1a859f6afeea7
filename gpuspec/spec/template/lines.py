"""The rule for lines that hold nothing but tags: they vanish whole, and all other newlines and blanks stay.

Jinja's `trim_blocks` takes the newline after *every* tag and so joins lines: `- {% if 1 %}x{% endif %}` and the line
below it would become one. Its `lstrip_blocks` takes the blanks before a tag that text follows, which in YAML moves a
key to another map.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

_BEGINS = frozenset({"block_begin", "comment_begin", "raw_begin"})
_ENDS = frozenset({"block_end", "comment_end", "raw_end"})
# These print. With other tags on their line they are its content, and what they print needs its blanks and newline.
_PRINTING = frozenset({"include", "call", "block", "filter"})


@dataclass(slots=True)
class Lexeme:
    """A token of the lexer, with its offset in the text.

    `indent` is None but for the tokens of a tag that stands alone on its line: the blanks before it. `width` is more
    than 1 for the first token of an expression: how wide that is.
    """

    start: int
    kind: str
    value: str
    indent: str | None = None
    width: int = 1


@dataclass(slots=True)
class _Line:
    """What stands on one line outside of tags: lexemes of data, with the length of their last line."""

    first: int
    parts: list[tuple[Lexeme, int]] = field(default_factory=list)
    tags: int = 0
    blocks: int = 0
    prints: bool = False
    keep: bool = False


def drop_tag_lines(lexemes: Sequence[Lexeme]) -> list[Lexeme]:
    """The tokens without the blanks and newlines of lines that hold only tags; a `+` sign keeps its line's.

    A line begins and ends in data: a newline inside a tag ends nothing.
    """
    line = _Line(first=0)
    blanks = ""
    for index, lexeme in enumerate(lexemes):
        kind, value = lexeme.kind, lexeme.value
        if kind == "data":
            line = _read_data(lexemes, index, line)
        elif kind == "variable_begin":
            line.keep = True
        elif kind == "linestatement_begin":
            _close(lexemes, index, line, head=None)
            line = _Line(first=index + 1)
            blanks = value[: len(value) - len(value.lstrip())]
        elif kind == "linestatement_end":
            _mark(lexemes, line.first, index, blanks)
            line = _Line(first=index + 1)
        elif kind in _BEGINS:
            line.tags += 1
            line.keep = line.keep or "+" in value
            if kind == "block_begin":
                _read_tag(lexemes, index, line)
        elif kind in _ENDS:
            line.tags += kind == "raw_end"
            line.keep = line.keep or "+" in value
    _close(lexemes, len(lexemes), line, head=None)
    return [lexeme for lexeme in lexemes if lexeme.value or lexeme.kind != "data"]


def _read_tag(lexemes: Sequence[Lexeme], index: int, line: _Line) -> None:
    name = lexemes[index + 1].value if index + 1 < len(lexemes) else ""
    line.blocks += 1
    line.prints = line.prints or name in _PRINTING
    line.keep = line.keep or name == "print"


def _read_data(lexemes: Sequence[Lexeme], index: int, line: _Line) -> _Line:
    lexeme = lexemes[index]
    end = lexeme.value.find("\n")
    if end < 0:
        line.parts.append((lexeme, len(lexeme.value)))
        line.keep = line.keep or not _blank(lexeme.value)
        return line
    head = lexeme.value[:end]
    after = _Line(first=index + 1)
    tail = lexeme.value[lexeme.value.rfind("\n") + 1 :]
    after.keep = not _blank(tail)
    if tail:
        after.parts.append((lexeme, len(tail)))
    line.keep = line.keep or not _blank(head)
    _close(lexemes, index, line, head=lexeme)
    return after


def _close(lexemes: Sequence[Lexeme], end: int, line: _Line, *, head: Lexeme | None) -> None:
    """Take away the line's blanks and its newline, if it holds tags and nothing else."""
    if line.keep or not line.tags or (line.prints and line.blocks > 1):
        return
    blanks = line.parts[0][0].value[-line.parts[0][1] :] if _begins_with_blanks(lexemes, line) else ""
    for lexeme, length in line.parts:
        lexeme.value = lexeme.value[: len(lexeme.value) - length]
    if head is not None:
        cut = head.value.find("\n") + 1
        head.start += cut
        head.value = head.value[cut:]
    _mark(lexemes, line.first, end, blanks)


def _begins_with_blanks(lexemes: Sequence[Lexeme], line: _Line) -> bool:
    """Whether the line's first part of data stands before its first tag."""
    begin = lexemes[max(line.first - 1, 0) : line.first + 1]
    return bool(line.parts) and any(line.parts[0][0] is lexeme for lexeme in begin)


def _mark(lexemes: Sequence[Lexeme], first: int, end: int, blanks: str) -> None:
    for lexeme in lexemes[first:end]:
        lexeme.indent = blanks


def _blank(text: str) -> bool:
    return not text.strip(" \t")
