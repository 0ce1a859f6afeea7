"""What comes back from the calls of an update, and what the machine shows after: done, not done, failed, gone."""

from typing import Any

import pytest

from gpuspec.model.answer import Done
from gpuspec.model.instance import Lifecycle, Power
from gpuspec.model.order import Edit, Upgrade
from gpuspec.model.outcome import Result
from gpuspec.model.outcome import Stop as StopReason
from gpuspec.model.state import Call
from tests.builders.engine import Bench, results, the
from tests.builders.updates import HTTP, SSH, Asked, a_machine, desired, differences, update, updated
from tests.builders.virtual_time import virtual
from tests.builders.world import Fault, lost, rejected


@pytest.mark.parametrize("call", [Call.EDIT, Call.UPGRADE, Call.START, Call.STOP, Call.CONVERT])
@pytest.mark.parametrize("makes", [True, False])
def test_a_lost_answer_is_read_from_the_machine(call: Call, makes: bool) -> None:
    """Sent anew only when it was not done: the disk grows exactly once."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = a_machine(bench, status="exited" if call is Call.START else "running")
        bench.world.order_faults[call] = [lost(makes=makes)]
        wanted = CHANGED[call]
        ledger = await updated(bench, Asked().to(update(bench, call), wanted))

        assert (the(ledger, "a").result, the(ledger, "a").message) == (Result.DONE, call.value)
        assert len(bench.world.orders) == (1 if makes else 2)
        assert machine.fields["rootfsSize"] == (80 if call is Call.EDIT else 60)
        assert not bench.state.orders
        assert await differences(bench, wanted) == 0

    scenario()


CHANGED: dict[Call, Any] = {
    Call.EDIT: desired(rootfsSize=80, ports=(HTTP, SSH)),
    Call.UPGRADE: desired(imageUrl="img:2"),
    Call.START: desired(lifecycle=Lifecycle(desired=Power.RUNNING)),
    Call.STOP: desired(lifecycle=Lifecycle(desired=Power.STOPPED)),
    Call.CONVERT: desired(billingMode="monthly"),
}


@pytest.mark.parametrize("makes", [True, False])
def test_a_lost_answer_of_a_machine_that_had_drifted_is_read_from_it(makes: bool) -> None:
    """What showed right before the call is as good as what was recorded: its disk grew, its image was changed."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = a_machine(bench)
        machine.fields = {**machine.fields, "rootfsSize": 70, "imageUrl": "other:1"}
        bench.world.order_faults = {Call.EDIT: [lost(makes=makes)], Call.UPGRADE: [lost(makes=makes)]}
        wanted = desired(rootfsSize=80, imageUrl="img:2")
        ledger = await updated(bench, Asked().to(update(bench, Call.EDIT, Call.UPGRADE), wanted))

        assert the(ledger, "a").result is Result.DONE
        assert (machine.fields["rootfsSize"], machine.fields["imageUrl"]) == (80, "img:2")
        assert len(bench.world.orders) == (2 if makes else 4)
        assert await differences(bench, wanted) == 0

    scenario()


@virtual
async def test_a_call_whose_answers_are_all_lost_is_given_up() -> None:
    """It was never done; nothing stays open."""
    bench = Bench()
    a_machine(bench)
    bench.world.order_faults[Call.EDIT] = lost(makes=False)
    ledger = await updated(bench, Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80)))

    assert (the(ledger, "a").result, the(ledger, "a").reason) == (Result.FAILED, "not-done")
    assert len(bench.world.orders) == 3
    assert not bench.state.orders


@virtual
async def test_what_can_not_be_told_stays_open() -> None:
    """A disk of a size that nobody asked for."""
    bench = Bench()
    machine = a_machine(bench)
    bench.world.order_faults[Call.EDIT] = [lost(makes=False)]

    def grows(call: str) -> None:
        if call == "ordered":
            machine.fields = {**machine.fields, "rootfsSize": 75}

    bench.world.on_call = grows
    ledger = await updated(bench, Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80)))

    assert (the(ledger, "a").result, the(ledger, "a").reason) == (Result.UNRESOLVED, "in-doubt")
    assert len(bench.world.orders) == len(bench.state.orders) == 1


@virtual
async def test_a_call_that_was_taken_without_effect_is_not_recorded_as_done() -> None:
    """The next plan has it again; it is not sent anew in this run."""
    bench = Bench()
    a_machine(bench)
    bench.world.order_faults[Call.EDIT] = Fault(answer=Done(id="x"), makes=False)
    wanted = desired(rootfsSize=80)
    ledger = await updated(bench, Asked().to(update(bench, Call.EDIT), wanted))

    assert (the(ledger, "a").result, the(ledger, "a").reason) == (Result.FAILED, "not-done")
    assert len(bench.world.orders) == 1
    assert bench.state.records["a"].fields["rootfsSize"] == 60
    assert await differences(bench, wanted) == 1


