"""`gpuspec apply` where deletions go wrong: what is not proven gone stays recorded, and the next run goes on."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec

CONSENT = ("--yes", "--allow-destroy")


def without_left(tmp_path: Path) -> Shell:
    """A project of which `left` was made and is not in the spec any more; nothing takes long in it."""
    shell = a_project(tmp_path, a_spec("left", "trainer"), settings="settleWindow: 0.2\nrequestTimeout: 0.5\n")
    assert shell("apply", "--yes").status == 0
    shell.write("instances.yaml", a_spec("trainer"))
    return shell


def recorded(shell: Shell) -> set[str]:
    """The addresses that have a record."""
    return set(json.loads(shell("state", "list", "--json").raw)["records"])


@pytest.mark.parametrize(
    "fault",
    [
        "lost-request@delete:1x",
        "lost-response@delete:1x",
        "500-after@delete:2x",
        "429@delete:1x",
        "empty-bodies@delete:1",
        "missing-404@delete,get:1",
    ],
)
def test_it_is_gone_in_the_end_and_nothing_else_is(tmp_path: Path, fault: str) -> None:
    """Lost answers are settled by reading."""
    shell = without_left(tmp_path)

    said = shell("apply", *CONSENT, "--fault", fault)

    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 deleted, 1 kept")
    assert recorded(shell) == {"trainer"}


def test_a_run_that_does_not_wait_leaves_it_to_the_next(tmp_path: Path) -> None:
    """7 until it is known; a plan says what is open, `recover` settles it, and apply deletes then."""
    shell = without_left(tmp_path)

    unsettled = shell("apply", *CONSENT, "--settle", "0", "--fault", "lost-request@delete:1")
    planned = shell("plan")
    recovered = shell("recover")
    done = shell("apply", *CONSENT)

    assert (unsettled.status, unsettled.out.splitlines()[-1]) == (7, "Ledger: 1 kept, 1 unresolved")
    assert "?   left  unresolved: a request to delete ID was sent and what became of it is not known" in planned.out
    assert (recovered.status, recovered.out.splitlines()[-1]) == (0, "Ledger: 1 absent")
    assert (done.status, recorded(shell)) == (0, {"trainer"})


def test_what_an_earlier_run_left_is_settled_before_the_next_plan(tmp_path: Path) -> None:
    """It was done: its record is dropped, and nothing is left to do."""
    shell = without_left(tmp_path)
    shell("apply", *CONSENT, "--settle", "0", "--wait-timeout", "0s", "--fault", "lost-response@delete:1")

    said = shell("apply")

    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 kept")
    assert recorded(shell) == {"trainer"}


def test_one_that_is_refused_stays_recorded(tmp_path: Path) -> None:
    """With the service's reason; a month that was paid for can't be given back."""
    shell = a_project(tmp_path, a_spec("left", billingMode="monthly", month=1))
    shell.write("more.yaml", a_spec("trainer"))
    both = ("instances.yaml", "more.yaml")
    assert shell("apply", "--yes", "--allow-prepaid", *both).status == 0
    shell.write("instances.yaml", a_spec("other"))

    said = shell("apply", *CONSENT, *both)

    assert said.status == 4
    assert "PREPAID_INSTANCE_NOT_SUPPORT_RELEASE" in said.out
    assert recorded(shell) == {"left", "other", "trainer"}
