"""Plan documents as files: told from specs by their content, read with suspicion, written whole or not at all."""

import contextlib
import os
import stat
from pathlib import Path

from gpuspec.codec.plan import HEAD_BYTES, decode_plan, encode_plan, is_plan
from gpuspec.errors import PlanNotWritten, PlanUnreadable, UsageError
from gpuspec.model.plan import Plan
from gpuspec.ports import NotReadable
from gpuspec.store.disk import Disk
from gpuspec.store.files import write_durably
from gpuspec.workflow.files import STDIN, read_bytes

LARGEST_BYTES = 256 * 1024 * 1024

_KINDS = (
    (stat.S_ISLNK, "a symbolic link, and plans are not written through links", "name the file itself"),
    (stat.S_ISDIR, "a folder", "name a file in it"),
)


def plan_among(files: tuple[str, ...]) -> Plan | None:
    """The plan that was named in place of specs; None where all are specs.

    A plan is known by how its content begins, never by its name. What is not an ordinary file is not looked into: a
    pipe can be read only once, and its reader takes it for a spec.

    Raises:
        UsageError: Something else is named beside it.
        PlanUnreadable: It is damaged, edited, or of a later version.
    """
    plans = [name for name in files if name != STDIN and _begins_as_plan(name)]
    if not plans:
        return None
    if len(files) > 1:
        message = f"{plans[0]} is a plan, and a plan is applied alone."
        raise UsageError(message, hint="it remembers the specs that it was made from: name nothing else.")
    return read_plan(plans[0])


def read_plan(name: str) -> Plan:
    """The plan in this file.

    Raises:
        PlanUnreadable: There is none that can be read.
    """
    if not name:
        raise PlanUnreadable("The name of the plan is empty.", hint="is a variable of your shell empty?")
    content = read_bytes(Path(name), limit=LARGEST_BYTES)
    if isinstance(content, NotReadable):
        raise PlanUnreadable(f"{name}: {content.message}", hint="check the name and what is there")
    return decode_plan(content, where=name)


def refuse_target(path: Path) -> None:
    """Refuse early what `write_plan` would not write to: links, folders, devices, and files that are no plans.

    Raises:
        PlanNotWritten: See above.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        if not path.parent.is_dir():
            message = f"{path} can't be written: {path.parent} is no folder."
            raise PlanNotWritten(message, hint="make the folder first") from None
        return
    except (OSError, ValueError) as error:
        raise _not_written(path, error) from error
    for is_kind, what, hint in _KINDS:
        if is_kind(found.st_mode):
            raise PlanNotWritten(f"{path} is {what}.", hint=hint)
    if not stat.S_ISREG(found.st_mode):
        raise PlanNotWritten(f"{path} is no ordinary file.", hint="`--json` prints the same document")
    if found.st_size and not _begins_as_plan(str(path)):
        message = f"{path} is there and is no plan, and a plan replaces nothing but a plan."
        raise PlanNotWritten(message, hint="name another file, or remove this one")


def write_plan(path: Path, plan: Plan, *, disk: Disk | None = None) -> None:
    """Write the plan's document, readable by its owner only; a reader sees all of it or what was there before.

    Raises:
        PlanNotWritten: It was not, and what was there before is still there.
    """
    refuse_target(path)
    disk = Disk() if disk is None else disk
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        write_durably(disk, temporary, encode_plan(plan))
        disk.replace(temporary, path)
        disk.sync_folder(path.parent)
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError, ValueError):
            temporary.unlink(missing_ok=True)
        raise _not_written(path, error) from error


def _begins_as_plan(name: str) -> bool:
    try:
        # Asked before it is opened: to open and close a pipe would end its writer.
        path = Path(name)
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            return is_plan(file.read(HEAD_BYTES))
    except (OSError, ValueError):
        # Whoever reads it as a spec says what is wrong with it.
        return False


def _not_written(path: Path, error: Exception) -> PlanNotWritten:
    reason = getattr(error, "strerror", None) or error
    return PlanNotWritten(f"{path} can't be written: {reason}.", hint="check the path, its permissions and the disk")
