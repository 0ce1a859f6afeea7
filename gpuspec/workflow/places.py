"""The store behind a workplace: a file, or objects that a team shares."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gpuspec.errors import StateError, UsageError
from gpuspec.model.state_url import StateUrl, state_url
from gpuspec.ports import StateStore
from gpuspec.store.local import LocalStore
from gpuspec.store.paths import left_behind, refuse_left_behind
from gpuspec.workflow.session import Offline, Workplace

if TYPE_CHECKING:
    from gpuspec.store.remote import RemoteStore

STATE_KEY_VARIABLE = "GPUSPEC_STATE_KEY"


def store_at(place: Workplace) -> StateStore:
    """The store; nothing is read yet.

    Raises:
        StateError: The object store can't be used.
    """
    return LocalStore(place.state_path, place.work_folder) if place.url is None else _shared(place, place.url)


def shared_at(place: Workplace) -> RemoteStore:
    """The store of a state that is shared.

    Raises:
        UsageError: It is a file.
        StateError: The object store can't be used.
    """
    if place.url is None:
        message = f"{place.name} is a file, and the lock of a file ends with its process: there is none to break."
        raise UsageError(message, hint="this is for a state on an object store (`state: s3://…`).")
    return _shared(place, place.url)


def refuse_without_key(offline: Offline) -> None:
    """Refuse to go on with a shared state without the key that everybody's digests of secrets are made with.

    Raises:
        StateError: It is shared, and there is no key.
    """
    if offline.workplace.url is None or offline.state_key:
        return
    message = (
        f"{offline.workplace.name} is shared, and {STATE_KEY_VARIABLE} is not set."
        " The digests that stand for secrets in it have to mean the same to everybody who uses it."
    )
    hint = "use the key that the others have; the first one makes it and hands it on like a password:"
    raise StateError(message, hint=hint, command=f'export {STATE_KEY_VARIABLE}="$(openssl rand -hex 32)"')


def refuse_state_left_behind(offline: Offline) -> None:
    """Refuse to go on with an environment beside a state that was made without any.

    Raises:
        ForeignState: It is there.
    """
    place, declared = offline.workplace, offline.home.project.usable
    if not offline.home.environment.name:
        return
    url = state_url(place.configured)
    if url is None:
        refuse_left_behind(place.folder, environments=declared, configured=place.configured)
        return
    found = left_behind(str(url), declared)
    if found is not None and _shared(place, url).snapshot() is not None:
        raise found


def _shared(place: Workplace, url: StateUrl) -> RemoteStore:
    # Imported here: most states are files.
    from gpuspec.store.remote import RemoteStore

    # The folder may be used with many places, and remembers what it wrote to each.
    name = f"{url.scheme}-{url.bucket}-{hashlib.sha256(str(url).encode()).hexdigest()[:8]}.serials"
    return RemoteStore(place.open_objects(url), place.work_folder / name)
