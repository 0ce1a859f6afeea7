"""Secrets that can be recognised wherever they come out, in whichever form."""

import base64
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

# Every form of it differs from the text itself: JSON escapes the quote, a URL the percent sign, a shell the dollar.
_MARKS = '"%<&+/=$'
_LETTERS = "bcdfghjkmnpqrstvwxz"


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A secret, and the part of it that is looked for: what stands round that may be cut off, and is found anyway."""

    channel: str
    text: str
    core: str


def canary(channel: str, chance: random.Random, *, plain: bool = False) -> Canary:
    """One of 40 characters that no other text has; a plain one is of letters and digits only, as a URL needs it."""
    letters = "".join(chance.choices(_LETTERS, k=16))
    core = f"cnry{letters[:8]}{'' if plain else _MARKS}{letters[8:]}"
    return Canary(channel=channel, text=f"Q7{core}w9", core=core)


def forms(text: str) -> dict[str, bytes]:
    """Name of a form -> how the text looks in it."""
    raw = text.encode()
    return {
        "raw": raw,
        "JSON": json.dumps(text)[1:-1].encode(),
        "JSON twice": json.dumps(json.dumps(text))[3:-3].encode(),
        "URL": quote(text, safe="").encode(),
        "URL in lower case": quote(text, safe="").lower().encode(),
        "query": quote_plus(text).encode(),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "entities": "".join(f"&#{ord(letter)};" if not letter.isalnum() else letter for letter in text).encode(),
        **{f"base64 at {at}": base64.b64encode(b"\0" * at + raw)[_skipped(at) : -4] for at in range(3)},
        **{f"URL's base64 at {at}": base64.urlsafe_b64encode(b"\0" * at + raw)[_skipped(at) : -4] for at in range(3)},
    }


def tellers(canaries: Iterable[Canary]) -> dict[bytes, str]:
    """What must be nowhere -> whose it is."""
    return {
        pattern: f"{one.channel} ({form})" for one in canaries for form, pattern in forms(one.core).items() if pattern
    }


def told(content: bytes, patterns: Mapping[bytes, str]) -> list[str]:
    """Whose secrets stand in this content."""
    return [whose for pattern, whose in patterns.items() if pattern in content]


def contents(folder: Path, *, but: frozenset[Path]) -> Iterator[tuple[Path, bytes]]:
    """Every file below the folder with its content, and its name among it; links and those in `but` left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path not in but:
            yield path, str(path).encode() + b"\n" + path.read_bytes()


def _skipped(at: int) -> int:
    """How many characters at the start of the base64 also depend on what stands before the text."""
    return 4 if at else 0
