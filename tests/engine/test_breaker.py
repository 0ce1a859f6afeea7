"""Too many lost answers pause the creates, and pauses that bring nothing stop them."""

from dataclasses import replace

from gpuspec.engine.run import run
from gpuspec.model.event import EventKind
from gpuspec.model.outcome import Ledger, Result, Stop
from tests.builders.engine import QUICK, Bench, creates
from tests.builders.virtual_time import virtual
from tests.builders.world import lost


async def created(bench: Bench, count: int) -> Ledger:
    addresses = [f"w{number:03}" for number in range(count)]
    return await run(creates(*addresses), work=bench.work(*addresses))


@virtual
async def test_the_creates_pause_at_the_limit_and_go_on_once_all_is_settled() -> None:
    """Nothing is sent between the fifth lost answer and the last settlement."""
    bench = Bench(settings=replace(QUICK, parallelism=1))
    bench.world.faults = dict.fromkeys(range(5), lost(shown_after_s=30.0))

    ledger = await created(bench, 8)

    assert {outcome.result for outcome in ledger.outcomes} == {Result.FOUND, Result.DONE}
    assert bench.world.sent_at[5] - bench.world.sent_at[4] > 30.0
    kinds = bench.heard.kinds()
    assert (kinds.count(EventKind.PAUSED), kinds.count(EventKind.RESUMED)) == (1, 1)


@virtual
async def test_fewer_lost_answers_do_not_pause() -> None:
    """The others are created meanwhile."""
    bench = Bench(settings=replace(QUICK, parallelism=1))
    bench.world.faults = dict.fromkeys(range(4), lost(shown_after_s=30.0))

    await created(bench, 8)

    assert bench.world.sent_at[7] < 2.0
    assert EventKind.PAUSED not in bench.heard.kinds()


@virtual
async def test_three_pauses_without_a_settlement_stop_the_run() -> None:
    """What is left is not started; the doubts stay open."""
    bench = Bench(settings=replace(QUICK, parallelism=1, settle_s=0.0))
    bench.world.every_create = lost(shown_after_s=1e6)

    ledger = await created(bench, 40)

    assert (ledger.stop, ledger.exit_status) == (Stop.BREAKER, 7)
    assert len(bench.world.requests) == 15
    assert [outcome.result for outcome in ledger.outcomes] == [
        *[Result.UNRESOLVED] * 15,
        *[Result.NOT_STARTED] * 25,
    ]


@virtual
async def test_a_service_that_makes_nothing_stops_the_run() -> None:
    """Doubts settled as absent do not make a pause worth it when nothing is ever made."""
    bench = Bench(settings=replace(QUICK, parallelism=1))
    bench.world.every_create = lost(makes=False)

    ledger = await created(bench, 40)

    assert ledger.stop is Stop.BREAKER
    assert len(bench.world.requests) <= 15
    assert bench.world.machines == {}


@virtual
async def test_pauses_that_settle_something_go_on_without_end() -> None:
    """Every second answer is lost and every instance found: the run gets through."""
    bench = Bench(settings=replace(QUICK, parallelism=2))
    bench.world.faults = dict.fromkeys(range(0, 60, 2), lost(shown_after_s=10.0))

    ledger = await created(bench, 60)

    assert {outcome.result for outcome in ledger.outcomes} == {Result.FOUND, Result.DONE}
    assert bench.heard.kinds().count(EventKind.PAUSED) > 3


@virtual
async def test_absent_ones_are_worth_a_pause_while_others_are_made() -> None:
    """A service that loses every second create still gets the run through."""
    bench = Bench(settings=replace(QUICK, parallelism=1))
    bench.world.faults = {f"w{number:03}": [lost(makes=False)] for number in range(0, 30, 2)}

    ledger = await created(bench, 30)

    assert ledger.stop is Stop.NONE
    assert {outcome.result for outcome in ledger.outcomes} == {Result.DONE}
