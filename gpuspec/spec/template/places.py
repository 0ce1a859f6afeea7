"""A lexer that knows columns: each token's line number carries file position all the way to errors and code.

Jinja knows lines only. Its line numbers pass unchanged through parser, nodes, code generator and errors, so an `int`
subclass brings the column along.
"""

import math
import re
from collections.abc import Callable, Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import Lexer

from gpuspec.spec.template.lines import Lexeme, drop_tag_lines

OPENINGS = frozenset({"variable_begin", "block_begin", "linestatement_begin", "comment_begin", "raw_begin"})
_NOTED = OPENINGS | {"integer", "float"}
_MAX_DIGITS = 300


class At(int):
    """A line number that also knows its column.

    `indent` is the blanks before a tag that stands alone on its line, None for all else. `width` is more than 1 only
    where an expression begins: how much of its first line it takes.
    """

    column: int
    indent: str | None = None
    width: int = 1

    def __new__(cls, line: int, column: int) -> "At":
        at = int.__new__(cls, line)
        at.column = column
        return at

    @property
    def key(self) -> tuple[int, int]:
        """What positions are ordered by."""
        return int(self), self.column


class PlacedLexer(Lexer):
    """Jinja's lexer for one text; remembers where tags were opened and what was read last.

    With `whole_lines`, a line that holds only tags, comments and blanks vanishes; all other newlines and blanks stay.
    """

    def __init__(self, environment: Environment, *, whole_lines: bool = True) -> None:
        super().__init__(environment)
        self.whole_lines = whole_lines
        self.openings: list[tuple[At, str]] = []
        self.last = At(1, 1)

    def tokeniter(
        self,
        source: str,
        name: str | None,
        filename: str | None = None,
        state: str | None = None,  # noqa: ARG002 (only `compile_expression` starts elsewhere)
    ) -> Iterator[tuple[int, str, str]]:
        """Jinja's tokens, with an `At` for a line number."""
        lexemes, end, error = self.lexemes(source, name, filename)
        at_offset = positions(source)
        for lexeme in drop_tag_lines(lexemes) if self.whole_lines else lexemes:
            at = self.last = at_offset(lexeme.start)
            if lexeme.indent is not None:
                at.indent = lexeme.indent
            if lexeme.width > 1:
                at.width = lexeme.width
            if lexeme.kind in _NOTED:
                self._note(lexeme, at)
            yield at, lexeme.kind, lexeme.value
        if error is not None:
            # A tag without an end is complained of where it begins; anything else where the lexer stood.
            unclosed = (error.message or "").startswith("Missing")
            raise TemplateSyntaxError(error.message or "", self.last if unclosed else at_offset(end), name)

    def lexemes(
        self, source: str, name: str | None = None, filename: str | None = None
    ) -> tuple[list[Lexeme], int, TemplateSyntaxError | None]:
        """The text's lexemes, where the lexer stood at its end, and the error that stopped it."""
        lexemes: list[Lexeme] = []
        offset = begin = 0
        try:
            for _, kind, value in super().tokeniter(source, name, filename):
                # Only blanks that a `-` sign took away can stand between one token and the next.
                offset = source.find(value, offset)
                if kind != "whitespace":
                    if kind == "variable_begin":
                        begin = len(lexemes) + 1
                    elif kind == "variable_end" and begin < len(lexemes):
                        _measure(source, lexemes[begin], lexemes[-1])
                    lexemes.append(Lexeme(offset, kind, value))
                offset += len(value)
        except TemplateSyntaxError as error:
            return lexemes, offset, error
        return lexemes, offset, None

    def _note(self, lexeme: Lexeme, at: At) -> None:
        if lexeme.kind in OPENINGS:
            self.openings.append((at, lexeme.value.strip()))
        elif lexeme.kind == "integer" and len(lexeme.value) > _MAX_DIGITS:
            raise TemplateSyntaxError(f"a number of more than {_MAX_DIGITS} digits", at)
        elif lexeme.kind == "float" and math.isinf(float(lexeme.value.replace("_", ""))):
            raise TemplateSyntaxError("a number too large for a float", at)


def positions(text: str) -> Callable[[int], At]:
    """A function from offsets, which must ascend, to positions in the text."""
    breaks = [-1, *(found.start() for found in re.finditer("\n", text)), len(text) + 1]
    line = 0

    def at(offset: int) -> At:
        nonlocal line
        while breaks[line + 1] < offset:
            line += 1
        return At(line + 1, offset - breaks[line])

    return at


def start_of(node: nodes.Node) -> At | None:
    """The first position in an expression: a filter's node, for one, carries that of the filter's name."""
    best = node.lineno if isinstance(node.lineno, At) else None
    if isinstance(node, nodes.Name | nodes.Const | nodes.TemplateData):
        return best
    for child in node.iter_child_nodes():
        at = start_of(child)
        if at is not None and (best is None or at.key < best.key):
            best = at
    return best


def _measure(source: str, first: Lexeme, last: Lexeme) -> None:
    """Note how wide an expression is, from its first token to the end of its last or of its first line."""
    end = last.start + len(last.value)
    line_end = source.find("\n", first.start, end)
    first.width = (line_end if line_end >= 0 else end) - first.start
