"""`state migrate`: a state moves to another place, and a note stays where it was. No API is asked."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gpuspec.codec.forwarding import Forwarding
from gpuspec.codec.state import encode_state
from gpuspec.errors import Refused, StateError, UsageError
from gpuspec.model.state import State
from gpuspec.store.fit import fitting
from gpuspec.store.seal import KEY_NAME, sealer_at_hand, sealer_from_text
from gpuspec.store.transfer import Site, occupy
from gpuspec.workflow.ending import heed
from gpuspec.workflow.places import STATE_KEY_VARIABLE, refuse_without_key, store_at
from gpuspec.workflow.recorded import expected_of, when_free
from gpuspec.workflow.session import Editing, Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What moved, and between which places; `state` is as it is at the place that it has now."""

    left: str
    to: str
    state: State


async def migrate(editing: Editing, destination: Workplace, *, approve: Callable[[State], None]) -> Migrated:
    """Move the state to a place where there is none, journal and all.

    The state is durable there before the note is here. A run that ends between the two leaves both: until it is run
    again, which goes on from there, the state here is the one that counts.

    Raises:
        UsageError: There is no state to move, or it is there already.
        Refused: Another state is there, or the answer is no.
        StateError: A place can't be used.
    """
    home = editing.offline.home.folder
    left, to = editing.offline.workplace.shown(home), destination.shown(home)
    if left == to:
        raise UsageError(f"The state is at {to} already.", hint="name another place.")
    _refuse_without_key(editing, destination)
    source = await _occupied(editing, editing.offline.workplace)
    try:
        state = _movable(editing, source)
        _refuse_another_key(editing, destination, state)
        target = await _occupied(editing, destination)
        try:
            moved = replace(state, serial=state.serial + 1)
            _refuse_occupied(target, state, moved)
            fitting(moved, expected_of(editing.offline, editing.origin), to, remembered=target.store.remembered())
            approve(state)
            heed(editing)
            target.put(moved)
            at = editing.offline.clock.now()
            source.forward(Forwarding(to=to, lineage=state.birth.lineage, serial=moved.serial, at=at))
        finally:
            target.leave()
    finally:
        source.leave()
    return Migrated(left=left, to=to, state=moved)


async def _occupied(editing: Editing, place: Workplace) -> Site:
    return await when_free(editing, place, lambda holder: occupy(store_at(place), holder, timeout_s=0.0))


def _movable(editing: Editing, source: Site) -> State:
    state = source.state
    if state is None:
        message = f"There is no state at {source.store.name} to be moved."
        raise UsageError(message, hint="the first apply makes one, wherever the project file says.")
    expected, remembered = expected_of(editing.offline, editing.origin), source.store.remembered()
    return fitting(state, expected, source.store.name, remembered=remembered)


def _refuse_without_key(editing: Editing, destination: Workplace) -> None:
    """As ever with a shared state; but the key that the state was made with is known."""
    key = editing.offline.workplace.work_folder / KEY_NAME
    try:
        refuse_without_key(replace(editing.offline, workplace=destination))
    except StateError as error:
        if not key.exists():
            raise
        raise _with_key_of(key, error.message) from error


def _refuse_another_key(editing: Editing, destination: Workplace, state: State) -> None:
    """Refuse to share digests that nobody could compare with: those of the key that stays in this folder."""
    folder = editing.offline.workplace.work_folder
    if destination.url is None or not (folder / KEY_NAME).exists():
        return
    ours = sealer_at_hand(folder).key_id
    shared = sealer_from_text(editing.offline.state_key).key_id
    if ours != shared and f'"{ours}"'.encode() in encode_state(state):
        message = (
            f"The digests that stand for secrets were made with {folder / KEY_NAME}, and {STATE_KEY_VARIABLE} is"
            " another key: what they stand for could be compared with nothing."
        )
        raise _with_key_of(folder / KEY_NAME, message)


def _with_key_of(path: Path, message: str) -> StateError:
    hint = "use the key that its digests were made with, and hand it on to the others like a password:"
    command = f'export {STATE_KEY_VARIABLE}="$(cat {shlex.quote(str(path))})"'
    return StateError(message, hint=hint, command=command)


def _refuse_occupied(target: Site, state: State, moved: State) -> None:
    match target.found:
        case Forwarding() as note if note.lineage == state.birth.lineage and note.serial <= state.serial:
            # The state was there before, and comes back.
            return
        case Forwarding():
            message = f"{target.store.name} has a note of another state, or of a later one, that moved away from there."
        case State() as there if there != moved:
            # What a migration has left that was killed before it left its note is the state as it would be now.
            message = (
                f"There is a state at {target.store.name} already: serial {there.serial} of {there.birth.lineage}."
            )
        case _:
            return
    raise Refused(message, reason="place-occupied", hint="name a place where there is none.")
