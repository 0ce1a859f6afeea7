"""`gpuspec state rebuild`: whose the machines are that carry a marker."""

import json
import re
from dataclasses import replace
from pathlib import Path

from tests.builders.lost import a_fleet, actions, lose
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
