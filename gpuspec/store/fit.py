"""Whether a state is the one that this run means; pure."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from gpuspec.errors import ForeignState
from gpuspec.model.marker import MarkerMode
from gpuspec.model.state import MarkerSeen, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a run knows of its state beforehand. `project` is empty where no file names one."""

    origin: str
    project: str
    environment: str
    marker: MarkerMode


def fitting(state: State, expected: Expected, name: str, *, remembered: Mapping[str, int]) -> State:
    """The state, if it is the one that is meant; its marker mode follows the project as long as nothing is recorded.

    Args:
        name: How the state is called in messages.
        remembered: Lineage -> the highest serial that was seen here.

    Raises:
        ForeignState: It belongs to something else, or is a copy from before.
    """
    _check_birth(state, expected, name=name)
    _check_history(state, name=name, remembered=remembered)
    birth = state.birth
    if birth.marker is expected.marker:
        return state
    if state.records or state.intents or state.tombstones:
        message = (
            f"The instances of {name} were made with `marker: {birth.marker.value}`,"
            f" and this run is told `marker: {expected.marker.value}`, by which it would not recognise them."
        )
        raise ForeignState(message, hint=f"set `marker: {birth.marker.value}` in the project file")
    # Where the other kind of marker was shown says nothing about this kind.
    birth = dataclasses.replace(birth, marker=expected.marker)
    return dataclasses.replace(state, birth=birth, marker_seen=MarkerSeen.UNKNOWN)


def _check_birth(state: State, expected: Expected, *, name: str) -> None:
    birth = state.birth
    if birth.origin != expected.origin:
        message = f"{name} records instances at {birth.origin}, and this run talks to {expected.origin}."
        hint = "use the endpoint that it was made with, or another state file (`--state`)"
    elif expected.project and birth.project != expected.project:
        message = f"{name} was made for the project `{birth.project}`, and the project is called `{expected.project}`."
        hint = f"every instance carries the name: set `project: {birth.project}`, or use another state (`--state`)"
    elif birth.environment != expected.environment:
        message = (
            f"{name} was made for the environment `{birth.environment}`,"
            f" and this run is for the environment `{expected.environment}`."
        )
        hint = "choose that environment with `-e`, or use another state file (`--state`)"
    else:
        return
    raise ForeignState(message, hint=hint)


def _check_history(state: State, *, name: str, remembered: Mapping[str, int]) -> None:
    highest = remembered.get(state.birth.lineage)
    if highest is None and remembered:
        message = f"{name} is not the state that was used here before: it has another lineage."
        hint = "restore the one from before; to go on with this one on purpose, delete `.gpuspec/*.serials`"
    elif highest is not None and state.serial < highest:
        message = (
            f"{name} has serial {state.serial}, and serial {highest} of it was written here: it is a stale copy."
            " Instances made since are not in it, and would be made again."
        )
        hint = "restore the latest one, from `.gpuspec/backups` or version control"
    else:
        return
    raise ForeignState(message, hint=hint)
