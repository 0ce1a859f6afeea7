"""A run that is asked to end does so in good order, whatever it is doing."""

import asyncio
from dataclasses import replace

import pytest

from gpuspec.engine.doubt import GivenUp
from gpuspec.engine.run import run
from gpuspec.engine.settle import settle
from gpuspec.model.outcome import Ledger, Result, Stop
from gpuspec.model.plan import ActionKind
from gpuspec.model.settings import Wait
from gpuspec.model.state import OpenIntent
from tests.builders.engine import QUICK, Bench, Signal, a_plan, an_action, an_intent, creates
from tests.builders.virtual_time import virtual
from tests.builders.world import World, lost, not_sent


async def interrupted(bench: Bench, *addresses: str, after_s: float) -> Ledger:
    """The ledger of a run that is interrupted after that long; it may not take a second longer than what was sent."""

    async def interrupt() -> None:
        await asyncio.sleep(after_s)
        bench.signal.ask()

    task = asyncio.ensure_future(interrupt())
    ledger = await run(creates(*addresses), work=bench.work(*addresses))
    await task
    return ledger


@virtual
async def test_a_run_interrupted_before_it_began_does_nothing() -> None:
    """Not even what sends nothing."""
    bench = Bench(signal=Signal(Stop.TERMINATED))
    bench.signal.ask()
    plan = a_plan(an_action(ActionKind.KEEP, "k"), an_action(ActionKind.CREATE, "a"))

    ledger = await run(plan, work=bench.work("a"))

    assert [outcome.result for outcome in ledger.outcomes] == [Result.NOT_STARTED, Result.NOT_STARTED]
    assert (ledger.stop, ledger.exit_status) == (Stop.TERMINATED, 143)
    assert bench.journal.entries == []


@virtual
async def test_what_was_sent_is_waited_for_and_recorded() -> None:
    """The rest is not started."""
    bench = Bench(world=World(latency_s=10.0), settings=replace(QUICK, parallelism=2))

    ledger = await interrupted(bench, "a", "b", "c", after_s=5.0)

    assert [outcome.result for outcome in ledger.outcomes] == [
        Result.NOT_READY,
        Result.NOT_READY,
        Result.NOT_STARTED,
    ]
    assert set(bench.state.records) == {"a", "b"}
    assert not bench.state.intents
    assert (ledger.stop, ledger.exit_status) == (Stop.INTERRUPTED, 130)
    assert bench.world.clock.monotonic() < 11.0


@virtual
async def test_waiting_for_readiness_ends_at_once() -> None:
    """Made, recorded, not ready."""
    bench = Bench()
    bench.world.statuses = ((0.0, "pulling"),)

    ledger = await interrupted(bench, "a", after_s=20.0)

    assert [outcome.result for outcome in ledger.outcomes] == [Result.NOT_READY]
    assert ledger.outcomes[0].status == "pulling"
    assert bench.world.clock.monotonic() == 20.0


@virtual
async def test_settling_ends_at_once() -> None:
    """The address is unresolved; its intent is open for the next run."""
    bench = Bench()
    bench.world.faults = {0: lost(makes=False)}

    ledger = await interrupted(bench, "a", after_s=20.0)

    assert [outcome.result for outcome in ledger.outcomes] == [Result.UNRESOLVED]
    assert ledger.exit_status == 7
    assert len(bench.state.intents) == 1
    assert bench.world.clock.monotonic() == 20.0


@virtual
async def test_a_backoff_ends_at_once_and_its_intent_is_closed() -> None:
    """Nothing of it was sent."""
    bench = Bench()
    bench.world.every_create = not_sent()

    ledger = await interrupted(bench, "a", after_s=0.2)

    assert [outcome.result for outcome in ledger.outcomes] == [Result.NOT_STARTED]
    assert not bench.state.intents
    assert bench.world.clock.monotonic() < 0.3


@virtual
async def test_pacing_ends_at_once() -> None:
    """Whoever waits for a token is not started."""
    bench = Bench(settings=replace(QUICK, rate=0.1, burst=1, wait=Wait.NONE))

    ledger = await interrupted(bench, "a", "b", after_s=3.0)

    assert [outcome.result for outcome in ledger.outcomes] == [Result.DONE, Result.NOT_STARTED]
    assert bench.world.clock.monotonic() == 3.0


@virtual
async def test_an_intent_that_became_durable_too_late_is_closed_again() -> None:
    """The interruption came while it was written: its request is not sent."""
    bench = Bench()
    bench.journal.sync_s = 2.0

    ledger = await interrupted(bench, "a", after_s=1.0)

    assert [outcome.result for outcome in ledger.outcomes] == [Result.NOT_STARTED]
    assert bench.world.requests == []
    assert not bench.state.intents


@virtual
async def test_settling_what_an_earlier_run_left_ends_at_once() -> None:
    """What is not settled yet is given up for this run."""
    bench = Bench()
    now = bench.world.clock.now()
    bench.intend(OpenIntent(intent=an_intent("a", at=now)))
    task = asyncio.ensure_future(settle(bench.work()))
    await asyncio.sleep(30.0)
    bench.signal.ask()

    (settlement,) = await task

    assert isinstance(settlement.verdict, GivenUp)
    assert bench.world.clock.monotonic() == 30.0
    assert len(bench.state.intents) == 1


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.02, 0.06, 0.2, 1.0, 5.0])
def test_a_cancelled_run_leaves_what_a_crash_would_leave(after_s: float) -> None:
    """An open intent for each answer that it did not get; nothing that was answered is lost."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        task = asyncio.ensure_future(run(creates("a", "b"), work=bench.work("a", "b")))
        await asyncio.sleep(after_s)
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task

        known = {record.id for record in bench.state.records.values()}
        nonces = set(bench.state.intents)
        for machine in bench.world.machines.values():
            assert machine.marker is not None
            assert machine.id in known or machine.marker.nonce in nonces

    scenario()


@virtual
async def test_a_request_that_was_cancelled_from_inside_is_in_doubt() -> None:
    """Nobody cancelled the run: it goes on and finds the instance."""
    bench = Bench()
    bench.world.faults = {0: lost(shown_after_s=5.0)}
    bench.world.faults[0].answer = asyncio.CancelledError()  # type: ignore[union-attr]

    ledger = await run(creates("a", "b"), work=bench.work("a", "b"))

    assert [outcome.result for outcome in ledger.outcomes] == [Result.FOUND, Result.DONE]
