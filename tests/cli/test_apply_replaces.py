"""`gpuspec apply` where a machine has to give way to another one: what is shown, asked for, done and told."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec

CONSENT = ("--yes", "--allow-destroy")
PLANNED = """\
demo/default at simulator, state serial 2

  -/+ trainer  replace: `gpuNum` can't be changed in place: ID is deleted, then another is made; its root disk is lost
      gpuNum  1 → 2

Receipt: sha256:…
Plan: 0 to create, 0 to update (0 restarts), 1 to replace, 0 to delete, 0 to forget; 0 unresolved

"""


def a_bigger_one(tmp_path: Path, lifecycle: str = "{}") -> Shell:
    """A project of which `trainer` was made with one GPU, and is to have two."""
    settings = "settleWindow: 0.2\nrequestTimeout: 0.5\n"
    shell = a_project(tmp_path, a_spec("trainer", lifecycle=lifecycle), settings=settings)
    assert shell("apply", "--yes").status == 0
    shell.write("instances.yaml", a_spec("trainer", gpuNum=2, lifecycle=lifecycle))
    return shell


def record(shell: Shell, address: str = "trainer") -> dict[str, object]:
    """What the state says of it."""
    found: dict[str, object] = json.loads(shell("state", "list", "--json").raw)["records"][address]
    return found


def made_and_removed(folder: Path) -> list[str]:
    """What the project's simulator did, in order: makes and removals."""
    lines = (folder / ".gpuspec" / "simulator" / "world.ndjson").read_text().splitlines()
    events = (json.loads(line)["event"] for line in lines[1:])
    return [event for event in events if event in {"create", "delete"}]


def test_a_machine_is_deleted_and_another_one_made(tmp_path: Path) -> None:
    """One line in the plan, one in the ledger; the progress tells each step."""
    shell = a_bigger_one(tmp_path)
    before = record(shell)["id"]

    said = shell("apply", *CONSENT)
    again = shell("plan", "--detailed-exitcode")

    assert said.out == "  done  trainer  ID  running  replaced: It takes the place of ID.\n\nLedger: 1 done\n"
    assert said.err == PLANNED + "trainer  proven gone: ID\ntrainer  made: ID\ntrainer  replaced: ID, in place of ID\n"
    assert (said.status, again.status) == (0, 0)
    assert record(shell)["id"] != before
    assert made_and_removed(tmp_path) == ["create", "delete", "create"]


def test_with_create_before_destroy_another_one_is_made_first(tmp_path: Path) -> None:
    """The one before goes once the other one runs."""
    shell = a_bigger_one(tmp_path, "{createBeforeDestroy: true}")

    said = shell("apply", *CONSENT)
    again = shell("plan", "--detailed-exitcode")

    assert said.out == "  done  trainer  ID  running  replaced: It takes the place of ID.\n\nLedger: 1 done\n"
    assert "another is made, then ID is deleted; its root disk is lost" in said.err
    assert said.err.endswith("trainer  made: ID\ntrainer  proven gone: ID\ntrainer  replaced: ID, in place of ID\n")
    assert (said.status, again.status) == (0, 0)
    assert made_and_removed(tmp_path) == ["create", "create", "delete"]


@pytest.mark.parametrize("options", [(), ("--yes",), ("--allow-destroy",)])
def test_replacing_needs_a_consent_of_its_own(tmp_path: Path, options: tuple[str, ...]) -> None:
    """`--yes` does not cover it; nothing is sent."""
    shell = a_bigger_one(tmp_path)

    said = shell("apply", *options)

    assert (said.status, said.out) == (5, "")
    assert made_and_removed(tmp_path) == ["create"]


@pytest.mark.parametrize("create_first", ["false", "true"])
def test_a_protected_machine_is_not_replaced(tmp_path: Path, create_first: str) -> None:
    """In neither direction."""
    shell = a_bigger_one(tmp_path, f"{{protect: true, createBeforeDestroy: {create_first}}}")

    said = shell("apply", *CONSENT)

    assert said.status == 5
    assert made_and_removed(tmp_path) == ["create"]


