"""`state rebuild`: a state from markers alone, after the file was lost. No request changes anything."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from gpuspec.engine.observe import Look, look, sights
from gpuspec.errors import DamagedState, Refused, StateError, UsageError
from gpuspec.model.address import Address
from gpuspec.model.live import Seen
from gpuspec.model.marker import MarkerMode
from gpuspec.model.rebuilding import Rebuilding
from gpuspec.model.state import MarkerSeen, State
from gpuspec.planning.rebuilding import rebuilding
from gpuspec.planning.recognising import Claimants, claimants, lineage_after, looked_at, of_lineage
from gpuspec.ports import Cloud
from gpuspec.store.paths import own_name
from gpuspec.store.soundness import faults_of
from gpuspec.store.state_store import Session as Held
from gpuspec.store.state_store import Vacant
from gpuspec.workflow.ending import heed, unless_interrupted
from gpuspec.workflow.recorded import birth_of, finish, hold, sealer_to_write, store_of, unborn
from gpuspec.workflow.session import Offline, Session
from gpuspec.workflow.specs import Asked, load_specs

# Shows what would be recorded and asks whoever may decide; raises what ends the command when it is not to be.
Approve = Callable[[Rebuilding], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The machines of the lost state, and where their markers were seen."""

    claimants: Claimants
    seen_at: MarkerSeen


async def rebuild(session: Session, lineage: str, *, approve: Approve) -> Rebuilding:
    """Look for everything that carries this project's marker, ask, and write a state that holds it.

    The state's lineage begins like the markers' own, so that they are its own and no copy of the lost one is.

    Args:
        lineage: Whose markers count, where there are those of several states: its first 8 hex digits.

    Raises:
        UsageError: The project puts no lineage into its markers, and one was named.
        StateError: There is a state or a journal; it is as it was.
        Refused: Whose the machines are can't be told, there are none, or the answer is no; nothing was recorded.
        SpecFaults: Only the specs could tell which addresses the names are marked with, and they have faults.
        CredentialsError: The key was refused.
    """
    _refuse_mode(unborn(session.offline, origin=session.target.origin).birth.marker, lineage)
    vacant = await _vacant(session)
    place: Held | Vacant = vacant
    try:
        async with session.target.connect() as cloud:
            found = await unless_interrupted(session, _found(session, cloud, lineage))
        made = _rebuilding(session, found)
        state = _state(session, found, made)
        approve(made)
        heed(session)
        place = vacant.restore(state)
    finally:
        await finish(place)
    return made


def _refuse_mode(mode: MarkerMode, lineage: str) -> None:
    if mode is MarkerMode.OFF:
        message = "The project file says `marker: off`, so no instance carries anything to recognise it by."
        hint = "record each by its id, which `gpuspec audit` or the console shows:"
        raise Refused(message, reason="marker-off", hint=hint, command="gpuspec import ADDRESS ID")
    if mode is MarkerMode.NAME and lineage:
        message = "With `marker: name` a marker has no room for its state's lineage."
        raise UsageError(message, hint="leave `--lineage` out.")


async def _vacant(session: Session) -> Vacant:
    """The lock of a place without state and journal."""
    store = store_of(session.offline)
    try:
        held = await hold(session)
    except DamagedState as error:
        if store.snapshot() is None:
            error.hint = (
                "restore the state, from `.gpuspec/backups` or version control; if that can't be, move its journal"
                f"{_journal(session.offline)} away, settle by hand what was open in it, and rebuild again"
            )
        raise
    if isinstance(held, Vacant):
        return held
    records = len(held.state.records)
    await finish(held)
    message = f"{store.name} is there (records: {records}), and a state is rebuilt only where there is none."
    raise StateError(message, hint="see whether anything is wrong with it:", command="gpuspec state verify")


def _journal(offline: Offline) -> str:
    """Where it is, in brackets; empty for one that is no file here."""
    place = offline.workplace
    name = f"{own_name(place.state_path, place.work_folder)}.journal"
    return f" (`{_shown(offline, name)}`)" if (place.work_folder / name).is_file() else ""


async def _found(session: Session, cloud: Cloud, lineage: str) -> Found:
    """Every machine of the lost state, with all that list and GET show of it."""
    offline = session.offline
    state = unborn(offline, origin=session.target.origin)
    seen = await look(cloud, state=state)
    _refuse_doubt(seen)
    rows = (*seen.observation.rows.values(), *seen.removed.values())
    found = claimants(rows, state.birth, ())
    if found.unplaced:
        # Only now: where the names tell it all, the specs need not be sound.
        found = claimants(rows, state.birth, _addresses(offline))
    seen_at = _seen_at(found, state.birth.marker)
    told = await sights(cloud, [one.row.id for one in found.staying])
    shown = {id_: sight.instance for id_, sight in told.items() if isinstance(sight, Seen)}
    return Found(claimants=of_lineage(looked_at(found, shown), lineage), seen_at=seen_at)


def _refuse_doubt(seen: Look) -> None:
    """A state without one of its machines would let the next apply make it a second time."""
    observation = seen.observation
    if observation.incomplete:
        message = f"There may be instances that the list did not show. {observation.incomplete}"
        raise Refused(message, reason="incomplete-list", hint="try again later; nothing was recorded.")
    if observation.hidden:
        message = f"Whether each instance carries a marker of this project can't be told. {observation.hidden}"
        raise Refused(message, reason="marker-unread", hint="try again later; nothing was recorded.")


def _addresses(offline: Offline) -> Iterable[Address]:
    """Every address that the specs know, also by the name that it had."""
    specs = load_specs(offline, Asked()).specs
    return (*specs.instances, *specs.moved.values())


def _seen_at(found: Claimants, mode: MarkerMode) -> MarkerSeen:
    in_list = mode is MarkerMode.NAME or any("envs" in one.row.fields for one in found.staying)
    return MarkerSeen.LIST if in_list else MarkerSeen.GET


def _rebuilding(session: Session, found: Found) -> Rebuilding:
    offline = session.offline
    (lineage8,) = {one.lineage for one in found.claimants.staying}
    lineage = lineage_after(offline.randomness.lineage(), lineage8)
    made = rebuilding(
        found.claimants,
        birth_of(offline, origin=session.target.origin, lineage=lineage),
        at=offline.clock.now(),
        seal=sealer_to_write(offline).seal,
    )
    return replace(made, notes=(*_remembered(offline), *made.notes))


def _remembered(offline: Offline) -> Iterator[str]:
    serials = store_of(offline).remembered()
    if serials:
        backups = _shown(offline, "backups")
        yield (
            f"A state was used here before, with serial {max(serials.values())} at last. If `{backups}` has it, "
            "restore that instead: it knows what no marker tells."
        )


def _shown(offline: Offline, name: str) -> str:
    """Where in the work folder this is, as a user of the project knows it."""
    path, folder = offline.workplace.work_folder / name, offline.home.folder
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _state(session: Session, found: Found, made: Rebuilding) -> State:
    state = State(
        birth=made.birth,
        key_digest=session.target.key_digest,
        marker_seen=found.seen_at,
        records={one.record.address: one.record for one in made.recognised},
    )
    faults = faults_of(state)
    if faults:
        hint = "markers that somebody copied by hand do that: delete what is not wanted in the console"
        raise Refused(f"These instances can't stand in one state. {' '.join(faults)}", reason="unsound", hint=hint)
    return state
