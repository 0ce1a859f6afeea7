"""`gpuspec state rebuild`: whose the machines are that carry a marker."""

import json
import re
from dataclasses import replace
from pathlib import Path

from tests.builders.lost import a_fleet, actions, lose, lose_simulated
from tests.builders.shell import a_project, a_spec


def test_several_machines_with_one_marker_are_not_recorded(tmp_path: Path) -> None:
    """Both are named, the rest is recorded, and 7 says that money is running; the next plan makes no third."""
    with a_fleet(tmp_path, a_spec("trainer", "another")) as (shell, service):
        lose(tmp_path)
        first = next(each for each in service.world.instances.values() if each.name == "trainer")
        service.world.put("create", None, replace(first, id="i-twin"))
        said = shell("state", "rebuild", "--yes")
        document = shell("state", "list", "--json")
        planned = {address: reason for address, _, reason in actions(shell)}

    assert said.status == 7
    words = f"NOT RECORDED: `trainer` is not recorded: i-twin, {first.id} all carry its marker, and each costs money.\n"
    assert words in said.out
    assert "gpuspec import ADDRESS ID" in said.out
    assert json.loads(document.raw)["records"].keys() == {"another"}
    assert planned == {"trainer": "marker-unrecorded", "another": "record-only"}


def test_nothing_but_twins_makes_no_state(tmp_path: Path) -> None:
    """7, and the place is as it was."""
    with a_fleet(tmp_path, a_spec("trainer")) as (shell, service):
        lose(tmp_path)
        (first,) = service.world.instances.values()
        service.world.put("create", None, replace(first, id="i-twin"))
        said = shell("state", "rebuild", "--yes")

    assert (said.status, said.out) == (7, "")
    assert f"`trainer`: i-twin, {first.id}." in said.err
    assert not (tmp_path / "gpuspec.state.json").exists()


def test_a_replacement_that_died_before_its_delete_leaves_two_that_are_told(tmp_path: Path) -> None:
    """Made first, and the machine in whose place it is was not deleted: the state that was lost knew it as outgoing.

    No marker tells which of the two was to go, so neither is recorded, no third is made, and none is deleted. Once a
    person has recorded one, the other is a stray that every run reports.
    """
    spec = a_spec("trainer", "another", clusterId="{{ cluster }}", lifecycle={"createBeforeDestroy": True})
    shell = a_project(tmp_path, spec)
    assert shell("apply", "--yes", "--var", "cluster=us-ca-6").status == 0
    there = ("--var", "cluster=as-sgp-2", "--only", "trainer")
    died = shell("apply", "--yes", "--allow-destroy", *there, "--fault", "403@delete:1")
    record = json.loads(shell("state", "list", "--json").raw)["records"]["trainer"]
    lose_simulated(tmp_path)

    said = shell("state", "rebuild", "--yes")
    refused, audited = shell("apply", "--yes", *there), shell("audit", "--json")
    imported = shell("import", "trainer", record["id"], "--yes", "--var", "cluster=as-sgp-2")
    after = shell("apply", "--yes", *there)
    listed = json.loads(shell("audit", "--json").raw)["instances"]

    both = {record["id"], *record["outgoing"]}
    assert (died.status, len(both)) == (7, 2)
    assert said.status == 7
    assert "NOT RECORDED: `trainer` is not recorded: ID, ID all carry its marker, and each costs money.\n" in said.out
    assert refused.status == 5
    assert "the marker of this address is on ID, ID, and the state has no record of it" in refused.err
    assert {one["id"] for one in json.loads(audited.raw)["instances"] if one["owner"] != "managed"} == both
    assert (imported.status, after.status) == (0, 7)
    assert re.search(r"stray +trainer +ID .*stray-unrecorded", after.out)
    assert len(listed) == 3


def test_what_is_being_removed_is_named_only(tmp_path: Path) -> None:
    """It is on its way out by somebody's wish."""
    with a_fleet(tmp_path, a_spec("trainer", "another")) as (shell, service):
        lose(tmp_path)
        leaving = next(each for each in service.world.instances.values() if each.name == "another")
        service.world.alter(leaving.id, lambda each: replace(each, order="remove", stuck_at="removing"))
        said = shell("state", "rebuild", "--yes")

    assert said.status == 0
    assert f"`another` is not recorded: {leaving.id} is being removed (status `removing`)." in said.out
    assert "Rebuilt: 1 record," in said.out


def test_of_several_states_one_is_chosen(tmp_path: Path) -> None:
    """Refused until it is said which; the others' machines stay another state's."""
    with a_fleet(tmp_path / "one", a_spec("trainer")) as (shell, _):
        other = a_project(tmp_path / "two", a_spec("second"), **shell.environ)
        other("apply", "--yes", "--recreate-lost")
        lose(tmp_path / "one")
        refused = shell("state", "rebuild", "--yes")
        unknown = shell("state", "rebuild", "--yes", "--lineage", "00000000")
        lineage = json.loads((tmp_path / "two" / "gpuspec.state.json").read_text())["lineage"][:8]
        (own,) = re.findall(r"^  ([0-9a-f]{8}): `trainer` \(i\w+\)\.$", refused.err, re.MULTILINE)
        said = shell("state", "rebuild", "--yes", "--lineage", own)

    assert (refused.status, unknown.status, said.status) == (5, 5, 0)
    assert "Their markers are of 2 states." in refused.err
    assert re.search(rf"^  {lineage}: `second` \(i\w+\)\.$", refused.err, re.MULTILINE)
    assert "No marker is of the lineage 00000000." in unknown.err
    assert "Left to another state, by its lineage: `second` (" in said.out
    assert json.loads((tmp_path / "one" / "gpuspec.state.json").read_text())["records"].keys() == {"trainer"}


def test_names_carry_markers_too(tmp_path: Path) -> None:
    """The address is found by the name, or else by the specs'; the name is recorded without its marker."""
    with a_fleet(tmp_path, a_spec("trainer", "b", name='"node {{ 1 }}"'), settings="marker: name\n") as (shell, _):
        lose(tmp_path)
        said = shell("state", "rebuild", "--yes")
        planned = actions(shell)
        name = json.loads(shell("state", "show", "b", "--json").raw)["fields"]["name"]

    assert (said.status, said.err) == (0, "")
    assert sorted(planned) == [("b", "note", "record-only"), ("trainer", "note", "record-only")]
    assert name == "node 1"


def test_a_marker_in_a_name_that_no_spec_explains_is_told(tmp_path: Path) -> None:
    """It may be another project's."""
    with a_fleet(tmp_path, a_spec("trainer"), settings="marker: name\n") as (shell, service):
        lose(tmp_path)
        (first,) = service.world.instances.values()
        service.world.put("create", None, replace(first, id="i-other", name="x-g0123456789abcdef01234567"))
        said = shell("state", "rebuild", "--yes")

    assert said.status == 0
    assert "they may be of this project: i-other.\n" in said.out
