"""Whether an instance reached what the run waits for."""

from dataclasses import replace

import pytest

from gpuspec.engine.run import run
from gpuspec.model.event import EventKind
from gpuspec.model.outcome import Ledger, Outcome, Result
from gpuspec.model.plan import ActionKind
from gpuspec.model.settings import Wait
from tests.builders.engine import QUICK, Bench, a_plan, a_record, an_action, creates
from tests.builders.virtual_time import virtual
from tests.builders.world import World


async def outcome_of(bench: Bench) -> Outcome:
    """What becomes of one create."""
    ledger = await run(creates("a"), work=bench.work("a"))
    (outcome,) = ledger.outcomes
    return outcome


@virtual
async def test_a_running_instance_is_done_with_status_and_endpoints() -> None:
    """As the list showed them."""
    bench = Bench()

    outcome = await outcome_of(bench)

    assert (outcome.result, outcome.status) == (Result.DONE, "running")
    assert outcome.endpoints == (f"https://{outcome.id}-8080.example",)


@virtual
async def test_each_status_on_the_way_is_told_once() -> None:
    """However often it is looked at."""
    bench = Bench()
    bench.world.statuses = ((0.0, "creating"), (5.0, "pulling"), (15.0, "running"))

    await outcome_of(bench)

    told = [event.status for event in bench.heard.events if event.kind is EventKind.WAITING]
    assert told == ["creating", "pulling"]


@virtual
async def test_an_instance_that_takes_too_long_is_not_ready() -> None:
    """Its record stays unready, exit status 4, and the next apply waits again."""
    bench = Bench()
    bench.world.statuses = ((0.0, "pulling"), (150.0, "running"))

    ledger = await run(creates("a"), work=bench.work("a"))

    (outcome,) = ledger.outcomes
    assert (outcome.result, outcome.reason, outcome.status) == (Result.NOT_READY, "timeout", "pulling")
    assert outcome.message == "It is `pulling` after 120 s; the next apply waits for it again."
    assert ledger.exit_status == 4
    assert not bench.state.records["a"].ready

    again = await kept_again(bench)
    assert [one.result for one in again.outcomes] == [Result.KEPT]
    assert bench.state.records["a"].ready


async def kept_again(bench: Bench) -> Ledger:
    """The next apply: the instance is kept."""
    record = bench.state.records["a"]
    plan = a_plan(an_action(ActionKind.KEEP, "a", id=record.id))
    return await run(plan, work=bench.work(observation=await bench.observed()))


@pytest.mark.parametrize(
    ("status", "error", "reason", "message"),
    [
        ("exited", "", "stopped", "It went to `exited` instead of running."),
        ("removing", "", "leaving", "It went to `removing` instead of running."),
        ("removed", "", "removed", "It went to `removed` instead of running."),
        ("exited", "image pull failed", "stopped", "image pull failed"),
        ("pulling", "image pull failed", "status-error", "image pull failed"),
    ],
)
def test_a_failed_instance_is_not_waited_for(status: str, error: str, reason: str, message: str) -> None:
    """The API's own words are passed on."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        bench.world.statuses = ((0.0, status),) if error else ((0.0, "creating"), (5.0, status))
        bench.world.status_error = error

        outcome = await outcome_of(bench)

        assert (outcome.result, outcome.reason, outcome.message) == (Result.NOT_READY, reason, message)
        assert bench.world.clock.monotonic() < 15.0

    scenario()


@virtual
async def test_an_unknown_status_is_waited_out() -> None:
    """It proves nothing."""
    bench = Bench()
    bench.world.statuses = ((0.0, "odd"), (10.0, "running"))

    assert (await outcome_of(bench)).result is Result.DONE


@virtual
async def test_an_instance_that_the_list_does_not_show_is_asked_for_by_id() -> None:
    """A list that lags far behind does not make it unready."""
    bench = Bench(world=World(list_lag_s=1e6))

    assert (await outcome_of(bench)).result is Result.DONE


@virtual
async def test_an_instance_that_can_not_be_asked_for_times_out() -> None:
    """Nothing was seen of it."""
    bench = Bench(world=World(list_lag_s=1e6))
    bench.world.unreadable.add(f"{1:016x}")

    outcome = await outcome_of(bench)

    assert (outcome.result, outcome.reason) == (Result.NOT_READY, "timeout")
    assert outcome.message.startswith("It was not seen yet after 120 s")


@virtual
async def test_an_instance_that_vanishes_is_gone() -> None:
    """Neither list nor GET know it, twice and some seconds apart."""
    bench = Bench()
    bench.world.statuses = ((0.0, "creating"),)
    calls: list[str] = []

    def vanish(call: str) -> None:
        calls.append(call)
        if calls.count("list") == 3:
            bench.world.machines.clear()

    bench.world.on_call = vanish

    outcome = await outcome_of(bench)

    assert (outcome.result, outcome.reason) == (Result.NOT_READY, "gone")
    assert calls.count("get") >= 2


@pytest.mark.parametrize(
    ("status", "wait", "ready", "noted"),
    [
        ("running", Wait.RUNNING, False, True),
        ("running", Wait.NONE, False, False),
        ("running", Wait.RUNNING, True, False),
        ("exited", Wait.RUNNING, False, False),
    ],
)
def test_a_kept_instance_is_noted_as_ready_where_that_is_news(
    status: str, wait: Wait, ready: bool, noted: bool
) -> None:
    """One that runs and was never seen ready; a stopped one is left as it is."""

    @virtual
    async def scenario() -> None:
        bench = Bench(settings=replace(QUICK, wait=wait))
        bench.world.add("a", id="x", statuses=((0.0, status),))
        bench.record(a_record("a", "x", ready=ready))

        ledger = await kept_again(bench)

        assert [(one.result, one.status) for one in ledger.outcomes] == [(Result.KEPT, status)]
        assert bench.state.records["a"].ready is (ready or noted)

    scenario()


@virtual
async def test_waiting_overlaps_with_creating() -> None:
    """The time of a run does not grow with the number of instances times the time each takes."""
    bench = Bench(settings=replace(QUICK, parallelism=1))
    bench.world.statuses = ((0.0, "pulling"), (30.0, "running"))
    addresses = [f"w{number}" for number in range(50)]

    ledger = await run(creates(*addresses), work=bench.work(*addresses))

    assert {outcome.result for outcome in ledger.outcomes} == {Result.DONE}
    assert bench.world.clock.monotonic() < 50.0
