"""The lines of a masked text: which of them are the template's or a scalar's own, and where an offset stands."""

import bisect
import re
from dataclasses import dataclass, field

from gpuspec.spec.formatting.mask import Masked
from gpuspec.spec.yamltext.shape import Node


@dataclass(slots=True, kw_only=True)
class Sheet:
    """A text by lines.

    `kept` are lines that begin inside of a template's stretch: not a blank of theirs is touched. `inside` are lines
    that begin inside of a scalar, whose blanks at their ends may count. `barriers` are lines that nothing is moved
    across. `keeps_blanks` says that a scalar keeps the blank lines behind it: since lines of the template vanish, it
    can't be told which of the file's blank lines those are.
    """

    masked: Masked
    starts: list[int]
    lines: list[str]
    kept: set[int] = field(default_factory=set)
    inside: set[int] = field(default_factory=set)
    barriers: set[int] = field(default_factory=set)
    keeps_blanks: bool = False

    def line_of(self, offset: int) -> int:
        """The number, from 0, of the line that has this offset."""
        return bisect.bisect_right(self.starts, offset) - 1

    def column(self, offset: int) -> int:
        """The column, from 0, of this offset."""
        return offset - self.starts[self.line_of(offset)]

    def is_untouched(self, number: int) -> bool:
        """Whether the line's blanks belong to a scalar or to the template."""
        return self.keeps_blanks or number in self.inside or number in self.kept


def sheet_of(masked: Masked, root: Node) -> Sheet:
    """The lines of this text, whose document this is."""
    starts = [0, *(match.end() for match in re.finditer("\n", masked.text))]
    sheet = Sheet(masked=masked, starts=starts, lines=masked.text.split("\n"), keeps_blanks=_keeps(root))
    for span in masked.spans:
        first, last = sheet.line_of(span.start), sheet.line_of(span.end - 1)
        sheet.kept.update(range(first + 1, last + 1))
    for span in masked.barriers:
        sheet.barriers.update(range(sheet.line_of(span.start), sheet.line_of(span.end - 1) + 1))
    return sheet


def _keeps(node: Node) -> bool:
    return node.keeps or any(map(_keeps, node.children))
