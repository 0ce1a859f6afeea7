"""Any text as Markdown that GitHub and GitLab show as just that text: no mention, link, table or HTML comes through.

What means something to either is written as a numeric entity, which can't begin or end any structure. References
(`@name`, `#1`, `!1`) are looked for after entities are read; outside `<code>` a character without width breaks them.
"""

import re
from collections.abc import Iterable

from gpuspec.report.clean import clean

ELLIPSIS = "…"
BREAK = "<br>"

# What Markdown, its tables, HTML, math and bare links are made of.
_MEANING = r"[&<>@#|\\`*_~\[\]$!]|:(?=//)|(?<=[wW]{3})\."
_IN_CODE = re.compile(rf"{_MEANING}|^ | (?= )| $")
_IN_PROSE = re.compile(rf"{_MEANING}|%|(?<=[gG][hH])-(?=\d)")
# What makes a reference or a link of the name, the digits or the host behind it.
_REFERRING = frozenset("@#!~$&%-:.")
_BLANK = "&#160;"
_NO_WIDTH = "&#8203;"


def code(text: str) -> str:
    """The text in a typewriter's letters, blanks kept; nothing when there is none."""
    escaped = _IN_CODE.sub(lambda match: _BLANK if match[0] == " " else _entity(match[0]), clean(text))
    return f"<code>{escaped}</code>" if escaped else ""


def prose(text: str) -> str:
    """Sentences of ours, whatever was filled in; what stands in backticks becomes code, lines are kept."""
    return BREAK.join(_one_line(part) for part in text.splitlines())


def clipped(text: str, most: int) -> str:
    """The text, cut where it is so long that `code` or `prose` would make more than `most` characters of it."""
    # Each character comes to one at least.
    shown = "\n".join(map(clean, text[: most + 1].splitlines()))
    if _size(shown) <= most:
        return shown
    fits, too_much = 0, len(shown)
    while too_much - fits > 1:
        middle = (fits + too_much) // 2
        fits, too_much = (middle, too_much) if _size(shown[:middle] + ELLIPSIS) <= most else (fits, middle)
    return shown[:fits] + ELLIPSIS


def row(cells: Iterable[str]) -> str:
    """A line of a table; the cells are Markdown already."""
    return f"| {' | '.join(cells)} |"


def _size(text: str) -> int:
    return max(len(code(text)), len(prose(text)))


def _one_line(text: str) -> str:
    parts = text.split("`")
    if len(parts) % 2 == 0:
        # One that is not closed stands for itself.
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    return "".join(code(part) if at % 2 else _IN_PROSE.sub(_unlinked, clean(part)) for at, part in enumerate(parts))


def _unlinked(match: re.Match[str]) -> str:
    return _entity(match[0]) + (_NO_WIDTH if match[0] in _REFERRING else "")


def _entity(character: str) -> str:
    return f"&#{ord(character)};"
