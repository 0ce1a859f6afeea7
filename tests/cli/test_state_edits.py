"""`gpuspec state mv`, `rm` and `verify`: records edited by hand, and checked."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_run_in_progress, a_spec


def made(folder: Path, *addresses: str) -> Shell:
    """A project whose instances were made."""
    shell = a_project(folder, a_spec(*addresses))
    assert shell("apply", "--yes").status == 0
    return shell


def in_doubt(folder: Path) -> Shell:
    """A project with a record, and an address whose request was lost."""
    shell = a_project(folder, a_spec("made"), settings="settleWindow: 0.2\nrequestTimeout: 0.5\n")
    shell("apply", "--yes", "--wait", "none")
    shell.write("instances.yaml", a_spec("made", "open"))
    assert shell("apply", "--yes", "--wait", "none", "--settle", "0", "--fault", "lost-request:1").status == 7
    return shell


def the_state(folder: Path) -> Path:
    """The state's file."""
    return folder / ".gpuspec" / "simulator" / "gpuspec.state.json"


def test_a_record_moves_to_another_address(tmp_path: Path) -> None:
    """The machine stays; with the spec renamed too, nothing is to be done."""
    shell = made(tmp_path, "trainer")

    said = shell("state", "mv", "trainer", "teacher", "--yes")
    shell.write("instances.yaml", a_spec("teacher"))

    assert (said.status, said.err) == (0, "")
    assert said.out == (
        "teacher  ID, until now at `trainer`\nhint: call it so in the spec too, or the next plan takes it for removed\n"
    )
    plan = shell("plan", "--detailed-exitcode")
    assert (plan.status, "1 unchanged" in plan.out) == (0, True)
    assert shell("audit").out.endswith("Audit: 1 managed\n")
    assert shell("state", "verify").status == 0


def test_a_record_that_is_removed_leaves_its_machine(tmp_path: Path) -> None:
    """Its id is released, so that it is neither a stray nor a stranger; imported, it is recorded again."""
    shell = made(tmp_path, "trainer", "other")
    (instance_id,) = [
        record["id"]
        for address, record in json.loads(the_state(tmp_path).read_text())["records"].items()
        if address == "trainer"
    ]

    said = shell("state", "rm", "trainer", "trainer", "--yes")
    state = json.loads(the_state(tmp_path).read_text())
    plan = shell("plan")
    back = shell("import", "trainer", instance_id, "--yes")

    assert (said.status, said.err) == (0, "")
    assert said.out == (
        "trainer  forgotten; ID goes on, and costs money until it is deleted\n"
        "hint: take it out of the spec too, or the next apply makes another\n"
    )
    assert (list(state["records"]), list(state["released"])) == (["other"], [instance_id])
    assert "Plan: 1 to create" in plan.out
    assert (back.status, back.err) == (0, "")
    assert json.loads(the_state(tmp_path).read_text())["released"] == {}
    assert shell("apply", "--yes").out.endswith("Ledger: 2 kept\n")


def test_an_edit_is_data_too(tmp_path: Path) -> None:
    """With `--json`."""
    shell = made(tmp_path, "trainer")
    (instance_id,) = [record["id"] for record in json.loads(the_state(tmp_path).read_text())["records"].values()]

    moved = json.loads(shell("state", "mv", "trainer", "a", "--yes", "--json").raw)
    removed = json.loads(shell("state", "rm", "a", "--yes", "--json").raw)
    verified = json.loads(shell("state", "verify", "--json").raw)

    assert moved == {"version": 1, "command": "state mv", "from": "trainer", "to": "a", "id": instance_id}
    assert removed == {"version": 1, "command": "state rm", "released": [{"address": "a", "id": instance_id}]}
    assert verified == {"version": 1, "command": "state verify", "records": 0, "serial": 4, "faults": []}


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("mv", "nobody", "teacher"), 64, "Nothing is recorded at `nobody`."),
        (("mv", "trainer", "trainer"), 64, "`trainer` is where it stands already."),
        (("mv", "trainer", "a/b"), 64, "`a/b` can't be an address."),
        (("mv", "trainer", "other"), 5, "`other` has an instance already: ID. An address holds one."),
        (("rm", "trainer", "nobody", "none"), 64, "Nothing is recorded at `nobody`, `none`."),
        (("rm",), 64, "Missing argument 'ADDRESS...'."),
    ],
)
def test_what_can_not_be_edited_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], status: int, message: str
) -> None:
    """The state stays as it was, also where one of several addresses would do."""
    shell = made(tmp_path, "trainer", "other")
    before = the_state(tmp_path).read_bytes()

    said = shell("state", *arguments, "--yes")

    assert (said.status, said.out) == (status, "")
    assert message in said.err
    assert before == the_state(tmp_path).read_bytes()


@pytest.mark.parametrize("arguments", [("mv", "made", "open"), ("mv", "nobody", "open"), ("rm", "made", "open")])
def test_an_address_with_an_open_request_is_left_alone(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What became of it has to be known first."""
    said = in_doubt(tmp_path)("state", *arguments, "--yes")

    assert said.status in {5, 64}
    assert "`open` is not known yet" in said.err or "Nothing is recorded at" in said.err


@pytest.mark.parametrize("arguments", [("mv", "trainer", "teacher"), ("rm", "trainer")])
def test_nothing_is_edited_without_a_yes_or_the_lock(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """5 where nobody can be asked, 6 while a run is at work."""
    shell = made(tmp_path, "trainer")
    before = the_state(tmp_path).read_bytes()

    unasked = shell("state", *arguments)
    with a_run_in_progress(tmp_path):
        locked = shell("state", *arguments, "--yes")

    assert (unasked.status, locked.status) == (5, 6)
    assert "Nobody can be asked here; nothing was recorded." in unasked.err
    assert locked.err.startswith("error: the state is locked\n")
    assert before == the_state(tmp_path).read_bytes()


def test_no_key_is_needed(tmp_path: Path) -> None:
    """No API is asked: without a key there is still nothing recorded to edit, and that is what is said."""
    shell = Shell(tmp_path)
    shell.write("gpuspec.yaml", "version: 1\nproject: demo\n")

    assert shell("state", "mv", "a", "b", "--yes").status == 64
    assert shell("state", "rm", "a", "--yes").status == 64
    assert shell("state", "verify").out == "Nothing is wrong: 0 records of demo/default, serial 0\n"


def test_a_state_whose_parts_contradict_one_another_is_told(tmp_path: Path) -> None:
    """6, each fault by name, and the file stays."""
    shell = made(tmp_path, "trainer", "other")
    state = json.loads(the_state(tmp_path).read_text())
    state["records"]["other"]["id"] = state["records"]["trainer"]["id"]
    the_state(tmp_path).write_text(json.dumps(state))

    said = shell("state", "verify")

    assert (said.status, said.err) == (6, "")
    assert said.out.startswith("fault: The machine ID is recorded 2 times: at `")
    assert said.out.endswith("1 fault found: 2 records of demo/default, serial 2\n")


def test_a_state_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    """6, with what is wrong with it."""
    shell = made(tmp_path, "trainer")
    the_state(tmp_path).write_text("{")

    said = shell("state", "verify")

    assert (said.status, said.out) == (6, "")
    assert said.err.startswith("error: the state is damaged\n")
