"""Replacements whose answers were lost: settled, never sent twice, and nothing given up meanwhile."""

from dataclasses import replace

import pytest

from gpuspec.engine.run import run
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Intended
from gpuspec.model.marker import MarkerMode
from gpuspec.model.outcome import Result
from gpuspec.model.state import Call
from tests.builders.engine import QUICK, Bench, MemoryJournal, a_marker, a_plan, a_record, results, the
from tests.builders.replacing import (
    CREATE_FIRST,
    DIRECTIONS,
    a_bench,
    a_machine,
    assert_one_machine,
    replaced,
    replaces,
)
from tests.builders.virtual_time import virtual
from tests.builders.world import BIRTH, Fault, lost, not_sent, throttled


@virtual
async def test_nothing_is_deleted_while_creates_pause() -> None:
    """Until it is known what became of the lost answers, none of the others could be made."""
    bench = Bench(world=a_bench().world, settings=QUICK)
    for number in range(6):
        a_machine(bench, f"w{number}")
    new = tuple(f"n{number}" for number in range(5))
    bench.world.faults = dict.fromkeys(new, lost(takes_s=0.02, shown_after_s=20.0))
    paused: list[bool] = []

    def on_call(call: str) -> None:
        kinds = bench.heard.kinds()
        if call == "order":
            paused.append(kinds.count(EventKind.PAUSED) > kinds.count(EventKind.RESUMED))

    bench.world.on_call = on_call
    ledger = await replaced(bench, *(f"w{number}" for number in range(6)), creates=new)

    assert EventKind.PAUSED in bench.heard.kinds()
    assert True not in paused
    assert set(results(ledger).values()) == {Result.DONE, Result.FOUND}


@virtual
async def test_no_replacement_begins_while_creates_pause() -> None:
    """It would only add to what is in doubt."""
    bench = a_bench(settings=replace(QUICK, parallelism=3, breaker_limit=1))
    addresses = [f"w{number}" for number in range(6)]
    for address in addresses:
        a_machine(bench, address)
    bench.world.faults["w2"] = [lost(takes_s=0.05, shown_after_s=20.0)]
    paused: list[bool] = []

    def on_call(call: str) -> None:
        kinds = bench.heard.kinds()
        if call == "create":
            paused.append(kinds.count(EventKind.PAUSED) > kinds.count(EventKind.RESUMED))

    bench.world.on_call = on_call
    ledger = await replaced(bench, *addresses, calls=CREATE_FIRST)

    assert EventKind.PAUSED in bench.heard.kinds()
    assert paused == [False] * len(addresses)
    assert set(results(ledger).values()) == {Result.DONE, Result.FOUND}


@pytest.mark.parametrize("makes", [True, False])
@pytest.mark.parametrize("calls", DIRECTIONS)
def test_a_lost_answer_to_the_create_is_settled(calls: tuple[Call, ...], makes: bool) -> None:
    """Found, it is recorded with the machine before outgoing; judged absent, it is created anew."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        before = a_machine(bench)
        bench.world.faults["a"] = [lost(makes=makes, shown_after_s=10.0)]
        ledger = await replaced(bench, "a", calls=calls)

        outcome = the(ledger, "a")
        assert (outcome.result, outcome.reason) == (Result.FOUND if makes else Result.DONE, "replaced")
        assert assert_one_machine(bench) not in {before.id}
        intents = [entry.intent.replaces for entry in bench.journal.of(Intended)]
        assert set(intents) == {before.id if calls == CREATE_FIRST else ""}
        assert len(intents) == (1 if makes else 2)

    scenario()


@pytest.mark.parametrize("fault", [lost(makes=True), lost(makes=False), throttled(2.0), not_sent()])
@pytest.mark.parametrize("calls", DIRECTIONS)
def test_a_delete_whose_answer_tells_nothing_is_seen_through(calls: tuple[Call, ...], fault: Fault) -> None:
    """As any other deletion is."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        before = a_machine(bench)
        bench.world.order_faults[before.id] = [fault]
        ledger = await replaced(bench, "a", calls=calls)

        assert results(ledger) == {"a": Result.DONE}
        assert_one_machine(bench)

    scenario()


@pytest.mark.parametrize("answer", ["heard", "lost"])
@pytest.mark.parametrize("mode", MarkerMode)
@pytest.mark.parametrize("calls", DIRECTIONS)
def test_two_machines_of_one_name_are_told_apart(calls: tuple[Call, ...], mode: MarkerMode, answer: str) -> None:
    """Wherever the marker is; without one, a lost answer stays unresolved and the machine before stays."""

    @virtual
    async def scenario() -> None:
        bench = a_bench(journal=MemoryJournal(replace(BIRTH, marker=mode)))
        nonce = "0000000000000001"
        before = bench.world.add("a", marker=a_marker("a", nonce), mode=mode, statuses=((0.0, "running"),))
        bench.record(a_record("a", before.id, nonce=nonce))
        bench.world.faults = {"a": [lost(shown_after_s=5.0)]} if answer == "lost" else {}
        ledger = await replaced(bench, "a", calls=calls)

        if (mode, answer) == (MarkerMode.OFF, "lost"):
            assert results(ledger) == {"a": Result.UNRESOLVED}
            assert (before.id in bench.world.live_ids("a")) is (calls == CREATE_FIRST)
        else:
            assert results(ledger) == {"a": Result.FOUND if answer == "lost" else Result.DONE}
            assert assert_one_machine(bench) != before.id

    scenario()


@virtual
async def test_a_machine_that_is_gone_already_is_replaced_all_the_same() -> None:
    """Nothing is sent for it."""
    bench = a_bench()
    before = a_machine(bench)
    observation = await bench.observed()
    action = replaces(bench)
    before.statuses = ((0.0, "removed"),)
    ledger = await run(a_plan(action), work=bench.work("a", observation=observation))

    assert results(ledger) == {"a": Result.DONE}
    assert bench.world.orders == []
    assert assert_one_machine(bench) != before.id


@virtual
async def test_an_outgoing_machine_that_is_gone_already_is_let_go() -> None:
    """It was made long ago: that the service does not show it is proof."""
    bench = a_bench()
    before = a_machine(bench)

    def vanish(call: str) -> None:
        if call == "created":
            del bench.world.machines[before.id]

    bench.world.on_call = vanish
    ledger = await replaced(bench, "a", calls=CREATE_FIRST)

    assert results(ledger) == {"a": Result.DONE}
    assert bench.world.orders == []
    assert_one_machine(bench)
