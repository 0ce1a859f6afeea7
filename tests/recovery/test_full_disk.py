"""A disk that is full from some moment of a run on."""

from pathlib import Path

import pytest

from tests.builders.fleet import Fleet, Service, a_service
from tests.builders.warm import WarmInterpreter, a_warm_interpreter

ADDRESSES = ("trainer", "worker")
FLEET = tuple(f"worker-{number}" for number in range(40))
FEWEST_STEPS = 25
SHARES = 2
HASTY = {"settleWindow": 0.5, "requestTimeout": 1}


@pytest.mark.parametrize("share", range(1, SHARES + 1))
def test_a_disk_that_is_full_from_any_step_on_loses_no_instance(tmp_path: Path, share: int) -> None:
    """The run stops with a message; what it could not write it says, and the next one makes good for it."""
    with a_service() as service, a_warm_interpreter(tmp_path) as interpreter:
        step = share
        while _suffers(service, interpreter, tmp_path, step=step):
            step += SHARES

    assert step > FEWEST_STEPS


def _suffers(service: Service, interpreter: WarmInterpreter, folder: Path, *, step: int) -> bool:
    """Whether a first run does not end well when its disk is full from this step on."""
    fleet = Fleet(folder=folder / str(step), service=service, key=f"sk_{step}", settings=HASTY)
    fleet.asks_for(*ADDRESSES)

    first = interpreter.apply(fleet, failpoint=f"{step}:full")
    fleet.assert_all_named(first.text)
    interpreter.apply(fleet).checked(0)

    fleet.assert_whole(*ADDRESSES)
    assert first.status in {0, 6, 7}
    first.checked(first.status)
    assert first.status == 0 or "No space left on device" in first.text
    return first.status != 0


def test_a_journal_that_can_grow_no_further_loses_no_instance(tmp_path: Path) -> None:
    """With a true limit of the system: requests whose ids can't be written down are told on the way out."""
    # Without coverage in the process: the limit would hold for its data too.
    limited = ("env", "-u", "COVERAGE_PROCESS_CONFIG", "sh", "-c", 'ulimit -f 24 && exec "$@"', "sh")
    with a_service() as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for(*FLEET)

        first = fleet.apply(wrapper=limited)
        fleet.assert_all_named(first.text)
        made = len(fleet.instances)
        fleet.apply().checked(0)

        assert first.status in {6, 7}
        first.checked(first.status)
        assert 0 < made < len(FLEET)
        fleet.assert_whole(*FLEET)
