"""Deletions: looked at right before, sent once, proven gone after, and nothing else touched."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gpuspec.engine.follower import follow_up
from gpuspec.engine.following import NotDone, Through, Untold
from gpuspec.engine.run import run
from gpuspec.errors import Bug, StoreFailed
from gpuspec.model.answer import Ambiguous, Done
from gpuspec.model.event import EventKind
from gpuspec.model.instance import Lifecycle
from gpuspec.model.journal import Forgotten, Obeyed, Ordered, OutgoingGone, Undone
from gpuspec.model.order import Delete
from gpuspec.model.outcome import Ledger, Result, Stop
from gpuspec.model.plan import Action, ActionKind
from gpuspec.model.state import Call, OpenOrder, Order
from tests.builders.engine import QUICK, Bench, a_marker, a_plan, a_record, an_action, results, the
from tests.builders.virtual_time import virtual
from tests.builders.world import Fault, Machine, denied, lost, not_sent, rejected, throttled


def a_machine(bench: Bench, address: str = "a", **options: Any) -> Machine:
    """A recorded machine that runs."""
    nonce = f"{len(bench.world.machines) + 1:016x}"
    machine = bench.world.add(address, marker=a_marker(address, nonce), **options)
    bench.record(a_record(address, machine.id, nonce=nonce))
    return machine


def delete(bench: Bench, address: str = "a") -> Action:
    """The action that deletes the recorded machine of an address."""
    return an_action(ActionKind.DELETE, address, id=bench.state.records[address].id)


async def deleted(bench: Bench, *addresses: str, creates: tuple[str, ...] = ()) -> Ledger:
    """The ledger of a run that deletes these addresses, planned from what is live now."""
    actions = [delete(bench, address) for address in addresses]
    actions += [an_action(ActionKind.CREATE, address) for address in creates]
    observation = await bench.observed()
    return await run(a_plan(*actions), work=bench.work(*creates, observation=observation))


def sent(bench: Bench) -> list[str]:
    """The machines that were told to go."""
    assert all(isinstance(order, Delete) for order in bench.world.orders)
    return [order.id for order in bench.world.orders]


@virtual
async def test_a_deleted_machine_is_proven_gone_before_its_record_is_dropped() -> None:
    """The order is durable before its request; done is said when the machine is seen to be gone."""
    bench = Bench()
    machine = a_machine(bench)
    ledger = await deleted(bench, "a")

    assert results(ledger) == {"a": Result.DELETED}
    assert ledger.exit_status == 0
    assert [type(entry) for entry in bench.journal.entries] == [Ordered, Obeyed, Forgotten]
    assert (bench.state.records, bench.state.orders) == ({}, {})
    assert bench.state.released[machine.id].reason == "deleted"
    assert bench.heard.kinds("a") == [EventKind.ORDERING, EventKind.OBEYED, EventKind.DELETED]


@virtual
async def test_a_machine_that_turns_up_after_its_deletion_is_still_ours() -> None:
    """It would cost money: its id is not let go."""
    bench = Bench()
    machine = a_machine(bench)
    await deleted(bench, "a")

    assert machine.id not in bench.state.let_go


@virtual
async def test_deletes_come_before_creates() -> None:
    """What is deleted frees the quota that a create may need."""
    bench = Bench()
    a_machine(bench)
    calls: list[str] = []
    bench.world.on_call = calls.append
    ledger = await deleted(bench, "a", creates=("b",))

    assert results(ledger) == {"a": Result.DELETED, "b": Result.DONE}
    assert calls.index("ordered") < calls.index("create")


@virtual
async def test_one_that_fails_does_not_hold_up_the_others() -> None:
    """A paid month can't be given back; the rest goes on."""
    bench = Bench()
    kept, gone = a_machine(bench, "a"), a_machine(bench, "b")
    bench.world.order_faults[kept.id] = rejected("PREPAID_INSTANCE_NOT_SUPPORT_RELEASE")
    ledger = await deleted(bench, "a", "b", creates=("c",))

    assert results(ledger) == {"a": Result.FAILED, "b": Result.DELETED, "c": Result.DONE}
    assert the(ledger, "a").reason == "PREPAID_INSTANCE_NOT_SUPPORT_RELEASE"
    assert set(bench.state.records) == {"a", "c"}
    assert not bench.state.orders
    assert gone.id in bench.state.released


def another_marker(bench: Bench, machine: Machine) -> None:
    machine.marker = a_marker("a", "00000000000000ff")


