"""A project whose state is on an S3 server, and gpuspec as a process of its own between service and store."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpuspec.model.state_url import StateUrl
from gpuspec.store.remote import RemoteStore
from tests.builders.fleet import KEY, Fleet, Service
from tests.builders.objects import remote_store
from tests.builders.s3 import S3

STATE_KEY = "a key that the whole team has"
HASTY = {"settleWindow": 0.5, "requestTimeout": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFleet(Fleet):
    """A project folder of one person in a team; `place` is where the team's state is."""

    s3: S3
    place: StateUrl
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """What gpuspec's processes have in their environment beside the rest."""
        own = Fleet.environ.fget(self)  # type: ignore[attr-defined]
        return {**own, **self.s3.environ, "GPUSPEC_STATE_KEY": STATE_KEY, **self.beside}

    @property
    def store(self) -> RemoteStore:
        """The state's store, as another process has it."""
        return remote_store(self.s3.objects(self.place), self.folder)

    @property
    def state(self) -> Any:
        """The snapshot as JSON."""
        snapshot = self.store.snapshot()
        assert snapshot is not None
        return json.loads(snapshot)

    def break_lock(self) -> bool:
        """Break the lock, if a run has left it; whether one had."""
        lock = self.store.held()
        return lock is not None and self.store.break_lock(lock.id)

    def assert_journal_empty(self) -> None:
        """Nothing is in the journal, and nobody holds the lock."""
        assert self.store.read_since(0) == ()
        assert self.store.held() is None


def a_shared_fleet(
    folder: Path, service: Service, s3: S3, *, place: StateUrl | None = None, key: str = KEY
) -> SharedFleet:
    """The folder of somebody whose project says that the state is at this place, or at one where nothing is yet."""
    place = s3.place() if place is None else place
    settings = {**HASTY, "state": str(place)}
    return SharedFleet(folder=folder, service=service, key=key, settings=settings, s3=s3, place=place)
