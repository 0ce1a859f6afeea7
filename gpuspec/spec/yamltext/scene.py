"""What libyaml complained of, and the text round it."""

import re
from dataclasses import dataclass

from gpuspec.spec.rendered import TOKEN_OPEN

BLANK_OR_COMMENT = re.compile(r"[ \t]*(?:#.*)?")

BRACKET = re.compile(r"[\[\]{}]")
FAR = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A syntax fault as libyaml gave it.

    `at` is the offset where it gave up, `start` the offset where what it was reading began (`at` if it says none).
    `problem` and `context` are its own words.
    """

    text: str
    problem: str
    context: str
    at: int
    start: int

    @property
    def character(self) -> str:
        """The character at which libyaml gave up; empty at the end of the text."""
        return self.text[self.at : self.at + 1]

    @property
    def in_token(self) -> bool:
        """Whether an expression stands where libyaml gave up."""
        return self.character == TOKEN_OPEN

    @property
    def at_end(self) -> bool:
        """Whether only blank lines and comments follow."""
        return all(BLANK_OR_COMMENT.fullmatch(line) for line in self.text[self.at :].splitlines())

    @property
    def on_one_line(self) -> bool:
        """Whether what was being read began on the line where it broke off."""
        return "\n" not in self.text[self.start : self.at]

    def line_start(self, offset: int) -> int:
        """The offset of the first character of a line."""
        return self.text.rfind("\n", 0, offset) + 1

    def line(self, offset: int) -> str:
        """The line round an offset."""
        end = self.text.find("\n", offset)
        return self.text[self.line_start(offset) : end if end >= 0 else len(self.text)]

    def before(self) -> str:
        """What stands on the line before the point where libyaml gave up."""
        return self.text[self.line_start(self.at) : self.at]

    def above(self, offset: int) -> int | None:
        """The offset of the next line above that holds more than a comment."""
        start = self.line_start(offset)
        while start > 0:
            start = self.line_start(start - 1)
            if not BLANK_OR_COMMENT.fullmatch(self.line(start)):
                return start
        return None

    def last_open(self) -> int | None:
        """The offset of the last bracket before the end that is not closed, as far as one can tell without quotes."""
        closed = 0
        for match in reversed(list(BRACKET.finditer(self.text, max(0, self.at - FAR)))):
            if match[0] in "]}":
                closed += 1
            elif closed:
                closed -= 1
            else:
                return match.start()
        return None