def on_its_way_out(bench: Bench, machine: Machine) -> None:
    machine.statuses = ((0.0, "removing"),)


def odd(bench: Bench, machine: Machine) -> None:
    machine.statuses = ((0.0, "odd"),)


def protected(bench: Bench, machine: Machine) -> None:
    bench.record(replace(bench.state.records["a"], lifecycle=Lifecycle(protect=True)))


def unreadable(bench: Bench, machine: Machine) -> None:
    bench.world.unreadable.add(machine.id)


def just_made(bench: Bench, machine: Machine) -> None:
    bench.record(replace(bench.state.records["a"], created_at=bench.world.clock.now()))
    del bench.world.machines[machine.id]


def another_id(bench: Bench, machine: Machine) -> None:
    bench.world.machines[machine.id] = replace(machine, id="00000000000000ee")


@pytest.mark.parametrize(
    ("happens", "result", "reason"),
    [
        (another_marker, Result.REFUSED, "not-as-planned"),
        (another_id, Result.REFUSED, "not-as-planned"),
        (protected, Result.REFUSED, "protected"),
        (on_its_way_out, Result.BLOCKED, "leaving"),
        (odd, Result.BLOCKED, "unknown-status"),
        (unreadable, Result.BLOCKED, "unreadable"),
        (just_made, Result.BLOCKED, "unproven"),
    ],
)
def test_what_is_not_as_planned_right_before_the_call_is_left_alone(
    happens: Callable[[Bench, Machine], None], result: Result, reason: str
) -> None:
    """A look by id precedes each deletion; nothing is sent where it shows anything else than the plan meant."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = a_machine(bench)
        plan, observation = a_plan(delete(bench)), await bench.observed()
        happens(bench, machine)
        ledger = await run(plan, work=bench.work(observation=observation))

        assert [(result, reason)] == [(one.result, one.reason) for one in ledger.outcomes]
        assert sent(bench) == []
        assert set(bench.state.records) == {"a"}
        assert bench.journal.entries == []

    scenario()


@virtual
async def test_the_marker_of_an_adopted_machine_may_be_anothers() -> None:
    """It was there when the plan was made, and is the same now."""
    bench = Bench()
    machine = a_machine(bench)
    machine.marker = a_marker("a", "00000000000000ff")

    assert results(await deleted(bench, "a")) == {"a": Result.DELETED}


@virtual
async def test_what_is_gone_already_is_forgotten_without_a_call() -> None:
    """Twice not found, some seconds apart."""
    bench = Bench()
    machine = a_machine(bench)
    plan, observation = a_plan(delete(bench)), await bench.observed()
    del bench.world.machines[machine.id]
    ledger = await run(plan, work=bench.work(observation=observation))

    assert [(one.result, one.reason) for one in ledger.outcomes] == [(Result.NOTED, "gone")]
    assert sent(bench) == []
    assert bench.state.released[machine.id].reason == "gone"
    assert bench.world.clock.monotonic() > QUICK.gone_spacing_s


@virtual
async def test_what_was_not_found_for_a_moment_is_looked_at_again() -> None:
    """Two answers that contradict each other prove nothing."""
    bench = Bench()
    machine = a_machine(bench)
    plan, observation = a_plan(delete(bench)), await bench.observed()
    looks = 0

    def first_look_misses(call: str) -> None:
        nonlocal looks
        looks += call == "get"
        hidden = call == "get" and looks == 1
        bench.world.machines = {} if hidden else {machine.id: machine}

    bench.world.on_call = first_look_misses
    ledger = await run(plan, work=bench.work(observation=observation))

    assert results(ledger) == {"a": Result.DELETED}
    assert sent(bench) == [machine.id]


@pytest.mark.parametrize(
    ("faults", "calls"),
    [
        ([not_sent(), not_sent()], 3),
        ([throttled(7.0)], 2),
        ([lost(makes=True)], 1),
        ([lost(makes=False)], 2),
        ([Fault(answer=RuntimeError("broke"), makes=True)], 1),
        ([Fault(answer=RuntimeError("broke"), makes=False)], 2),
        ([Fault(answer=Done(id="x"), makes=False)], 2),
    ],
)
def test_whatever_comes_back_it_goes_in_the_end(faults: list[Fault], calls: int) -> None:
    """A lost answer is settled by reading; only a machine that stays beyond the window is told once more."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = a_machine(bench)
        bench.world.order_faults[machine.id] = list(faults)
        ledger = await deleted(bench, "a")

        assert results(ledger) == {"a": Result.DELETED}
        assert sent(bench) == [machine.id] * calls
        assert (bench.state.records, bench.state.orders) == ({}, {})

    scenario()


