"""Power cuts: after any prefix of what a run wrote, the state is whole or refused, and no acknowledged id is lost."""

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gpuspec.errors import DamagedState, StateError
from gpuspec.model.event import Event, EventKind
from gpuspec.model.settings import Settings, Wait
from gpuspec.model.state import State
from gpuspec.store.local import LocalStore
from gpuspec.store.state_store import Unborn, peek
from tests.builders.engine import Chance
from tests.builders.planning import an_instance
from tests.builders.stores import expected_of
from tests.builders.virtual_time import in_virtual_time
from tests.builders.world import BIRTH, World, lost
from tests.campaigns.applying import applied
from tests.campaigns.crash_disk import LoggingDisk, Model

_STATE = "gpuspec.state.json"
_WORK = ".gpuspec"
_CUTS = 3
_SETTINGS = Settings(rate=0.0, settle_window_s=5.0, wait=Wait.RUNNING, poll_s=2.0)
# Events that tell somebody of an id: it has to be durable by then.
_TELLING = frozenset({EventKind.MADE, EventKind.FOUND})


class Lost(AssertionError):
    """An id that was told is on no disk."""


@dataclass(kw_only=True)
class Told:
    """A listener that notes how much was written when it heard of an id."""

    disk: LoggingDisk
    ids: list[tuple[int, str]] = field(default_factory=list)

    def event(self, event: Event) -> None:
        if event.kind in _TELLING and event.id:
            self.ids.append((len(self.disk.log), event.id))


def run_seed(seed: int) -> None:
    """Let some runs write, then cut the power after each step of theirs, in several ways.

    Raises:
        Lost: A disk is there on which a told id is neither recorded nor refused.
    """
    chance = random.Random(seed)
    # In memory where the system has such a place: this writes thousands of small files.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        folder = Path(name) / "live"
        folder.mkdir()
        disk = LoggingDisk()
        told = Told(disk=disk)
        in_virtual_time(_written(chance, folder, disk, told))
        model = Model()
        for at, step in enumerate(disk.log, start=1):
            model.play(step)
            acknowledged = {id_ for position, id_ in told.ids if position <= at}
            for number, files in enumerate([model.kept(), *(model.cut(chance) for _ in range(_CUTS))]):
                where = Path(name) / f"{at}-{number}"
                _lay_out(files, folder, where)
                _check(where, acknowledged, after=f"step {at} of {len(disk.log)}, way {number}")


async def _written(chance: random.Random, folder: Path, disk: LoggingDisk, told: Told) -> None:
    world = World(latency_s=0.1)
    desired = {address: an_instance(address) for address in ("a", "b", "c", "d")[: chance.randint(1, 4)]}
    for number in range(3):
        world.faults = {len(world.requests) + at: lost() for at in range(4) if chance.random() < 0.3}
        await applied(
            desired,
            store=LocalStore(folder / _STATE, folder / _WORK, disk=disk),
            cloud=world,
            settings=_SETTINGS,
            randomness=Chance(chance.getrandbits(16) + number),
            listener=told,
        )
        for address in list(desired):
            if chance.random() < 0.3 and len(desired) > 1:
                del desired[address]
        desired.setdefault(f"more-{number}", an_instance(f"more-{number}"))


def _lay_out(files: Mapping[Path, bytes], live: Path, where: Path) -> None:
    (where / _WORK / "backups").mkdir(parents=True)
    for path, content in files.items():
        (where / path.relative_to(live)).write_bytes(content)


def _check(where: Path, acknowledged: set[str], *, after: str) -> None:
    try:
        state = peek(LocalStore(where / _STATE, where / _WORK), expected_of(BIRTH))
    except StateError as error:
        if isinstance(error, DamagedState) and not acknowledged:
            return
        raise Lost(f"After {after} the state is refused: {error.message}") from error
    known = set() if isinstance(state, Unborn) else _ids(state)
    if acknowledged - known:
        raise Lost(f"After {after} these ids are lost: {sorted(acknowledged - known)}.")


def _ids(state: State) -> set[str]:
    held = {id_ for record in state.records.values() for id_ in (record.id, *record.outgoing)}
    return held | set(state.released)
