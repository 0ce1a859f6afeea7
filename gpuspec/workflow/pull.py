"""`state pull`: what is recorded, as a file of its own. No API is asked, no lock is taken."""

from pathlib import Path

from gpuspec.codec.state import encode_state
from gpuspec.errors import StateError, UsageError
from gpuspec.model.state import State
from gpuspec.store.disk import Disk
from gpuspec.store.files import not_written, write_durably
from gpuspec.workflow.recorded import recorded
from gpuspec.workflow.session import Offline


def pull(offline: Offline, *, origin: str) -> State:
    """What is recorded, the journal's entries taken in.

    Raises:
        StateError: There is no state, or it can't be used.
    """
    state = recorded(offline, origin=origin)
    if not state.birth.lineage:
        message = f"There is no state at {offline.workplace.name} yet."
        raise StateError(message, hint="the first apply makes one")
    return state


def write_pulled(path: Path, state: State) -> None:
    """Write a state to a file that was not there before, readable by its owner only.

    Raises:
        UsageError: There is such a file.
        StateError: It could not be written.
    """
    try:
        write_durably(Disk(), path, encode_state(state))
    except FileExistsError as error:
        message = f"{path} is there already, and a pull replaces nothing."
        raise UsageError(message, hint="name another file, or remove this one.") from error
    except (OSError, ValueError) as error:
        raise not_written(path, error if isinstance(error, OSError) else OSError(str(error))) from error
