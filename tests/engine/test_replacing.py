"""Replacements: two calls in the order of the action, one outcome, and nothing given up that can't be made again."""

from dataclasses import replace

import pytest

from gpuspec.engine.run import run
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Forgotten, Intended, Made, Noted, Obeyed, Ordered, OutgoingGone
from gpuspec.model.outcome import Result
from gpuspec.model.plan import ActionKind
from gpuspec.model.state import Call
from tests.builders.engine import QUICK, Bench, a_plan, an_action, results, the
from tests.builders.replacing import (
    CREATE_FIRST,
    DELETE_FIRST,
    DIRECTIONS,
    PRODUCT,
    a_bench,
    a_machine,
    assert_one_machine,
    replaced,
    replaces,
    shop,
)
from tests.builders.virtual_time import virtual
from tests.builders.world import not_sent, rejected


def calls_of(bench: Bench) -> list[str]:
    """The mutating calls from now on, as they are sent."""
    calls: list[str] = []
    bench.world.on_call = lambda call: calls.append(call) if call in {"create", "order"} else None
    return calls


@virtual
async def test_a_machine_is_proven_gone_before_the_one_in_its_place_is_made() -> None:
    """Two calls, one outcome: the id is that of the machine that is there in the end."""
    bench = a_bench()
    before = a_machine(bench)
    ledger = await replaced(bench, "a")

    outcome = the(ledger, "a")
    assert (outcome.result, outcome.reason) == (Result.DONE, "replaced")
    assert outcome.message == f"It takes the place of {before.id}."
    assert outcome.id == assert_one_machine(bench) != before.id
    assert ledger.exit_status == 0
    kinds = [type(entry) for entry in bench.journal.entries]
    assert kinds == [Ordered, Obeyed, Forgotten, Intended, Made, Noted]
    assert bench.state.released[before.id].reason == "deleted"


@virtual
async def test_with_create_before_destroy_the_machine_before_goes_once_the_other_one_is_ready() -> None:
    """Until then it is outgoing; the intent says what it replaces."""
    bench = a_bench()
    before = a_machine(bench)
    ledger = await replaced(bench, "a", calls=CREATE_FIRST)

    outcome = the(ledger, "a")
    assert (outcome.result, outcome.reason, outcome.status) == (Result.DONE, "replaced", "running")
    assert outcome.id == assert_one_machine(bench) != before.id
    kinds = [type(entry) for entry in bench.journal.entries]
    assert kinds == [Intended, Made, Noted, Ordered, Obeyed, OutgoingGone]
    assert bench.journal.of(Intended)[0].intent.replaces == before.id
    assert bench.state.records["a"].ready


@pytest.mark.parametrize("calls", DIRECTIONS)
def test_what_happens_is_told_step_by_step_and_as_one(calls: tuple[Call, ...]) -> None:
    """A replacement counts as two steps of the run, and ends as replaced."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        before = a_machine(bench)
        await replaced(bench, "a", calls=calls)

        told = bench.heard.kinds("a")
        assert told[-1] is EventKind.REPLACED
        assert {EventKind.MADE, EventKind.DELETED, EventKind.READY} <= set(told)
        assert bench.heard.events[0].total == 2
        (end,) = (event for event in bench.heard.events if event.kind is EventKind.REPLACED)
        assert (end.id, end.message) == (bench.state.records["a"].id, f"in place of {before.id}")

    scenario()


@pytest.mark.parametrize("calls", DIRECTIONS)
def test_many_are_replaced_beside_creates_and_deletes(calls: tuple[Call, ...]) -> None:
    """Deletes of removed addresses come first, then all the others together, never more than the run allows."""

    @virtual
    async def scenario() -> None:
        bench = a_bench(settings=QUICK)
        addresses = [f"w{number}" for number in range(12)]
        for address in (*addresses, "removed"):
            a_machine(bench, address)
        removed = bench.state.records["removed"].id
        actions = [an_action(ActionKind.DELETE, "removed", id=removed)]
        actions += [replaces(bench, address, calls=calls) for address in addresses]
        actions += [an_action(ActionKind.CREATE, "added")]
        observation = await bench.observed()
        ledger = await run(a_plan(*actions), work=bench.work(*addresses, "added", observation=observation))

        expected = dict.fromkeys(addresses, Result.DONE)
        assert results(ledger) == {"removed": Result.DELETED, **expected, "added": Result.DONE}
        assert bench.world.orders[0].id == removed
        assert bench.world.most_under_way <= QUICK.parallelism
        for address in addresses:
            assert_one_machine(bench, address)

    scenario()


@virtual
async def test_few_addresses_are_without_a_machine_at_a_time() -> None:
    """The next ones are deleted as those before have their machines."""
    bench = a_bench(settings=QUICK)
    addresses = [f"w{number}" for number in range(12)]
    for address in addresses:
        a_machine(bench, address)
    bare: list[int] = []
    bench.world.on_call = lambda _: bare.append(len(addresses) - len(bench.state.records))
    await replaced(bench, *addresses)

    assert 0 < max(bare) <= QUICK.parallelism


@virtual
async def test_a_big_fleet_is_replaced_in_fifty_waves() -> None:
    """Each wave is seen through by walking the whole list: there must not be as many as there are machines."""
    bench = a_bench(settings=replace(QUICK, parallelism=1))
    addresses = [f"w{number}" for number in range(200)]
    for address in addresses:
        a_machine(bench, address)
    bare: list[int] = []
    bench.world.on_call = lambda _: bare.append(len(addresses) - len(bench.state.records))
    ledger = await replaced(bench, *addresses)

    assert set(results(ledger).values()) == {Result.DONE}
    assert 1 < max(bare) <= 4
    assert bench.world.most_under_way == 1


@pytest.mark.parametrize(
    ("products", "message"),
    [
        ({PRODUCT: False}, f"The service has no stock of the product `{PRODUCT}`. Nothing was deleted."),
        ({"else": True}, f"The service does not list the product `{PRODUCT}` any more. Nothing was deleted."),
    ],
)
def test_nothing_is_deleted_that_the_catalogue_could_not_replace(products: dict[str, bool], message: str) -> None:
    """Right before the delete; the machine stays as it is."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        before = a_machine(bench)
        shop(bench).products = products
        ledger = await replaced(bench, "a")

        outcome = the(ledger, "a")
        assert (outcome.result, outcome.reason, outcome.message) == (Result.REFUSED, "no-stock", message)
        assert (outcome.id, ledger.exit_status) == (before.id, 5)
        assert (bench.world.orders, bench.world.requests) == ([], [])

    scenario()


