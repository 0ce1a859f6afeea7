"""Stores, holders and what a run expects, as tests need them."""

import os
import platform
from collections.abc import Callable
from pathlib import Path

from gpuspec.model.marker import MarkerMode
from gpuspec.model.state import Birth
from gpuspec.ports import Holder, StateStore
from gpuspec.store.disk import Disk
from gpuspec.store.fit import Expected
from gpuspec.store.local import LocalStore
from gpuspec.store.memory import Medium, MemoryStore
from gpuspec.store.state_store import Session, Vacant, begin
from tests.builders.recorded import NOON, a_birth

# Every call gives another store on the same medium, as another process would have.
MakeStore = Callable[[], StateStore]


def local_stores(folder: Path) -> MakeStore:
    """Stores on one state file in this folder."""
    return lambda: local_store(folder)


def memory_stores() -> MakeStore:
    """Stores on one medium in memory."""
    medium = Medium()
    return lambda: MemoryStore(medium)


def local_store(folder: Path, *, disk: Disk | None = None) -> LocalStore:
    """The store of `gpuspec.state.json` in this folder."""
    return LocalStore(folder / "gpuspec.state.json", folder / ".gpuspec", disk=disk)


def a_holder(
    operation: str = "apply", *, pid: int | None = None, host: str | None = None, since: float = NOON
) -> Holder:
    """A run on this host, in this process."""
    return Holder(
        who="ci",
        host=platform.node() if host is None else host,
        pid=os.getpid() if pid is None else pid,
        operation=operation,
        since=since,
    )


def expected_of(birth: Birth | None = None, *, marker: MarkerMode | None = None) -> Expected:
    """What a run expects that means the state of this birth."""
    birth = a_birth() if birth is None else birth
    return Expected(
        origin=birth.origin,
        project=birth.project,
        environment=birth.environment,
        marker=birth.marker if marker is None else marker,
    )


def begun(store: StateStore, *, expected: Expected | None = None, snapshot_every: int = 5_000) -> Session:
    """A session on the store, whose state is born if there is none."""
    entered = begin(
        store,
        a_holder(),
        expected=expected_of() if expected is None else expected,
        timeout_s=0.0,
        snapshot_every=snapshot_every,
    )
    return entered.bear(a_birth()) if isinstance(entered, Vacant) else entered
