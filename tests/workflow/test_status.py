"""`status` looks and writes nothing: the list first, GET where it leaves something open."""

from dataclasses import replace
from pathlib import Path

import pytest

from gpuspec.errors import CredentialsError, UsageError
from gpuspec.model.outcome import Stop
from gpuspec.model.reach import Reach, Ssh
from gpuspec.model.status import Standing, Status
from gpuspec.workflow.session import Reading
from gpuspec.workflow.status import Wanted, Watched, status, watch
from tests.builders.engine import Signal
from tests.builders.planning import a_marker, a_record, a_state, a_tombstone, an_intent
from tests.builders.reading import a_reading, record
from tests.builders.shell import files_below
from tests.builders.virtual_time import virtual
from tests.builders.world import World

SSH = Ssh(user="root", host="proxy.example", port=30022)
REACH = Reach(ssh=SSH, urls=("https://one.example",))


def a_world(*addresses: str) -> World:
    """A world in which the machines of these addresses run."""
    world = World()
    for address in addresses:
        world.add(address, id=f"id-{address}", marker=a_marker(address), reach=REACH)
    return world


def standings(found: Status) -> dict[str, Standing]:
    """Address -> how it stands."""
    return {row.address: row.standing for row in found.rows}


async def watched(reading: Reading, *, looks: int, wanted: Wanted | None = None) -> tuple[Watched, list[Status]]:
    """What a watch shows that is interrupted after so many looks."""
    shown: list[Status] = []
    signal = Signal()

    def show(seen: Status) -> None:
        shown.append(seen)
        if len(shown) == looks:
            signal.ask()

    end = await watch(reading, wanted or Wanted(), interval_s=5.0, interruption=signal, show=show)
    return end, shown


@virtual
async def test_running_machines_are_asked_for_their_ways_in(tmp_path: Path) -> None:
    """The list does not show where SSH listens; what does not run is not asked."""
    world = a_world("a", "b")
    world.add("c", id="id-c", statuses=((0.0, "exited"),), reach=REACH)
    found = await status(
        a_reading(tmp_path, a_state(a_record("a"), a_record("b"), a_record("c")), world=world), Wanted()
    )

    assert [row.reach for row in found.rows] == [REACH, REACH, Reach()]
    assert (world.lists, world.gets, found.exit_status) == (1, 2, 0)


@virtual
async def test_a_brief_status_asks_the_list_only(tmp_path: Path) -> None:
    """Ten thousand machines cost a hundred requests."""
    world = a_world("a")
    found = await status(a_reading(tmp_path, a_state(a_record("a")), world=world), Wanted(ways=False))

    assert (standings(found), world.gets) == ({"a": Standing.SEEN}, 0)


@virtual
async def test_nothing_is_written(tmp_path: Path) -> None:
    """Not even a lock's file."""
    reading = a_reading(tmp_path, a_state(a_record("a")), world=a_world("a"))
    before = files_below(tmp_path)

    await status(reading, Wanted())

    assert before == files_below(tmp_path)


@virtual
async def test_without_a_state_nothing_is_asked(tmp_path: Path) -> None:
    """There is nothing that could be looked for."""
    world = a_world("a")
    found = await status(a_reading(tmp_path, world=world), Wanted())

    assert (found.rows, found.exit_status, world.lists) == ((), 0, 0)


@virtual
async def test_globs_and_names_choose_addresses(tmp_path: Path) -> None:
    """Open requests and tombstones have addresses too; only chosen machines are asked."""
    world = a_world("worker-1", "worker-2", "trainer")
    intent, tombstone = an_intent("open"), a_tombstone("absent", nonce="00000000000000bb")
    state = a_state(
        *(a_record(address, nonce=f"{at:016x}") for at, address in enumerate(("worker-1", "worker-2", "trainer"))),
        intents={intent.intent.nonce: intent},
        tombstones={"00000000000000bb": tombstone},
    )
    found = await status(a_reading(tmp_path, state, world=world), Wanted(addresses=("worker-*", "open", "absent")))

    assert list(standings(found)) == ["worker-1", "worker-2", "open"]
    assert (found.absent, world.gets) == ((("absent", 3.0),), 2)


@virtual
async def test_an_address_that_nobody_knows_is_wrong_usage(tmp_path: Path) -> None:
    """A typing mistake is no machine that is gone."""
    with pytest.raises(UsageError, match="Nothing is recorded at `tariner`"):
        await status(a_reading(tmp_path, a_state(a_record("a"))), Wanted(addresses=("tariner",)))


