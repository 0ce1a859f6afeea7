"""What becomes of each action of a plan."""

from dataclasses import replace

import pytest

from gpuspec.engine.run import run
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Doubted, Entry, Noted
from gpuspec.model.outcome import Result
from gpuspec.model.plan import ActionKind
from gpuspec.model.settings import Wait
from gpuspec.model.state import MarkerSeen
from tests.builders.engine import QUICK, Bench, a_plan, a_record, an_action, created, results, the
from tests.builders.virtual_time import virtual
from tests.builders.world import World


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
async def test_without_waiting_a_created_instance_is_done_at_once() -> None:
    """`--wait none` takes an id for done."""
    bench = Bench(settings=replace(QUICK, wait=Wait.NONE))
    bench.journal.state = replace(bench.state, marker_seen=MarkerSeen.LIST)

    ledger = await created(bench, "a")

    assert the(ledger, "a").result is Result.DONE
    assert bench.world.lists == 0


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
