"""Failing system calls: strace lets the n-th call of a kind on some files of the state fail, for every n in turn.

Beneath everything that Python and gpuspec do, so that no seam of ours is trusted; see `tests.failpoints` for those.
"""

import errno
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.builders.fleet import Ended, Fleet, Service, a_service

_STATE = "gpuspec.state.json"
_ADDRESSES = ("trainer", "worker")
# A request that failed reached this service or never will: a longer window would only be waited for.
_HASTY = {"settleWindow": 0.5, "requestTimeout": 1}
# The state can't be used, or something is unresolved; 0 where the failure struck what a run can do without.
_STATUSES = frozenset({0, 6, 7})
_MOST_TURNS = 100


@dataclass(frozen=True, kw_only=True)
class Fault:
    """These system calls end with this error."""

    calls: str
    error: str

    @property
    def words(self) -> str:
        """What the system says of it."""
        return os.strerror(getattr(errno, self.error))


def _replaced(name: str) -> tuple[str, ...]:
    """A file that is replaced whole, and the name under which the next one is written."""
    path = Path(name)
    return name, str(path.with_name(f".{path.name}.tmp"))


FAULTS = (
    Fault(calls="fsync,fdatasync", error="EIO"),
    Fault(calls="write,pwrite64", error="ENOSPC"),
    Fault(calls="write,pwrite64", error="EIO"),
    Fault(calls="rename,renameat,renameat2", error="EIO"),
    Fault(calls="rename,renameat,renameat2", error="ENOSPC"),
    Fault(calls="openat", error="ENOSPC"),
    Fault(calls="ftruncate", error="EIO"),
    Fault(calls="read,pread64", error="EIO"),
    Fault(calls="unlink,unlinkat", error="EIO"),
    Fault(calls="close", error="EIO"),
)
# Files by themselves: strace counts the calls of each thread, and those of one thread would hide those of another.
PLACES: Mapping[str, tuple[str, ...]] = {
    "journal": (f".gpuspec/{_STATE}.journal",),
    "state": _replaced(_STATE),
    "lock": (f".gpuspec/{_STATE}.lock", *_replaced(f".gpuspec/{_STATE}.lock.json")),
    "memory": (
        *_replaced(f".gpuspec/{_STATE}.serials"),
        *(path for serial in range(1, 6) for path in _replaced(f".gpuspec/backups/{_STATE}.{serial}")),
    ),
    "folders": (".", ".gpuspec", ".gpuspec/backups"),
}
# Whether all later calls fail too, and whether there is a state already.
_WAYS = tuple((stays, has_state) for stays in (False, True) for has_state in (False, True))
SEEDS = len(FAULTS) * len(PLACES) * len(_WAYS)


def run_seed(seed: int) -> Mapping[str, int]:
    """Let the first, the second and so on of some calls on some files fail, until a run has no such call left.

    Raises:
        AssertionError: A run broke down or ended wrongly, forgot an instance, or the next did not make good for it.
        SystemExit: strace is not there, or may not trace.
    """
    if why_not():
        raise SystemExit(f"syscalls: {why_not()}")
    fault = FAULTS[seed % len(FAULTS)]
    place = list(PLACES)[seed // len(FAULTS) % len(PLACES)]
    stays, has_state = _WAYS[seed // len(FAULTS) // len(PLACES) % len(_WAYS)]
    figures: Counter[str] = Counter()
    with a_service(seed=seed) as service, tempfile.TemporaryDirectory() as name:
        for turn in range(1, _MOST_TURNS):
            fleet = _fleet(service, Path(name).resolve() / str(turn), has_state=has_state)
            run = _Run(fleet=fleet, fault=fault, place=place, when=f"{turn}+" if stays else f"{turn}")
            if not run.is_struck():
                return figures
            figures.update({"calls that failed": 1})
    raise AssertionError(f"After {_MOST_TURNS} turns there are still calls left: {fault} in {place}")


@cache
def why_not() -> str:
    """Why this can't run here, as a sentence; empty when it can."""
    if shutil.which("strace") is None:
        return "strace is not installed."
    tried = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True, text=True, check=False)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else ""


@dataclass(frozen=True, kw_only=True)
class _Run:
    """An apply of which some system calls fail."""

    fleet: Fleet
    fault: Fault
    place: str
    when: str

    def is_struck(self) -> bool:
        """Whether a call failed in it; a plain run after it has to have made good for it then."""
        log = self.fleet.folder.with_suffix(".strace")
        first = self.fleet.apply(wrapper=self._strace(log))
        if "(INJECTED)" not in log.read_text(errors="replace"):
            first.checked(0)
            return False
        try:
            self._check(first)
            self.fleet.apply().checked(0)
            self.fleet.assert_whole(*_ADDRESSES)
        except AssertionError as error:
            struck = [line for line in log.read_text(errors="replace").splitlines() if "(INJECTED)" in line]
            raise AssertionError(f"{self.fault}, {self.place}, {self.when}: {struck}\n{first.text}") from error
        return True

    def _check(self, first: Ended) -> None:
        assert first.status in _STATUSES
        first.checked(first.status)
        assert first.status == 0 or self.fault.words in first.text
        self.fleet.assert_all_named(first.text)
        self.fleet.assert_none_doubled()

    def _strace(self, log: Path) -> tuple[str, ...]:
        paths = (os.path.normpath(self.fleet.folder / path) for path in PLACES[self.place])
        return (
            # Or Python itself would look for modules in the project folder, and fail there.
            *("env", "PYTHONSAFEPATH=1", "strace", "-f", "-qq", "-o", str(log)),
            *("-e", f"trace={self.fault.calls}"),
            *("-e", f"inject={self.fault.calls}:error={self.fault.error}:when={self.when}"),
            *(part for path in paths for part in ("-P", path)),
        )


def _fleet(service: Service, folder: Path, *, has_state: bool) -> Fleet:
    """A fleet of its own account, one of whose instances was made before, or none."""
    fleet = Fleet(folder=folder, service=service, key=f"sk_{folder.name}", settings=_HASTY)
    if has_state:
        fleet.asks_for(*_ADDRESSES[:1]).apply().checked(0)
    return fleet.asks_for(*_ADDRESSES)