@virtual
async def test_a_machine_that_is_nowhere_is_gone(tmp_path: Path) -> None:
    """After a complete list and two GETs some seconds apart."""
    world = World()
    found = await status(a_reading(tmp_path, a_state(a_record("a")), world=world), Wanted())

    assert (standings(found), found.exit_status) == ({"a": Standing.GONE}, 4)
    assert world.gets == 2


@virtual
async def test_a_machine_that_an_incomplete_list_lacks_is_asked_for(tmp_path: Path) -> None:
    """GET shows it, and one that GET does not find can't be told."""
    world = a_world("a")
    world.hidden_from_list = {"id-a"}
    world.incomplete = "Page 2 could not be read."
    found = await status(a_reading(tmp_path, a_state(a_record("a"), a_record("b")), world=world), Wanted())

    assert standings(found) == {"a": Standing.SEEN, "b": Standing.UNKNOWN}
    assert found.rows[0].reach == REACH


@virtual
async def test_a_way_in_that_cannot_be_read_is_told_and_the_rest_is_shown(tmp_path: Path) -> None:
    """One bad answer takes nothing from the others."""
    world = a_world("a", "b")
    world.unreadable = {"id-a"}
    found = await status(a_reading(tmp_path, a_state(a_record("a"), a_record("b")), world=world), Wanted())

    assert [(row.message, row.reach.ssh) for row in found.rows] == [("The service answered with 502.", None), ("", SSH)]


@virtual
async def test_a_refused_key_ends_it(tmp_path: Path) -> None:
    """Nothing can be told without the API."""
    world = World()
    world.credentials_refused = True
    with pytest.raises(CredentialsError):
        await status(a_reading(tmp_path, a_state(a_record("a")), world=world), Wanted())


@virtual
async def test_another_key_proves_nothing_gone(tmp_path: Path) -> None:
    """It may be another account's."""
    state = replace(a_state(a_record("a")), key_digest="before")
    found = await status(a_reading(tmp_path, state, key_digest="now"), Wanted())

    assert standings(found) == {"a": Standing.UNKNOWN}


@virtual
async def test_a_watch_looks_until_it_is_interrupted(tmp_path: Path) -> None:
    """Each look reads the state anew, and the last one is given back."""
    reading = a_reading(tmp_path, a_state(a_record("a")), world=a_world("a", "b"))
    shown: list[Status] = []
    signal = Signal()

    def show(seen: Status) -> None:
        shown.append(seen)
        record(tmp_path, replace(a_state(a_record("a"), a_record("b")), serial=42))
        if len(shown) == 2:
            signal.ask()

    end = await watch(reading, Wanted(), interval_s=5.0, interruption=signal, show=show)

    assert [standings(seen)["b"] for seen in shown] == [Standing.STRAY, Standing.SEEN]
    assert (end.last, end.stop) == (shown[-1], Stop.INTERRUPTED)
    assert shown[1].at - shown[0].at >= 5.0


@virtual
async def test_a_watch_asks_for_ways_once_a_minute(tmp_path: Path) -> None:
    """Not at every look, as long as the machine runs."""
    world = a_world("a")
    end, shown = await watched(a_reading(tmp_path, a_state(a_record("a")), world=world), looks=13)

    assert all(seen.rows[0].reach == REACH for seen in shown)
    assert (world.lists, world.gets) == (13, 2)
    assert end.last is not None


@virtual
async def test_a_watch_asks_anew_once_a_machine_runs_again(tmp_path: Path) -> None:
    """Port and host change at each start."""
    world = a_world()
    statuses = ((0.0, "running"), (4.0, "exited"), (9.0, "running"))
    world.add("a", id="id-a", marker=a_marker("a"), reach=REACH, statuses=statuses)
    _, shown = await watched(a_reading(tmp_path, a_state(a_record("a")), world=world), looks=4)

    assert [(seen.rows[0].status, seen.rows[0].reach) for seen in shown] == [
        ("running", REACH),
        ("exited", Reach()),
        ("running", REACH),
        ("running", REACH),
    ]
    assert world.gets == 2


@virtual
async def test_a_watch_that_is_interrupted_at_once_has_seen_nothing(tmp_path: Path) -> None:
    """The look that was under way is broken off."""
    world = a_world("a")
    signal = Signal(Stop.TERMINATED)
    world.on_call = lambda _: signal.ask()
    reading = a_reading(tmp_path, a_state(a_record("a")), world=world)
    end = await watch(reading, Wanted(), interval_s=5.0, interruption=signal, show=lambda _: None)

    assert end == Watched(last=None, stop=Stop.TERMINATED)
