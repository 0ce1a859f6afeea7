"""Replacements that end otherwise than planned, and what is told of the machines that are there."""

from typing import Any

import pytest

from gpuspec.engine.run import run
from gpuspec.errors import Bug, CredentialsError
from gpuspec.model.answer import Done
from gpuspec.model.instance import Handling, Lifecycle
from gpuspec.model.order import Delete
from gpuspec.model.outcome import Result, Stop
from gpuspec.model.plan import ActionKind
from gpuspec.model.settings import Wait
from gpuspec.model.state import Call
from tests.builders.engine import Bench, a_marker, a_plan, an_action, prepared, results, the
from tests.builders.replacing import (
    CREATE_FIRST,
    DELETE_FIRST,
    DIRECTIONS,
    a_bench,
    a_machine,
    assert_one_machine,
    replaced,
    replaces,
)
from tests.builders.virtual_time import virtual
from tests.builders.world import Fault, Machine, denied, rejected


@virtual
async def test_one_that_is_not_ready_leaves_the_machine_before_where_it_is() -> None:
    """It stays outgoing for the next apply."""
    bench = a_bench()
    before = a_machine(bench)
    bench.world.statuses = ((0.0, "creating"), (3.0, "exited"))
    ledger = await replaced(bench, "a", calls=CREATE_FIRST)

    outcome, record = the(ledger, "a"), bench.state.records["a"]
    assert (outcome.result, outcome.reason, outcome.id) == (Result.NOT_READY, "stopped", record.id)
    assert outcome.message.endswith(f"{before.id}, which it is to replace, stays for now.")
    assert ledger.exit_status == 4
    assert record.outgoing == (before.id,)
    assert bench.world.orders == []


@virtual
async def test_one_made_after_the_delete_that_is_not_ready_says_so() -> None:
    """The machine before is gone in any case."""
    bench = a_bench()
    before = a_machine(bench)
    bench.world.statuses = ((0.0, "creating"), (3.0, "exited"))
    ledger = await replaced(bench, "a")

    outcome = the(ledger, "a")
    assert (outcome.result, outcome.id) == (Result.NOT_READY, bench.state.records["a"].id)
    assert outcome.message.startswith(f"{before.id}, which it replaces, is deleted.")


@virtual
async def test_a_run_that_waits_for_nothing_deletes_at_once() -> None:
    """As far as the run waits."""
    bench = a_bench()
    a_machine(bench)
    bench.world.statuses = ((0.0, "creating"), (1e6, "running"))
    ledger = await replaced(bench, "a", calls=CREATE_FIRST, handling=Handling(wait=Wait.NONE))

    assert results(ledger) == {"a": Result.DONE}
    assert_one_machine(bench)


def refused(bench: Bench, before: Machine) -> None:
    bench.world.order_faults[before.id] = rejected("PREPAID_INSTANCE_NOT_SUPPORT_RELEASE")


def never_done(bench: Bench, before: Machine) -> None:
    bench.world.order_faults[before.id] = Fault(answer=Done(id=before.id), makes=False)


def removing(bench: Bench, before: Machine) -> None:
    before.statuses = ((0.0, "removing"),)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (refused, "PREPAID_INSTANCE_NOT_SUPPORT_RELEASE: PREPAID_INSTANCE_NOT_SUPPORT_RELEASE in words."),
        (never_done, "not-done: It was told to go 3 times, and is still there as it was."),
        (removing, "leaving: It is being removed already (status `removing`); apply again when it is gone."),
    ],
)
def test_an_outgoing_machine_that_stays_is_told_as_money_that_runs(happens: Any, words: str) -> None:
    """The new one is there, and both are paid for: exit status 7."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        before = a_machine(bench)
        happens(bench, before)
        ledger = await replaced(bench, "a", calls=CREATE_FIRST)

        outcome, record = the(ledger, "a"), bench.state.records["a"]
        assert (outcome.result, outcome.reason, outcome.id) == (Result.UNRESOLVED, "outgoing", record.id)
        assert outcome.message == f"It is there, and {before.id}, which it replaces, is still to be deleted. {words}"
        assert ledger.exit_status == 7
        assert record.outgoing == (before.id,)

    scenario()


@pytest.mark.parametrize("calls", DIRECTIONS)
def test_a_protected_machine_is_not_replaced(calls: tuple[Call, ...]) -> None:
    """As the spec has it now, whatever the record says."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        before = a_machine(bench)
        ledger = await replaced(bench, "a", calls=calls, lifecycle=Lifecycle(protect=True))

        outcome = the(ledger, "a")
        assert (outcome.result, outcome.reason, outcome.id) == (Result.REFUSED, "protected", before.id)
        assert (bench.world.orders, bench.world.requests) == ([], [])

    scenario()


