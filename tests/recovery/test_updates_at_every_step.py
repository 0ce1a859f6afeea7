"""An update whose run dies at a step of its disk work, and the run after it: nothing is done twice."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gpuspec.simulator.app import account_of
from gpuspec.simulator.instance import Instance
from tests.builders.fleet import KILLED, Fleet, Service, a_service, until
from tests.builders.warm import WarmInterpreter, a_warm_interpreter

CONSENT = ("--allow-restart", "--allow-prepaid")
# With fewer steps than a run has, the failpoints would not be where they should be.
FEWEST_STEPS = 20
# Every so many steps; `kills` in `tests.campaigns` strikes at any.
STRIDE = 3
HASTY = {"settleWindow": 0.5, "requestTimeout": 1}
STOPPED: dict[str, Any] = {"lifecycle": {"desired": "stopped"}}
GROWN: dict[str, Any] = {"rootfsSize": 30, "ports": "8080/http"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the machine is made as (None: it is not there yet), what it is to become, and the calls that this takes."""

    first: dict[str, Any] | None
    then: dict[str, Any]
    calls: tuple[str, ...]


CASES = {
    "on": Case(
        first={},
        then={**GROWN, "envs": {"RUN": "daily"}, "billingMode": "monthly", **STOPPED},
        calls=("edit", "upgrade", "monthly", "stop"),
    ),
    "made": Case(first=None, then=STOPPED, calls=("create", "stop")),
    "off": Case(first=STOPPED, then={"lifecycle": {"desired": "running"}}, calls=("start",)),
}


@pytest.mark.parametrize("case", CASES)
def test_an_update_that_dies_at_any_step_is_made_good_by_the_next(tmp_path: Path, case: str) -> None:
    """Each call reaches the machine once, the disk grows by what was asked for, and nothing is left to do."""
    with a_service() as service, a_warm_interpreter(tmp_path) as interpreter:
        step = 1
        while _dies(CASES[case], service, interpreter, tmp_path / str(step), failpoint=f"{step}:after"):
            step += STRIDE

    assert step > FEWEST_STEPS


def _dies(case: Case, service: Service, interpreter: WarmInterpreter, folder: Path, *, failpoint: str) -> bool:
    """Whether an update dies at this failpoint; the plain run after it has to make good for it."""
    fleet = Fleet(folder=folder, service=service, key=f"sk_{failpoint}", settings=HASTY).asks_for("trainer")
    if case.first is not None:
        _ask(fleet, case.first)
        interpreter.apply(fleet, *CONSENT).checked(0)
    made = len(_calls(fleet))
    _ask(fleet, case.then)

    dying = interpreter.apply(fleet, *CONSENT, failpoint=failpoint)
    # A plan says nothing about the power of a machine that is on its way.
    until(lambda: all(service.world.status(machine.id) in {"running", "exited"} for machine in fleet.instances))
    interpreter.apply(fleet, *CONSENT).checked(0)

    assert dying.status in {0, KILLED}, dying.text
    assert _calls(fleet)[made:] == list(case.calls)
    assert _machine(fleet).rootfs_gb == case.then.get("rootfsSize", 10)
    assert fleet.state["orders"] == {}
    fleet.assert_journal_empty()
    interpreter.apply(fleet).checked(0)
    assert _calls(fleet)[made:] == list(case.calls)
    return dying.status == KILLED


def _ask(fleet: Fleet, fields: dict[str, Any]) -> None:
    path = fleet.folder / "instances.yaml"
    spec = json.loads(path.read_text())
    spec["instances"]["trainer"] = fields
    path.write_text(json.dumps(spec))


def _calls(fleet: Fleet) -> list[str]:
    account = account_of(fleet.key)
    requests = fleet.service.world.mutating_requests
    return [each.call for each in requests if each.account == account]


def _machine(fleet: Fleet) -> Instance:
    (machine,) = fleet.instances
    return machine
