"""The lock of a shared state: an object that is made, taken and given back on conditions, and never for its age."""

from collections.abc import Callable

from gpuspec.errors import StoreFailed
from gpuspec.ports import Holder
from gpuspec.store.holding import locked
from gpuspec.store.objects import Found, Objects, Version
from gpuspec.store.remote_documents import LOCK_KEY, Lock, decode_lock, encode_lock
from gpuspec.store.remote_probe import prove_conditions
from gpuspec.store.remote_writes import Taken, put

_HINT = "see who is at work on it, then run the command again: it settles what is open"


class RemoteLock:
    """One lock, as one process has it or wants it."""

    def __init__(self, objects: Objects, *, token: Callable[[], str]) -> None:
        self._objects = objects
        self._token = token
        self._own: tuple[str, Version] | None = None

    def acquire(self, holder: Holder, *, waited_s: float) -> None:
        """Take the lock, if it is free now and the store honours conditions.

        Raises:
            Locked: Somebody else has it.
            StateError: The store is none for shared states, or can't be used now.
        """
        found = self._objects.get(LOCK_KEY)
        self._refuse_held(found, holder, waited_s=waited_s)
        prove_conditions(self._objects, token=self._token)
        lock = Lock(id=self._token(), holder=holder)
        free = None if found is None else found.version
        try:
            version = put(self._objects, LOCK_KEY, encode_lock(lock), version=free)
        except Taken as taken:
            self._refuse_held(taken.found, holder, waited_s=waited_s)
            raise locked(None, wanted_by=holder, waited_s=waited_s) from taken
        self._own = lock.id, version

    def held(self) -> Lock | None:
        """The lock as somebody holds it now; None when it is free."""
        lock = self._decoded(self._objects.get(LOCK_KEY))
        return None if lock is None or lock.holder is None else lock

    def prove(self) -> None:
        """Come back if this process holds it still.

        Raises:
            StoreFailed: It was broken.
        """
        lock = self.held()
        if self._own is None or lock is None or lock.id != self._own[0]:
            raise lost(self._objects)

    def release(self) -> None:
        """Give it back, if it is this process's still."""
        if self._own is None:
            return
        (_, version), self._own = self._own, None
        self._free(version)

    def break_(self, lock_id: str) -> bool:
        """Take it from whoever holds it under this id; whether it was held so."""
        found = self._objects.get(LOCK_KEY)
        lock = self._decoded(found)
        if found is None or lock is None or lock.holder is None or lock.id != lock_id:
            return False
        return self._free(found.version)

    def _free(self, version: Version) -> bool:
        try:
            put(self._objects, LOCK_KEY, encode_lock(Lock(id=self._token(), holder=None)), version=version)
        except Taken:
            return False
        return True

    def _refuse_held(self, found: Found | None, holder: Holder, *, waited_s: float) -> None:
        lock = self._decoded(found)
        if lock is not None and lock.holder is not None:
            command = f"gpuspec unlock {lock.id} --state {self._objects.name}"
            raise locked(lock.holder, wanted_by=holder, waited_s=waited_s, breaking=command)

    def _decoded(self, found: Found | None) -> Lock | None:
        return None if found is None else decode_lock(found.content, where=f"{self._objects.name}/{LOCK_KEY}")


def lost(objects: Objects) -> StoreFailed:
    """The error of a run whose lock was broken."""
    return StoreFailed(
        f"The lock of {objects.name} was broken while this run held it, so nothing more is sent.", hint=_HINT
    )


def intruded(objects: Objects) -> StoreFailed:
    """The error of a run that meets another one's writes; which of the two has lost its lock is not known then."""
    message = f"Another run has written to {objects.name} while this one was at work there, so nothing more is sent."
    return StoreFailed(message, hint=_HINT)
