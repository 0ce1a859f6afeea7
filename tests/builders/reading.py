"""What reading commands work with, over a service in memory and a state on disk."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from gpuspec.codec.state import encode_state
from gpuspec.errors import SecretMissing
from gpuspec.model.live import Listing, Sight
from gpuspec.model.project import Environment, Project
from gpuspec.model.secret import SecretRef
from gpuspec.model.state import State
from gpuspec.ports import Catalogue, CloudReader
from gpuspec.spec.load import unguarded
from gpuspec.workflow.project import Home
from gpuspec.workflow.session import Given, Offline, Reading, Workplace
from tests.builders.engine import QUICK, Chance
from tests.builders.world import World

STATE_KEY = "a digest key of these tests alone"


class ReaderOnly:
    """A service that can be read, and has no method to change it: not even by mistake."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def origin(self) -> str:
        return self._world.origin

    async def list(self) -> Listing:
        return await self._world.list()

    async def get(self, instance_id: str) -> Sight:
        return await self._world.get(instance_id)

    async def catalogue(self) -> Catalogue:
        return await self._world.catalogue()


class Known:
    """Secrets as a test has them at hand."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def read(self, ref: SecretRef) -> str:
        if ref.name not in self._texts:
            raise SecretMissing(f"`{ref}` is not at hand.")
        return self._texts[ref.name]


def a_reading(
    folder: Path,
    state: State | None = None,
    *,
    world: World | None = None,
    key_digest: str = "",
    state_key: str = STATE_KEY,
    secrets: Mapping[str, str] | None = None,
) -> Reading:
    """A reading of this world; the state is written into the folder, where there is one."""
    asked = world or World()
    if state is not None:
        record(folder, state)

    @asynccontextmanager
    async def connect() -> AsyncIterator[CloudReader]:
        yield ReaderOnly(asked)

    offline = Offline(
        home=Home(folder=folder.resolve(), project=Project(), environment=Environment(name="")),
        given=Given(),
        guard=unguarded,
        workplace=Workplace(state_path=state_file(folder), work_folder=folder / ".gpuspec", folder=folder),
        clock=asked.clock,
        randomness=Chance(),
        secrets=Known(secrets or {}),
        state_key=state_key,
    )
    return Reading(offline=offline, origin=asked.origin, key_digest=key_digest, settings=QUICK, connect=connect)


def record(folder: Path, state: State) -> None:
    """Write the state as the last run left it."""
    state_file(folder).write_bytes(encode_state(state))


def state_file(folder: Path) -> Path:
    """Where the state lives."""
    return folder / "gpuspec.state.json"