def test_a_create_that_fails_after_the_delete_is_made_up_for_by_the_next_apply(tmp_path: Path) -> None:
    """The ledger says that the machine is gone."""
    shell = a_bigger_one(tmp_path)

    said = shell("apply", *CONSENT, "--fault", "no-capacity@create:1x")
    again = shell("apply", "--yes")

    assert said.out == (
        "  failed  trainer  -  INSUFFICIENT_RESOURCE: a fault that was ordered. ID is deleted, and nothing was made in "
        "its place; the next apply creates it.\n\n"
        "hint: failed: what failed is not done; mend the reason and apply again:\n    gpuspec apply\n\n"
        "Ledger: 1 failed\n"
    )
    assert (said.status, again.status) == (4, 0)
    assert again.out == "  done  trainer  ID  running\n\nLedger: 1 done\n"


def test_a_create_that_fails_first_leaves_what_is_there(tmp_path: Path) -> None:
    """And the next apply tries again."""
    shell = a_bigger_one(tmp_path, "{createBeforeDestroy: true}")
    before = record(shell)["id"]

    said = shell("apply", *CONSENT, "--fault", "no-capacity@create:1x")

    assert said.status == 4
    assert "ID, which it is to replace, stays for now." in said.out
    assert (record(shell)["id"], made_and_removed(tmp_path)) == (before, ["create"])
    assert shell("apply", *CONSENT).status == 0


def test_one_that_does_not_start_leaves_the_one_before_for_the_next_apply(tmp_path: Path) -> None:
    """It is outgoing: the next plan deletes it, with a consent of its own."""
    shell = a_bigger_one(tmp_path, "{createBeforeDestroy: true}")

    said = shell("apply", *CONSENT, "--fault", "start-failure@create:1x")
    held = record(shell)
    planned = shell("plan")
    again = shell("apply", *CONSENT)

    assert (said.status, again.status) == (4, 0)
    assert said.out.startswith("  made, not ready  trainer  ID  pending  status-error: ")
    assert made_and_removed(tmp_path) == ["create", "create", "delete"]
    assert len(held["outgoing"]) == 1  # type: ignore[arg-type]
    assert "was replaced, and is still to be deleted" in planned.out
    assert record(shell).get("outgoing", []) == []


@pytest.mark.parametrize("lifecycle", ["{}", "{createBeforeDestroy: true}"])
@pytest.mark.parametrize(
    "fault", ["lost-response@create:1x", "lost-request@create:1x", "lost-response@delete:1x", "lost-request@delete:1x"]
)
def test_lost_answers_double_nothing(tmp_path: Path, lifecycle: str, fault: str) -> None:
    """Settled in the same run."""
    shell = a_bigger_one(tmp_path, lifecycle)

    said = shell("apply", *CONSENT, "--fault", fault)

    assert said.status == 0, said.out
    assert sorted(made_and_removed(tmp_path)) == ["create", "create", "delete"]
    assert shell("plan", "--detailed-exitcode").status == 0


def test_a_replacement_can_be_asked_for(tmp_path: Path) -> None:
    """Where nothing changed."""
    shell = a_project(tmp_path, a_spec("other", "trainer"))
    assert shell("apply", "--yes").status == 0
    before = record(shell)["id"]

    said = shell("apply", *CONSENT, "--replace", "trainer")

    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 done, 1 kept")
    assert record(shell)["id"] != before


def test_the_ledger_says_as_data_what_was_replaced(tmp_path: Path) -> None:
    """One outcome, with the id of the machine that is there."""
    shell = a_bigger_one(tmp_path)

    said = shell("apply", *CONSENT, "--json")

    (outcome,) = json.loads(said.raw)["outcomes"]
    assert (outcome["result"], outcome["reason"], outcome["id"]) == ("done", "replaced", record(shell)["id"])
