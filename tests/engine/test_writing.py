"""What is written, in which order, and what it means when the store fails."""

from dataclasses import replace

import pytest

from gpuspec.model.journal import Forgotten, Intended
from gpuspec.model.outcome import Result, Stop
from gpuspec.model.secret import Sealed
from gpuspec.model.settings import Wait
from gpuspec.model.state import MarkerSeen
from gpuspec.model.values import Env
from tests.builders.engine import QUICK, Bench, a_record, created, results, the
from tests.builders.virtual_time import virtual
from tests.builders.world import lost, not_sent, throttled


@virtual
async def test_what_was_shown_is_recorded_sealed() -> None:
    """The record of a ready instance has what the API showed, secrets sealed."""
    bench = Bench()

    await created(bench, "a")

    shown = bench.state.records["a"].shown["envs"]
    assert shown == (Env(key="TOKEN", value=Sealed(key_id="key1", digest="sealed-4")),)
    assert "hush" not in repr(bench.journal.entries)
    assert "hush" not in repr(bench.work("a"))


@virtual
async def test_an_intent_is_durable_before_its_request_and_an_outcome_before_it_is_told() -> None:
    """Journal and events come in the one order that loses nothing."""
    bench = Bench()
    order: list[str] = []
    bench.world.on_call = order.append
    bench.journal.on_call = order.append
    bench.heard.event = lambda event: order.append(event.kind.value)  # type: ignore[method-assign]
    bench.settings = replace(QUICK, wait=Wait.NONE)
    bench.journal.state = replace(bench.state, marker_seen=MarkerSeen.LIST)

    await created(bench, "a")

    writing = ["append", "written", "appended"]
    assert order == ["run-started", *writing, "sending", "create", "created", *writing, "made", "run-ended"]


@virtual
async def test_an_instance_in_place_of_a_lost_one_drops_its_record_first() -> None:
    """The lost id is released before the intent; a reader never sees both."""
    bench = Bench()
    bench.record(a_record("a", "gone"))

    ledger = await created(bench, "a")

    assert the(ledger, "a").result is Result.DONE
    assert [type(entry) for entry in bench.journal.entries[:2]] == [Forgotten, Intended]
    assert set(bench.state.released) == {"gone"}


@virtual
async def test_a_store_that_fails_before_an_intent_sends_nothing() -> None:
    """Without a durable intent there is no request."""
    bench = Bench()
    bench.journal.fails_at = 0

    ledger = await created(bench, "a", "b")

    assert bench.world.requests == []
    assert results(ledger) == dict.fromkeys("ab", Result.NOT_STARTED)
    assert (ledger.stop, ledger.stop_message, ledger.exit_status) == (Stop.STORE, "The disk is full.", 6)


@virtual
async def test_ids_that_could_not_be_recorded_are_in_the_ledger() -> None:
    """What was sent is waited for; nothing else is sent; exit status 7."""
    bench = Bench(settings=replace(QUICK, parallelism=2))
    bench.journal.fails_at = 2

    ledger = await created(bench, "a", "b", "c")

    ids = [(address, bench.world.live_ids(address)[0]) for address in "ab"]
    assert sorted(ledger.unrecorded) == ids
    assert results(ledger) == {"a": Result.UNRESOLVED, "b": Result.UNRESOLVED, "c": Result.NOT_STARTED}
    assert ledger.exit_status == 7
    assert len(bench.world.requests) == 2


@virtual
async def test_an_id_that_contradicts_the_record_reaches_the_ledger() -> None:
    """A bug, but a machine is running."""
    bench = Bench()
    bench.world.on_call = lambda call: forget_intents(bench) if call == "created" else None

    ledger = await created(bench, "a")

    assert ledger.unrecorded == (("a", f"{1:016x}"),)
    assert ledger.stop is Stop.STORE


def forget_intents(bench: Bench) -> None:
    bench.journal.state = replace(bench.state, intents={})


@virtual
async def test_a_failing_store_after_a_lost_answer_leaves_the_address_unresolved() -> None:
    """The intent is durable: the next run settles it."""
    bench = Bench()
    bench.world.faults = {0: lost()}
    bench.journal.fails_at = 1

    ledger = await created(bench, "a")

    assert (the(ledger, "a").result, ledger.stop, ledger.exit_status) == (Result.UNRESOLVED, Stop.STORE, 7)


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_a_store_may_fail_at_any_write(fails_at: int) -> None:
    """Every address has an outcome and the run says that it stopped."""

    @virtual
    async def scenario() -> None:
        bench = Bench(settings=replace(QUICK, parallelism=1))
        bench.world.faults = {0: lost(shown_after_s=5.0), 1: throttled(), 2: not_sent()}
        bench.journal.fails_at = fails_at

        ledger = await created(bench, "a", "b", "c")

        assert len(ledger.outcomes) == 3
        assert ledger.stop is Stop.STORE

    scenario()
