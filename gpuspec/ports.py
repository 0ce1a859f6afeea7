"""What the inside needs from outside, as Protocols with contracts; the outside implements them, `cli` wires them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReadable:
    """Why an included file can't be had: `code` is a row of `model.problem_codes`."""

    code: str
    message: str


class IncludeReader(Protocol):
    """Reads the files that templates include."""

    def read(self, name: str) -> bytes | NotReadable:
        """The bytes of the file with this name, relative to the project folder.

        Must check the path after resolving links, and never give a byte from outside the project folder.
        """
        ...
