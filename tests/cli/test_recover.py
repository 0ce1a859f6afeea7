"""`gpuspec recover`: what became of requests whose answer was lost."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import Said, Shell, a_project, a_spec

NOT_THERE = """\
error: refused
  The service knows no instance ID.

hint: check the id; if there is none, use `--absent`.
"""


def in_doubt(folder: Path, *faults: str) -> Shell:
    """A project whose create was answered by nothing, and whose run did not wait to learn more."""
    shell = a_project(folder, a_spec("trainer"), settings="settleWindow: 0.2\nrequestTimeout: 0.5\n")
    said = shell("apply", "--yes", "--wait", "none", "--settle", "0", *faults)
    assert said.status == 7, said
    return shell


def lost(folder: Path) -> Shell:
    """The request never reached the service."""
    return in_doubt(folder, "--fault", "lost-request:1")


def unseen(folder: Path) -> Shell:
    """The instance is there, but nothing shows its marker yet."""
    return in_doubt(folder, *(f"--fault={kind}:1" for kind in ("lost-response", "no-envs-in-list", "no-envs-in-get")))


def the_id(folder: Path) -> str:
    """The id of what the project's simulator made first."""
    world = (folder / ".gpuspec" / "simulator" / "world.ndjson").read_text().splitlines()[1:]
    return str(json.loads(world[0])["id"])


def test_nothing_open_is_nothing_to_do(tmp_path: Path) -> None:
    """Without a state, and with one that has no open request."""
    shell = a_project(tmp_path, a_spec("trainer"))

    before = shell("recover")
    shell("apply", "--yes", "--wait", "none")
    after = shell("recover")

    assert (before.status, before.out, before.err) == (0, "Ledger: nothing to do\n", "")
    assert (after.status, after.out, after.err) == (0, "Ledger: nothing to do\n", "")


def test_a_request_that_made_nothing_is_judged_absent(tmp_path: Path) -> None:
    """After the window, and the next apply makes the instance."""
    shell = lost(tmp_path)

    said = shell("recover")

    assert (said.status, said.out) == (
        0,
        "  absent  trainer  -  The request made nothing; the next apply makes it anew.\n\nLedger: 1 absent\n",
    )
    assert shell("apply", "--yes", "--wait", "none").out == "  done  trainer  ID\n\nLedger: 1 done\n"


def test_a_recover_that_does_not_wait_leaves_it_open(tmp_path: Path) -> None:
    """7, with both ways on."""
    said = lost(tmp_path)("recover", "--settle", "0")

    assert (said.status, said.out.splitlines()[-1]) == (7, "Ledger: 1 unresolved")
    assert "`gpuspec recover trainer --found ID` or `--absent`" in said.out


def test_what_the_request_made_is_found(tmp_path: Path) -> None:
    """It is recorded, and the next apply keeps it."""
    shell = unseen(tmp_path)

    said = shell("recover")

    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 found")
    assert shell("apply", "--yes", "--wait", "none").out.endswith("Ledger: 1 kept\n")


def test_a_person_can_name_what_the_request_made(tmp_path: Path) -> None:
    """The instance has to be there; it is recorded at the address."""
    shell = unseen(tmp_path)

    wrong = shell("recover", "trainer", "--found", "0123456789abcdef")
    said = shell("recover", "trainer", "--found", the_id(tmp_path))

    assert (wrong.status, wrong.err) == (
        5,
        NOT_THERE,
    )
    assert (said.status, said.out, said.err) == (0, "trainer  recorded as ID\n", "")
    assert the_id(tmp_path) in shell("state", "list").raw


def test_a_person_can_say_that_nothing_was_made(tmp_path: Path) -> None:
    """The address is free again, and the request is still looked for."""
    shell = lost(tmp_path)

    said = shell("recover", "trainer", "--absent", "--json")

    assert said.status == 0
    assert json.loads(said.raw) == {"version": 1, "command": "recover", "address": "trainer", "id": ""}
    assert "judged absent: trainer (marker ID) at TIME\n" in shell("state", "list").out
    assert shell("apply", "--yes", "--wait", "none").status == 0


def test_an_instance_that_turns_up_after_all_is_reported(tmp_path: Path) -> None:
    """A person was wrong: each run says so with 7 and makes no second one, until the person takes it back."""
    shell = unseen(tmp_path)
    shell("recover", "trainer", "--absent")

    told = shell("apply", "--yes", "--wait", "none")
    taken = shell("recover", "trainer", "--found", the_id(tmp_path))

    assert (told.status, told.out.splitlines()[-1]) == (7, "Ledger: 1 unresolved")
    assert "ID turned up after its create request had been judged absent" in told.out
    assert (taken.status, taken.out) == (0, "trainer  recorded as ID\n")
    assert shell("apply", "--yes", "--wait", "none").out.endswith("Ledger: 1 kept\n")


