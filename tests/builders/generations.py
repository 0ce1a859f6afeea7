"""A fleet whose machines are to be replaced, again and again from the same beginning: folder and world are put back."""

import contextlib
import itertools
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gpuspec.simulator.app import build_app
from gpuspec.simulator.faults import parse_faults
from gpuspec.simulator.instance import Instance
from gpuspec.simulator.server import background
from gpuspec.simulator.settings import Settings
from gpuspec.simulator.statuses import FAST
from gpuspec.simulator.world import World
from tests.builders.fleet import PRODUCT, Ended, Fleet, Service, marker_of
from tests.builders.warm import WarmInterpreter

# A killed request reaches this service at once or never: longer windows would only be waited for.
HASTY = {"settleWindow": 0.5, "requestTimeout": 1}
CONSENT = "--allow-destroy"
# What is left open, what is outgoing, and what is to be made: a run for each, and one to see that it is done.
MOST_RUNS = 4


@contextlib.contextmanager
def a_service_that_shows_what_was_removed(*faults: str) -> Iterator[Service]:
    """Removed machines stay in its lists: proof at once that they are gone."""
    counter = itertools.count(1)
    settings = Settings(pace=replace(FAST, lingering_s=3600.0), capacity={PRODUCT: 100_000})
    world = World.open(None, now=time.time, identities=lambda: f"i{next(counter):015x}", settings=settings)
    with background(build_app(world, faults=parse_faults(faults, seed=0))) as origin:
        yield Service(origin=origin, world=world)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A fleet whose machines run, and whose spec asks for others."""

    fleet: Fleet
    machines: Mapping[str, Instance]

    def again_in(self, folder: Path) -> Fleet:
        """The fleet once more, in another folder, and its machines as they were."""
        shutil.copytree(self.fleet.folder, folder)
        world = self.fleet.service.world
        with world.lock:
            for id_ in tuple(world.instances):
                world.vanish(id_)
            for machine in self.machines.values():
                world.put("create", None, machine)
        return replace(self.fleet, folder=folder)

    def assert_replaced(self, fleet: Fleet) -> None:
        """Each address has one machine, another one than before; the state knows it and nothing else."""
        state = fleet.state
        live = {marker_of(instance).address: instance.id for instance in alive(fleet)}
        assert len(live) == len(alive(fleet)) == len(self.machines)
        assert live == {address: record["id"] for address, record in state["records"].items()}
        assert live.keys() == self.machines.keys()
        assert not {machine.id for machine in self.machines.values()} & set(live.values())
        assert [record.get("outgoing", []) for record in state["records"].values()] == [[]] * len(live)
        assert (state["intents"], state["orders"]) == ({}, {})
        assert fleet.journal_path.read_bytes() == b""


def alive(fleet: Fleet) -> list[Instance]:
    """The machines that are not on their way out."""
    return [instance for instance in fleet.instances if not instance.removed]


def a_beginning(fleet: Fleet, *addresses: str, create_first: bool) -> Beginning:
    """A fleet that was applied, and then asked for two GPUs instead of one, which can't be changed in place."""
    fleet.asks_for(*addresses).apply().checked(0)
    machines = {marker_of(instance).address: instance for instance in fleet.instances}
    path = fleet.folder / "instances.yaml"
    spec: dict[str, Any] = json.loads(path.read_text())
    spec["defaults"] |= {"gpuNum": 2, "lifecycle": {"createBeforeDestroy": create_first}}
    path.write_text(json.dumps(spec))
    return Beginning(fleet=fleet, machines=machines)


def applied_until_done(fleet: Fleet, interpreter: WarmInterpreter) -> Ended:
    """The last of the runs that it took until a plan had nothing to do."""
    for _ in range(MOST_RUNS):
        last = interpreter.apply(fleet, CONSENT).checked(0)
        if interpreter.run(fleet, "plan", "--detailed-exitcode").status == 0:
            return last
    raise AssertionError(last.text)
