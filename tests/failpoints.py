"""gpuspec with a disk that kills its process, or is full, at a chosen operation.

    python -m tests.failpoints 7:after -- apply --yes

The n-th operation of `gpuspec.store.disk.Disk` is the failpoint; with `7:after:objects` that of the object store of a
shared state, which knows `before` and `after` only. What happens there:

before  the process dies by SIGKILL, and the operation does not happen
after   it happens, and then the process dies
half    half of the bytes are written, and then the process dies; only writes are counted
full    it fails with ENOSPC, a write after half of its bytes, and so does every later one; nothing dies

    python -m tests.failpoints serve

reads one order a line (see `Order`) and runs each in a fork of a warm interpreter; the answer is its exit status.
Only tests start this: the program itself has no way to it.
"""

import errno
import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypedDict

from gpuspec.cli.main import main as gpuspec
from gpuspec.store.disk import Disk

OPERATIONS = ("create", "open_to_append", "write", "truncate", "sync", "replace", "link", "sync_folder")
OBJECT_OPERATIONS = ("get", "create", "replace", "list", "delete")
NEEDS_ROOM = frozenset({"create", "open_to_append", "write", "sync", "link"})
MODES = ("before", "after", "half", "full")
# What an apply imports on its way; a fork has it at once.
WARM = ("gpuspec.cli.run", "gpuspec.cli.commands.apply", "gpuspec.cloud.client", "gpuspec.workflow.apply")


class Order(TypedDict):
    """A run: where, with which environment and arguments, where its output goes, and its failpoint or an empty text."""

    folder: str
    environ: dict[str, str]
    arguments: list[str]
    output: str
    failpoint: str


class Failpoint:
    """Counts the operations of all disks of the process and strikes at the one that was chosen."""

    def __init__(self, number: int, mode: str) -> None:
        self._number = number
        self._mode = mode
        self._count = 0
        # The journal writes in a thread of its own.
        self._counting = threading.Lock()

    def guarded(self, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        """The operation with the failpoint round it."""
        if self._mode == "half" and name != "write":
            return operation

        def run(disk: Any, *arguments: Any) -> Any:
            with self._counting:
                self._count += 1
                ahead = self._number - self._count
            if self._mode == "full" and ahead <= 0 and name in NEEDS_ROOM:
                _write_half(name, operation, disk, *arguments)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if ahead == 0 and self._mode in {"before", "half"}:
                _write_half(name if self._mode == "half" else "", operation, disk, *arguments)
                _die()
            done = operation(disk, *arguments)
            if ahead == 0 and self._mode == "after":
                _die()
            return done

        return run


def set_failpoint(text: str) -> None:
    """Let every disk of this process strike there: `7:after`."""
    number, mode, *medium = text.split(":")
    if mode not in MODES or medium not in ([], ["objects"]):
        raise SystemExit(f"usage: python -m tests.failpoints N:{{{','.join(MODES)}}}[:objects] -- ARGUMENT...")
    failpoint = Failpoint(int(number), mode)
    owner, names = (_objects(), OBJECT_OPERATIONS) if medium else (Disk, OPERATIONS)
    for name in names:
        setattr(owner, name, failpoint.guarded(name, getattr(owner, name)))


def _objects() -> type[Any]:
    # Not before the fork: obstore must not be there when a process forks.
    from gpuspec.store.objects_obstore import ObstoreObjects

    return ObstoreObjects


def serve() -> None:
    """Run what is ordered, one after another, until there are no more orders."""
    for name in WARM:
        importlib.import_module(name)
    for line in sys.stdin:
        order: Order = json.loads(line)
        child = os.fork()
        if child == 0:
            _carry_out(order)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _carry_out(order: Order) -> NoReturn:
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(order["folder"])
        os.environ.update(order["environ"])
        _run(order["arguments"], failpoint=order["failpoint"])
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0
    finally:
        sys.stdout.flush()
        os._exit(status)


def _run(arguments: Sequence[str], *, failpoint: str) -> None:
    if failpoint:
        set_failpoint(failpoint)
    sys.argv = ["gpuspec", *arguments]
    gpuspec()


def _write_half(name: str, write: Callable[..., Any], disk: Disk, *arguments: Any) -> None:
    if name == "write":
        descriptor, content = arguments
        write(disk, descriptor, content[: len(content) // 2])


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            serve()
        case [where, "--", *arguments]:
            _run(arguments, failpoint=where)
        case _:
            raise SystemExit(__doc__)