def an_edit_in_doubt(folder: Path) -> Shell:
    """The call to let a disk grow was answered by nothing, and the run did not wait to learn more."""
    shell = a_project(folder, a_spec("trainer"), settings="settleWindow: 0.2\nrequestTimeout: 0.5\n")
    assert shell("apply", "--yes").status == 0
    shell.write("instances.yaml", a_spec("trainer", rootfsSize=80))
    fault = ("--settle", "0", "--fault", "lost-request@edit:1")
    assert shell("apply", "--yes", "--allow-restart", *fault).status == 7
    return shell


def test_a_call_that_did_nothing_is_planned_anew(tmp_path: Path) -> None:
    """Read from the machine."""
    shell = an_edit_in_doubt(tmp_path)

    said = shell("recover")

    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 absent")
    assert shell("plan", "--detailed-exitcode").status == 2


@pytest.mark.parametrize(
    ("decision", "words", "pending"),
    [
        ("--absent", "taken as not done: to edit ID; the next apply plans anew", 2),
        ("--done", "taken as done: to edit ID", 0),
    ],
)
def test_a_person_can_decide_on_a_call(tmp_path: Path, decision: str, words: str, pending: int) -> None:
    """What is done is recorded as it was asked for, what is not is planned anew."""
    shell = an_edit_in_doubt(tmp_path)

    told = shell("recover", "--settle", "0")
    said = shell("recover", "trainer", decision)

    assert told.status == 7
    assert "You can decide: `gpuspec recover trainer --done` or `--absent`." in told.out
    assert (said.status, said.out) == (0, f"trainer  {words}\n")
    assert shell("plan", "--detailed-exitcode").status == pending


def test_that_a_machine_is_gone_is_not_decided(tmp_path: Path) -> None:
    """It costs money until it is proven gone."""
    shell = a_project(tmp_path, a_spec("left", "trainer"), settings="settleWindow: 0.2\nrequestTimeout: 0.5\n")
    assert shell("apply", "--yes").status == 0
    shell.write("instances.yaml", a_spec("trainer"))
    shell("apply", "--yes", "--allow-destroy", "--settle", "0", "--fault", "lost-request@delete:1")

    said = shell("recover", "left", "--done")

    assert said.status in {5, 7}
    assert "That ID is gone has to be proven." in said.err


def test_a_person_can_say_that_a_deletion_did_nothing(tmp_path: Path) -> None:
    """The next apply tells the machine to go once more."""
    shell = a_project(tmp_path, a_spec("left", "trainer"), settings="settleWindow: 0.2\nrequestTimeout: 0.5\n")
    assert shell("apply", "--yes").status == 0
    shell.write("instances.yaml", a_spec("trainer"))
    shell("apply", "--yes", "--allow-destroy", "--settle", "0", "--fault", "lost-request@delete:1")

    said = shell("recover", "left", "--absent", "--json")

    assert json.loads(said.raw)["id"] == json.loads(shell("state", "list", "--json").raw)["records"]["left"]["id"]
    assert shell("apply", "--yes", "--allow-destroy").out.splitlines()[-1] == "Ledger: 1 deleted, 1 kept"


@pytest.mark.parametrize(
    "arguments",
    [
        ("trainer",),
        ("--absent",),
        ("--found", "abc"),
        ("trainer", "--absent", "--found", "abc"),
        ("trainer", "--done", "--absent"),
    ],
)
def test_an_address_and_a_decision_go_together(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """One without the other is wrong usage."""
    said = a_project(tmp_path, a_spec("trainer"))("recover", *arguments)

    assert_wrong_usage(said, "An ADDRESS needs one of `--found ID`, `--absent` and `--done`, and they need an ADDRESS.")


@pytest.mark.parametrize("decision", [("--absent",), ("--done",), ("--found", "abc")])
@pytest.mark.parametrize("applied", [False, True])
def test_only_what_is_open_can_be_decided(tmp_path: Path, decision: tuple[str, ...], applied: bool) -> None:
    """An address without an open request is named."""
    shell = a_project(tmp_path, a_spec("trainer"))
    if applied:
        shell("apply", "--yes", "--wait", "none")

    assert_wrong_usage(shell("recover", "trainer", *decision), "No request for `trainer` is open.")


def assert_wrong_usage(said: Said, message: str) -> None:
    """64, and this message."""
    assert (said.status, said.out) == (64, "")
    assert said.err.startswith(f"error: wrong usage\n  {message}\n")