@pytest.mark.parametrize(
    ("fault", "reason", "calls"),
    [
        (not_sent(), "not-sent", QUICK.not_sent_tries),
        (throttled(), "RATE_LIMIT_EXCEEDED", QUICK.throttled_tries),
        (lost(makes=False), "not-done", 3),
    ],
)
def test_what_never_works_is_given_up(fault: Fault, reason: str, calls: int) -> None:
    """The record stays, and nothing is open: the next apply plans it again."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = a_machine(bench)
        bench.world.order_faults[machine.id] = fault
        ledger = await deleted(bench, "a")

        assert [(Result.FAILED, reason)] == [(one.result, one.reason) for one in ledger.outcomes]
        assert sent(bench) == [machine.id] * calls
        assert set(bench.state.records) == {"a"}
        assert not bench.state.orders

    scenario()


@virtual
async def test_a_refused_key_stops_the_run() -> None:
    """Neither further deletes nor creates are sent."""
    bench = Bench(settings=replace(QUICK, parallelism=1))
    first = a_machine(bench, "a")
    a_machine(bench, "b")
    bench.world.order_faults[first.id] = denied()
    ledger = await deleted(bench, "a", "b", creates=("c",))

    assert results(ledger) == {"a": Result.FAILED, "b": Result.NOT_STARTED, "c": Result.NOT_STARTED}
    assert (ledger.stop, ledger.exit_status) == (Stop.CREDENTIALS, 3)
    assert sent(bench) == [first.id]


@virtual
async def test_a_key_that_is_refused_while_looking_leaves_the_order_open() -> None:
    """Whether the machine is gone is for the next run to see."""
    bench = Bench()
    a_machine(bench)
    plan, observation = a_plan(delete(bench)), await bench.observed()
    bench.world.credentials_refused = True
    ledger = await run(plan, work=bench.work(observation=observation))

    assert (ledger.stop, results(ledger)) == (Stop.CREDENTIALS, {"a": Result.UNRESOLVED})
    assert len(bench.state.orders) == 1


@virtual
async def test_a_machine_that_does_not_go_in_time_stays_unresolved() -> None:
    """The service took the order; the money is watched by the next apply."""
    bench = Bench(settings=replace(QUICK, settle_window_s=500.0))
    machine = a_machine(bench)
    machine.statuses = ((0.0, "running"),)
    bench.world.order_faults[machine.id] = Fault(answer=Done(id=machine.id), makes=False)
    ledger = await deleted(bench, "a")

    assert [(one.result, one.reason) for one in ledger.outcomes] == [(Result.UNRESOLVED, "not-proven-gone")]
    assert "It is still `running`." in the(ledger, "a").message
    assert ledger.exit_status == 7
    assert [held.obeyed_at is not None for held in bench.state.orders.values()] == [True]


@virtual
async def test_a_replaced_machine_goes_before_the_one_in_its_place() -> None:
    """The record can't be dropped before."""
    bench = Bench()
    machine = a_machine(bench)
    replaced = bench.world.add("a", marker=a_marker("a", "00000000000000cc"))
    bench.record(replace(bench.state.records["a"], outgoing=(replaced.id,)))
    ledger = await deleted(bench, "a")

    assert results(ledger) == {"a": Result.DELETED}
    assert sent(bench) == [replaced.id, machine.id]
    assert [type(entry) for entry in bench.journal.entries if isinstance(entry, OutgoingGone | Forgotten)] == [
        OutgoingGone,
        Forgotten,
    ]


@virtual
async def test_only_the_replaced_machine_goes_where_the_address_is_wanted() -> None:
    """The one that stands in its place stays, whatever protects it."""
    bench = Bench()
    machine = a_machine(bench)
    replaced = bench.world.add("a")
    bench.record(replace(bench.state.records["a"], outgoing=(replaced.id,), lifecycle=Lifecycle(protect=True)))
    ledger = await run(a_plan(an_action(ActionKind.DELETE, "a", id=replaced.id)), work=bench.work())

    assert results(ledger) == {"a": Result.DELETED}
    assert sent(bench) == [replaced.id]
    assert (bench.state.records["a"].id, bench.state.records["a"].outgoing) == (machine.id, ())


