"""Runs that replace a machine and die at any step of their disk work, and the runs after them."""

from pathlib import Path

import pytest

from tests.builders.fleet import KILLED, Fleet, until
from tests.builders.generations import (
    CONSENT,
    HASTY,
    Beginning,
    a_beginning,
    a_service_that_shows_what_was_removed,
    alive,
    applied_until_done,
)
from tests.builders.warm import WarmInterpreter, a_warm_interpreter

# With fewer steps, and writes among them, than a run has, the failpoints would not be where they should be.
FEWEST = {"before": 20, "after": 20, "half": 6}
# Every third step of a mode, each beginning elsewhere, so that together they strike everywhere; `kills` in
# `tests.campaigns` strikes at any.
STRIDE = 3
BEGINS = {"before": 1, "after": 2, "half": 3}
BOTH = pytest.mark.parametrize("create_first", [False, True], ids=["delete first", "create first"])


@BOTH
@pytest.mark.parametrize("mode", ["before", "after", "half"])
def test_a_replacement_that_dies_at_any_step_is_made_good(tmp_path: Path, mode: str, create_first: bool) -> None:
    """In the end there is one machine, another one than before, and a plan has nothing to do."""
    with a_service_that_shows_what_was_removed() as service, a_warm_interpreter(tmp_path) as interpreter:
        fleet = Fleet(folder=tmp_path / "first", service=service, settings=HASTY)
        beginning = a_beginning(fleet, "trainer", create_first=create_first)
        step = BEGINS[mode]
        while _dies(beginning, interpreter, tmp_path / str(step), failpoint=f"{step}:{mode}"):
            step += STRIDE

    assert step > FEWEST[mode]


@BOTH
@pytest.mark.parametrize("call", ["create", "delete"])
def test_a_replacement_that_is_killed_while_a_call_is_under_way_is_made_good(
    tmp_path: Path, call: str, create_first: bool
) -> None:
    """The service has the request, and has done it; nobody heard the answer."""
    with (
        a_service_that_shows_what_was_removed(f"slow@{call}:2x:20") as service,
        a_warm_interpreter(tmp_path) as interpreter,
    ):
        fleet = Fleet(folder=tmp_path / "first", service=service, settings=HASTY)
        beginning = a_beginning(fleet, "trainer", create_first=create_first)
        before = len(service.world.mutating_requests)
        with fleet.start("apply", "--yes", CONSENT) as process:
            until(lambda: call in {request.call for request in service.world.mutating_requests[before:]})
            process.kill()
            process.communicate()

        applied_until_done(fleet, interpreter)

        beginning.assert_replaced(fleet)
    assert process.returncode == KILLED


def _dies(beginning: Beginning, interpreter: WarmInterpreter, folder: Path, *, failpoint: str) -> bool:
    """Whether a run over the beginning dies at this failpoint; those after it make good for it."""
    fleet = beginning.again_in(folder)
    first = interpreter.apply(fleet, CONSENT, failpoint=failpoint)
    assert len(alive(fleet)) <= 2, "more machines than a replacement needs"

    applied_until_done(fleet, interpreter)

    beginning.assert_replaced(fleet)
    assert first.status in {0, KILLED}, first.text
    return first.status == KILLED
