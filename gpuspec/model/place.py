"""Where something stands in a file that the user wrote."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A spot in a user's file, drawn as `instances.yaml:14:5`.

    `file` is the path as the user gave it (`<stdin>` for standard input). `line` and `column` count from 1,
    in characters; both are 0 where the file as a whole is meant, and it is drawn without them. `width` is how many
    characters to underline. `calls` are the places that led here through macros and includes, innermost first.
    """

    file: str
    line: int
    column: int
    width: int = 1
    calls: tuple["Place", ...] = ()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


def whole_file(file: str) -> Place:
    """The place of a fault that a file has as a whole: it is missing, or can't be read."""
    return Place(file=file, line=0, column=0)
