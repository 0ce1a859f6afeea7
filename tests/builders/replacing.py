"""Replacements for the engine: a service with a catalogue and endpoints, plans made by hand, and runs of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gpuspec.engine.run import run
from gpuspec.model.instance import Handling, Lifecycle
from gpuspec.model.live import LiveInstance, Phase, Seen, Sight
from gpuspec.model.outcome import Ledger
from gpuspec.model.plan import Action, ActionKind
from gpuspec.model.state import Call
from gpuspec.model.values import Fields, Port
from gpuspec.ports import Catalogue, Product
from tests.builders.engine import Bench, a_marker, a_plan, a_record, an_action, prepared
from tests.builders.world import Machine, World

DELETE_FIRST = (Call.DELETE, Call.CREATE)
CREATE_FIRST = (Call.CREATE, Call.DELETE)
DIRECTIONS = (DELETE_FIRST, CREATE_FIRST)
PRODUCT = "4090.16c62g"


class Shop(World):
    """A service that sells products and opens ports.

    `products` are those that are listed, with whether there is stock; None for a catalogue that can't be read.
    `opens_s` is how long after a machine was made its ports have endpoints; `lists_endpoints`, whether the list shows
    them or only GET.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.products: Mapping[str, bool] | None = {PRODUCT: True}
        self.catalogues = 0
        self.opens_s = 0.0
        self.lists_endpoints = False

    async def catalogue(self) -> Catalogue:
        self.on_call("catalogue")
        self.catalogues += 1
        products = self.products or {}
        return Catalogue(
            products={id_: Product(id=id_, name=id_, available=stock) for id_, stock in products.items()},
            clusters=frozenset(),
        )

    async def get(self, instance_id: str) -> Sight:
        sight = await super().get(instance_id)
        return Seen(instance=self._with_ports(sight.instance)) if isinstance(sight, Seen) else sight

    def _listed(self, row: LiveInstance) -> LiveInstance:
        row = super()._listed(row)
        return self._with_ports(row) if self.lists_endpoints else row

    def _with_ports(self, row: LiveInstance) -> LiveInstance:
        made_at = self.machines[row.id].made_at
        is_open = row.phase is Phase.RUNNING and self.clock.monotonic() - made_at >= self.opens_s
        return replace(row, open_ports=ports_of(row.fields) if is_open else frozenset())


def ports_of(fields: Fields) -> frozenset[Port]:
    """The ports among these fields."""
    value = fields.get("ports", ())
    return frozenset(port for port in value if isinstance(port, Port)) if isinstance(value, tuple) else frozenset()


def a_bench(**options: Any) -> Bench:
    """A bench with such a service."""
    return Bench(world=Shop(), **options)


def shop(bench: Bench) -> Shop:
    """The bench's service."""
    assert isinstance(bench.world, Shop)
    return bench.world


def a_machine(bench: Bench, address: str = "a", **facts: Any) -> Machine:
    """A recorded machine that runs."""
    nonce = f"{len(bench.world.machines) + 1:016x}"
    machine = bench.world.add(address, marker=a_marker(address, nonce), statuses=((0.0, "running"),))
    bench.record(a_record(address, machine.id, nonce=nonce, **facts))
    return machine


def replaces(bench: Bench, address: str = "a", *, calls: tuple[Call, ...] = DELETE_FIRST) -> Action:
    """The action that replaces the recorded machine of an address."""
    return an_action(ActionKind.REPLACE, address, id=bench.state.records[address].id, calls=calls)


async def replaced(
    bench: Bench,
    *addresses: str,
    calls: tuple[Call, ...] = DELETE_FIRST,
    creates: tuple[str, ...] = (),
    handling: Handling | None = None,
    lifecycle: Lifecycle | None = None,
) -> Ledger:
    """The ledger of a run that replaces and creates these addresses, planned from what is live now."""
    actions = [replaces(bench, address, calls=calls) for address in addresses]
    actions += [an_action(ActionKind.CREATE, address) for address in creates]
    observation = await bench.observed()
    work = bench.work(*addresses, *creates, observation=observation)
    requests = {address: prepared(address) for address in (*addresses, *creates)}
    for address, one in requests.items():
        instance = replace(one.instance, handling=handling or Handling(), lifecycle=lifecycle or one.instance.lifecycle)
        requests[address] = replace(one, instance=instance)
    return await run(a_plan(*actions), work=replace(work, requests=requests))


def assert_one_machine(bench: Bench, address: str = "a") -> str:
    """The address has one live machine, which is recorded; nothing is open or outgoing."""
    record = bench.state.records[address]
    assert bench.world.live_ids(address) == [record.id]
    assert record.outgoing == ()
    assert (bench.state.intents, bench.state.orders) == ({}, {})
    return record.id
