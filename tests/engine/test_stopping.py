"""Creates whose machine is to be stopped: made, seen to run, and stopped, in one action with one outcome."""

from dataclasses import replace

import pytest

from gpuspec.engine.run import run
from gpuspec.engine.stopping import stopped
from gpuspec.engine.work import Work
from gpuspec.model.instance import Lifecycle, Power
from gpuspec.model.journal import Intended, Made, Noted, Obeyed, Ordered
from gpuspec.model.outcome import Ledger, Outcome, Result, Stop
from gpuspec.model.plan import ActionKind
from gpuspec.model.settings import Wait
from gpuspec.model.state import Call
from tests.builders.engine import QUICK, Bench, a_plan, an_action, the
from tests.builders.replacing import a_bench, a_machine, replaced
from tests.builders.virtual_time import virtual
from tests.builders.world import rejected

BOTH = (Call.CREATE, Call.STOP)


def work_of(bench: Bench, *addresses: str) -> Work:
    """What the run works with; the spec wants these machines stopped."""
    work = bench.work(*addresses)
    requests = {
        address: replace(one, instance=replace(one.instance, lifecycle=Lifecycle(desired=Power.STOPPED)))
        for address, one in work.requests.items()
    }
    return replace(work, requests=requests)


async def made(bench: Bench, *addresses: str) -> Ledger:
    """The ledger of a run that makes these machines and stops them."""
    plan = a_plan(*(an_action(ActionKind.CREATE, address, calls=BOTH) for address in addresses))
    return await run(plan, work=work_of(bench, *addresses))


@virtual
async def test_a_machine_is_stopped_once_it_runs() -> None:
    """Each call has its note before it and its answer behind it, and the action has one outcome."""
    bench = Bench()

    ledger = await made(bench, "a", "b")

    outcome = the(ledger, "a")
    assert (outcome.result, outcome.status, outcome.endpoints) == (Result.DONE, "exited", ())
    assert outcome.message == "It was stopped once it ran."
    assert (len(ledger.outcomes), ledger.exit_status) == (2, 0)
    kinds = [type(entry) for entry in bench.journal.entries if type(entry) in {Intended, Made, Ordered, Obeyed}]
    assert sorted(kind.__name__ for kind in kinds) == sorted(2 * ["Intended", "Made", "Ordered", "Obeyed"])
    assert bench.state.orders == {}
    assert isinstance(bench.journal.entries[-1], Noted)


@virtual
async def test_a_machine_that_is_not_waited_for_is_left_to_the_next_apply() -> None:
    """`--wait none`: that it still runs is said."""
    bench = Bench(settings=replace(QUICK, wait=Wait.NONE))

    ledger = await made(bench, "a")

    assert (the(ledger, "a").result, bench.journal.of(Ordered)) == (Result.DONE, [])
    assert the(ledger, "a").message == "It is not stopped yet; the next apply does that."


@virtual
async def test_a_create_that_is_refused_has_no_stop() -> None:
    """Its outcome is that of the create, and the others go on."""
    bench = Bench()
    bench.world.faults["a"] = rejected()

    ledger = await made(bench, "a", "b")

    results = sorted(outcome.result.value for outcome in ledger.outcomes)
    assert (results, len(bench.journal.of(Ordered))) == (["done", "failed"], 1)


@virtual
async def test_a_stop_that_is_refused_is_told_beside_what_was_made() -> None:
    """It runs, recorded, and the next plan has the stop."""
    bench = Bench()
    bench.world.order_faults[Call.STOP] = rejected()

    ledger = await made(bench, "a")

    outcome = the(ledger, "a")
    assert (outcome.result, outcome.id) == (Result.FAILED, bench.state.records["a"].id)
    assert outcome.message.startswith("It was made. ")
    assert bench.state.orders == {}


@virtual
async def test_a_machine_that_another_made_way_for_is_stopped_too() -> None:
    """After the replacement is through: the machine before is gone by then."""
    bench = a_bench()
    before = a_machine(bench)

    ledger = await replaced(
        bench, "a", calls=(Call.DELETE, Call.CREATE, Call.STOP), lifecycle=Lifecycle(desired=Power.STOPPED)
    )

    outcome = the(ledger, "a")
    assert (outcome.result, outcome.reason, outcome.status) == (Result.DONE, "replaced", "exited")
    assert outcome.message == f"It takes the place of {before.id}. It was stopped once it ran."


@pytest.mark.parametrize("when", ["create", "order"])
def test_an_interruption_leaves_the_stop_to_the_next_apply(when: str) -> None:
    """What was made is recorded, whether the signal came while it was made or while it was stopped."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        bench.world.on_call = lambda call: bench.signal.ask() if call == when else None

        ledger = await made(bench, "a")

        assert (ledger.stop, len(bench.state.records)) == (Stop.INTERRUPTED, 1)
        assert len(ledger.outcomes) == 1
        assert len(bench.journal.of(Ordered)) == (when == "order")

    scenario()


def an_outcome(result: Result, *, status: str = "", reason: str = "", message: str = "") -> Outcome:
    """What became of the machine at `a`."""
    return Outcome(address="a", result=result, id="i-1", status=status, reason=reason, message=message)


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (
            an_outcome(Result.DONE, status="exited", reason="updated", message="stop"),
            an_outcome(Result.FOUND, status="exited", message="It was stopped once it ran."),
        ),
        (
            an_outcome(Result.DONE, status="running", reason="taken", message="The service took it."),
            an_outcome(Result.FOUND, status="running", message="The stop: The service took it."),
        ),
        (
            an_outcome(Result.NOT_STARTED, reason="interrupted"),
            an_outcome(Result.FOUND, status="running", message="It is not stopped yet; the next apply does that."),
        ),
        (
            an_outcome(Result.UNRESOLVED, status="running", reason="in-doubt", message="The answer was lost."),
            an_outcome(
                Result.UNRESOLVED, status="running", reason="in-doubt", message="It was made. The answer was lost."
            ),
        ),
    ],
)
def test_a_create_and_its_stop_have_one_outcome(ended: Outcome, expected: Outcome) -> None:
    """What is left to do outweighs what is done, but for a stop that was not sent: the next apply has it."""
    assert expected == stopped(an_outcome(Result.FOUND, status="running"), ended)
