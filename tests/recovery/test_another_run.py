"""A run after a run, beside a run, from another folder, with another key."""

import json
import shutil
from pathlib import Path

import pytest

from tests.builders.fleet import KILLED, Ended, Fleet, a_service, ended, until

ADDRESSES = ("trainer", "worker-1", "worker-2")


def test_a_second_apply_sends_nothing_and_leaves_the_state_as_it_is(tmp_path: Path) -> None:
    """Byte for byte, and its time of writing too."""
    with a_service() as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for(*ADDRESSES)
        fleet.apply().checked(0)
        content, written = fleet.state_path.read_bytes(), fleet.state_path.stat().st_mtime_ns

        second = fleet.apply().checked(0)

        assert len(fleet.sent) == len(ADDRESSES)
    assert "Ledger: 3 kept" in second.stdout
    assert fleet.state_path.read_bytes() == content
    assert fleet.state_path.stat().st_mtime_ns == written


def test_a_clone_without_the_state_is_refused(tmp_path: Path) -> None:
    """It sees machines with the project's marker that it knows nothing of, and sends nothing."""
    with a_service() as service:
        Fleet(folder=tmp_path / "first", service=service).asks_for(*ADDRESSES).apply().checked(0)
        clone = Fleet(folder=tmp_path / "second", service=service).asks_for(*ADDRESSES, "worker-3")

        refused = clone.apply().checked(5)

        assert len(clone.sent) == len(ADDRESSES)
    assert "trainer" in refused.stderr
    assert not clone.state_path.exists()


def test_a_clone_with_a_state_from_before_is_refused(tmp_path: Path) -> None:
    """The state from version control lacks what was made since; that is not made a second time."""
    with a_service() as service:
        first = Fleet(folder=tmp_path / "first", service=service).asks_for("trainer")
        first.apply().checked(0)
        clone = Fleet(folder=tmp_path / "second", service=service).asks_for(*ADDRESSES)
        shutil.copy(first.state_path, clone.state_path)
        first.asks_for(*ADDRESSES).apply().checked(0)

        clone.apply().checked(5)

        assert len(clone.sent) == len(ADDRESSES)


def test_a_state_put_back_from_before_is_refused(tmp_path: Path) -> None:
    """The folder remembers that it wrote a later one."""
    with a_service() as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer")
        fleet.apply().checked(0)
        before = fleet.state_path.read_bytes()
        fleet.asks_for(*ADDRESSES).apply().checked(0)
        fleet.state_path.write_bytes(before)

        refused = fleet.apply().checked(6)

        assert len(fleet.sent) == len(ADDRESSES)
    assert "stale copy" in refused.stderr


@pytest.mark.parametrize("asked", [("trainer",), ADDRESSES], ids=["nothing to make", "something to make"])
def test_another_accounts_key_is_refused(tmp_path: Path, asked: tuple[str, ...]) -> None:
    """In that account the recorded instances seem gone; neither they nor others are made there."""
    with a_service() as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer")
        fleet.apply().checked(0)
        content = fleet.state_path.read_bytes()
        stranger = Fleet(folder=tmp_path, service=service, key="sk_stranger").asks_for(*asked)

        refused = stranger.apply().checked(5)

        assert stranger.sent == ()
    assert "another API key" in refused.stderr
    assert fleet.state_path.read_bytes() == content


def test_another_accounts_key_is_refused_while_requests_are_open(tmp_path: Path) -> None:
    """In that account they would seem never made; with the right key they are found. What is unresolved gives the 7."""
    with a_service("slow@create:2x:20") as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer", "worker")
        with fleet.start("apply", "--yes") as process:
            until(lambda: len(fleet.instances) == 2)
            process.kill()
            process.communicate()
        stranger = Fleet(folder=tmp_path, service=service, key="sk_stranger")

        stranger.apply().checked(7)
        stranger.run("recover").checked(7)

        assert process.returncode == KILLED
        assert stranger.sent == ()
        fleet.apply().checked(0)
        fleet.assert_whole("trainer", "worker")


def test_a_second_run_at_once_is_told_who_is_at_work(tmp_path: Path) -> None:
    """It ends with 6 and names the process; it sends nothing."""
    with a_service("slow@create:1.0:1.5") as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer")
        with fleet.start("apply", "--yes") as first:
            until(lambda: fleet.sent)
            loser = fleet.apply()
            ended(first).checked(0)

        assert f"process {first.pid}, alive" in loser.checked(6).stderr
        assert "--lock-timeout" in loser.stderr
        fleet.assert_whole("trainer")


def test_a_second_run_that_waits_for_the_lock_then_does_nothing(tmp_path: Path) -> None:
    """What it reads after the wait has all that the first run made."""
    with a_service("slow@create:1.0:1.5") as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer")
        with fleet.start("apply", "--yes") as first:
            until(lambda: fleet.sent)
            second = fleet.apply("--lock-timeout", "60s", "--json")
            ended(first).checked(0)

        assert results(second.checked(0)) == {"kept"}
        assert len(fleet.sent) == 1
        fleet.assert_whole("trainer")


def test_many_runs_at_once_make_each_instance_once(tmp_path: Path) -> None:
    """Whoever gets the lock first makes them; the others wait, and find them made."""
    with a_service() as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for(*ADDRESSES)
        runs = [fleet.start("apply", "--yes", "--lock-timeout", "60s") for _ in range(4)]

        for run in runs:
            ended(run).checked(0)

        assert len(fleet.sent) == len(ADDRESSES)
        fleet.assert_whole(*ADDRESSES)


def results(run: Ended) -> set[str]:
    """The results in a ledger's JSON."""
    return {outcome["result"] for outcome in json.loads(run.stdout)["outcomes"]}
