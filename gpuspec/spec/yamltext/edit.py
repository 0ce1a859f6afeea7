"""A stanza put into a spec as its author wrote it: lines are added, and every byte that was there stays.

A round trip through a YAML library would keep comments and still lay out anew what it reads as equal: quotes, widths,
indents. Here the source map says between which lines `instances` ends. Whoever writes the text has to read it again:
only that proves that nothing else changed its meaning.
"""

import re
from collections.abc import Iterator, Sequence

from gpuspec.spec.tree import Tree

_HEAD = re.compile(r"instances:\s*(?:#.*)?")
_TAG = re.compile(r"\s*(?:#%[-+]?\s+|\{%[-+]?\s*)(\w+)")


def with_stanza(text: str, tree: Tree, stanza: str) -> str | None:
    """The text with this stanza behind the last one; None where `instances` is no block of this text that can grow.

    Args:
        text: The file.
        tree: What the text came to.
        stanza: Lines that begin in the first column.
    """
    place = tree.key_place(("instances",))
    lines = text.splitlines(keepends=True)
    if not isinstance(tree.data, dict) or "instances" not in tree.data or place.file != tree.file:
        return None
    if not 0 < place.line <= len(lines) or not _HEAD.fullmatch(lines[place.line - 1].rstrip()):
        return None
    ends = [at.line - 1 for at in map(tree.key_place, _top_keys(tree)) if at.file == tree.file]
    end = min((line for line in ends if line >= place.line), default=len(lines))
    at = place.line + _last(lines[place.line : end])
    newline = "\r\n" if lines[place.line - 1].endswith("\r\n") else "\n"
    indent = " " * _indent(tree)
    added = [f"{indent}{line}{newline}" for line in stanza.splitlines()]
    before = "".join(lines[:at])
    return (before if before.endswith(newline) else before + newline) + "".join((*added, *lines[at:]))


def _top_keys(tree: Tree) -> Iterator[tuple[str]]:
    if isinstance(tree.data, dict):
        yield from ((key,) for key in tree.data)


def _indent(tree: Tree) -> int:
    """By how much the stanzas that are there are indented."""
    instances = tree.data["instances"] if isinstance(tree.data, dict) else None
    places = (
        (tree.key_place(("instances", address)) for address in instances or ()) if isinstance(instances, dict) else ()
    )
    return next((place.column - 1 for place in places if place.file == tree.file and place.column > 1), 2)


def _last(block: Sequence[str]) -> int:
    """Behind which of the block's lines a stanza can follow, counted from 1.

    A comment in the first column belongs to what follows the block, as do blank lines. A loop or condition that is
    open there ends first.
    """
    last = 0
    closing = False
    for number, line in enumerate(block, start=1):
        tag = _TAG.match(line)
        if tag is None:
            if line.strip() and not line.startswith("#"):
                last, closing = number, True
        elif tag[1].startswith("end"):
            last = number if closing else last
        elif tag[1] not in {"else", "elif"}:
            closing = False
    return last