@virtual
async def test_a_catalogue_that_can_not_be_read_is_no_objection() -> None:
    """It says nothing."""
    bench = a_bench()
    a_machine(bench)
    shop(bench).products = None
    ledger = await replaced(bench, "a")

    assert results(ledger) == {"a": Result.DONE}


@virtual
async def test_the_catalogue_is_read_once_for_all_who_ask_at_a_time() -> None:
    """A fleet that is replaced must not ask for it once an instance."""
    bench = a_bench()
    for address in ("a", "b", "c", "d"):
        a_machine(bench, address)
    await replaced(bench, "a", "b", "c", "d")

    assert shop(bench).catalogues == 1


@virtual
async def test_with_create_before_destroy_the_service_decides_about_stock() -> None:
    """Nothing is given up by asking."""
    bench = a_bench()
    before = a_machine(bench)
    shop(bench).products = {PRODUCT: False}
    bench.world.faults["a"] = rejected("INSUFFICIENT_RESOURCE")
    ledger = await replaced(bench, "a", calls=CREATE_FIRST)

    outcome = the(ledger, "a")
    assert (outcome.result, outcome.reason, outcome.id) == (Result.FAILED, "INSUFFICIENT_RESOURCE", before.id)
    assert outcome.message.endswith(f"{before.id}, which it is to replace, stays for now.")
    assert bench.world.orders == []
    assert bench.state.records["a"].id == before.id


@virtual
async def test_a_refused_delete_creates_nothing() -> None:
    """A paid month can't be given back; the service's words are passed on."""
    bench = a_bench()
    before = a_machine(bench)
    bench.world.order_faults[before.id] = rejected("PREPAID_INSTANCE_NOT_SUPPORT_RELEASE")
    ledger = await replaced(bench, "a")

    outcome = the(ledger, "a")
    assert (outcome.result, outcome.reason) == (Result.FAILED, "PREPAID_INSTANCE_NOT_SUPPORT_RELEASE")
    assert outcome.message == "PREPAID_INSTANCE_NOT_SUPPORT_RELEASE in words"
    assert bench.world.requests == []
    assert assert_one_machine(bench) == before.id


@virtual
async def test_a_create_that_fails_after_the_delete_says_that_the_machine_is_gone() -> None:
    """And that the next apply creates it."""
    bench = a_bench()
    before = a_machine(bench)
    bench.world.faults["a"] = rejected("INSUFFICIENT_RESOURCE")
    ledger = await replaced(bench, "a")

    outcome = the(ledger, "a")
    assert (outcome.result, outcome.reason, outcome.id) == (Result.FAILED, "INSUFFICIENT_RESOURCE", "")
    assert outcome.message == (
        f"INSUFFICIENT_RESOURCE in words. {before.id} is deleted, and nothing was made in its place; "
        "the next apply creates it."
    )
    assert ledger.exit_status == 4
    assert (bench.state.records, bench.state.intents) == ({}, {})


@pytest.mark.parametrize("calls", DIRECTIONS)
def test_nothing_is_deleted_once_creates_are_closed(calls: tuple[Call, ...]) -> None:
    """The money is gone: those that were not begun keep their machines, and few were begun."""

    @virtual
    async def scenario() -> None:
        bench = a_bench(settings=QUICK)
        addresses = [f"w{number}" for number in range(12)]
        machines = {address: a_machine(bench, address).id for address in addresses}
        bench.world.every_create = rejected("BALANCE_NOT_ENOUGH")
        ledger = await replaced(bench, *addresses, calls=calls)

        told = results(ledger)
        untouched = [address for address in addresses if told[address] is Result.NOT_STARTED]
        failed = [address for address in addresses if told[address] is Result.FAILED]
        assert len(untouched) + len(failed) == len(addresses)
        assert 1 <= len(failed) <= QUICK.parallelism
        for address in untouched:
            assert bench.state.records[address].id == the(ledger, address).id == machines[address]
            assert the(ledger, address).reason == "BALANCE_NOT_ENOUGH"
        gone = {order.id for order in bench.world.orders}
        assert gone == ({machines[address] for address in failed} if calls == DELETE_FIRST else set())
        assert not bench.state.orders

    scenario()


@virtual
async def test_a_delete_that_waits_for_its_turn_is_not_sent_once_creates_are_closed() -> None:
    """It is asked right before the order, not only when the replacement begins."""
    bench = a_bench()
    before = a_machine(bench)
    bench.world.order_faults[before.id] = [not_sent()]
    bench.world.faults["new"] = rejected("BALANCE_NOT_ENOUGH")
    calls = calls_of(bench)
    ledger = await replaced(bench, "a", creates=("new",))

    assert results(ledger) == {"a": Result.NOT_STARTED, "new": Result.FAILED}
    assert calls.count("order") == 1
    assert assert_one_machine(bench) == before.id
