"""What becomes of each address, whatever the service answers."""

from dataclasses import replace

import pytest

from gpuspec.engine.run import run
from gpuspec.errors import Bug
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Absent, Doubted, Entry, Forgotten, How, Intended, Made, Noted, Undone
from gpuspec.model.outcome import Ledger, Outcome, Result, Stop
from gpuspec.model.plan import ActionKind
from gpuspec.model.secret import Sealed
from gpuspec.model.settings import Wait
from gpuspec.model.state import MarkerSeen
from gpuspec.model.values import Env
from tests.builders.engine import (
    QUICK,
    Bench,
    Fault,
    World,
    a_plan,
    a_record,
    an_action,
    creates,
    denied,
    lost,
    not_sent,
    rejected,
    throttled,
)
from tests.builders.virtual_time import virtual


async def created(bench: Bench, *addresses: str) -> Ledger:
    """The ledger of a run that creates these addresses."""
    return await run(creates(*addresses), work=bench.work(*addresses))


def results(ledger: Ledger) -> dict[str, Result]:
    return {outcome.address: outcome.result for outcome in ledger.outcomes}


def the(ledger: Ledger, address: str) -> Outcome:
    (outcome,) = (one for one in ledger.outcomes if one.address == address)
    return outcome


@virtual
async def test_every_address_is_created_once_and_recorded() -> None:
    """Three creates make three machines, each recorded, ready and done."""
    bench = Bench()

    ledger = await created(bench, "a", "b", "c")

    assert results(ledger) == dict.fromkeys("abc", Result.DONE)
    assert ledger.exit_status == 0
    recorded = {address: [record.id] for address, record in bench.state.records.items()}
    assert recorded == {address: bench.world.live_ids(address) for address in "abc"}
    assert all(record.ready and record.shown for record in bench.state.records.values())
    assert not bench.state.intents


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
async def test_without_waiting_a_created_instance_is_done_at_once() -> None:
    """`--wait none` takes an id for done."""
    bench = Bench(settings=replace(QUICK, wait=Wait.NONE))
    bench.journal.state = replace(bench.state, marker_seen=MarkerSeen.LIST)

    ledger = await created(bench, "a")

    assert the(ledger, "a").result is Result.DONE
    assert bench.world.lists == 0


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


@virtual
async def test_after_the_first_create_it_is_recorded_where_the_marker_was_seen() -> None:
    """A list that shows envs shows the marker."""
    bench = Bench()

    await created(bench, "a", "b")

    assert bench.state.marker_seen is MarkerSeen.LIST


@pytest.mark.parametrize("wait", list(Wait))
def test_a_marker_that_only_get_shows_is_witnessed_there(wait: Wait) -> None:
    """Whether the run waits for readiness or not."""

    @virtual
    async def scenario() -> None:
        bench = Bench(world=World(envs_in="get"), settings=replace(QUICK, wait=wait))

        await created(bench, "a")

        assert bench.state.marker_seen is MarkerSeen.GET

    scenario()


@virtual
async def test_a_service_that_hides_the_marker_is_warned_of() -> None:
    """The warning names the way out."""
    bench = Bench(world=World(envs_in="nowhere"))

    ledger = await created(bench, "a")

    assert bench.state.marker_seen is MarkerSeen.NOWHERE
    assert "`marker: name`" in ledger.warnings[0]
    assert EventKind.WARNING in bench.heard.kinds()


@virtual
async def test_nothing_is_concluded_from_an_instance_that_get_never_shows() -> None:
    """Where the marker is stays unknown; the run ends all the same."""
    bench = Bench(world=World(list_lag_s=1e6), settings=replace(QUICK, wait=Wait.NONE))
    bench.world.unreadable.add(f"{1:016x}")

    await created(bench, "a")

    assert bench.state.marker_seen is MarkerSeen.UNKNOWN


