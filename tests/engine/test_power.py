"""Power calls: looked at right before, sent once, seen through, and never guessed about."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gpuspec.engine.follower import follow_up
from gpuspec.engine.power import PowerRequest, power
from gpuspec.model.answer import Done
from gpuspec.model.journal import Obeyed, Ordered, Undone
from gpuspec.model.order import Restart, Start, Stop
from gpuspec.model.outcome import Ledger, Result
from gpuspec.model.outcome import Stop as StopReason
from gpuspec.model.state import Call, OpenOrder, Order
from tests.builders.engine import QUICK, Bench, Chance, a_marker, a_record, results
from tests.builders.virtual_time import in_virtual_time, virtual
from tests.builders.world import Fault, denied, lost, not_sent, rejected, throttled


def a_bench(status: str = "running", **options: Any) -> Bench:
    """A bench with the recorded machine of `a` in this status."""
    bench = Bench(**options)
    machine = bench.world.add("a", marker=a_marker("a", "00000000000000aa"), statuses=((0.0, status),))
    bench.record(a_record("a", machine.id, nonce="00000000000000aa"))
    return bench


def told(ledger: Ledger) -> list[tuple[Result, str]]:
    """Result and reason of each outcome."""
    return [(outcome.result, outcome.reason) for outcome in ledger.outcomes]


@pytest.mark.parametrize(
    ("request_type", "status", "after"),
    [(Start, "exited", "running"), (Stop, "running", "exited"), (Restart, "running", "running")],
)
def test_a_machine_is_told_once_and_seen_through(request_type: PowerRequest, status: str, after: str) -> None:
    """The order is durable before its request, and the record stays."""

    @virtual
    async def scenario() -> None:
        bench = a_bench(status)
        ledger = await power(request_type, ["a", "a"], work=bench.work())

        assert told(ledger) == [(Result.DONE, "")]
        assert len(bench.world.orders) == 1
        assert [type(entry) for entry in bench.journal.entries] == [Ordered, Obeyed]
        assert (set(bench.state.records), bench.state.orders) == ({"a"}, {})
        await bench.world.clock.sleep(5.0)
        (machine,) = bench.world.machines.values()
        assert machine.status(bench.world.clock.monotonic()) == after

    scenario()


@pytest.mark.parametrize(
    ("request_type", "status", "outcome"),
    [
        (Start, "running", (Result.KEPT, "already")),
        (Stop, "exited", (Result.KEPT, "already")),
        (Restart, "exited", (Result.BLOCKED, "busy")),
        (Stop, "starting", (Result.BLOCKED, "busy")),
        (Start, "removing", (Result.BLOCKED, "busy")),
        (Start, "odd", (Result.BLOCKED, "busy")),
    ],
)
def test_a_machine_that_is_not_fit_is_told_nothing(
    request_type: PowerRequest, status: str, outcome: tuple[Result, str]
) -> None:
    """It is looked at by id right before."""

    @virtual
    async def scenario() -> None:
        bench = a_bench(status)

        assert told(await power(request_type, ["a"], work=bench.work())) == [outcome]
        assert (bench.world.orders, bench.journal.entries) == ([], [])

    scenario()


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("missing", (Result.BLOCKED, "not-found")),
        ("unreadable", (Result.BLOCKED, "unreadable")),
        ("another", (Result.REFUSED, "not-as-recorded")),
    ],
)
def test_a_machine_that_can_not_be_seen_is_told_nothing(kind: str, outcome: tuple[Result, str]) -> None:
    """Whatever GET says in its place."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        (machine,) = bench.world.machines.values()
        if kind == "missing":
            bench.world.machines = {}
        elif kind == "unreadable":
            bench.world.unreadable.add(machine.id)
        else:
            bench.world.machines = {machine.id: replace(machine, id="00000000000000ee")}

        assert told(await power(Stop, ["a"], work=bench.work())) == [outcome]
        assert bench.world.orders == []

    scenario()


@pytest.mark.parametrize(
    ("faults", "outcome", "calls"),
    [
        ([not_sent(), throttled(3.0)], (Result.DONE, ""), 3),
        ([lost(makes=True)], (Result.DONE, ""), 1),
        ([lost(makes=False)], (Result.FAILED, "not-done"), 1),
        ([Fault(answer=RuntimeError("broke"), makes=True)], (Result.DONE, ""), 1),
        ([rejected("OPERATION_LIMIT")], (Result.FAILED, "OPERATION_LIMIT"), 1),
        ([Fault(answer=Done(id="x"), makes=False)], (Result.FAILED, "timeout"), 1),
    ],
)
def test_a_lost_answer_is_settled_by_reading_and_never_sent_again(
    faults: list[Fault], outcome: tuple[Result, str], calls: int
) -> None:
    """Only what provably did nothing is sent again."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        bench.world.order_faults = {Call.STOP: list(faults)}

        assert told(await power(Stop, ["a"], work=bench.work())) == [outcome]
        assert len(bench.world.orders) == calls
        assert not bench.state.orders

    scenario()


@virtual
async def test_a_start_without_capacity_says_so() -> None:
    """The service's own reason."""
    bench = a_bench("exited")
    bench.world.order_faults = {Call.START: rejected("INSUFFICIENT_RESOURCE")}
    ledger = await power(Start, ["a"], work=bench.work())

    assert told(ledger) == [(Result.FAILED, "INSUFFICIENT_RESOURCE")]
    assert [type(entry) for entry in bench.journal.entries] == [Ordered, Undone]