@virtual
async def test_an_image_that_is_shown_in_another_way_is_taken_as_done() -> None:
    """The service took the call, and at rest it shows neither what was there nor what was asked for."""
    bench = Bench()
    machine = a_machine(bench)

    def rewrites(call: str) -> None:
        if call == "ordered":
            machine.fields = {**machine.fields, "imageUrl": "docker.io/library/img:2"}

    bench.world.on_call = rewrites
    wanted = desired(imageUrl="img:2")
    ledger = await updated(bench, Asked().to(update(bench, Call.UPGRADE), wanted))

    assert the(ledger, "a").result is Result.DONE
    assert await differences(bench, wanted) == 0


@virtual
async def test_the_rest_is_not_sent_after_a_refusal() -> None:
    """What was done before stays recorded, and the message says which."""
    bench = Bench()
    a_machine(bench)
    bench.world.order_faults[Call.UPGRADE] = rejected("IMAGE_NOT_FOUND")
    lifecycle = Lifecycle(desired=Power.STOPPED)
    wanted = desired(rootfsSize=80, imageUrl="img:2", lifecycle=lifecycle)
    calls = (Call.EDIT, Call.UPGRADE, Call.STOP)
    ledger = await updated(bench, Asked().to(update(bench, *calls), wanted))

    outcome = the(ledger, "a")
    assert (outcome.result, outcome.reason) == (Result.FAILED, "IMAGE_NOT_FOUND")
    assert outcome.message == ("upgrade: IMAGE_NOT_FOUND in words Done and recorded: edit. Not sent: upgrade, stop.")
    assert [type(order) for order in bench.world.orders] == [Edit, Upgrade]
    record = bench.state.records["a"]
    assert (record.fields["rootfsSize"], record.fields["imageUrl"]) == (80, "img:1")


@virtual
async def test_a_start_without_capacity_says_why() -> None:
    """The service's own words, and that the stop gave the GPU away."""
    bench = Bench()
    a_machine(bench, status="exited")
    bench.world.order_faults[Call.START] = rejected("INSUFFICIENT_RESOURCE")
    ledger = await updated(bench, Asked().to(update(bench, Call.START), CHANGED[Call.START]))

    assert the(ledger, "a").reason == "INSUFFICIENT_RESOURCE"
    assert the(ledger, "a").message.startswith("start: INSUFFICIENT_RESOURCE in words A stop gives the GPUs back")


@virtual
async def test_money_that_is_short_stops_no_other_update() -> None:
    """Only creates would all meet the same."""
    bench = Bench()
    machine = a_machine(bench)
    a_machine(bench, "b")
    bench.world.order_faults[machine.id] = rejected("BALANCE_NOT_ENOUGH")
    asked = Asked().to(update(bench, Call.EDIT), desired(rootfsSize=80))
    ledger = await updated(bench, asked.to(update(bench, Call.EDIT, address="b"), desired("b", rootfsSize=80)))

    assert results(ledger) == {"a": Result.FAILED, "b": Result.DONE}
    assert ledger.stop is StopReason.NONE


@pytest.mark.parametrize(
    ("error", "ends_at", "reason"),
    [("image can't be pulled", "exited", "status-error"), ("", "exited", "stopped"), ("", "removing", "leaving")],
)
def test_an_upgrade_after_which_it_does_not_run_has_failed(error: str, ends_at: str, reason: str) -> None:
    """The id is kept, and what was sent is recorded."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        machine = a_machine(bench)

        def fails(call: str) -> None:
            if call == "ordered":
                machine.status_error = error
                machine.statuses = ((0.0, "resetting"), (10.0, ends_at))

        bench.world.on_call = fails
        ledger = await updated(bench, Asked().to(update(bench, Call.UPGRADE), desired(imageUrl="img:2")))

        outcome = the(ledger, "a")
        assert (outcome.result, outcome.reason, outcome.id) == (Result.FAILED, reason, machine.id)
        assert bench.state.records["a"].fields["imageUrl"] == "img:2"

    scenario()


@pytest.mark.parametrize("when", ["before", "lost", "taken"])
def test_a_machine_that_goes_meanwhile_is_gone(when: str) -> None:
    """Not found twice, some time apart; its record is the plan's business."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        a_machine(bench)
        if when == "lost":
            bench.world.order_faults[Call.UPGRADE] = lost(makes=False)
        asked = Asked().to(update(bench, Call.UPGRADE), desired(imageUrl="img:2"))
        at = "get" if when == "before" else "ordered"
        bench.world.on_call = lambda call: bench.world.machines.clear() if call == at else None
        ledger = await updated(bench, asked)

        assert (the(ledger, "a").result, the(ledger, "a").reason) == (Result.FAILED, "gone")
        assert set(bench.state.records) == {"a"}

    scenario()


@virtual
async def test_one_that_hangs_in_an_upgrade_is_given_up_in_time() -> None:
    """As long as a run waits for anything."""
    bench = Bench()
    machine = a_machine(bench)
    bench.world.on_call = lambda call: (
        setattr(machine, "statuses", ((0.0, "resetting"),)) if call == "ordered" else None
    )
    ledger = await updated(bench, Asked().to(update(bench, Call.UPGRADE), desired(imageUrl="img:2")))

    assert (the(ledger, "a").reason, the(ledger, "a").status) == ("timeout", "resetting")
