"""Updates: looked at right before, one call at a time, each seen to be through, and read back."""

from dataclasses import replace

import pytest

from gpuspec.errors import Bug, CredentialsError
from gpuspec.model.event import EventKind
from gpuspec.model.instance import Handling, Lifecycle, Power
from gpuspec.model.journal import Noted, Obeyed, Ordered
from gpuspec.model.live import Listing, Sight
from gpuspec.model.order import Convert, Edit, Start, Stop, Upgrade
from gpuspec.model.outcome import Result
from gpuspec.model.outcome import Stop as StopReason
from gpuspec.model.secret import Revealed
from gpuspec.model.state import Call
from gpuspec.model.values import Env
from tests.builders.engine import QUICK, Bench, a_marker, results, the
from tests.builders.updates import HTTP, Asked, a_machine, desired, differences, update, updated, work_for
from tests.builders.virtual_time import virtual
from tests.builders.world import Fault, denied, lost, not_sent, throttled


@virtual
async def test_growing_the_disk_sends_the_difference_and_all_ports() -> None:
    """The call takes GB to add, and a list of ports that replaces all of them."""
    bench = Bench()
    machine = a_machine(bench)
    wanted = desired(rootfsSize=80)
    ledger = await updated(bench, Asked().to(update(bench, Call.EDIT), wanted))

    assert bench.world.orders == [Edit(id=machine.id, ports=(HTTP,), grow_gb=20)]
    assert (the(ledger, "a").result, the(ledger, "a").reason, the(ledger, "a").message) == (
        Result.DONE,
        "updated",
        "edit",
    )
    assert machine.fields["rootfsSize"] == bench.state.records["a"].shown["rootfsSize"] == 80
    assert [type(entry) for entry in bench.journal.entries] == [Ordered, Obeyed, Noted]
    assert bench.heard.kinds("a") == [EventKind.ORDERING, EventKind.OBEYED, EventKind.UPDATED]
    assert await differences(bench, wanted) == 0


@virtual
async def test_changing_one_env_sends_all_of_them_with_the_marker() -> None:
    """What is empty in the call would be cleared on the machine."""
    bench = Bench()
    machine = a_machine(bench)
    envs = (Env(key="RUN", value="daily"), Env(key="TOKEN", value=Revealed(text="hush")))
    wanted = desired(envs=envs)
    await updated(bench, Asked().to(update(bench, Call.UPGRADE), wanted))

    (sent,) = bench.world.orders
    assert isinstance(sent, Upgrade)
    assert (sent.envs, sent.image_url, sent.save) == (envs, "img:1", True)
    assert sent.marker == a_marker("a", "0000000000000001")
    assert machine.fields["envs"] == envs
    assert await differences(bench, wanted) == 0


@virtual
async def test_several_calls_go_out_one_after_the_other() -> None:
    """Each once the machine is at rest again, and each recorded on its own."""
    bench = Bench()
    a_machine(bench, status="exited")
    lifecycle = Lifecycle(desired=Power.RUNNING)
    wanted = desired(rootfsSize=80, imageUrl="img:2", billingMode="monthly", lifecycle=lifecycle)
    calls = (Call.EDIT, Call.UPGRADE, Call.START, Call.CONVERT)
    ledger = await updated(bench, Asked().to(update(bench, *calls), wanted))

    assert [type(order) for order in bench.world.orders] == [Edit, Upgrade, Start, Convert]
    assert the(ledger, "a").message == "edit, upgrade, start, convert"
    assert [type(entry) for entry in bench.journal.entries] == [*(Ordered, Obeyed) * 4, Noted]
    assert await differences(bench, wanted) == 0
    assert bench.state.records["a"].lifecycle == lifecycle
    assert EventKind.WAITING in bench.heard.kinds("a")


@virtual
async def test_what_left_the_spec_is_stopped() -> None:
    """It has a record and nothing that is desired."""
    bench = Bench()
    machine = a_machine(bench, lifecycle=Lifecycle(protect=True))
    ledger = await updated(bench, Asked().to(update(bench, Call.STOP)))

    assert bench.world.orders == [Stop(id=machine.id)]
    assert (the(ledger, "a").message, the(ledger, "a").status) == ("stop", "exited")
    assert set(bench.state.records) == {"a"}


