"""The name that was probably meant."""

import difflib
from collections.abc import Iterable
from functools import lru_cache

_LONGEST = 200


def nearest(name: str, known: Iterable[str], *, likeness: float = 0.65) -> str | None:
    """The known name that looks most like this one; case, `_` and `-` count for nothing."""
    return _nearest(name[:_LONGEST], tuple(known), likeness)


# A loop or a generator makes the same mistake a hundred thousand times.
@lru_cache(maxsize=1024)
def _nearest(name: str, known: tuple[str, ...], likeness: float) -> str | None:
    plain = {_plain(candidate): candidate for candidate in known}
    exact = plain.get(_plain(name))
    if exact is not None:
        return exact
    close = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=likeness)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
