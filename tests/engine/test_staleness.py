"""A machine that sleeps between a durable note and its request: the note is made anew before anything is sent."""

from collections.abc import Callable

import pytest

from gpuspec.engine.run import run
from gpuspec.engine.staleness import LONGEST_S
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Intended, Ordered, Undone
from gpuspec.model.outcome import Result
from gpuspec.model.plan import ActionKind
from tests.builders.engine import Bench, a_marker, a_plan, a_record, an_action, created, the
from tests.builders.virtual_time import virtual

Sleep = Callable[[Bench, float], None]


def only_the_wall_clock_goes_on(bench: Bench, seconds: float) -> None:
    """Suspended, as Linux counts it."""
    bench.world.clock.offset += seconds


def both_clocks_go_on(bench: Bench, seconds: float) -> None:
    """Stopped by a signal, or starved."""
    bench.journal.sync_s = seconds


def sleeps_once(bench: Bench, sleep: Sleep, seconds: float) -> None:
    """Let the machine sleep while its first entry is being written."""
    before = bench.journal.sync_s

    def on_call(what: str) -> None:
        if what == "append":
            bench.journal.sync_s = before
            if bench.journal.appends == 0:
                sleep(bench, seconds)

    bench.journal.on_call = on_call


@pytest.mark.parametrize("sleep", [only_the_wall_clock_goes_on, both_clocks_go_on])
def test_an_intent_that_grew_old_is_written_anew_before_its_request(sleep: Sleep) -> None:
    """It is closed as not sent and opened again under its nonce; one request goes out."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        sleeps_once(bench, sleep, LONGEST_S + 1)

        ledger = await created(bench, "a")

        assert the(ledger, "a").result is Result.DONE
        assert [type(entry) for entry in bench.journal.entries[:3]] == [Intended, Undone, Intended]
        assert len(bench.world.requests) == 1
        assert [event.kind for event in bench.heard.events].count(EventKind.RETRYING) == 1

    scenario()


@pytest.mark.parametrize("sleep", [only_the_wall_clock_goes_on, both_clocks_go_on])
def test_an_order_that_grew_old_is_written_anew_before_its_request(sleep: Sleep) -> None:
    """Under a nonce of its own; one request goes out."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = bench.world.add("a", marker=a_marker("a", "00000000000000aa"))
        bench.record(a_record("a", machine.id, nonce="00000000000000aa"))
        plan = a_plan(an_action(ActionKind.DELETE, "a", id=machine.id))
        work = bench.work(observation=await bench.observed())
        sleeps_once(bench, sleep, LONGEST_S + 1)

        ledger = await run(plan, work=work)

        assert the(ledger, "a").result is Result.DELETED
        assert [type(entry) for entry in bench.journal.entries[:3]] == [Ordered, Undone, Ordered]
        assert len(bench.world.orders) == 1

    scenario()


@virtual
async def test_a_short_wait_sends_the_request_at_once() -> None:
    """A store that is merely slow costs no second note."""
    bench = Bench()
    sleeps_once(bench, both_clocks_go_on, LONGEST_S - 1)

    await created(bench, "a")

    assert [type(entry) for entry in bench.journal.entries].count(Intended) == 1


@virtual
async def test_a_clock_that_was_set_back_hides_no_sleep() -> None:
    """The clock that nobody can set tells."""
    bench = Bench()

    def set_back_and_sleep(bench: Bench, seconds: float) -> None:
        bench.world.clock.offset -= 10 * seconds
        both_clocks_go_on(bench, seconds)

    sleeps_once(bench, set_back_and_sleep, LONGEST_S + 1)

    await created(bench, "a")

    assert [type(entry) for entry in bench.journal.entries].count(Intended) == 2
