"""`gpuspec apply` where instances left the spec: they are deleted, once somebody consents, and nothing else is."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec

PLANNED = """\
demo/default at simulator, state serial 2

  -   left  delete: the spec no longer has it: ID; its data is lost

Beside these: 1 unchanged.
Receipt: sha256:…
Plan: 0 to create, 0 to update (0 restarts), 0 to replace, 1 to delete, 0 to forget; 0 unresolved

"""

NO_CONSENT = """\
error: refused
  Nobody can be asked here, and the plan needs a yes; nothing was sent. `--allow-destroy` covers deletes and \
replacements.

hint: look at the plan, then add `--yes --allow-destroy` to this command.
"""


def recorded(shell: Shell) -> set[str]:
    """The addresses that have a record."""
    return set(json.loads(shell("state", "list", "--json").raw)["records"])


def calls(folder: Path, event: str) -> int:
    """How many instances the project's simulator was asked to do this with."""
    return (folder / ".gpuspec" / "simulator" / "world.ndjson").read_text().count(f'"event":"{event}"')


def without_left(tmp_path: Path, *arguments: str, **fields: object) -> Shell:
    """A project of which `left` was made and is not in the spec any more."""
    shell = a_project(tmp_path, a_spec("left", "trainer", **fields))
    assert shell("apply", "--yes", *arguments).status == 0
    shell.write("instances.yaml", a_spec("trainer", **fields))
    return shell


def test_what_left_the_spec_is_deleted(tmp_path: Path) -> None:
    """The plan says that data is lost; the ledger says what is proven gone."""
    shell = without_left(tmp_path)

    said = shell("apply", "--yes", "--allow-destroy")
    again = shell("apply")

    assert said.out == (
        "  deleted  left     ID\n  kept     trainer  ID  running  unchanged: as recorded\n\nLedger: 1 deleted, 1 kept\n"
    )
    assert said.err == PLANNED + "left  proven gone: ID\n"
    assert (said.status, again.status, recorded(shell)) == (0, 0, {"trainer"})


@pytest.mark.parametrize("options", [(), ("--yes",), ("--allow-destroy",)])
def test_deleting_needs_a_consent_of_its_own(tmp_path: Path, options: tuple[str, ...]) -> None:
    """`--yes` does not cover it; nothing is sent."""
    shell = without_left(tmp_path)

    said = shell("apply", *options)

    assert (said.status, said.out) == (5, "")
    assert said.err.endswith("add `--yes --allow-destroy` to this command.\n")
    assert recorded(shell) == {"left", "trainer"}


def test_the_consent_that_is_missing_is_named(tmp_path: Path) -> None:
    """With what it covers."""
    said = without_left(tmp_path)("apply", "--yes")

    assert said.err == PLANNED + NO_CONSENT


def test_a_reviewed_plan_is_consent_to_its_deletes(tmp_path: Path) -> None:
    """Nothing else has to be said."""
    shell = without_left(tmp_path)
    shell("plan", "--out", "plan.json")

    assert shell("apply", "plan.json").status == 0
    assert recorded(shell) == {"trainer"}


def test_what_is_protected_is_refused(tmp_path: Path) -> None:
    """Whatever is allowed; the rest is to be had without it."""
    shell = without_left(tmp_path, lifecycle="{protect: true}")

    refused = shell("apply", "--yes", "--allow-destroy")
    rest = shell("apply", "--yes", "--allow-destroy", "--exclude", "left")

    assert (refused.status, rest.status) == (5, 0)
    assert recorded(shell) == {"left", "trainer"}


def test_what_is_to_be_stopped_is_not_deleted(tmp_path: Path) -> None:
    """A consent to deletions is none to a stop; nothing is sent without its own."""
    shell = without_left(tmp_path, lifecycle="{onRemove: stop}")

    said = shell("apply", "--yes", "--allow-destroy")

    assert (said.status, recorded(shell)) == (5, {"left", "trainer"})
    assert "update: the spec no longer has it (`onRemove: stop`): ID gets a stop" in said.err
    assert said.err.endswith("add `--yes --allow-restart` to this command.\n")


def test_standard_input_removes_nothing(tmp_path: Path) -> None:
    """It has no source, so it speaks for no record that it doesn't name."""
    shell = without_left(tmp_path)

    said = shell("apply", "--yes", "--allow-destroy", "-", stdin=a_spec("trainer").encode())

    assert "Plan: 0 to create" in said.err
    assert "0 to delete" in said.err
    assert recorded(shell) == {"left", "trainer"}


def test_a_file_that_was_not_named_is_left_alone(tmp_path: Path) -> None:
    """Only records of the files that were named are spoken for."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell.write("more.yaml", a_spec("other"))
    assert shell("apply", "--yes", "more.yaml", "instances.yaml").status == 0
    shell.write("instances.yaml", a_spec("worker"))

    said = shell("apply", "--yes", "--allow-destroy", "instances.yaml")

    assert said.status == 0
    assert recorded(shell) == {"other", "worker"}


def test_an_emptied_set_needs_an_allowance_of_its_own(tmp_path: Path) -> None:
    """A template that renders to nothing must not end a fleet."""
    shell = without_left(tmp_path)
    shell.write("instances.yaml", "version: 1\ninstances: {}\n")

    refused = shell("apply", "--yes", "--allow-destroy")
    done = shell("apply", "--yes", "--allow-destroy", "--allow-empty")

    assert (refused.status, done.status, recorded(shell)) == (5, 0, set())
