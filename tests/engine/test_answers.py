"""Each class of answer, and what follows from it."""

from dataclasses import replace

import pytest

from gpuspec.model.event import EventKind
from gpuspec.model.journal import Absent, How, Intended, Made, Undone
from gpuspec.model.outcome import Result, Stop
from tests.builders.engine import QUICK, Bench, created, results, the
from tests.builders.virtual_time import virtual
from tests.builders.world import Fault, denied, lost, not_sent, rejected, throttled


@virtual
async def test_a_request_that_was_not_sent_goes_out_again_under_its_nonce() -> None:
    """Proof that nothing was sent: the same nonce is used, and only one machine is made."""
    bench = Bench()
    bench.world.faults = {0: not_sent(), 1: not_sent()}

    ledger = await created(bench, "a")

    assert the(ledger, "a").result is Result.DONE
    assert len({request.marker.nonce for request in bench.world.requests}) == 1
    assert len(bench.world.requests) == 3
    assert bench.heard.kinds("a").count(EventKind.RETRYING) == 2


@virtual
async def test_an_intent_that_is_sent_again_has_the_time_of_that_request() -> None:
    """Its settle window would count from a request that was never sent otherwise."""
    bench = Bench()
    bench.world.faults = {0: not_sent(), 1: not_sent(), 2: lost(shown_after_s=5.0)}

    await created(bench, "a")

    times = [entry.intent.at for entry in bench.journal.of(Intended)]
    sent = [bench.world.clock.offset + at for at in bench.world.sent_at]
    assert [round(sent_at - at, 3) for sent_at, at in zip(sent, times, strict=True)] == [0.01, 0.01, 0.01]


@virtual
async def test_a_service_out_of_reach_fails_the_address_and_closes_its_intent() -> None:
    """After all tries the address failed, and nothing is left open."""
    bench = Bench()
    bench.world.every_create = not_sent()

    ledger = await created(bench, "a")

    assert the(ledger, "a").result is Result.FAILED
    assert the(ledger, "a").reason == "not-sent"
    assert len(bench.world.requests) == QUICK.not_sent_tries
    assert not bench.state.intents
    assert ledger.exit_status == 4


@virtual
async def test_a_service_out_of_reach_is_not_asked_ten_thousand_times() -> None:
    """After three addresses in a row the rest is not started, and no intent stays open."""
    bench = Bench(settings=replace(QUICK, rate=2.0, burst=1))
    bench.world.every_create = not_sent()
    addresses = [f"w{number}" for number in range(200)]

    ledger = await created(bench, *addresses)

    assert {outcome.result for outcome in ledger.outcomes} == {Result.FAILED, Result.NOT_STARTED}
    assert the(ledger, "w199").reason == "unreachable"
    assert len(bench.world.requests) < 100
    assert not bench.state.intents


@virtual
async def test_a_throttled_create_gets_an_intent_and_a_nonce_of_its_own() -> None:
    """A 429 closes its intent; the next try waits as long as the service asks for."""
    bench = Bench()
    bench.world.faults = {0: throttled(30.0)}

    ledger = await created(bench, "a")

    assert the(ledger, "a").result is Result.DONE
    assert len({request.marker.nonce for request in bench.world.requests}) == 2
    assert bench.world.sent_at[1] - bench.world.sent_at[0] >= 30.0
    assert [entry.reason for entry in bench.journal.of(Undone)] == ["RATE_LIMIT_EXCEEDED"]


@virtual
async def test_a_create_that_is_throttled_again_and_again_fails() -> None:
    """There is an end to the tries."""
    bench = Bench()
    bench.world.every_create = throttled()

    ledger = await created(bench, "a")

    assert (the(ledger, "a").result, the(ledger, "a").reason) == (Result.FAILED, "RATE_LIMIT_EXCEEDED")
    assert len(bench.world.requests) == QUICK.throttled_tries
    assert not bench.state.intents


@virtual
async def test_throttling_halves_how_many_go_out_at_once() -> None:
    """Requests throttled together halve it once; each success brings back a part."""
    bench = Bench(settings=replace(QUICK, parallelism=8))
    bench.world.faults = dict.fromkeys(range(8), throttled(5.0))
    addresses = [f"w{number}" for number in range(40)]

    ledger = await created(bench, *addresses)

    assert set(results(ledger).values()) == {Result.DONE}
    later = sorted(at for at in bench.world.sent_at if at >= 5.0)
    assert sum(1 for at in later if at == later[0]) <= 4


@virtual
async def test_a_refused_call_fails_its_address_and_no_other() -> None:
    """The service's own reason and words are passed on."""
    bench = Bench()
    bench.world.faults = {"b": rejected("INSUFFICIENT_RESOURCE")}

    ledger = await created(bench, "a", "b", "c")

    assert results(ledger) == {"a": Result.DONE, "b": Result.FAILED, "c": Result.DONE}
    assert the(ledger, "b").reason == "INSUFFICIENT_RESOURCE"
    assert the(ledger, "b").message == "INSUFFICIENT_RESOURCE in words"
    assert not bench.state.intents


@pytest.mark.parametrize("reason", ["BALANCE_NOT_ENOUGH", "EXPIRED_OR_BALANCE_NOT_ENOUGH", "CREATE_INSTANCE_LIMIT"])
def test_what_every_create_would_meet_ends_the_creates(reason: str) -> None:
    """The rest is not started and says why; what was made is waited for."""

    @virtual
    async def scenario() -> None:
        bench = Bench(settings=replace(QUICK, parallelism=1))
        bench.world.faults = {"b": rejected(reason)}

        ledger = await created(bench, "a", "b", "c", "d")

        assert list(results(ledger).values()) == [
            Result.DONE,
            Result.FAILED,
            Result.NOT_STARTED,
            Result.NOT_STARTED,
        ]
        assert the(ledger, "d").reason == reason
        assert ledger.stop is Stop.NONE

    scenario()


