"""References of policies: the file and the pointer that each stands for."""

import posixpath
from urllib.parse import quote, unquote

Pointer = tuple[str, ...]


def target_of(reference: str, inside: str) -> tuple[str, Pointer]:
    """The file (relative to the project folder) and the pointer that a reference in a file stands for."""
    name, _, fragment = reference.partition("#")
    file = posixpath.normpath(posixpath.join(posixpath.dirname(inside), unquote(name))) if name else inside
    tokens = unquote(fragment).split("/")[1:]
    return file, tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)


def pointer_to(file: str, pointer: Pointer = ()) -> str:
    """A reference to a schema of this file, in a bundle."""
    tokens = (token.replace("~", "~0").replace("/", "~1") for token in ("$defs", file, *pointer))
    return "#/" + "/".join(quote(token, safe="") for token in tokens)
