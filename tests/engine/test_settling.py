"""What settling tells and writes: every doubt's end, in order, and what is left when it is broken off."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from gpuspec.engine.doubt import Absent, Found, GivenUp
from gpuspec.engine.settle import SLOWEST, settle
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Absent as AbsentEntry
from gpuspec.model.journal import How, Judge, Made
from gpuspec.model.outcome import Result
from gpuspec.model.state import OpenIntent
from tests.builders.engine import QUICK, Bench, a_marker, an_intent, created, results
from tests.builders.virtual_time import virtual
from tests.builders.world import World, lost

NONCES = {"a": "00000000000000aa", "b": "00000000000000bb", "c": "00000000000000cc"}


def left_open(bench: Bench, *addresses: str) -> None:
    """Intents of these addresses that an earlier run left just now."""
    now = bench.world.clock.now()
    bench.intend(*(OpenIntent(intent=an_intent(address, nonce=NONCES[address], at=now)) for address in addresses))


@virtual
async def test_each_doubt_is_settled_and_reported_once_also_one_after_the_other() -> None:
    """Found at different looks, or absent: none of them is left out of the answer."""
    bench = Bench()
    left_open(bench, "a", "b", "c")
    first = bench.world.add("a", marker=a_marker("a", NONCES["a"]))
    second = bench.world.add("b", marker=a_marker("b", NONCES["b"]), shown_at=20.0)

    settlements = await settle(bench.work())

    found = [(one.doubt.address, one.verdict) for one in settlements]
    assert [address for address, _ in found] == ["a", "b", "c"]
    ids = [verdict.instance.id for _, verdict in found if isinstance(verdict, Found)]
    assert (ids, found[2][1]) == ([first.id, second.id], Absent())


@virtual
async def test_what_is_settled_is_written_with_its_time_and_told() -> None:
    """The id of what was found with it; in between, what is left of the window."""
    bench = Bench()
    began = bench.world.clock.now()
    left_open(bench, "a", "b")
    machine = bench.world.add("a", marker=a_marker("a", NONCES["a"]))

    await settle(bench.work())

    (made,), (absent,) = bench.journal.of(Made), bench.journal.of(AbsentEntry)
    assert (made.nonce, made.id, made.how) == (NONCES["a"], machine.id, How.FOUND)
    assert (absent.nonce, absent.judge) == (NONCES["b"], Judge.WINDOW)
    assert began <= made.at < began + 10.0
    assert began + 120.0 <= absent.at < began + 140.0
    told = [(event.kind, event.address, event.id) for event in bench.heard.events]
    assert told[0] == (EventKind.FOUND, "a", machine.id)
    assert told[-1] == (EventKind.ABSENT, "b", "")
    assert set(told[1:-1]) == {(EventKind.SETTLING, "b", "")}
    seconds = [event.seconds for event in bench.heard.events[1:-1] if event.seconds is not None]
    assert len(seconds) == len(told) - 2
    assert seconds[0] == 120.0
    assert seconds == sorted(seconds, reverse=True)


@virtual
async def test_an_interruption_gives_up_what_is_left_and_keeps_what_was_settled() -> None:
    """Each doubt has its end in the answer; the intent of the one given up stays open."""
    bench = Bench(world=World(latency_s=3.0))
    left_open(bench, "a", "b")
    machine = bench.world.add("a", marker=a_marker("a", NONCES["a"]))
    asyncio.get_running_loop().call_later(10.0, bench.signal.ask)

    settlements = await settle(bench.work())

    assert [one.doubt.address for one in settlements] == ["a", "b"]
    found, given_up = (one.verdict for one in settlements)
    assert isinstance(found, Found)
    assert found.instance.id == machine.id
    assert given_up == GivenUp(reason="The run was interrupted before it was settled.")
    assert set(bench.state.intents) == {NONCES["b"]}


@virtual
async def test_an_interruption_during_the_first_look_gives_up_all() -> None:
    """Nothing was learned, and nothing is written."""
    bench = Bench(world=World(latency_s=30.0))
    left_open(bench, "a")
    asyncio.get_running_loop().call_later(1.0, bench.signal.ask)

    settlements = await settle(bench.work())

    assert [one.verdict for one in settlements] == [GivenUp(reason="The run was interrupted before it was settled.")]
    assert bench.journal.entries == []


@virtual
async def test_patience_that_ends_with_the_window_is_enough() -> None:
    """The looks that decide are no waiting."""
    bench = Bench(settings=replace(QUICK, settle_s=120.0))
    left_open(bench, "a")

    (settlement,) = await settle(bench.work())

    assert isinstance(settlement.verdict, Absent)


@virtual
async def test_patience_bounds_what_this_run_lost_itself() -> None:
    """Counted from when the answer was given up; the intent stays open for the next run."""
    bench = Bench(settings=replace(QUICK, settle_s=20.0))
    bench.world.every_create = lost(makes=False)

    ledger = await created(bench, "a")

    assert results(ledger) == {"a": Result.UNRESOLVED}
    assert 20.0 <= bench.world.clock.monotonic() < 30.0
    assert len(bench.state.intents) == 1


@virtual
async def test_a_machine_is_asked_once_for_the_marker_that_the_list_does_not_show() -> None:
    """However often is looked: ten thousand machines would be asked at each look."""
    bench = Bench(world=World(envs_in="get"))
    left_open(bench, "a")
    bench.world.add("stranger")

    await settle(bench.work())

    assert (bench.world.lists > 2, bench.world.gets) == (True, 1)


@virtual
async def test_looking_slows_down_to_four_times_the_interval() -> None:
    """Quick at first, since most answers turn up at once; nothing else is waited for."""
    bench = Bench()
    left_open(bench, "a")
    looks: list[float] = []
    bench.world.on_call = lambda call: looks.append(bench.world.clock.monotonic()) if call == "list" else None

    await settle(bench.work())

    gaps = [later - sooner for sooner, later in pairwise(looks)]
    assert gaps[0] < QUICK.poll_s
    assert max(gaps) == pytest.approx(SLOWEST * QUICK.poll_s, abs=0.2)