@virtual
async def test_a_postponed_create_is_closed_when_the_creates_end() -> None:
    """An intent of which nothing was sent is not left open for nothing."""
    bench = Bench(settings=replace(QUICK, parallelism=1))
    bench.world.faults = {"a": not_sent(), "b": rejected("BALANCE_NOT_ENOUGH")}

    ledger = await created(bench, "a", "b")

    assert results(ledger) == {"a": Result.NOT_STARTED, "b": Result.FAILED}
    assert not bench.state.intents


@pytest.mark.parametrize(("client_blocked", "stop"), [(False, Stop.CREDENTIALS), (True, Stop.BLOCKED_CLIENT)])
def test_a_refused_key_stops_the_run(client_blocked: bool, stop: Stop) -> None:
    """Nothing more is sent, the exit status is 3, no intent stays open."""

    @virtual
    async def scenario() -> None:
        bench = Bench(settings=replace(QUICK, parallelism=1))
        bench.world.faults = {"b": denied(client_blocked=client_blocked)}

        ledger = await created(bench, "a", "b", "c")

        assert (ledger.stop, ledger.stop_message, ledger.exit_status) == (stop, "key refused", 3)
        assert results(ledger) == {"a": Result.NOT_READY, "b": Result.FAILED, "c": Result.NOT_STARTED}
        assert not bench.state.intents
        assert EventKind.STOPPING in bench.heard.kinds()

    scenario()


@virtual
async def test_a_key_that_is_refused_while_waiting_stops_the_run() -> None:
    """The list is refused as well: what was made is recorded, not ready."""
    bench = Bench()
    bench.world.credentials_refused = True

    ledger = await created(bench, "a")

    assert (ledger.stop, ledger.exit_status) == (Stop.CREDENTIALS, 3)
    assert the(ledger, "a").result is Result.NOT_READY
    assert "a" in bench.state.records


@pytest.mark.parametrize(
    "fault",
    [
        lost(shown_after_s=20.0),
        Fault(answer=ValueError("secret in here"), makes=True, shown_after_s=20.0),
        Fault(answer=TimeoutError(), makes=True, shown_after_s=20.0),
    ],
    ids=["lost", "exception", "time-out"],
)
def test_a_lost_answer_is_settled_by_finding_the_instance(fault: Fault) -> None:
    """It is never sent again; once the list shows the marker, it is recorded at its address."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        bench.world.faults = {0: fault}

        ledger = await created(bench, "a")

        assert (the(ledger, "a").result, ledger.exit_status) == (Result.FOUND, 0)
        assert len(bench.world.requests) == 1
        assert [bench.state.records["a"].id] == bench.world.live_ids("a")
        assert [entry.how for entry in bench.journal.of(Made)] == [How.FOUND]
        assert "secret in here" not in repr(bench.journal.entries)

    scenario()


@virtual
async def test_an_absent_instance_is_created_anew_in_the_same_run() -> None:
    """Only after the window; the first intent becomes a tombstone."""
    bench = Bench()
    bench.world.faults = {0: lost(makes=False)}

    ledger = await created(bench, "a")

    assert the(ledger, "a").result is Result.DONE
    first, second = bench.world.sent_at
    assert second - first > QUICK.settle_window_s
    assert [one.intent.address for one in bench.state.tombstones.values()] == ["a"]
    assert [bench.state.records["a"].id] == bench.world.live_ids("a")


@virtual
async def test_a_service_that_takes_creates_and_makes_nothing_fails_the_address() -> None:
    """It is created anew twice, and then given up."""
    bench = Bench()
    bench.world.every_create = lost(makes=False)

    ledger = await created(bench, "a")

    assert (the(ledger, "a").result, the(ledger, "a").reason) == (Result.FAILED, "made-nothing")
    assert len(bench.journal.of(Absent)) == 3
    assert not bench.state.intents


@virtual
async def test_an_instance_that_turns_up_after_the_window_is_a_stray() -> None:
    """The service broke its word; the run reports it, exit status 7, and keeps the one that it recorded."""
    bench = Bench()
    bench.world.statuses = ((0.0, "creating"), (30.0, "running"))
    bench.world.faults = {0: lost(makes=True, shown_after_s=70.0)}

    ledger = await created(bench, "a")

    assert [outcome.result for outcome in ledger.outcomes] == [Result.DONE, Result.STRAY]
    assert ledger.exit_status == 7
    assert ledger.outcomes[1].id == bench.world.live_ids("a")[0]


@virtual
async def test_a_run_that_does_not_want_to_wait_leaves_the_address_unresolved() -> None:
    """`--settle 0`: one look, then exit status 7 with the intent open."""
    bench = Bench(settings=replace(QUICK, settle_s=0.0))
    bench.world.faults = {"a": lost(shown_after_s=20.0)}

    ledger = await created(bench, "a", "b")

    assert results(ledger) == {"a": Result.UNRESOLVED, "b": Result.DONE}
    assert ledger.exit_status == 7
    assert [one.intent.address for one in bench.state.intents.values()] == ["a"]


@virtual
async def test_the_countdown_of_settling_is_told() -> None:
    """Each look tells what is left of the window."""
    bench = Bench()
    bench.world.faults = {0: lost(makes=False)}

    await created(bench, "a")

    left = [event.seconds for event in bench.heard.events if event.kind is EventKind.SETTLING]
    assert left[0] == QUICK.settle_window_s
    assert left == sorted((seconds for seconds in left if seconds is not None), reverse=True)
