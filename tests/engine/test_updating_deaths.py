"""Updates of a run that dies, and of the one after it: nothing is sent twice that was done once."""

import asyncio
from dataclasses import replace

import pytest

from gpuspec.engine.follower import follow_up
from gpuspec.engine.work import Prepared
from gpuspec.model.instance import Lifecycle, Power
from gpuspec.model.live import Phase
from gpuspec.model.order import Edit
from gpuspec.model.outcome import Result
from gpuspec.model.state import Call
from gpuspec.planning.subjects import comparison
from gpuspec.planning.updating import calls_due
from tests.builders.engine import Bench, Chance, seal
from tests.builders.updates import HTTP, SSH, Asked, a_machine, desired, differences, update, updated, work_for
from tests.builders.virtual_time import in_virtual_time
from tests.builders.world import Fault, lost, throttled

EVERYTHING = desired(
    rootfsSize=80,
    ports=(HTTP, SSH),
    imageUrl="img:2",
    billingMode="monthly",
    lifecycle=Lifecycle(desired=Power.STOPPED),
)
STARTED = desired(rootfsSize=80, lifecycle=Lifecycle(desired=Power.RUNNING))


async def planned(bench: Bench, wanted: Prepared) -> Asked:
    """What a plan made now would have: an update if anything is due."""
    record = bench.state.records["a"]
    row = (await bench.observed()).rows[record.id]
    found = comparison(record, wanted.instance, row.fields, seal=seal)
    calls = calls_due(found.changes, found.drift, desired=wanted.instance.lifecycle.desired, phase=row.phase)
    return Asked().to(update(bench, *calls), wanted) if calls else Asked()


@pytest.mark.parametrize("fault", [None, lost(makes=True), lost(makes=False), throttled(2.0)])
@pytest.mark.parametrize(("wanted", "status"), [(EVERYTHING, "running"), (STARTED, "exited")])
def test_a_run_may_die_at_any_of_its_calls(fault: Fault | None, wanted: Prepared, status: str) -> None:
    """What it leaves open is settled by reading; the next run goes on from there, and the disk grows exactly once."""

    async def scenario(at: int) -> bool:
        bench = Bench()
        machine = a_machine(bench, status=status)
        for call in Call:
            bench.world.order_faults[call] = [] if fault is None else [fault]
        asked = await planned(bench, wanted)
        died = await _dies(bench, asked, at)

        sent = len(bench.world.orders)
        await follow_up(replace(bench.work(), randomness=Chance(1)))
        assert len(bench.world.orders) == sent
        assert not bench.state.orders
        again = await planned(bench, wanted)
        ledger = await updated(bench, again, work=replace(await work_for(bench, again), randomness=Chance(2)))

        assert {outcome.result for outcome in ledger.outcomes} <= {Result.DONE}
        assert machine.fields["rootfsSize"] == 80
        assert sum(order.grow_gb for order in bench.world.orders if isinstance(order, Edit)) in {20, 40}
        assert await differences(bench, wanted) == 0
        assert (await planned(bench, wanted)).actions == []
        return died

    at = 0
    while in_virtual_time(scenario(at)):
        at += 1
    assert at > 10


async def _dies(bench: Bench, asked: Asked, at: int) -> bool:
    """Whether a run dies at its call of this number."""
    work = await work_for(bench, asked)
    calls = 0
    dying = asyncio.ensure_future(updated(bench, asked, work=work))

    def dies(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls > at:
            dying.cancel()
            raise asyncio.CancelledError

    bench.world.on_call = bench.journal.on_call = dies
    await asyncio.gather(dying, return_exceptions=True)
    bench.world.on_call = bench.journal.on_call = lambda _: None
    bench.world.order_faults = {}
    # What the killed run sent is under way; the next one plans from machines at rest.
    await asyncio.sleep(5.0)
    assert {row.phase for row in (await bench.observed()).rows.values()} <= {Phase.RUNNING, Phase.STOPPED}
    return dying.cancelled()
