"""Every line with the indentation that its place in the document asks for; none of them moves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gpuspec.spec.formatting.sheet import Sheet
from gpuspec.spec.yamltext.shape import Node

STEP = 2
_AFTER_KEY = re.compile(r"[ \t]*:[ \t]+")
_MARK = re.compile(r"(?:---|\.\.\.)(?:\s|$)|%")

# From the column of a list or map to the one that it gets, outermost first.
Chain = tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Head:
    """A key or dash that begins a line, or follows a dash on it; and the column that it gets."""

    offset: int
    column: int
    is_dash: bool


@dataclass(slots=True)
class Indented:
    """The lines, laid out, and the column that each begins in; `opaque` are maps that are only shifted as a whole."""

    lines: list[str]
    columns: list[int]
    opaque: set[int]


@dataclass(slots=True)
class _Work:
    sheet: Sheet
    heads: dict[int, list[_Head]] = field(default_factory=dict)
    gaps: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    shifts: dict[int, int] = field(default_factory=dict)
    chains: dict[int, Chain] = field(default_factory=dict)
    opaque: set[int] = field(default_factory=set)


def indented(sheet: Sheet, root: Node) -> Indented:
    """The lines of the document, two blanks a level; also notes which lines lie inside of scalars."""
    work = _Work(sheet)
    _place(work, root, column=0, chain=((0, 0),), shift=0)
    lines: list[str] = []
    columns: list[int] = []
    chains = _chains_after(work)
    chain: Chain = ((0, 0),)
    for number in range(len(sheet.lines)):
        chain = work.chains.get(number, chain)
        text = _line(work, number, before=chain, after=chains[number])
        lines.append(text if number in sheet.inside or number in sheet.kept else text.rstrip())
        columns.append(len(text) - len(text.lstrip(" ")))
    return Indented(lines=lines, columns=columns, opaque=work.opaque)


def _place(work: _Work, node: Node, *, column: int, chain: Chain, shift: int) -> None:
    """Note what becomes of the node's lines. `column` is for its first key or dash; `shift` for what has none."""
    sheet = work.sheet
    starts = _starts(sheet, node) if node.is_block else []
    if not starts:
        _shift(work, node, shift=shift, chain=chain, opaque=node.is_block)
        return
    before = sheet.column(starts[0])
    chain = (*chain, (before, column))
    for start in starts:
        line = sheet.line_of(start)
        work.heads.setdefault(line, []).append(_Head(start, column, is_dash=node.kind == "list"))
        work.chains[line] = chain
    shift = column - before
    if node.kind == "list":
        for item in node.children:
            _place(work, item, column=column + STEP, chain=chain, shift=shift)
        return
    for key, value in zip(node.children[::2], node.children[1::2], strict=True):
        line = sheet.line_of(key.start)
        if sheet.line_of(value.start) == line and _AFTER_KEY.fullmatch(sheet.masked.text, key.end, value.start):
            work.gaps.setdefault(line, []).append((key.end, value.start))
        _place(work, value, column=column + STEP, chain=chain, shift=shift)


def _starts(sheet: Sheet, node: Node) -> list[int]:
    """Where the keys or dashes of a block stand; none where it isn't laid out as one key or item a line."""
    if node.kind == "map":
        starts = [key.start for key in node.children[::2]]
        plain = all(key.kind == "scalar" and not _spans_lines(sheet, key) for key in node.children[::2])
    else:
        starts = [dash for dash in (_dash(sheet, item.start) for item in node.children) if dash is not None]
        plain = len(starts) == len(node.children)
    lines = {sheet.line_of(start) for start in starts}
    if not plain or len(lines) != len(starts) or lines & sheet.kept:
        return []
    yaml = sheet.masked.yaml
    first, *others = [yaml[sheet.starts[sheet.line_of(start)] : start] for start in starts]
    same = len({sheet.column(start) for start in starts}) == 1
    return starts if same and not first.strip("- ") and not "".join(others).strip(" ") else []


def _dash(sheet: Sheet, offset: int) -> int | None:
    """The offset of the dash before an item that begins here; None where something stands between them."""
    yaml, at = sheet.masked.yaml, offset - 1
    while at >= 0 and yaml[at] in " \n":
        at -= 1
    return at if at >= 0 and yaml[at] == "-" else None


def _spans_lines(sheet: Sheet, node: Node) -> bool:
    return "\n" in sheet.masked.text[node.start : node.end]


def _shift(work: _Work, node: Node, *, shift: int, chain: Chain, opaque: bool) -> None:
    """The lines that the node goes on with move as a whole."""
    sheet = work.sheet
    first, last = sheet.line_of(node.start), sheet.line_of(max(node.start, node.end - 1))
    if opaque:
        work.opaque.add(id(node))
    for line in range(first, last + 1):
        if line not in work.heads:
            work.shifts[line] = shift
        work.chains.setdefault(line, chain)
        if line > first:
            sheet.inside.add(line)
    if last > first and not opaque:
        # Blanks at the end of its first line are the scalar's own.
        sheet.inside.add(first)


def _chains_after(work: _Work) -> list[Chain]:
    """For each line the chain of the next line that has one."""
    chains: list[Chain] = []
    chain: Chain = ((0, 0),)
    for number in reversed(range(len(work.sheet.lines))):
        chain = work.chains.get(number, chain)
        chains.append(chain)
    return chains[::-1]


def _line(work: _Work, number: int, *, before: Chain, after: Chain) -> str:
    sheet = work.sheet
    text = sheet.lines[number]
    if number in sheet.kept:
        return text
    if number in work.heads:
        return _headed(work, number)
    if number in work.shifts:
        return _shifted(text, work.shifts[number])
    if not text.strip() or _MARK.match(text):
        return text.rstrip()
    return _beside(text, dict((*before, *after)))


def _headed(work: _Work, number: int) -> str:
    sheet = work.sheet
    heads, start = work.heads[number], sheet.starts[number]
    last = heads[-1]
    rest = _rest(sheet.masked.text, last.offset, start + len(sheet.lines[number]), work.gaps.get(number, ()))
    if last.is_dash:
        behind = rest[1:].lstrip(" ")
        rest = f"- {behind}" if behind else "-"
    return " " * heads[0].column + "- " * (len(heads) - 1) + rest


def _rest(text: str, start: int, end: int, gaps: Sequence[tuple[int, int]]) -> str:
    """The line from here on, one blank behind each key's colon."""
    pieces, at = [], start
    for gap_start, gap_end in gaps:
        pieces += [text[at:gap_start], ": "]
        at = gap_end
    return "".join([*pieces, text[at:end]])


def _shifted(text: str, shift: int) -> str:
    if not text.strip(" "):
        return text[-shift:] if shift < 0 else text and " " * shift + text
    blanks = len(text) - len(text.lstrip(" "))
    return " " * max(0, blanks + shift) + text.lstrip(" ")


def _beside(text: str, columns: dict[int, int]) -> str:
    """A comment, or a line of the template: in line with the list or map whose column it had, or as far from it."""
    found = len(text) - len(text.lstrip(" "))
    nearest = max((column for column in columns if column <= found), default=min(columns))
    return _shifted(text, columns[nearest] - nearest)