@pytest.mark.parametrize("calls", DIRECTIONS)
def test_protection_that_the_spec_took_away_does_not_hold(calls: tuple[Call, ...]) -> None:
    """The record still has it; the plan was made from the spec."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        a_machine(bench, lifecycle=Lifecycle(protect=True))
        ledger = await replaced(bench, "a", calls=calls)

        assert results(ledger) == {"a": Result.DONE}
        assert_one_machine(bench)

    scenario()


@pytest.mark.parametrize("calls", DIRECTIONS)
def test_machines_that_are_outgoing_already_go_too(calls: tuple[Call, ...]) -> None:
    """None that the record holds is left behind."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        earlier = bench.world.add("a", statuses=((0.0, "running"),))
        before = a_machine(bench, outgoing=(earlier.id,))
        ledger = await replaced(bench, "a", calls=calls)

        assert results(ledger) == {"a": Result.DONE}
        assert {order.id for order in bench.world.orders} == {earlier.id, before.id}
        assert_one_machine(bench)

    scenario()


@pytest.mark.parametrize("calls", DIRECTIONS)
def test_another_machine_than_the_planned_one_is_not_touched(calls: tuple[Call, ...]) -> None:
    """It carries another marker than when the plan was made: it is not deleted, and nothing is said to be gone."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        before = a_machine(bench)
        observation = await bench.observed()
        action = replaces(bench, calls=calls)
        before.marker = a_marker("else", "00000000000000ff")
        ledger = await run(a_plan(action), work=bench.work("a", observation=observation))

        outcome = the(ledger, "a")
        expected = Result.REFUSED if calls == DELETE_FIRST else Result.UNRESOLVED
        assert outcome.result is expected
        assert bench.world.orders == []

    scenario()


@pytest.mark.parametrize("calls", DIRECTIONS)
@pytest.mark.parametrize("at", range(1, 14))
def test_an_interrupted_replacement_is_told_as_what_it_is(calls: tuple[Call, ...], at: int) -> None:
    """Whenever the signal comes: what was sent is waited for, and no machine is out of the record."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        for address in ("a", "b"):
            a_machine(bench, address)
        count = 0

        def on_call(_: str) -> None:
            nonlocal count
            count += 1
            if count == at:
                bench.signal.ask()

        observation = await bench.observed()
        actions = [replaces(bench, address, calls=calls) for address in ("a", "b")]
        bench.world.on_call = on_call
        ledger = await run(a_plan(*actions), work=bench.work("a", "b", observation=observation))

        assert set(results(ledger)) == {"a", "b"}
        assert ledger.stop is Stop.INTERRUPTED
        held = {id_ for record in bench.state.records.values() for id_ in (record.id, *record.outgoing)}
        assert {id_ for address in ("a", "b") for id_ in bench.world.live_ids(address)} <= held

    scenario()


