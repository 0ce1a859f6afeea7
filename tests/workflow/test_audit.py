"""`audit` reads the whole account and writes nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from gpuspec.model.audit import Audit, Owner
from gpuspec.model.marker import MarkerMode
from gpuspec.workflow.audit import audit
from tests.builders.planning import BIRTH, a_marker, a_record, a_state, a_tombstone
from tests.builders.reading import a_reading
from tests.builders.shell import files_below
from tests.builders.virtual_time import virtual
from tests.builders.world import World

B = "00000000000000bb"


def owners(found: Audit) -> dict[str, Owner]:
    """Id -> whose it is."""
    return {machine.id: machine.owner for machine in found.machines}


@virtual
async def test_every_machine_of_the_account_is_told(tmp_path: Path) -> None:
    """One list, and nothing written."""
    world = World()
    world.add("ours", id="1", marker=a_marker("ours"))
    world.add("late", id="2", marker=a_marker("late", nonce=B))
    world.add("theirs", id="3", marker=a_marker("theirs", project="other"))
    world.add("nobody's", id="4")
    world.add("removed", id="5", statuses=((0.0, "removed"),))
    state = a_state(replace(a_record("ours"), id="1"), tombstones={B: a_tombstone("late", nonce=B)})
    reading = a_reading(tmp_path, state, world=world)
    before = files_below(tmp_path)
    found = await audit(reading)

    assert owners(found) == {"1": Owner.MANAGED, "2": Owner.STRAY, "3": Owner.ELSEWHERE, "4": Owner.UNMANAGED}
    assert (found.exit_status, world.lists, world.gets, world.requests) == (7, 1, 0, [])
    assert before == files_below(tmp_path)


@virtual
async def test_without_a_state_the_account_is_told_all_the_same(tmp_path: Path) -> None:
    """Somebody may want to see it before the first apply."""
    world = World()
    world.add("nobody's", id="4")

    assert owners(await audit(a_reading(tmp_path, world=world))) == {"4": Owner.UNMANAGED}


@pytest.mark.parametrize(("shown", "expected"), [("get", Owner.ELSEWHERE), ("nowhere", Owner.UNKNOWN)])
def test_markers_that_the_list_does_not_show_are_asked_for(tmp_path: Path, shown: str, expected: Owner) -> None:
    """Also by a project that has its own in names: others may have theirs in envs."""

    @virtual
    async def asked() -> None:
        world = World(envs_in=shown)
        world.add("theirs", id="3", marker=a_marker("theirs", project="other"))
        state = a_state(birth=replace(BIRTH, marker=MarkerMode.NAME))
        (tmp_path / "named").mkdir()
        reading = a_reading(tmp_path / "named", state, world=world)
        home = replace(reading.offline.home, project=replace(reading.offline.home.project, marker=MarkerMode.NAME))
        found = await audit(replace(reading, offline=replace(reading.offline, home=home)))

        assert (owners(found), world.gets) == ({"3": expected}, 1)

    asked()


@virtual
async def test_an_incomplete_listing_is_said_to_be(tmp_path: Path) -> None:
    """What it shows is told."""
    world = World()
    world.add("nobody's", id="4")
    world.incomplete = "Page 2 could not be read."
    found = await audit(a_reading(tmp_path, a_state(), world=world))

    assert (owners(found), found.incomplete, found.exit_status) == (
        {"4": Owner.UNMANAGED},
        "Page 2 could not be read.",
        4,
    )


@virtual
async def test_another_key_is_told(tmp_path: Path) -> None:
    """It may be another account."""
    state = replace(a_state(), key_digest="before")
    found = await audit(a_reading(tmp_path, state, key_digest="now"))

    assert "another account" in found.warnings[0]