@pytest.mark.parametrize("status", ["exited", "running"])
def test_what_is_not_due_any_more_is_left_out(status: str) -> None:
    """Somebody stopped it since the plan was made."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = a_machine(bench)
        asked = Asked().to(update(bench, Call.STOP))
        machine.statuses = ((0.0, status),)
        ledger = await updated(bench, asked)

        assert len(bench.world.orders) == (status == "running")
        assert the(ledger, "a").result is Result.DONE

    scenario()


@virtual
async def test_a_busy_machine_is_waited_for() -> None:
    """It is told nothing before it is at rest."""
    bench = Bench()
    machine = a_machine(bench)
    machine.statuses = ((0.0, "restarting"), (50.0, "running"))
    ledger = await updated(bench, Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80)))

    assert the(ledger, "a").result is Result.DONE
    assert bench.world.clock.monotonic() > 50
    assert len(bench.world.orders) == 1


@pytest.mark.parametrize("how", ["status", "jobs"])
def test_a_machine_that_stays_busy_is_given_up(how: str) -> None:
    """Nothing is sent to it; the others are updated."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine, other = a_machine(bench), a_machine(bench, "b")
        if how == "jobs":
            machine.jobs = 1
        else:
            machine.statuses = ((0.0, "restarting"),)
        asked = Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80))
        ledger = await updated(bench, asked.to(update(bench, Call.EDIT, address="b"), desired("b", rootfsSize=80)))

        assert results(ledger) == {"a": Result.FAILED, "b": Result.DONE}
        assert the(ledger, "a").reason == "busy"
        assert [order.id for order in bench.world.orders] == [other.id]
        assert 120 <= bench.world.clock.monotonic() < 135

    scenario()


@virtual
async def test_how_long_is_waited_may_be_said_by_the_spec() -> None:
    """For that instance alone."""
    bench = Bench()
    a_machine(bench, status="restarting")
    wanted = desired(rootfsSize=80, handling=Handling(wait_timeout_s=30.0))
    ledger = await updated(bench, Asked().to(update(bench, Call.EDIT), wanted))

    assert the(ledger, "a").reason == "busy"
    assert bench.world.clock.monotonic() < 45


@virtual
async def test_what_would_take_another_call_than_planned_is_refused() -> None:
    """Somebody changed the image since: nothing is sent, and a plan has to be made anew."""
    bench = Bench()
    machine = a_machine(bench)
    asked = Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80))
    machine.fields = {**machine.fields, "imageUrl": "other:1"}
    ledger = await updated(bench, asked)

    assert (the(ledger, "a").result, the(ledger, "a").reason) == (Result.REFUSED, "not-as-planned")
    assert "upgrade" in the(ledger, "a").message
    assert (bench.world.orders, bench.journal.entries) == ([], [])


@virtual
async def test_what_a_plan_could_not_see_of_a_busy_machine_is_left_to_the_next() -> None:
    """Whether it runs in the end, and what it shows then: the plan said nothing about it."""
    bench = Bench()
    machine = a_machine(bench)
    machine.statuses = ((0.0, "restarting"), (10.0, "running"))
    wanted = desired(rootfsSize=80, lifecycle=Lifecycle(desired=Power.STOPPED))
    ledger = await updated(bench, Asked().to(update(bench, Call.EDIT), wanted))

    assert (the(ledger, "a").result, the(ledger, "a").message) == (Result.DONE, "edit")
    assert [type(order) for order in bench.world.orders] == [Edit]


@virtual
async def test_a_disk_that_grew_by_itself_grows_by_the_rest() -> None:
    """The difference is to what is there, not to what is recorded."""
    bench = Bench()
    machine = a_machine(bench)
    machine.fields = {**machine.fields, "rootfsSize": 70}
    await updated(bench, Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80)))

    (sent,) = bench.world.orders
    assert isinstance(sent, Edit)
    assert (sent.grow_gb, machine.fields["rootfsSize"]) == (10, 80)


@virtual
async def test_a_size_that_only_the_list_shows_is_read_there() -> None:
    """GET documents no root disk; one walk serves all that need it."""
    bench = Bench()
    bench.world.fields_hidden_in_get = {"rootfsSize"}
    asked = Asked()
    for address in ("a", "b", "c"):
        machine = a_machine(bench, address)
        machine.fields = {**machine.fields, "rootfsSize": 70}
        asked.to(update(bench, Call.EDIT, address=address), desired(address, rootfsSize=80))
    await updated(bench, asked)

    assert [order.grow_gb for order in bench.world.orders if isinstance(order, Edit)] == [10, 10, 10]


