"""Conditional writes whose answer may be lost: what is there is read back, and known by the id in it."""

from gpuspec.errors import StoreFailed
from gpuspec.store.objects import Found, Objects, Stored, Version

_TRIES = 3


class Taken(Exception):
    """The condition doesn't hold: something of somebody else's is there, or (None) nothing where something was."""

    def __init__(self, found: Found | None) -> None:
        super().__init__()
        self.found = found


def put(objects: Objects, key: str, content: bytes, *, version: Version | None) -> Version:
    """Store the content, once, in place of this version, or (None) where nothing is; its version.

    A client sends a request again whose answer was lost, and is then told of a conflict with itself. So a conflict
    counts only when what is there is something else; for that the content must hold an id that no other has.

    Raises:
        Taken: It was not stored, and won't be.
        StoreFailed: Nobody knows whether it is stored.
        StateError: The store refuses, or could not be reached to read it back.
    """
    for _ in range(_TRIES):
        answer = objects.create(key, content) if version is None else objects.replace(key, content, version)
        if isinstance(answer, Stored):
            return answer.version
        found = objects.get(key)
        if found is not None and found.content == content:
            return found.version
        if not _holds(found, version):
            raise Taken(found)
    message = f"{objects.name}/{key} was written {_TRIES} times, and is not there."
    raise StoreFailed(message, hint="look whether the store is in good order, then run the command again")


def _holds(found: Found | None, version: Version | None) -> bool:
    """Whether what was found still fulfils the condition."""
    if found is None or version is None:
        return found is None and version is None
    return found.version.is_same(version)
