"""What one instance's own spec says about waiting, and ways in that are waited for."""

from dataclasses import replace

import pytest

from gpuspec.engine.run import run
from gpuspec.engine.work import Prepared
from gpuspec.model.instance import Handling
from gpuspec.model.outcome import Outcome, Result
from gpuspec.model.plan import ActionKind
from gpuspec.model.settings import Wait
from gpuspec.model.values import Port
from tests.builders.engine import QUICK, Bench, a_plan, a_record, an_action, creates, prepared, the
from tests.builders.replacing import a_bench, shop
from tests.builders.virtual_time import virtual

PORTS = (Port(number=8080, protocol="tcp"), Port(number=8081, protocol="http"))


def asked(handling: Handling, *, ports: tuple[Port, ...] = PORTS) -> Prepared:
    """A create call of an instance with ports, to be handled so."""
    one = prepared("a")
    instance = replace(one.instance, fields={**one.instance.fields, "ports": ports}, handling=handling)
    return Prepared(body={**one.body, "ports": ports}, instance=instance)


async def made(bench: Bench, handling: Handling | None = None, *, ports: tuple[Port, ...] = PORTS) -> Outcome:
    """What becomes of one create."""
    requests = {"a": asked(handling or Handling(), ports=ports)}
    return the(await run(creates("a"), work=replace(bench.work(), requests=requests)), "a")


async def kept(bench: Bench, handling: Handling | None = None) -> Outcome:
    """What the next apply says of it."""
    plan = a_plan(an_action(ActionKind.KEEP, "a", id=bench.state.records["a"].id))
    handlings = {"a": handling or Handling()}
    return the(await run(plan, work=bench.work(observation=await bench.observed(), handlings=handlings)), "a")


ENDPOINT = Handling(wait=Wait.ENDPOINT)


@pytest.mark.parametrize("in_list", [True, False])
def test_a_way_in_to_each_port_is_waited_for(in_list: bool) -> None:
    """Whether the list shows endpoints or only GET."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        shop(bench).opens_s, shop(bench).lists_endpoints = 30.0, in_list
        outcome = await made(bench, ENDPOINT)

        assert (outcome.result, outcome.status) == (Result.DONE, "running")
        assert bench.world.clock.monotonic() >= 30.0
        assert bench.state.records["a"].ready

    scenario()


@virtual
async def test_the_run_may_ask_for_endpoints_too() -> None:
    """`--wait endpoint`, where the spec says nothing."""
    bench = a_bench(settings=replace(QUICK, wait=Wait.ENDPOINT))
    shop(bench).opens_s = 30.0
    outcome = await made(bench)

    assert outcome.result is Result.DONE
    assert bench.world.clock.monotonic() >= 30.0


@virtual
async def test_without_ports_running_is_enough() -> None:
    """There is nothing to have a way into; SSH counts for none."""
    bench = a_bench()
    shop(bench).opens_s = 1e6
    outcome = await made(bench, ENDPOINT, ports=())

    assert outcome.result is Result.DONE
    assert bench.world.clock.monotonic() < 15.0


@virtual
async def test_a_port_that_gets_no_way_in_is_not_ready() -> None:
    """The reason names it, exit status 4, and the next apply waits again."""
    bench = a_bench()
    shop(bench).opens_s = 200.0
    outcome = await made(bench, replace(ENDPOINT, wait_timeout_s=60.0))

    assert (outcome.result, outcome.reason, outcome.id) == (Result.NOT_READY, "timeout", bench.state.records["a"].id)
    words = "It is `running` without a way in to 8080/tcp, 8081/http after 60 s; the next apply waits for it again."
    assert outcome.message == words
    assert not bench.state.records["a"].ready
    assert (await kept(bench, ENDPOINT)).result is Result.NOT_READY
    assert (await kept(bench, ENDPOINT)).result is Result.KEPT
    assert bench.world.clock.monotonic() >= 200.0
    assert bench.state.records["a"].ready


@virtual
async def test_a_fault_of_a_running_instance_ends_the_wait_for_its_ports() -> None:
    """The service's own words."""
    bench = a_bench()
    shop(bench).opens_s = 1e6
    bench.world.statuses, bench.world.status_error = ((0.0, "running"),), "port mapping failed"
    outcome = await made(bench, ENDPOINT)

    assert (outcome.result, outcome.reason, outcome.message) == (
        Result.NOT_READY,
        "status-error",
        "port mapping failed",
    )


@virtual
async def test_an_instance_may_ask_not_to_be_waited_for() -> None:
    """Whatever the run waits for."""
    bench = a_bench()
    bench.world.statuses = ((0.0, "creating"), (1e6, "running"))
    outcome = await made(bench, Handling(wait=Wait.NONE))

    assert (outcome.result, outcome.status) == (Result.DONE, "")
    assert not bench.state.records["a"].ready
    assert (await kept(bench, Handling(wait=Wait.NONE))).result is Result.KEPT


@virtual
async def test_an_instance_may_ask_to_be_waited_for_by_a_run_that_waits_for_nothing() -> None:
    """And for as long as it says."""
    bench = a_bench(settings=replace(QUICK, wait=Wait.NONE))
    bench.world.statuses = ((0.0, "creating"), (400.0, "running"))
    outcome = await made(bench, Handling(wait=Wait.RUNNING, wait_timeout_s=500.0))

    assert (outcome.result, outcome.status) == (Result.DONE, "running")


@virtual
async def test_a_time_out_of_its_own_ends_the_wait_of_the_next_apply_too() -> None:
    """Kept, and not ready yet."""
    bench = a_bench()
    machine = bench.world.add("a", statuses=((0.0, "pulling"),))
    bench.record(a_record("a", machine.id, ready=False))
    outcome = await kept(bench, Handling(wait_timeout_s=10.0))

    assert (outcome.result, outcome.reason, outcome.id) == (Result.NOT_READY, "timeout", machine.id)
    assert outcome.message == "It is `pulling` after 10 s; the next apply waits for it again."
