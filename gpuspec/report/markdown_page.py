"""A page of Markdown within the size of a comment: what has to be there whole, the rest as far as there is room."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gpuspec.errors import GpuspecError
from gpuspec.report.markdown_text import BREAK, clipped, code, prose, row

# A comment on GitHub has 65,536 characters at most.
LIMIT = 60_000
# What has to be there is cut to this, so that none of it can crowd out the rest.
_SENTENCE = 2_000
_REFUSALS = 3
_NOTES = 8_000
_RULE = "---"
_NOT_A_NAME = re.compile(r"[^a-z0-9-]")
_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a page that can be unfolded: a table, row by row in Markdown; `count` is how many there are in all."""

    title: str
    heads: tuple[str, ...]
    rows: Iterable[str]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: `head` is never left out, blocks and notes are cut by whole rows and sentences.

    These are Markdown already. `more` says in plain words where to find what was left out.
    """

    head: tuple[str, ...]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]
    more: str


def page_text(page: Page) -> str:
    """The page, at most `LIMIT` characters; blocks that come first have the room first."""
    head = _paragraphs(page.head)
    notes = _paragraphs(_notes(page))
    room = LIMIT - len(head) - len(notes) - sum(_least(block, page.more) for block in page.blocks)
    blocks = []
    for block in page.blocks:
        kept, room = _fitting(block.rows, room)
        blocks.append(_folded(block, kept, page.more))
    return "".join([head, *blocks, notes]).rstrip("\n") + "\n"


def marker(kind: str, project: str, environment: str) -> str:
    """What a bot finds its own comment by: hidden, and the first line of a page."""
    # A plan's file may say any name; what is none could end the comment.
    names = (_NOT_A_NAME.sub("_", name)[:_LONGEST_NAME] for name in (project, environment))
    return f"<!-- gpuspec-{kind}:{'/'.join(names)} -->"


def sentence(text: str, *, most: int = _SENTENCE) -> str:
    """A sentence with user data in it, cut where it is too long."""
    return prose(clipped(text, most))


def words_in_code(text: str) -> str:
    """A name, an origin or a receipt."""
    return code(clipped(text, _SENTENCE))


def failures(errors: Sequence[GpuspecError]) -> Iterator[str]:
    """Why something is refused or failed, a paragraph each."""
    for error in errors[:_REFUSALS]:
        lines = [f"**error: {prose(error.summary)}**", sentence(error.message)]
        lines += [f"hint: {sentence(error.hint)}"] if error.hint else []
        lines += [words_in_code(error.command)] if error.command else []
        yield BREAK.join(lines)
    if len(errors) > _REFUSALS:
        yield f"… and {len(errors) - _REFUSALS:,} more"


def _notes(page: Page) -> Iterator[str]:
    kept, _ = _fitting(page.notes, _NOTES)
    yield from kept
    if len(kept) < len(page.notes):
        yield f"… and {len(page.notes) - len(kept):,} more; {prose(page.more)}"


def _fitting(rows: Iterable[str], room: int) -> tuple[list[str], int]:
    """Those that there is room for, and the room that is left; one that is too long leaves room for those behind it."""
    kept = []
    for one in rows:
        if len(one) < room:
            kept.append(one)
            room -= len(one) + 1
    return kept, room


def _least(block: Block, more: str) -> int:
    """What a block takes beside its rows, with one row or none; a count of what is hidden may lose a digit."""
    return max(len(_folded(block, rows, more)) for rows in ([], [""]))


def _folded(block: Block, rows: Sequence[str], more: str) -> str:
    hidden = block.count - len(rows)
    table = [row(block.heads), row([_RULE] * len(block.heads)), *rows]
    # The blank line behind the summary is where Markdown begins again.
    lines = ["<details>", f"<summary>{block.title}: {block.count:,}</summary>", "", *(table if rows else ())]
    lines += [*([""] if rows else ()), f"… and {hidden:,} more; {prose(more)}"] if hidden else []
    return "\n".join([*lines, "", "</details>", "", ""])


def _paragraphs(parts: Iterable[str]) -> str:
    return "".join(f"{part}\n\n" for part in parts)
