"""A text to read, with the name under which the user knows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A spec file's bytes.

    `file` is the path as the user gave it, for messages. `inside` is the path relative to the project folder, links
    resolved, `/` between its parts: what a record stores; empty for standard input, which has no source.
    """

    file: str
    inside: str
    content: bytes