@pytest.mark.parametrize("calls", DIRECTIONS)
def test_a_run_that_ended_before_it_began_replaces_nothing(calls: tuple[Call, ...]) -> None:
    """Not started, with the machine that is there."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        before = a_machine(bench)
        bench.signal.ask()
        observation = await bench.observed()
        ledger = await run(a_plan(replaces(bench, calls=calls)), work=bench.work("a", observation=observation))

        outcome = the(ledger, "a")
        assert (outcome.result, outcome.id) == (Result.NOT_STARTED, before.id)
        assert (bench.world.orders, bench.world.requests) == ([], [])

    scenario()


@pytest.mark.parametrize("calls", DIRECTIONS)
def test_a_refused_key_ends_the_run(calls: tuple[Call, ...]) -> None:
    """Nothing else is begun."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        a_machine(bench)
        fault = denied()
        bench.world.every_create = fault
        bench.world.order_faults[Call.DELETE] = fault
        ledger = await replaced(bench, "a", calls=calls)

        assert ledger.stop is Stop.CREDENTIALS
        assert results(ledger)["a"] is Result.FAILED
        assert_one_machine(bench)

    scenario()


@pytest.mark.parametrize("calls", DIRECTIONS)
def test_a_key_that_is_refused_while_looking_ends_the_run(calls: tuple[Call, ...]) -> None:
    """Right before the delete: nothing is sent, and what is there is recorded."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        before = a_machine(bench)
        observation = await bench.observed()
        work = bench.work("a", observation=observation)

        def refuse(call: str) -> None:
            if call == "get":
                message = "The key was refused."
                raise CredentialsError(message)

        bench.world.on_call = refuse
        ledger = await run(a_plan(replaces(bench, calls=calls)), work=work)

        assert ledger.stop is Stop.CREDENTIALS
        assert bench.world.orders == []
        record = bench.state.records["a"]
        assert before.id in (record.id, *record.outgoing)
        assert the(ledger, "a").result is (Result.NOT_STARTED if calls == DELETE_FIRST else Result.UNRESOLVED)

    scenario()


@pytest.mark.parametrize("calls", DIRECTIONS)
@pytest.mark.parametrize("fails_at", range(6))
def test_a_disk_that_is_full_loses_no_machine(calls: tuple[Call, ...], fails_at: int) -> None:
    """Whatever was written by then names every machine that is there, or the intent that made it."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        a_machine(bench)
        bench.journal.fails_at = fails_at
        ledger = await replaced(bench, "a", calls=calls)

        assert ledger.exit_status in {0, 6, 7}
        state = bench.state
        held = {id_ for record in state.records.values() for id_ in (record.id, *record.outgoing)}
        for id_ in bench.world.live_ids("a"):
            marker = bench.world.machines[id_].marker
            assert id_ in held or (marker is not None and marker.nonce in state.intents)

    scenario()


@pytest.mark.parametrize(
    "facts",
    [
        {"id": "else", "calls": DELETE_FIRST},
        {"id": "", "calls": DELETE_FIRST},
        {"calls": (Call.DELETE,)},
        {"address": "b", "calls": DELETE_FIRST},
    ],
)
def test_a_plan_that_replaces_what_is_not_recorded_is_a_bug(facts: dict[str, Any]) -> None:
    """Nothing is sent."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        before = a_machine(bench)
        action = an_action(ActionKind.REPLACE, facts.pop("address", "a"), **{"id": before.id, **facts})

        with pytest.raises(Bug, match="which can't be done so"):
            await run(a_plan(action), work=bench.work("a", "b"))

        assert (bench.world.orders, bench.world.requests) == ([], [])

    scenario()


@virtual
async def test_the_delete_names_the_machine_and_the_create_has_a_marker_of_its_own() -> None:
    """One call each."""
    bench = a_bench()
    before = a_machine(bench)
    nonce = bench.state.records["a"].nonce
    await replaced(bench, "a")

    assert bench.world.orders == [Delete(id=before.id)]
    (request,) = bench.world.requests
    assert (request.address, request.fields) == ("a", prepared("a").body)
    assert request.marker.nonce != nonce
