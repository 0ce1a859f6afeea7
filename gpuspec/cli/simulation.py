"""The simulator for a command: in this process, or on a loopback port when faults of the wire are wanted."""

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gpuspec.cloud.client import NovitaCloud
from gpuspec.cloud.in_process import in_process
from gpuspec.cloud.key import check_key
from gpuspec.model.project import SIMULATOR
from gpuspec.model.settings import Settings
from gpuspec.ports import Clock, Cloud, Randomness
from gpuspec.simulator.app import build_app
from gpuspec.simulator.faults import FaultPlan
from gpuspec.simulator.settings import Settings as WorldSettings
from gpuspec.simulator.statuses import FAST
from gpuspec.simulator.world import World

WORLD_FILE = "world.ndjson"
KEY = check_key("simulator", "the simulator")
# Whoever tries something out shouldn't wait for machines that are none; `sim serve` takes its time as the service does.
SETTINGS = WorldSettings(pace=FAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A world in a file, and what is to go wrong in it."""

    folder: Path
    faults: FaultPlan

    @asynccontextmanager
    async def connect(
        self, *, clock: Clock, randomness: Randomness, settings: Settings, debug: Callable[[str], None] | None
    ) -> AsyncIterator[Cloud]:
        """A client of this world; the world is closed with it."""
        with ExitStack() as stack:
            path = self.folder / WORLD_FILE
            world = stack.enter_context(
                World.open(path, now=time.time, identities=lambda: secrets.token_hex(8), settings=SETTINGS)
            )
            app = build_app(world, faults=self.faults)
            origin, wire = SIMULATOR, bool(self.faults.wire_kinds)
            if wire:
                # Imported when it is needed: without faults of the wire there is no server.
                from gpuspec.simulator.server import background

                origin = stack.enter_context(background(app))
            cloud = NovitaCloud(
                origin,
                KEY,
                clock=clock,
                randomness=randomness,
                settings=settings,
                transports=None if wire else in_process(app),
                trace=wire,
                debug=debug,
            )
            async with cloud:
                yield cloud