@virtual
async def test_a_restart_whose_answer_was_lost_is_over_after_the_window() -> None:
    """It leaves no trace, and nothing of it is recorded: the address is free for other calls again."""
    bench = a_bench()
    bench.world.order_faults = {Call.RESTART: lost(makes=False)}

    assert told(await power(Restart, ["a"], work=bench.work())) == [(Result.FAILED, "not-done")]
    assert not bench.state.orders


@virtual
async def test_a_machine_that_goes_meanwhile_is_gone() -> None:
    """Proven by two looks; the record is the plan's business."""
    bench = a_bench()
    bench.world.order_faults = {Call.STOP: lost(makes=False)}
    bench.world.on_call = lambda call: bench.world.machines.clear() if call == "ordered" else None

    assert told(await power(Stop, ["a"], work=bench.work())) == [(Result.FAILED, "gone")]
    assert set(bench.state.records) == {"a"}


@virtual
async def test_what_can_not_be_told_stays_open() -> None:
    """With a status that is not known nothing is concluded."""
    bench = a_bench(settings=replace(QUICK, settle_s=0.0))
    bench.world.order_faults = {Call.STOP: lost(makes=False)}

    assert told(await power(Stop, ["a"], work=bench.work())) == [(Result.UNRESOLVED, "in-doubt")]
    assert len(bench.state.orders) == 1


@virtual
async def test_an_address_with_a_call_that_is_not_through_takes_no_other() -> None:
    """It would contradict the journal."""
    bench = a_bench()
    record = bench.state.records["a"]
    order = Order(
        nonce="00000000000000dd",
        call=Call.STOP,
        address="a",
        id=record.id,
        at=0.0,
        timeout_s=60.0,
        digest="0",
        after=record,
    )
    bench.journal.state = replace(bench.state, orders={order.nonce: OpenOrder(order=order)})

    assert told(await power(Restart, ["a"], work=bench.work())) == [(Result.UNRESOLVED, "open-order")]
    assert bench.world.orders == []


@virtual
async def test_a_refused_key_stops_the_run() -> None:
    """The next address is not started."""
    bench = a_bench()
    other = bench.world.add("b")
    bench.record(a_record("b", other.id))
    bench.world.order_faults = {Call.STOP: denied()}
    ledger = await power(Stop, ["a", "b"], work=bench.work())

    assert (results(ledger), ledger.stop) == ({"a": Result.FAILED, "b": Result.NOT_STARTED}, StopReason.CREDENTIALS)
    assert len(bench.world.orders) == 1


@pytest.mark.parametrize("refused_at", ["list"])
def test_a_key_that_is_refused_while_looking_ends_the_wait(refused_at: str) -> None:
    """What was taken was taken."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        bench.world.credentials_refused = refused_at == "list"
        ledger = await power(Stop, ["a"], work=bench.work())

        assert (told(ledger), ledger.stop) == ([(Result.DONE, "taken")], StopReason.CREDENTIALS)

    scenario()


@pytest.mark.parametrize("fails_at", [0, 1])
def test_a_journal_that_fails_leaves_the_order_to_the_next_run(fails_at: int) -> None:
    """Nothing is sent without an order."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        bench.journal.fails_at = fails_at
        ledger = await power(Stop, ["a"], work=bench.work())

        assert [outcome.result for outcome in ledger.outcomes] == [
            Result.NOT_STARTED if fails_at == 0 else Result.UNRESOLVED
        ]
        assert len(bench.world.orders) == len(bench.state.orders) == fails_at

    scenario()


@pytest.mark.parametrize("at", ["get", "append", "written", "appended", "order", "ordered", "list"])
@pytest.mark.parametrize("fault", [None, lost(makes=False)])
def test_an_interruption_waits_for_what_was_sent(at: str, fault: Fault | None) -> None:
    """What is not through is said to be so, and its order stays open."""

    @virtual
    async def scenario() -> None:
        bench = a_bench()
        if fault is not None:
            bench.world.order_faults = {Call.STOP: fault}

        def asks(call: str) -> None:
            if call == at:
                bench.signal.ask()

        bench.world.on_call = bench.journal.on_call = asks
        (outcome,) = (await power(Stop, ["a"], work=bench.work())).outcomes

        assert (outcome.result is Result.UNRESOLVED) is bool(bench.state.orders)
        assert len(bench.world.orders) <= 1

    scenario()


@pytest.mark.parametrize("fault", [None, lost(makes=True), lost(makes=False), throttled(2.0)])
def test_a_run_may_die_at_any_of_its_calls(fault: Fault | None) -> None:
    """What it leaves open is settled by the next one, which may find the machine on its way; the record stays."""

    async def scenario(at: int) -> bool:
        bench = a_bench()
        bench.world.order_faults = {Call.STOP: [] if fault is None else [fault]}
        calls = 0
        dying = asyncio.ensure_future(power(Stop, ["a"], work=bench.work()))

        def dies(_: str) -> None:
            nonlocal calls
            calls += 1
            if calls > at:
                dying.cancel()
                raise asyncio.CancelledError

        bench.world.on_call = bench.journal.on_call = dies
        await asyncio.gather(dying, return_exceptions=True)
        died = dying.cancelled()
        bench.world.on_call = bench.journal.on_call = lambda _: None
        bench.world.order_faults = {}
        sent = len(bench.world.orders)
        work = replace(bench.work(), randomness=Chance(1))
        await follow_up(work)
        assert len(bench.world.orders) == sent
        ledger = await power(Stop, ["a"], work=work)

        assert {outcome.result for outcome in ledger.outcomes} <= {Result.DONE, Result.KEPT, Result.BLOCKED}
        assert (set(bench.state.records), bench.state.orders) == ({"a"}, {})
        return died

    at = 0
    while in_virtual_time(scenario(at)):
        at += 1
    assert at > 8
