"""Finds out whether a store honours conditions: on one that ignores them, two runs would hold one lock."""

from collections.abc import Callable

from gpuspec.errors import StateError
from gpuspec.store.objects import Conflict, Objects, Put, Stored, Unclear
from gpuspec.store.remote_writes import Taken, put

_TRIES = 3


def prove_conditions(objects: Objects, *, token: Callable[[], str]) -> None:
    """Come back when both conditions were seen to hold, on an object made for that and removed again.

    Raises:
        StateError: One doesn't hold, or that can't be told now.
    """
    key = f"probe/{token()}.json"
    first, second = token().encode(), token().encode()
    try:
        before = put(objects, key, first, version=None)
        _refused(objects, key, first, lambda: objects.create(key, token().encode()))
        # Only after a replacement there is a version that doesn't hold any more.
        put(objects, key, second, version=before)
        _refused(objects, key, second, lambda: objects.replace(key, token().encode(), before))
    except Taken as taken:
        raise _ignored(objects) from taken
    finally:
        objects.delete([key])


def _refused(objects: Objects, key: str, content: bytes, write: Callable[[], Put]) -> None:
    """See to it that a write which the condition forbids is refused and changes nothing."""
    for _ in range(_TRIES):
        match write():
            case Stored():
                raise _ignored(objects)
            case Conflict():
                found = objects.get(key)
                if found is None or found.content != content:
                    raise _ignored(objects)
                return
            case Unclear(reason=reason):
                words = reason
    message = f"{objects.name}: whether the store honours conditional writes could not be found out: {words}"
    raise StateError(message, hint="try again")


def _ignored(objects: Objects) -> StateError:
    message = (
        f"{objects.name}: the store takes conditional writes and ignores their conditions."
        " Two runs could hold the lock at once, and make every instance twice."
    )
    return StateError(message, hint="keep the state on a store with conditional writes, or in a file")
