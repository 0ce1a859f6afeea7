"""A run that dies at any step of its disk work, and the run after it."""

from pathlib import Path

import pytest

from tests.builders.fleet import KILLED, Fleet, Service, a_service
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
