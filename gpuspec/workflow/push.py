"""`state push`: a state that comes from a file takes the place of the recorded one. No API is asked."""

from collections.abc import Callable
from pathlib import Path

from gpuspec.codec.state import decode_state
from gpuspec.errors import DamagedState, ForeignState, Refused, StateError
from gpuspec.model.state import State
from gpuspec.ports import NotReadable
from gpuspec.store.files import LARGEST_BYTES
from gpuspec.store.fit import fitting
from gpuspec.store.soundness import faults_of
from gpuspec.store.transfer import Site, occupy
from gpuspec.workflow.ending import heed
from gpuspec.workflow.files import read_bytes
from gpuspec.workflow.places import refuse_state_left_behind, refuse_without_key
from gpuspec.workflow.recorded import expected_of, store_of, when_free
from gpuspec.workflow.session import Editing

# What is recorded, if anything is, and what would be.
Approve = Callable[[State | None, State], None]


async def push(editing: Editing, name: str, *, approve: Approve) -> State:
    """Let the state in this file be the recorded one; the state.

    Raises:
        Refused: The journal has entries that are in no state yet, or the answer is no.
        ForeignState: It is of another lineage, project, environment or service, or no later than what is recorded.
        StateError: The file or what is recorded can't be used.
    """
    offline = editing.offline
    refuse_without_key(offline)
    refuse_state_left_behind(offline)
    state = _read(name)
    site = await when_free(editing, offline.workplace, lambda holder: occupy(store_of(offline), holder, timeout_s=0.0))
    try:
        _refuse_unfit(site, state, name)
        fitting(state, expected_of(offline, editing.origin), name, remembered=site.store.remembered())
        approve(site.state, state)
        heed(editing)
        site.put(state)
    finally:
        site.leave()
    return state


def _read(name: str) -> State:
    content = read_bytes(Path(name), limit=LARGEST_BYTES, pipes=False)
    if isinstance(content, NotReadable):
        raise StateError(f"{name}: {content.message}", hint="name a file that `gpuspec state pull --out` wrote")
    state = decode_state(content, where=name)
    faults = faults_of(state)
    if faults:
        raise DamagedState(f"{name} contradicts itself. {faults[0]}", hint="mend it, or push one that is sound")
    return state


def _refuse_unfit(site: Site, state: State, name: str) -> None:
    there, place = site.state, site.store.name
    if site.journaled:
        message = f"The journal of {place} has {site.journaled} entries that a run left there."
        hint = "let the next run take them in, then pull again:"
        raise Refused(message, reason="journal-not-empty", hint=hint, command="gpuspec recover")
    if there is None:
        return
    if there.birth.lineage != state.birth.lineage:
        message = f"{name} is of the lineage {state.birth.lineage}, and {place} of {there.birth.lineage}."
        raise ForeignState(message, hint="push a state that was pulled from there")
    if state.serial <= there.serial:
        message = f"{name} has serial {state.serial}, and {place} has {there.serial}: a push must be later."
        hint = "pull again, make the change in that, and give it the next serial"
        raise ForeignState(message, hint=hint)