@virtual
async def test_many_updates_share_their_looks() -> None:
    """The list is not walked for each call that goes out."""
    bench = Bench()
    asked = Asked()
    for number in range(60):
        address = f"m{number}"
        a_machine(bench, address)
        asked.to(update(bench, Call.UPGRADE, address=address), desired(address, imageUrl="img:2"))
    ledger = await updated(bench, asked)

    assert {outcome.result for outcome in ledger.outcomes} == {Result.DONE}
    assert len(bench.world.orders) == 60
    assert bench.world.lists < 10


@pytest.mark.parametrize("hidden", ["in get", "nowhere"])
def test_an_interruption_while_the_list_is_read_for_a_size_sends_nothing(hidden: str) -> None:
    """As one at any other reading; a size that is shown nowhere is taken from the record."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        a_machine(bench)
        bench.world.fields_hidden_in_get = {"rootfsSize"}
        if hidden == "nowhere":
            bench.world.fields_hidden_in_list = {"rootfsSize"}
        asked = Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80))
        work = await work_for(bench, asked)
        if hidden == "in get":
            bench.world.on_call = lambda call: bench.signal.ask() if call == "list" else None
        ledger = await updated(bench, asked, work=work)

        result = Result.NOT_STARTED if hidden == "in get" else Result.DONE
        assert the(ledger, "a").result is result
        assert len(bench.world.orders) == (hidden == "nowhere")

    scenario()


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        ("unreadable", (Result.BLOCKED, "unreadable")),
        ("odd", (Result.BLOCKED, "unknown-status")),
        ("marker", (Result.REFUSED, "not-as-planned")),
    ],
)
def test_what_is_not_clearly_the_one_is_told_nothing(how: str, outcome: tuple[Result, str]) -> None:
    """The same rules as before a deletion."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = a_machine(bench)
        asked = Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80))
        work = await work_for(bench, asked)
        if how == "unreadable":
            bench.world.unreadable.add(machine.id)
        elif how == "odd":
            machine.statuses = ((0.0, "odd"),)
        else:
            machine.marker = a_marker("a", "00000000000000ff")
        ledger = await updated(bench, asked, work=work)

        assert (the(ledger, "a").result, the(ledger, "a").reason) == outcome
        assert bench.world.orders == []

    scenario()


@virtual
async def test_an_upgrade_that_would_clear_what_can_not_be_read_is_not_sent() -> None:
    """All envs go with the call, and the service shows none of them."""
    bench = Bench()
    a_machine(bench)
    bench.world.envs_in = "nowhere"
    ledger = await updated(bench, Asked().to(update(bench, Call.UPGRADE), desired(imageUrl="img:2")))

    assert (the(ledger, "a").result, the(ledger, "a").reason) == (Result.FAILED, "unsendable")
    assert bench.world.orders == []


@pytest.mark.parametrize("fault", [not_sent(), throttled(3.0)])
def test_what_did_nothing_is_sent_again(fault: Fault) -> None:
    """Not a byte went out, or the service asked to slow down."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = a_machine(bench)
        bench.world.order_faults[Call.EDIT] = [fault]
        ledger = await updated(bench, Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80)))

        assert the(ledger, "a").result is Result.DONE
        assert (len(bench.world.orders), machine.fields["rootfsSize"]) == (2, 80)

    scenario()


@virtual
async def test_a_refused_key_stops_the_run() -> None:
    """The next address is not started."""
    bench = Bench(settings=replace(QUICK, parallelism=1))
    a_machine(bench)
    a_machine(bench, "b")
    bench.world.order_faults[Call.EDIT] = denied()
    asked = Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80))
    ledger = await updated(bench, asked.to(update(bench, Call.EDIT, address="b"), desired("b", rootfsSize=80)))

    assert (results(ledger), ledger.stop) == ({"a": Result.FAILED, "b": Result.NOT_STARTED}, StopReason.CREDENTIALS)
    assert len(bench.world.orders) == 1


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_a_journal_that_fails_leaves_the_rest_to_the_next_run(fails_at: int) -> None:
    """Nothing is sent without an order, and nothing is told that is not written."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        a_machine(bench)
        bench.journal.fails_at = fails_at
        ledger = await updated(bench, Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80)))

        expected = [Result.NOT_STARTED, Result.UNRESOLVED, Result.DONE][fails_at]
        assert (the(ledger, "a").result, ledger.stop) == (expected, StopReason.STORE)
        assert len(bench.world.orders) == (fails_at > 0)

    scenario()


