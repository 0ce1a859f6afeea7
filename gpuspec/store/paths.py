"""Where a state and what belongs to it are kept."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from gpuspec.errors import ForeignState
from gpuspec.model.marker import DEFAULT_ENVIRONMENT

STATE_NAME = "gpuspec.state.json"
WORK_NAME = ".gpuspec"

_SUFFIX = ".state.json"


def state_path(folder: Path, *, environment: str = DEFAULT_ENVIRONMENT, configured: str = "") -> Path:
    """The state file of an environment: `gpuspec.state.json`, `gpuspec.prod.state.json`.

    Args:
        folder: The project folder.
        configured: What the project file says in `state`; the environment's name goes into it too.
    """
    path = folder / (configured or STATE_NAME)
    if environment == DEFAULT_ENVIRONMENT:
        return path
    stem = path.name.removesuffix(_SUFFIX) if path.name.endswith(_SUFFIX) else path.stem
    return path.with_name(f"{stem}.{environment}{path.name.removeprefix(stem)}")


def own_name(path: Path, work_dir: Path) -> str:
    """What the files of this state in the work folder are called after.

    Two states of one name in different folders may share a work folder, and must not share a journal.
    """
    folder, home = path.parent.resolve(), work_dir.parent.resolve()
    if folder == home:
        return path.name
    try:
        where = folder.relative_to(home).as_posix()
    except ValueError:
        where = folder.as_posix()
    return f"{path.name}-{hashlib.sha256(where.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def refuse_left_behind(folder: Path, *, environments: Iterable[str], configured: str = "") -> None:
    """Refuse to go on with environments beside a state that was made without any.

    A run in a fresh environment would create again what that state has.

    Raises:
        ForeignState: Environments are declared, none of them is `default`, and the state without one is there.
    """
    path = state_path(folder, configured=configured)
    error = left_behind(path.name, environments)
    if error is not None and path.exists():
        raise error


def left_behind(name: str, environments: Iterable[str]) -> ForeignState | None:
    """The error for environments beside a state of this name, made without any; None where they may be."""
    declared = tuple(environments)
    if not declared or DEFAULT_ENVIRONMENT in declared:
        return None
    message = (
        f"The project file declares environments ({', '.join(declared)}), and {name} was made without one."
        " What it records would be created again in each of them."
    )
    hint = f"declare an environment `{DEFAULT_ENVIRONMENT}`, which goes on with it; or destroy what it records first"
    return ForeignState(message, hint=hint)
