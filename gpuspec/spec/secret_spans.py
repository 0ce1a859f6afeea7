"""Which stretches of a spec's text most likely hold a secret; it works on any text, however broken."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from gpuspec.model.secret_names import looks_secret

Span = tuple[int, int]

# A word that could be a key: before a colon or an equals sign (as in a shell or in `#% set`), or a long option.
NAMED = re.compile(r"""(?<![\w.-])(?:(--?[A-Za-z][\w-]*)[ =]|["']?([A-Za-z_][\w.-]*)["']?[ \t]*[:=])[ \t]*""")
# The list form of envs: {key: HF_TOKEN, value: …}, in either order, on one line or over several.
ITEM_KEY = re.compile(r"""(?<![\w.-])["']?key["']?[ \t]*:\s*["']?([\w.-]+)["']?""")
ITEM_VALUE = re.compile(r"""(?<![\w.-])["']?value["']?[ \t]*:[ \t]*""")
BETWEEN_VALUE_AND_KEY = re.compile(r"""[^\n]*(?:\n[ \t]*(?:#[^\n]*)?)*\n?[ \t]*""")
BETWEEN_KEY_AND_VALUE = re.compile(r"[ \t]*(?:#[^\n]*)?,?(?:\s*\n(?:[ \t]*#[^\n]*\n)*)?[ \t]*")
# An item's key and value are never farther apart than this; it keeps the search linear.
NEAR = 5_000
LOGIN_IN_URL = re.compile(r"(?<=://)[^/\s@\"'{}]+(?=@)")

SECRET_CALL = re.compile(r"secret\(\s*(?:'[^']*'|\"[^\"]*\")\s*\)")
EXPRESSION = re.compile(
    r"""(["']?)\{\{((?:(?!\}\}).)*)\}\}\1(?=[ \t]*(?:[,}\]]|\#|$))|secret\([^()]*\)""", re.MULTILINE
)
DOUBLE_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
SINGLE_QUOTED = re.compile(r"'(?:[^']|'')*+'")
# A value in a flow map that ends where it seems to end; anything odder is masked to the end of its line.
FLOW_PLAIN = re.compile(r"[\w./+=:@-]+(?=[ \t]*(?:,[ \t\n]|\}[ \t]*(?:[,}\]]|$)|\]))", re.MULTILINE)
FLOW_END = re.compile(r"[ \t]*(?:[,}\]]|\#|$)", re.MULTILINE)
BLOCK_HEAD = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\n]*)?(?:\n|$)")
INDENT = re.compile(r"[ \t-]*")
LOOKS_LIKE_ENTRY = re.compile(r"""[ \t]*(?:-[ \t]|["']?[\w.-]+["']?[ \t]*:(?:[ \t]|$)|\#|$)""", re.MULTILINE)


def secret_spans(text: str) -> list[Span]:
    """Offsets of what to mask, ascending, without overlaps: values of keys that look secret, logins in URLs.

    A template's expression is left readable, unless it holds a text of its own.
    """
    found = [*_named(text), *_items(text), *(match.span() for match in LOGIN_IN_URL.finditer(text))]
    spans: list[Span] = []
    for start, end in sorted(found):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        elif end > start:
            spans.append((start, end))
    return spans


def spans_within(spans: list[Span], start: int, end: int) -> list[Span]:
    """The parts of ascending spans that lie between two offsets."""
    first = max(0, bisect_left(spans, (start, start)) - 1)
    within: list[Span] = []
    for begin, stop in spans[first:]:
        if begin >= end:
            break
        if stop > start:
            within.append((max(begin, start), min(stop, end)))
    return within


def _named(text: str) -> Iterator[Span]:
    at = 0
    while match := NAMED.search(text, at):
        at = match.end()
        if looks_secret(match[1] or match[2]):
            start, end = _value(text, match.start(), match.end(), name=match[1] or match[2])
            at = max(at, end)
            yield start, end


def _items(text: str) -> Iterator[Span]:
    values = [match.span() for match in ITEM_VALUE.finditer(text)]
    for match in ITEM_KEY.finditer(text):
        if not looks_secret(match[1]):
            continue
        number = bisect_left(values, (match.end(), 0))
        after = values[number] if number < len(values) else None
        if after and _joined(BETWEEN_KEY_AND_VALUE, text, match.end(), after[0]):
            yield _value(text, after[0], after[1], name="")
        before = values[number - 1] if number else None
        if before and _joined(BETWEEN_VALUE_AND_KEY, text, before[1], match.start()):
            yield _value(text, before[0], before[1], name="")


def _joined(between: re.Pattern[str], text: str, start: int, end: int) -> bool:
    return end - start < NEAR and between.fullmatch(text, start, end) is not None


def _value(text: str, key: int, start: int, *, name: str) -> Span:
    """Where the value that begins here ends, judged by how it is written."""
    expression = EXPRESSION.match(text, start)
    if expression and not re.search("[\"']", SECRET_CALL.sub("", expression[2] or expression[0])):
        return start, start
    if BLOCK_HEAD.match(text, start):
        line_end = _line_end(text, start)
        return line_end, _block_end(text, key, line_end, everything=True)
    quoted = {'"': DOUBLE_QUOTED, "'": SINGLE_QUOTED}.get(text[start : start + 1])
    if quoted:
        match = quoted.match(text, start)
        if match is None:
            return start, len(text)
        return start, match.end() if FLOW_END.match(text, match.end()) else _line_end(text, match.end())
    plain = FLOW_PLAIN.match(text, start) if _in_flow(text, key) else None
    if plain:
        return plain.span()
    return start, _block_end(text, key, _line_end(text, start), everything=name == "imageAuth")


def _in_flow(text: str, key: int) -> bool:
    before = key
    while before and text[before - 1] in " \t":
        before -= 1
    return text[before - 1 : before] in {"{", ","}


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return end if end >= 0 else len(text)


def _indentation(text: str, offset: int) -> int:
    start = text.rfind("\n", 0, offset) + 1
    return INDENT.match(text, start).end() - start  # type: ignore[union-attr]


def _block_end(text: str, key: int, line_end: int, *, everything: bool) -> int:
    """The end of the lines that go on with the value: indented more than its key, and no entries of their own."""
    indentation, end = _indentation(text, key), line_end
    while end < len(text):
        start, following = end + 1, _line_end(text, end + 1)
        line = text[start:following]
        if line.strip():
            if len(line) - len(line.lstrip()) <= indentation:
                break
            if not everything and LOOKS_LIKE_ENTRY.match(text, start):
                break
        end = following
    return end
