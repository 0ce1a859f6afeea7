"""Runs on a shared state: killed at steps of its store, several at once, and one that slept while its lock broke."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders.fleet import KILLED, Service, a_service, ended, until
from tests.builders.s3 import S3
from tests.builders.shared_fleet import HASTY, SharedFleet, a_shared_fleet
from tests.builders.warm import WarmInterpreter, a_warm_interpreter

ADDRESSES = ("trainer", "worker")
# With fewer steps than a run has, the failpoints would not be where they should be.
FEWEST_STEPS = 30
FEWEST_MOVING_STEPS = 10
# A longer campaign has a one here.
STRIDE = 4


@pytest.mark.parametrize(("mode", "first"), [("before", 2), ("after", 1)])
def test_a_run_that_dies_at_a_step_of_its_store_is_made_good_by_the_next(
    tmp_path: Path, s3: S3, mode: str, first: int
) -> None:
    """One instance an address, all of them recorded; the lock that it left is broken by hand, and only by hand."""
    with a_service() as service, a_warm_interpreter(tmp_path) as interpreter:
        step = first
        while _dies(service, interpreter, s3, tmp_path, failpoint=f"{step}:{mode}:objects"):
            step += STRIDE

    assert step > FEWEST_STEPS


def _dies(service: Service, interpreter: WarmInterpreter, s3: S3, folder: Path, *, failpoint: str) -> bool:
    """Whether a first run dies at this failpoint; the plain run after it has to make good for it."""
    fleet = a_shared_fleet(folder / failpoint.replace(":", "-"), service, s3, key=f"sk_{failpoint}")
    fleet.asks_for(*ADDRESSES)

    first = interpreter.apply(fleet, failpoint=failpoint)
    fleet.assert_never_repeated()
    if fleet.store.held() is not None:
        assert "gpuspec unlock" in interpreter.apply(fleet).checked(6).stderr
        fleet.break_lock()
    interpreter.apply(fleet).checked(0)

    fleet.assert_whole(*ADDRESSES)
    assert first.status in {0, KILLED}, first.text
    return first.status == KILLED


def test_a_migration_that_dies_at_a_call_is_done_again(tmp_path: Path, s3: S3) -> None:
    """Until its note is there, the place that was to be left counts; a lock that is in the way says what to do."""
    with a_service() as service, a_warm_interpreter(tmp_path) as interpreter:
        step = 1
        while _dies_moving(service, interpreter, s3, tmp_path, failpoint=f"{step}:after:objects"):
            step += STRIDE

    assert step > FEWEST_MOVING_STEPS


def _dies_moving(service: Service, interpreter: WarmInterpreter, s3: S3, folder: Path, *, failpoint: str) -> bool:
    """Whether a migration from a file dies at this failpoint; another one, and an apply, have to make good for it."""
    shared = a_shared_fleet(folder / f"move-{failpoint.replace(':', '-')}", service, s3, key=f"sk_move_{failpoint}")
    local = replace(shared, settings=HASTY).asks_for("trainer")
    interpreter.apply(local).checked(0)
    move = ("state", "migrate", "--to", str(shared.place), "--yes")

    first = interpreter.run(local, *move, failpoint=failpoint)
    if first.status == KILLED:
        is_through = "moved to another place" in interpreter.run(local, "plan", "--detailed-exitcode").stderr
        lock = shared.store.held()
        if lock is not None:
            broken = interpreter.run(local, "unlock", lock.id, "--state", str(shared.place), "--yes").checked(0)
            assert "Run that `state migrate` again" in broken.stderr
        interpreter.run(local, *move).checked(6 if is_through else 0)
    interpreter.apply(shared.asks_for(*ADDRESSES)).checked(0)

    shared.assert_whole(*ADDRESSES)
    interpreter.run(local.asks_for(*ADDRESSES), "plan").checked(6)
    assert first.status in {0, KILLED}, first.text
    return first.status == KILLED


def test_runs_from_several_clones_at_once_make_each_instance_once(tmp_path: Path, s3: S3) -> None:
    """Whoever gets the lock first makes them; the others wait, and find them made."""
    with a_service() as service:
        first = a_shared_fleet(tmp_path / "1", service, s3).asks_for(*ADDRESSES)
        clones = [a_shared_fleet(tmp_path / str(number), service, s3, place=first.place) for number in (2, 3)]
        fleets = [first, *(clone.asks_for(*ADDRESSES) for clone in clones)]
        runs = [fleet.start("apply", "--yes", "--lock-timeout", "60s") for fleet in fleets]

        for run in runs:
            ended(run).checked(0)

        assert len(first.sent) == len(ADDRESSES)
        first.assert_whole(*ADDRESSES)


def test_a_second_run_at_once_is_told_who_is_at_work_and_how_to_break_the_lock(tmp_path: Path, s3: S3) -> None:
    """It ends with 6 and sends nothing; so does an unlock that names another lock."""
    with a_service("slow@create:1.0:1.5") as service:
        fleet = a_shared_fleet(tmp_path, service, s3).asks_for("trainer")
        with fleet.start("apply", "--yes") as first:
            until(lambda: fleet.sent)
            loser = fleet.apply()
            wrong = fleet.run("unlock", "0123456789abcdef", "--yes")
            ended(first).checked(0)

        assert f"process {first.pid}, alive" in loser.checked(6).stderr
        assert "gpuspec unlock" in loser.stderr
        wrong.checked(64)
        fleet.assert_whole("trainer")


def test_a_run_that_slept_while_its_lock_was_broken_sends_nothing_more(tmp_path: Path, s3: S3) -> None:
    """The run after it finds what was under way and makes the rest; the sleeper is told before its next request."""
    addresses = ("one", "two", "three")
    with a_service("slow@create:1.0:1.0") as service:
        fleet = a_shared_fleet(tmp_path / "sleeper", service, s3).asks_for(*addresses)
        other = a_shared_fleet(tmp_path / "other", service, s3, place=fleet.place).asks_for(*addresses)
        with fleet.start("apply", "--yes", "--parallelism", "1") as sleeper:
            until(lambda: fleet.sent)
            sleeper.send_signal(signal.SIGSTOP)
            lock = _lock_of(fleet)
            told = other.run("unlock", lock, "--yes").checked(0)
            other.apply().checked(0)
            sleeper.send_signal(signal.SIGCONT)
            awake = ended(sleeper)

        assert f"process {sleeper.pid}, alive" in told.stderr
        assert "one  create, not known to be through" in told.stderr
        assert "was broken while this run held it" in awake.checked(7).stderr
        assert len(fleet.sent) == len(addresses)
        other.assert_whole(*addresses)


def _lock_of(fleet: SharedFleet) -> str:
    lock = fleet.store.held()
    assert lock is not None
    return lock.id