@pytest.mark.parametrize("fails_at", range(3))
def test_a_journal_that_fails_ends_the_run_and_forgets_nothing(fails_at: int) -> None:
    """What was sent is announced by its order; nothing is sent without one."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        a_machine(bench)
        bench.journal.fails_at = fails_at
        ledger = await deleted(bench, "a", creates=("b",))

        expected = Result.NOT_STARTED if fails_at == 0 else Result.UNRESOLVED
        assert results(ledger) == {"a": expected, "b": Result.NOT_STARTED}
        assert ledger.stop is Stop.STORE
        assert len(sent(bench)) == min(fails_at, 1)
        assert set(bench.state.records) == {"a"}
        assert len(bench.state.orders) == min(fails_at, 1)

    scenario()


@virtual
async def test_a_journal_that_fails_forgets_nothing_that_is_gone_already() -> None:
    """The record stays for the next run."""
    bench = Bench()
    machine = a_machine(bench)
    plan, observation = a_plan(delete(bench)), await bench.observed()
    del bench.world.machines[machine.id]
    bench.journal.fails_at = 0
    ledger = await run(plan, work=bench.work(observation=observation))

    assert results(ledger) == {"a": Result.NOT_STARTED}


@pytest.mark.parametrize("at", ["get", "append", "written", "appended", "order", "ordered", "list"])
def test_an_interruption_waits_for_what_was_sent(at: str) -> None:
    """Nothing more is started; a machine that is not proven gone is unresolved, and its order open."""

    @virtual
    async def scenario() -> None:
        bench = Bench(settings=replace(QUICK, parallelism=1))
        a_machine(bench, "a")
        a_machine(bench, "b")
        plan = a_plan(delete(bench, "a"), delete(bench, "b"), an_action(ActionKind.CREATE, "c"))
        observation = await bench.observed()

        def asks(call: str) -> None:
            if call == at:
                bench.signal.ask()

        bench.world.on_call = bench.journal.on_call = asks
        ledger = await run(plan, work=bench.work("c", observation=observation))

        assert ledger.stop is Stop.INTERRUPTED
        assert len(sent(bench)) <= 2
        assert results(ledger)["c"] is Result.NOT_STARTED
        open_at = {held.order.address for held in bench.state.orders.values()}
        assert open_at == {one.address for one in ledger.outcomes if one.result is Result.UNRESOLVED}
        assert len(sent(bench)) == len(bench.journal.of(Ordered)) - len(bench.journal.of(Undone))

    scenario()


@virtual
async def test_a_run_that_ends_before_it_begins_deletes_nothing() -> None:
    """Everything is not started."""
    bench = Bench()
    a_machine(bench)
    bench.signal.ask()
    ledger = await deleted(bench, "a")

    assert (results(ledger), sent(bench)) == ({"a": Result.NOT_STARTED}, [])


@pytest.mark.parametrize(
    "action", [an_action(ActionKind.DELETE, "b", id="x"), an_action(ActionKind.DELETE, "a", id="x")]
)
def test_a_plan_that_deletes_what_is_not_recorded_is_a_bug(action: Action) -> None:
    """Nothing is sent."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        a_machine(bench)

        with pytest.raises(Bug, match="not recorded"):
            await run(a_plan(action), work=bench.work())

        assert sent(bench) == []

    scenario()


@pytest.mark.parametrize("call", ["order", "get", "list"])
def test_what_must_not_be_raised_ends_the_run_in_good_order(call: str) -> None:
    """A broken port is raised once what was sent is recorded; a broken answer is only in doubt."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        a_machine(bench)
        plan, observation = a_plan(delete(bench)), await bench.observed()

        def breaks(name: str) -> None:
            if name == call:
                message = "broken port"
                raise ValueError(message)

        bench.world.on_call = breaks
        work = bench.work(observation=observation)
        if call == "order":
            assert results(await run(plan, work=work)) == {"a": Result.FAILED}
        else:
            with pytest.raises(ValueError, match="broken port"):
                await run(plan, work=work)
        assert set(bench.state.records) == {"a"}

    scenario()


def an_order(bench: Bench, call: Call = Call.DELETE, *, at: float = 0.0) -> Order:
    """An order on the machine of `a`."""
    record = bench.state.records["a"]
    after = None if call is Call.DELETE else record
    return Order(
        nonce="00000000000000dd",
        call=call,
        address="a",
        id=record.id,
        at=at,
        timeout_s=60.0,
        digest="0",
        after=after,
    )


def hold(bench: Bench, held: OpenOrder) -> None:
    """Put an open order into the state."""
    bench.journal.state = replace(bench.state, orders={held.order.nonce: held})


@pytest.mark.parametrize(
    ("call", "status", "verdict", "entry"),
    [
        (Call.DELETE, "removed", Through, Forgotten),
        (Call.DELETE, "running", NotDone, Undone),
        (Call.STOP, "exited", Through, Obeyed),
        (Call.STOP, "stopping", Through, Obeyed),
        (Call.STOP, "running", NotDone, Undone),
        (Call.START, "running", Through, Obeyed),
        (Call.RESTART, "running", NotDone, Undone),
        (Call.RESTART, "odd", Untold, None),
    ],
)
def test_an_order_that_an_earlier_run_left_is_followed_up(
    call: Call, status: str, verdict: type[Any], entry: type[Any] | None
) -> None:
    """By what is there: done, not done once the window has passed, or not to be told."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        a_machine(bench, statuses=((0.0, status),))
        hold(bench, OpenOrder(order=an_order(bench, call, at=bench.world.clock.now())))
        (ended,) = await follow_up(bench.work())

        assert isinstance(ended.verdict, verdict)
        assert [type(one) for one in bench.journal.entries] == ([] if entry is None else [entry])
        assert sent(bench) == []
        assert bool(bench.state.orders) is (entry is None)
        if verdict is NotDone:
            assert bench.world.clock.monotonic() >= QUICK.settle_window_s + 60.0

    scenario()


