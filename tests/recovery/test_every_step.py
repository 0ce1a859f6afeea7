"""A run that dies at any step of its disk work, and the run after it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders.fleet import KILLED, REPOSITORY, Fleet, Service, a_service, until
from tests.builders.warm import WarmInterpreter, a_warm_interpreter

ADDRESSES = ("trainer", "worker")
# With fewer steps, and writes among them, than a run has, the failpoints would not be where they should be.
FEWEST_STEPS = 40
FEWEST_WRITES = 8
SHARES = 4
# A killed request reaches this service at once or never: longer windows would only be waited for.
HASTY = {"settleWindow": 0.5, "requestTimeout": 1}


@pytest.mark.parametrize("share", range(1, SHARES + 1))
@pytest.mark.parametrize("mode", ["before", "after"])
def test_a_run_that_dies_at_any_step_is_made_good_by_the_next(tmp_path: Path, mode: str, share: int) -> None:
    """At each step of the disk, right before it and right after it: one instance an address, all of them recorded."""
    with a_service() as service, a_warm_interpreter(tmp_path) as interpreter:
        step = share
        while _dies(service, interpreter, tmp_path, failpoint=f"{step}:{mode}"):
            step += SHARES

    assert step > FEWEST_STEPS


def test_a_run_that_dies_in_the_middle_of_a_write_is_made_good_by_the_next(tmp_path: Path) -> None:
    """Half a line, half a state, half a key: none of them is taken for a whole one, and none is in the way."""
    with a_service() as service, a_warm_interpreter(tmp_path) as interpreter:
        step = 1
        while _dies(service, interpreter, tmp_path, failpoint=f"{step}:half"):
            step += 1

    assert step > FEWEST_WRITES


@pytest.mark.parametrize("share", range(1, SHARES + 1))
def test_a_run_that_dies_at_any_step_of_making_good_is_made_good_itself(tmp_path: Path, share: int) -> None:
    """The one before it was killed with requests under way; their instances are found, and nothing is sent again."""
    with a_service("slow@create:2x:20") as service, a_warm_interpreter(tmp_path) as interpreter:
        fleet = _killed_while_sending(service, tmp_path / "first")
        step = share
        while _dies_making_good(fleet, interpreter, tmp_path / str(step), failpoint=f"{step}:after"):
            step += SHARES

        assert len(fleet.sent) == len(ADDRESSES)
    assert step > FEWEST_STEPS


def test_the_program_has_no_way_to_the_failpoints() -> None:
    """They stand in the tests, and no module of the program names them."""
    modules = (REPOSITORY / "gpuspec").rglob("*.py")

    assert [path for path in modules if "failpoint" in path.read_text(encoding="utf-8").lower()] == []


def _dies(service: Service, interpreter: WarmInterpreter, folder: Path, *, failpoint: str) -> bool:
    """Whether a first run dies at this failpoint; the plain run after it has to make good for it."""
    place = folder / failpoint.replace(":", "-")
    fleet = Fleet(folder=place, service=service, key=f"sk_{failpoint}", settings=HASTY).asks_for(*ADDRESSES)

    first = interpreter.apply(fleet, failpoint=failpoint)
    fleet.assert_never_repeated()
    interpreter.apply(fleet).checked(0)

    fleet.assert_whole(*ADDRESSES)
    assert first.status in {0, KILLED}, first.text
    return first.status == KILLED


def _dies_making_good(fleet: Fleet, interpreter: WarmInterpreter, folder: Path, *, failpoint: str) -> bool:
    """Whether a run over a copy of what the killed one left dies at this failpoint; the next makes good for it."""
    shutil.copytree(fleet.folder, folder)
    copy = replace(fleet, folder=folder)

    second = interpreter.apply(copy, failpoint=failpoint)
    interpreter.apply(copy).checked(0)

    copy.assert_whole(*ADDRESSES)
    assert second.status in {0, KILLED}, second.text
    return second.status == KILLED


def _killed_while_sending(service: Service, folder: Path) -> Fleet:
    """A fleet whose first run was killed when the service had its requests and had not answered."""
    fleet = Fleet(folder=folder, service=service, settings=HASTY).asks_for(*ADDRESSES)
    with fleet.start("apply", "--yes") as process:
        until(lambda: len(fleet.instances) == len(ADDRESSES))
        process.kill()
        process.communicate()
    return fleet
