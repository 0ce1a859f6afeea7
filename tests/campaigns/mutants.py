"""Good documents gone wrong: bytes, lines and JSON values changed at random, with what breaks parsers most often."""

import json
import random
from collections.abc import Callable
from typing import Any

# What means something to YAML, Jinja, JSON, a terminal or a decoder.
TOKENS = (
    b"{{",
    b"}}",
    b"{% for a in b %}",
    b"{% endfor %}",
    b"{% include 'instances.yaml' %}",
    b"{{ undefined.thing }}",
    b"{{ secret('env:NOTHING') }}",
    b"{{ 'x' * 10**9 }}",
    b"#% for n in range(3)",
    b"#% endfor",
    b"&a ",
    b"*a",
    b"<<: *a",
    b"!!python/object:os.system ",
    b"!tag ",
    b"%YAML 1.1\n---\n",
    b"---\n",
    b"...\n",
    b"? ",
    b"| ",
    b">-\n",
    b'"',
    b"'",
    b"- ",
    b": ",
    b":",
    b",",
    b"[",
    b"]",
    b"{",
    b"}",
    b"\t",
    b"\x00",
    b"\x1b[31m",
    b"\xff\xfe",
    b"\xc3",
    "\u202e".encode(),
    "\u2028".encode(),
    "\ue000".encode(),
    b"\r",
    b"\r\n",
    b"\n",
    b"null",
    b"true",
    b"0777",
    b"1e999",
    b".nan",
    b"99999999999999999999999",
    b"-1",
    b"~",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**70,
    1.5,
    1e308,
    "",
    "text",
    "\x1b]0;title\x07",
    "\u202egnp",
    "a" * 70_000,
    [],
    {},
    [[[]]],
    {"": {}},
    "../../etc/passwd",
    "\ud800",
)


def mutated_text(content: bytes, chance: random.Random) -> bytes:
    """The text with one to three changes."""
    for _ in range(chance.randint(1, 3)):
        content = chance.choice(_TEXT_CHANGES)(content, chance)
    return content


def mutated_json(content: bytes, chance: random.Random) -> bytes:
    """The document with one to three of its values changed; now and then as text."""
    if chance.random() < 0.25:
        return mutated_text(content, chance)
    document = json.loads(content)
    for _ in range(chance.randint(1, 3)):
        document = _changed(document, chance)
    return json.dumps(document).encode()


def _inserted(content: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + chance.choice(TOKENS) + content[at:]


def _removed(content: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + content[at + chance.choice((1, 2, 8, 40)) :]


def _repeated(content: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + content[at : at + chance.choice((1, 8, 200))] * chance.choice((2, 3, 50)) + content[at:]


def _flipped(content: bytes, chance: random.Random) -> bytes:
    if not content:
        return content
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randint(0, len(content))]


def _lines_swapped(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _indented(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    lines[at] = chance.choice((b" ", b"  ", b"    ", b"\t")) + lines[at]
    return b"\n".join(lines)


def _nested(content: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + chance.choice((b"[", b"{a: ", b"- ", b"{{(")) * chance.choice((10, 100, 3_000)) + content[at:]


_TEXT_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _inserted,
    _inserted,
    _inserted,
    _removed,
    _repeated,
    _flipped,
    _cut,
    _lines_swapped,
    _indented,
    _nested,
)


def _changed(document: Any, chance: random.Random) -> Any:
    """The document with one value somewhere in it changed, gone, or there under another name."""
    if not isinstance(document, dict | list) or not document or chance.random() < 0.15:
        return chance.choice(_VALUES)
    keys = list(document) if isinstance(document, dict) else list(range(len(document)))
    key = chance.choice(keys)
    copy = document.copy()
    match chance.random():
        case roll if roll < 0.1:
            del copy[key]
        case roll if roll < 0.15 and isinstance(copy, dict):
            copy[chance.choice(("", "__proto__", "\x1b[2J", str(key) * 3))] = copy.pop(key)
        case _:
            copy[key] = _changed(document[key], chance)
    return copy
