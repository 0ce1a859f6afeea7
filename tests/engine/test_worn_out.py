"""A service that throttles or fails every call without end: the run ends within a time that no address lengthens."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from gpuspec.engine.pacing import Pacer
from gpuspec.engine.power import power
from gpuspec.engine.run import run
from gpuspec.model.order import Stop as StopCall
from gpuspec.model.outcome import Ledger, Result, Stop
from gpuspec.model.settings import Settings
from gpuspec.model.state import Call
from tests.builders.engine import Bench, a_plan, created, results
from tests.builders.updates import Asked, a_machine, desired, update, updated
from tests.builders.virtual_time import virtual
from tests.builders.world import Fault, lost, throttled
from tests.engine.test_ending import delete

ADDRESSES = tuple(f"w{number:03}" for number in range(40))
# Ten minutes of waiting, five more if the last wait was the longest there is, and what the calls take.
THROTTLED_AT_MOST_S = 16 * 60.0
# Three settle windows with what the looks take.
FAILED_AT_MOST_S = 17 * 60.0


async def create(bench: Bench, fault: Fault) -> Ledger:
    bench.world.every_create = fault
    return await created(bench, *ADDRESSES)


async def change(bench: Bench, fault: Fault) -> Ledger:
    asked = Asked()
    for address in ADDRESSES:
        a_machine(bench, address)
        asked.to(update(bench, Call.EDIT, address=address), desired(address, rootfsSize=80))
    bench.world.order_faults[Call.EDIT] = fault
    return await updated(bench, asked)


async def end(bench: Bench, fault: Fault) -> Ledger:
    for address in ADDRESSES:
        a_machine(bench, address)
    bench.world.order_faults[Call.DELETE] = fault
    plan = a_plan(*(delete(bench, address) for address in ADDRESSES))
    return await run(plan, work=bench.work(observation=await bench.observed()))


async def switch_off(bench: Bench, fault: Fault) -> Ledger:
    for address in ADDRESSES:
        a_machine(bench, address)
    bench.world.order_faults[Call.STOP] = fault
    return await power(StopCall, ADDRESSES, work=bench.work())


EACH = pytest.mark.parametrize("asks", [create, change, end, switch_off])
Asks = Callable[[Bench, Fault], Coroutine[Any, Any, Ledger]]


@EACH
@pytest.mark.parametrize("retry_after_s", [None, 20.0, 300.0, 1e9])
def test_a_service_that_throttles_without_end_ends_the_run(asks: Asks, retry_after_s: float | None) -> None:
    """After ten minutes of waiting in which it did nothing, or fifteen; nothing was done, nothing is open, exit 4."""

    @virtual
    async def scenario() -> None:
        bench = Bench(settings=Settings())
        ledger = await asks(bench, throttled(retry_after_s))

        assert bench.world.clock.monotonic() <= THROTTLED_AT_MOST_S
        assert (ledger.stop, ledger.exit_status) == (Stop.THROTTLED, 4)
        assert set(results(ledger).values()) <= {Result.FAILED, Result.NOT_STARTED}
        assert "went on asking to slow down" in ledger.stop_message
        assert (bench.state.intents, bench.state.orders) == ({}, {})
        assert len(bench.world.machines) == (0 if asks is create else len(ADDRESSES))

    scenario()


@EACH
def test_a_service_that_fails_every_call_ends_the_run(asks: Asks) -> None:
    """A 5xx may have been done: each is settled, three times at most; nothing was done, nothing is open, exit 4."""

    @virtual
    async def scenario() -> None:
        bench = Bench(settings=Settings())
        ledger = await asks(bench, lost(makes=False))

        assert bench.world.clock.monotonic() <= FAILED_AT_MOST_S
        assert ledger.exit_status == 4
        assert set(results(ledger).values()) <= {Result.FAILED, Result.NOT_STARTED}
        assert (bench.state.intents, bench.state.orders) == ({}, {})

    scenario()


@virtual
async def test_a_service_that_fails_and_does_not_show_what_there_is_leaves_what_was_sent_open() -> None:
    """7: what became of fifteen creates is not known, and no other one was sent; the next apply settles them."""
    bench = Bench(settings=Settings())
    bench.world.incomplete = "page 0 could not be read: status 503"
    ledger = await create(bench, lost(makes=False))

    assert bench.world.clock.monotonic() <= FAILED_AT_MOST_S + 3 * 120.0
    assert (ledger.stop, ledger.exit_status) == (Stop.BREAKER, 7)
    assert len(bench.world.requests) == len(bench.state.intents) <= 24


@virtual
async def test_a_service_that_takes_a_call_now_and_then_is_waited_for() -> None:
    """However long it takes altogether: each call that is taken counts the waiting anew."""
    bench = Bench(settings=Settings())
    bench.world.faults = {address: [throttled(120.0), throttled(120.0)] for address in ADDRESSES}
    ledger = await created(bench, *ADDRESSES)

    assert bench.world.clock.monotonic() > THROTTLED_AT_MOST_S
    assert set(results(ledger).values()) == {Result.DONE}


def test_what_was_waited_for_together_counts_once() -> None:
    """And what lies ahead is no waiting yet."""
    told: list[str] = []
    pacer = Pacer(replace(Settings(), throttled_s=600.0), now=0.0)
    pacer.on_worn_out = lambda: told.append("worn out")
    for now in (0.0, 0.0, 0.1, 300.0, 300.1, 599.0):
        pacer.throttled(sent_at=now, now=now, delay_s=300.0)
    assert told == []

    pacer.throttled(sent_at=600.1, now=600.1, delay_s=300.0)
    assert told == ["worn out"]