@pytest.mark.parametrize("at", ["get", "append", "written", "appended", "order", "ordered", "list"])
@pytest.mark.parametrize("fault", [None, lost(makes=False)])
def test_an_interruption_waits_for_what_was_sent(at: str, fault: Fault | None) -> None:
    """What is not through is said to be so, and its order stays open; nothing else is sent."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        a_machine(bench)
        asked = Asked().to(update(bench, Call.EDIT, Call.UPGRADE), desired(rootfsSize=80, imageUrl="img:2"))
        if fault is not None:
            bench.world.order_faults[Call.EDIT] = fault

        def asks(call: str) -> None:
            if call == at:
                bench.signal.ask()

        await bench.observed()
        bench.world.on_call = bench.journal.on_call = asks
        (outcome,) = (await updated(bench, asked)).outcomes

        assert outcome.result in {Result.NOT_STARTED, Result.UNRESOLVED}
        assert (outcome.result is Result.UNRESOLVED) is bool(bench.state.orders)
        assert len(bench.world.orders) <= 1

    scenario()


@virtual
async def test_an_update_of_what_is_not_recorded_is_a_bug() -> None:
    """Nothing is sent."""
    bench = Bench()
    a_machine(bench)
    action = replace(update(bench, Call.EDIT), id="another")

    with pytest.raises(Bug, match="not recorded"):
        await updated(bench, Asked().to(action, desired(rootfsSize=80)))

    assert bench.world.orders == []


@pytest.mark.parametrize("at", ["get", "list"])
def test_a_key_that_is_refused_while_looking_ends_the_run(at: str) -> None:
    """What was taken was taken, and the rest is not sent."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        a_machine(bench)
        asked = Asked().to(update(bench, Call.UPGRADE, Call.STOP), desired(imageUrl="img:2", lifecycle=STOPPED))
        work = await work_for(bench, asked)
        refuse = Refusing(bench, at)
        ledger = await updated(bench, asked, work=replace(work, cloud=refuse))

        assert (the(ledger, "a").result, ledger.stop) == (Result.NOT_STARTED, StopReason.CREDENTIALS)
        assert len(bench.world.orders) == (at == "list")

    scenario()


STOPPED = Lifecycle(desired=Power.STOPPED)


class Refusing:
    """The service, which refuses the key for one kind of reading."""

    def __init__(self, bench: Bench, kind: str) -> None:
        self._world = bench.world
        self._kind = kind
        self.origin = bench.world.origin
        self.order = bench.world.order
        self.create = bench.world.create
        self.catalogue = bench.world.catalogue

    async def get(self, instance_id: str) -> Sight:
        if self._kind == "get":
            raise CredentialsError("The key was refused.")
        return await self._world.get(instance_id)

    async def list(self) -> Listing:
        if self._kind == "list":
            raise CredentialsError("The key was refused.")
        return await self._world.list()


@virtual
async def test_a_bug_while_one_is_updated_is_raised_and_leaves_nothing_open() -> None:
    """What should not happen ends the run in good order: what was sent is recorded."""
    bench = Bench()
    broken = a_machine(bench)
    a_machine(bench, "b")
    asked = Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80))
    asked.to(update(bench, Call.EDIT, address="b"), desired("b", rootfsSize=80))
    work = await work_for(bench, asked)
    bench.world.machines[broken.id] = replace(broken, fields=None)  # type: ignore[arg-type]

    with pytest.raises(AttributeError):
        await updated(bench, asked, work=work)

    assert not bench.state.orders
    assert len(bench.world.orders) == len(bench.journal.of(Obeyed))


@virtual
async def test_a_machine_that_can_not_be_looked_at_for_a_while_is_waited_for() -> None:
    """The list shows it as it was told to be, and a GET that fails says nothing."""
    bench = Bench()
    machine = a_machine(bench)

    def calls(what: str) -> None:
        if what == "ordered":
            bench.world.unreadable.add(machine.id)
        if bench.world.clock.monotonic() > 30:
            bench.world.unreadable.clear()

    bench.world.on_call = calls
    ledger = await updated(bench, Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80)))

    assert the(ledger, "a").result is Result.DONE
    assert bench.world.clock.monotonic() > 30


@virtual
async def test_a_machine_that_is_shown_as_removed_is_gone() -> None:
    """It is not found twice, some time apart."""
    bench = Bench()
    machine = a_machine(bench)
    bench.world.on_call = lambda call: setattr(machine, "statuses", ((0.0, "removed"),)) if call == "ordered" else None
    ledger = await updated(bench, Asked().to(update(bench, Call.UPGRADE), desired(imageUrl="img:2")))

    assert (the(ledger, "a").result, the(ledger, "a").reason) == (Result.FAILED, "gone")