@pytest.mark.parametrize("call", [Call.DELETE, Call.STOP])
def test_a_machine_that_is_gone_is_proven_so_twice(call: Call) -> None:
    """A deletion is through then; any other order is over without effect, and the plan finds the machine lost."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = a_machine(bench)
        del bench.world.machines[machine.id]
        hold(bench, OpenOrder(order=an_order(bench, call), doubted_at=0.0))
        await follow_up(bench.work())

        assert bench.world.clock.monotonic() >= QUICK.gone_spacing_s
        assert not bench.state.orders
        assert set(bench.state.records) == (set() if call is Call.DELETE else {"a"})

    scenario()


@virtual
async def test_a_run_that_is_not_ready_to_wait_leaves_the_order_open() -> None:
    """`--settle 0` looks once."""
    bench = Bench(settings=replace(QUICK, settle_s=0.0))
    a_machine(bench)
    hold(bench, OpenOrder(order=an_order(bench, at=bench.world.clock.now())))
    (ended,) = await follow_up(bench.work())

    assert ended.verdict == Untold(reason="It is still `running`.")
    assert (bench.world.lists, len(bench.state.orders), ended.address) == (1, 1, "a")


@virtual
async def test_an_order_whose_window_has_passed_is_settled_by_a_run_without_patience() -> None:
    """Two looks that show the machine as before are no waiting."""
    bench = Bench(settings=replace(QUICK, settle_s=0.0))
    a_machine(bench)
    hold(bench, OpenOrder(order=an_order(bench, at=bench.world.clock.now() - 1000.0)))
    (ended,) = await follow_up(bench.work())

    assert ended.verdict == NotDone()
    assert (bench.world.lists, len(bench.state.orders)) == (2, 0)


@virtual
async def test_an_interruption_leaves_the_order_open() -> None:
    """Nothing is concluded from what was not looked at."""
    bench = Bench()
    a_machine(bench)
    hold(bench, OpenOrder(order=an_order(bench)))
    bench.signal.ask()
    (ended,) = await follow_up(bench.work())

    assert isinstance(ended.verdict, Untold)
    assert (bench.world.lists, len(bench.state.orders)) == (0, 1)


@virtual
async def test_what_can_not_be_written_down_is_not_settled() -> None:
    """The next run looks again."""
    bench = Bench()
    a_machine(bench, statuses=((0.0, "removed"),))
    hold(bench, OpenOrder(order=an_order(bench)))
    bench.journal.fails_at = 0

    with pytest.raises(StoreFailed):
        await follow_up(bench.work())

    assert len(bench.state.orders) == 1


@virtual
async def test_an_unreadable_answer_proves_nothing() -> None:
    """A machine that can't be looked at is neither gone nor there."""
    bench = Bench()
    machine = a_machine(bench)
    bench.world.hidden_from_list.add(machine.id)
    bench.world.unreadable.add(machine.id)
    hold(bench, OpenOrder(order=an_order(bench), doubted_at=0.0, reason=Ambiguous(reason="lost").reason))
    (ended,) = await follow_up(bench.work())

    assert ended.verdict == Untold(reason="The service answered with 502.")
    assert set(bench.state.records) == {"a"}