@virtual
async def test_actions_that_send_nothing_get_outcomes_of_their_kind() -> None:
    """Kept ones with status and endpoints; notes and forgotten records are written."""
    bench = Bench()
    for name in ("keep", "note", "forget"):
        bench.world.add(name, id=f"id-{name}")
        bench.record(a_record(name, f"id-{name}"))
    plan = a_plan(
        an_action(ActionKind.FORGET, "forget", id="id-forget"),
        an_action(ActionKind.NOTE, "note", id="id-note"),
        an_action(ActionKind.KEEP, "keep", id="id-keep"),
        an_action(ActionKind.UNRESOLVED, "u"),
        an_action(ActionKind.STRAY, "s", id="x"),
        an_action(ActionKind.BLOCKED, "b"),
        an_action(ActionKind.REFUSED, "r"),
        an_action(ActionKind.WAIT, "w"),
    )
    noted = replace(bench.state.records["note"], source="other.yaml")
    work = bench.work(notes={"note": noted}, observation=await bench.observed())

    ledger = await run(plan, work=work)

    assert results(ledger) == {
        "forget": Result.NOTED,
        "note": Result.NOTED,
        "keep": Result.KEPT,
        "u": Result.UNRESOLVED,
        "s": Result.STRAY,
        "b": Result.BLOCKED,
        "r": Result.REFUSED,
        "w": Result.BLOCKED,
    }
    assert (the(ledger, "keep").status, the(ledger, "keep").endpoints) == (
        "running",
        ("https://id-keep-8080.example",),
    )
    assert bench.state.records["note"].source == "other.yaml"
    assert set(bench.state.released) == {"id-forget"}
    assert bench.world.requests == []


@virtual
async def test_notes_that_can_not_be_written_are_not_started() -> None:
    """The run stops before any request."""
    bench = Bench()
    bench.record(a_record("note", "id-note"))
    bench.journal.fails_at = 0
    plan = a_plan(an_action(ActionKind.NOTE, "note"), an_action(ActionKind.CREATE, "a"))

    ledger = await run(plan, work=bench.work("a", notes={"note": bench.state.records["note"]}))

    assert results(ledger) == {"note": Result.NOT_STARTED, "a": Result.NOT_STARTED}
    assert bench.world.requests == []


@pytest.mark.parametrize("kind", [ActionKind.UPDATE, ActionKind.REPLACE, ActionKind.DELETE])
def test_an_action_of_a_later_version_is_a_bug(kind: ActionKind) -> None:
    """Nothing is sent."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        plan = a_plan(an_action(ActionKind.CREATE, "a"), an_action(kind, "b"))

        with pytest.raises(Bug, match="this version can't"):
            await run(plan, work=bench.work("a"))

        assert bench.world.requests == []

    scenario()


@virtual
async def test_a_bug_of_a_reader_is_raised_after_what_was_sent_is_recorded() -> None:
    """A list that raises what it must not ends the run, in good order."""
    bench = Bench()

    def raises(call: str) -> None:
        if call == "list":
            message = "broken reader"
            raise ValueError(message)

    bench.world.on_call = raises

    with pytest.raises(ValueError, match="broken reader"):
        await created(bench, "a", "b")

    assert set(bench.state.records) == {"a", "b"}


@virtual
async def test_an_instance_that_is_not_recorded_any_more_is_not_noted() -> None:
    """Somebody else's record is left alone."""
    bench = Bench()
    bench.world.add("a", id="x")
    bench.record(a_record("a", "x", ready=False))
    observation = await bench.observed()
    bench.world.on_call = lambda _: bench.record(a_record("a", "y"))

    ledger = await run(a_plan(an_action(ActionKind.KEEP, "a", id="x")), work=bench.work(observation=observation))

    assert results(ledger) == {"a": Result.KEPT}
    assert bench.journal.entries == []


@virtual
async def test_a_bug_is_raised_after_what_was_sent_is_recorded() -> None:
    """A listener that breaks its contract does not make an id disappear."""
    bench = Bench()

    def raises(event: object) -> None:
        if getattr(event, "kind", None) is EventKind.MADE:
            message = "broken listener"
            raise ValueError(message)

    bench.heard.event = raises  # type: ignore[method-assign]

    with pytest.raises(ValueError, match="broken listener"):
        await created(bench, "a", "b")

    assert set(bench.state.records) == {"a", "b"}


@virtual
async def test_ten_thousand_creates_cost_one_walk_a_poll() -> None:
    """The number of list walks depends on the time, not on the number of instances."""
    bench = Bench(settings=replace(QUICK, parallelism=64))
    bench.journal.state = replace(bench.state, marker_seen=MarkerSeen.LIST)

    async def append(*_: Entry) -> None:
        await bench.world.clock.sleep(0.01)

    bench.journal.append = append  # type: ignore[method-assign]
    addresses = [f"w{number}" for number in range(10_000)]

    ledger = await created(bench, *addresses)

    assert {outcome.result for outcome in ledger.outcomes} == {Result.DONE}
    assert len(bench.world.requests) == 10_000
    assert bench.world.lists < 20
    assert bench.world.most_under_way == 64


@virtual
async def test_readiness_is_written_once_a_walk() -> None:
    """All that became ready share one append."""
    bench = Bench()
    appends = bench.journal

    await created(bench, *(f"w{number}" for number in range(20)))

    assert len(appends.of(Noted)) == 20
    assert appends.appends < 2 * 20 + 10
    assert not appends.of(Doubted)
