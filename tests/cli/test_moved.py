"""`moved` in a spec: the record goes with the instance."""

import json
from pathlib import Path

from tests.builders.shell import Shell, a_project, a_spec

MOVED = "moved: [{from: trainer, to: teacher}]\n"


def a_renamed(folder: Path, *others: str, **fields: object) -> Shell:
    """A project whose instance was made as `trainer` and is called `teacher` now."""
    shell = a_project(folder, a_spec("trainer", *others))
    assert shell("apply", "--yes").status == 0
    shell.write("instances.yaml", MOVED + a_spec("teacher", *others, **fields))
    return shell


def recorded(folder: Path) -> dict[str, str]:
    """Address -> id."""
    state = json.loads((folder / ".gpuspec" / "simulator" / "gpuspec.state.json").read_text())
    return {address: record["id"] for address, record in state["records"].items()}


def test_a_record_moves_with_the_apply(tmp_path: Path) -> None:
    """The plan says so, no request is sent, and the next plan has nothing to do though the move is still there."""
    shell = a_renamed(tmp_path, "other")
    before = recorded(tmp_path)

    plan = shell("plan", "--detailed-exitcode")
    said = shell("apply", "--yes")

    assert plan.status == 2
    assert "teacher  note: its record moves here from `trainer`; no request is sent" in plan.out
    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 kept, 1 noted")
    assert recorded(tmp_path) == {"teacher": before["trainer"], "other": before["other"]}
    assert shell("plan", "--detailed-exitcode").status == 0
    assert shell("audit").out.endswith("Audit: 2 managed\n")


def test_a_move_that_is_left_out_waits(tmp_path: Path) -> None:
    """`--exclude` leaves the record where it is, and its machine alone."""
    shell = a_renamed(tmp_path, "other")

    said = shell("apply", "--yes", "--exclude", "teacher")

    assert said.status == 0
    assert sorted(recorded(tmp_path)) == ["other", "trainer"]
    assert "trainer" not in said.out


def test_both_addresses_with_an_instance_are_refused(tmp_path: Path) -> None:
    """5, and nothing is done about any of them."""
    shell = a_project(tmp_path, a_spec("trainer", "teacher"))
    shell("apply", "--yes")
    shell.write("instances.yaml", MOVED + a_spec("teacher"))

    said = shell("apply", "--yes")

    assert (said.status, said.out) == (5, "")
    assert "`trainer` is to be `teacher`, and both have an instance: ID and ID." in said.err
    assert sorted(recorded(tmp_path)) == ["teacher", "trainer"]


def test_without_a_word_another_address_is_another_machine(tmp_path: Path) -> None:
    """The plan deletes the one and makes the other, and it needs the consent for that."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")
    shell.write("instances.yaml", a_spec("teacher"))

    plan, refused = shell("plan"), shell("apply", "--yes")

    assert plan.out.endswith(
        "Plan: 1 to create, 0 to update (0 restarts), 0 to replace, 1 to delete, 0 to forget; 0 unresolved\n"
    )
    assert (refused.status, list(recorded(tmp_path))) == (5, ["trainer"])


def test_a_reviewed_plan_moves_too(tmp_path: Path) -> None:
    """The move is an action of the plan."""
    shell = a_renamed(tmp_path)
    shell("plan", "--out", "p.json")

    said = shell("apply", "p.json")

    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 noted")
    assert list(recorded(tmp_path)) == ["teacher"]
