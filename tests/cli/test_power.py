"""`gpuspec start`, `stop`, `restart`: recorded machines are told to, after a word on what it means."""

from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec


def made(tmp_path: Path, **fields: object) -> Shell:
    """A project with a machine that runs."""
    shell = a_project(tmp_path, a_spec("trainer", **fields))
    assert shell("apply", "--yes").status == 0
    return shell


def test_a_machine_is_stopped_started_and_restarted(tmp_path: Path) -> None:
    """Each is seen through, and the next apply finds nothing to do."""
    shell = made(tmp_path)

    stopped = shell("stop", "trainer", "--yes")
    kept = shell("apply", "--yes")
    started = shell("start", "trainer")
    restarted = shell("restart", "trainer", "--yes")

    assert stopped.out == "  done  trainer  ID  exited\n\nLedger: 1 done\n"
    assert (kept.status, kept.out.splitlines()[-1]) == (0, "Ledger: 1 kept")
    assert started.out == restarted.out == "  done  trainer  ID  running\n\nLedger: 1 done\n"
    assert [said.status for said in (stopped, started, restarted)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("verb", "meaning"), [("stop", "Its GPUs are given back and may not be had again"), ("restart", "interrupted")]
)
def test_without_a_terminal_a_yes_is_needed(tmp_path: Path, verb: str, meaning: str) -> None:
    """Nothing is sent; what it means is said."""
    shell = made(tmp_path)

    said = shell(verb, "trainer")

    assert (said.status, said.out) == (5, "")
    assert meaning in " ".join(said.err.split())
    assert shell("status").out.endswith("Status: 1 running\n")


def test_a_protected_machine_is_not_stopped(tmp_path: Path) -> None:
    """Its data would be kept for some days only."""
    said = made(tmp_path, lifecycle="{protect: true}")("stop", "trainer", "--yes")

    assert said.status == 5
    assert "`lifecycle.protect` forbids to stop `trainer`" in said.err


@pytest.mark.parametrize("verb", ["start", "stop", "restart"])
def test_only_recorded_machines_are_told(tmp_path: Path, verb: str) -> None:
    """Before a state's birth and after it."""
    shell = a_project(tmp_path, a_spec("trainer"))

    before = shell(verb, "trainer", "--yes")
    shell("apply", "--yes", "--wait", "none")
    after = shell(verb, "trainer", "other", "--yes")

    assert (before.status, after.status) == (64, 64)
    assert "No machine is recorded at `other`." in after.err


def test_the_services_reason_is_shown(tmp_path: Path) -> None:
    """And nothing is sent to a machine that is there already."""
    said = made(tmp_path)("start", "trainer", "--json")

    assert '"reason": "already"' in said.raw
    assert said.status == 0
