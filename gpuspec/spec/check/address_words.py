"""Addresses that can't be used."""

import re

from gpuspec.model.problem import Problem
from gpuspec.spec.check.faults import at_key
from gpuspec.spec.check.values_in_words import as_written
from gpuspec.spec.tree import Path, Tree

_REFUSED = re.compile("[^A-Za-z0-9._-]+")
LONGEST = 128


def bad_address(tree: Tree, path: Path) -> Problem:
    """The problem for the address at the end of this path."""
    code, message, hint = bad_address_words(str(path[-1]))
    return at_key(tree, path, code=code, message=message, hint=hint)


def bad_address_words(address: str) -> tuple[str, str, str]:
    """Code, message and hint for a text that can't be an address."""
    if len(address) > LONGEST:
        message = f"An address has at most {LONGEST} characters; this has {len(address)}."
        return "bad-address", message, f"shorten it by {len(address) - LONGEST}."
    message = (
        "An address has letters from A to Z, digits, dots, underscores and hyphens, and begins with a letter or a "
        f"digit; this is {as_written(address)}."
    )
    better = _REFUSED.sub("-", address).lstrip("._-").rstrip("-")
    hint = f"write `{better}`." if better else "as in `trainer-1`."
    return "bad-address", message, hint
