"""`gpuspec apply` that changes machines in place, read from the wire: what is sent, once, and that nothing is left."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gpuspec.model.marker import ENV_KEY
from gpuspec.simulator.instance import Instance
from gpuspec.simulator.requests import ReceivedRequest
from gpuspec.simulator.world import World
from tests.builders.fleet import Service, a_service
from tests.builders.shell import Shell, a_spec

CONSENT = ("--yes", "--allow-restart", "--allow-prepaid")
SETTINGS = "version: 1\nproject: demo\nsettleWindow: 0.5\nrequestTimeout: 1\n"
FIRST: dict[str, object] = {"ports": "[8080/http]", "envs": "{RUN: nightly, MODE: fast}"}
# What the spec has after -> the calls that it takes.
CHANGES: Mapping[str, dict[str, object]] = {
    "edit": {"rootfsSize": 80},
    "upgrade": {"envs": "{RUN: daily, MODE: fast}"},
    "monthly": {"billingMode": "monthly"},
    "stop": {"lifecycle": "{desired: stopped}"},
}


@contextlib.contextmanager
def a_machine(folder: Path, *faults: str, **switches: Any) -> Iterator[tuple[Shell, World]]:
    """A machine that an apply made, and the service that it is on."""
    with a_service(*faults, **switches) as service:
        shell = _a_shell(folder, service)
        assert shell("apply", "--yes").status == 0
        yield shell, service.world


def sent(world: World) -> list[tuple[str, Mapping[str, object]]]:
    """The calls that the machine got after its creation, with their bodies, ids left out."""
    requests = [request for request in world.mutating_requests if request.call != "create"]
    return [(each.call, {k: v for k, v in each.body.items() if k != "instanceId"}) for each in requests]


def the(world: World) -> Instance:
    """The one machine."""
    (machine,) = world.instances.values()
    return machine


def test_growing_the_disk_sends_the_difference(tmp_path: Path) -> None:
    """With the full list of ports, which would be closed otherwise."""
    with a_machine(tmp_path) as (shell, world):
        shell.write("instances.yaml", a_spec("trainer", **{**FIRST, "rootfsSize": 80}))
        said = shell("apply", *CONSENT)

        assert sent(world) == [("edit", {"ports": [{"port": 8080, "type": "http"}], "expandRootDisk": 20})]
        assert the(world).rootfs_gb == 80
    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 done")
    assert said.out.splitlines()[-3].endswith("updated: edit")
    assert "trainer  updated: i000000000000001, edit\n" in said.err


def test_changing_the_ports_sends_all_of_them(tmp_path: Path) -> None:
    """And lets the disk grow by nothing."""
    with a_machine(tmp_path) as (shell, world):
        shell.write("instances.yaml", a_spec("trainer", **{**FIRST, "ports": "[8080/http, 22/tcp]"}))
        assert shell("apply", *CONSENT).status == 0

        ports = [{"port": 8080, "type": "http"}, {"port": 22, "type": "tcp"}]
        assert sent(world) == [("edit", {"ports": ports, "expandRootDisk": 0})]


def test_changing_one_env_sends_all_of_them(tmp_path: Path) -> None:
    """With the marker that the machine carried, and with everything else that the call would clear."""
    with a_machine(tmp_path) as (shell, world):
        marker = dict(the(world).envs)[ENV_KEY]
        shell.write("instances.yaml", a_spec("trainer", **{**FIRST, "envs": "{RUN: daily, MODE: fast}"}))
        assert shell("apply", *CONSENT).status == 0

        envs = {"RUN": "daily", "MODE": "fast", ENV_KEY: marker}
        assert sent(world) == [
            (
                "upgrade",
                {
                    "imageUrl": "pytorch/pytorch:latest",
                    "imageAuthId": "",
                    "envs": [{"key": key, "value": value} for key, value in envs.items()],
                    "command": "",
                    "entrypoint": "",
                    "save": True,
                    "networkVolume": {"volumeMounts": []},
                },
            )
        ]


@pytest.mark.parametrize("switches", [{}, {"product_in_get": False}, {"envs_in_list": False}, {"empty_bodies": True}])
@pytest.mark.parametrize("call", CHANGES)
def test_after_a_change_there_is_nothing_left_to_do(tmp_path: Path, call: str, switches: dict[str, bool]) -> None:
    """Our own change is no drift, however the service words what it shows; what was stopped stays stopped."""
    with a_machine(tmp_path, **switches) as (shell, world):
        shell.write("instances.yaml", a_spec("trainer", **{**FIRST, **CHANGES[call]}))

        assert shell("apply", *CONSENT).status == 0
        assert shell("plan", "--detailed-exitcode").status == 0
        assert shell("drift").status == 0
        assert shell("apply", "--yes").status == 0
        assert [name for name, _ in sent(world)] == [call]


@pytest.mark.parametrize("fault", [(), ("lost-request@stop:1x",), ("lost-response@stop:1x",), ("500-after@create:1x",)])
def test_a_machine_that_is_to_be_stopped_is_there_after_one_apply(tmp_path: Path, fault: tuple[str, ...]) -> None:
    """Made, seen to run, and stopped once, whichever answer is lost; the plan says so, and `--yes` covers it."""
    with a_service(*fault) as service:
        shell = _a_shell(tmp_path, service)
        shell.write("instances.yaml", a_spec("trainer", **FIRST, lifecycle="{desired: stopped}"))
        planned = shell("plan")
        applied = shell("apply", "--yes")

        assert "create: not made yet; it runs at first, and is stopped once it does\n" in planned.out
        assert (applied.status, service.world.status(the(service.world).id)) == (0, "exited")
        assert [name for name, _ in sent(service.world)].count("stop") == 1 + (fault == ("lost-request@stop:1x",))
        assert "  exited  It was stopped once it ran.\n" in applied.out
        assert shell("plan", "--detailed-exitcode").status == 0


def test_a_stopped_machine_is_started_again(tmp_path: Path) -> None:
    """Where the spec asks for it to run; without capacity the service's own word comes back, and what to know of it."""
    with a_machine(tmp_path) as (shell, world):
        shell.write("instances.yaml", a_spec("trainer", **FIRST, lifecycle="{desired: stopped}"))
        assert shell("apply", *CONSENT).status == 0
        assert world.status(the(world).id) == "exited"
        shell.write("instances.yaml", a_spec("trainer", **FIRST, lifecycle="{desired: running}"))
        world.set_capacity("4090.16c62g", 0)
        refused = shell("apply", *CONSENT)
        world.set_capacity("4090.16c62g", 8)
        started = shell("apply", *CONSENT)

        assert (refused.status, started.status) == (4, 0)
        assert "INSUFFICIENT_RESOURCE: start: resource insufficient" in refused.out
        assert "A stop gives the GPUs back" in refused.out
        assert world.status(the(world).id) == "running"
        assert shell("plan", "--detailed-exitcode").status == 0


@pytest.mark.parametrize("fault", ["lost-request@{}:1x", "lost-response@{}:1x", "500-after@{}:2x", "429@{}:1x"])
@pytest.mark.parametrize("call", CHANGES)
def test_an_answer_that_is_lost_changes_nothing_twice(tmp_path: Path, call: str, fault: str) -> None:
    """It is read from the machine what was done; the disk grows exactly once."""
    with a_machine(tmp_path, fault.format(call)) as (shell, world):
        shell.write("instances.yaml", a_spec("trainer", **{**FIRST, **CHANGES[call]}))
        said = shell("apply", *CONSENT)

        assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 done")
        assert the(world).rootfs_gb == (80 if call == "edit" else 60)
        assert shell("plan", "--detailed-exitcode").status == 0


@pytest.mark.parametrize("fault", ["lost-request@{}:1x", "lost-response@{}:1x"])
@pytest.mark.parametrize("call", CHANGES)
def test_what_a_run_did_not_wait_for_is_settled_by_the_next(tmp_path: Path, call: str, fault: str) -> None:
    """7 until it is known; the next apply reads what was done before it plans, and sends only what was not."""
    with a_machine(tmp_path, fault.format(call)) as (shell, world):
        shell.write("instances.yaml", a_spec("trainer", **{**FIRST, **CHANGES[call]}))
        unsettled = shell("apply", *CONSENT, "--settle", "0")
        settled = shell("apply", *CONSENT)

        assert (unsettled.status, settled.status) in {(7, 0), (0, 0)}
        assert the(world).rootfs_gb == (80 if call == "edit" else 60)
        assert shell("plan", "--detailed-exitcode").status == 0


def test_what_left_the_spec_may_be_stopped(tmp_path: Path) -> None:
    """Once; it stays recorded, and whoever brings it back finds it as it was."""
    with a_service() as service:
        shell, world = _a_shell(tmp_path, service, "trainer", "worker"), service.world
        both = a_spec("trainer", "worker", **FIRST, lifecycle="{onRemove: stop}")
        shell.write("instances.yaml", both)
        assert shell("apply", "--yes").status == 0
        shell.write("instances.yaml", a_spec("trainer", **FIRST))
        stopped, again = shell("apply", *CONSENT), shell("apply", *CONSENT)

        assert (stopped.status, again.status) == (0, 0)
        assert sent(world) == [("stop", {})]
        assert {each.name: world.status(each.id) for each in world.instances.values()} == {
            "trainer": "running",
            "worker": "exited",
        }
        assert "worker" in shell("state", "list").out


def test_what_somebody_changed_is_set_back(tmp_path: Path) -> None:
    """A port that was closed, an env that was set otherwise: in the calls that set everything."""
    with a_machine(tmp_path) as (shell, world):
        before = the(world)
        changed = {**dict(before.envs), "RUN": "never"}
        world.alter(before.id, lambda it: replace(it, ports=(), envs=tuple(changed.items())))
        said = shell("apply", *CONSENT)

        assert (said.status, [name for name, _ in sent(world)]) == (0, ["edit", "upgrade"])
        assert (the(world).ports, the(world).envs) == (before.ports, before.envs)
        assert shell("plan", "--detailed-exitcode").status == 0
        assert shell("drift").status == 0


def test_a_machine_that_was_changed_since_the_plan_is_told_nothing(tmp_path: Path) -> None:
    """Refused, and the next plan has what is due by then."""
    with a_machine(tmp_path) as (shell, world):
        shell.write("instances.yaml", a_spec("trainer", **{**FIRST, "rootfsSize": 80}))
        _change_the_image_before_the_next_get(world)
        said = shell("apply", *CONSENT)

        assert (said.status, sent(world)) == (5, [])
        assert "not-as-planned: By now it would take to upgrade as well" in said.out


def test_a_machine_that_stays_busy_is_given_up(tmp_path: Path) -> None:
    """Nothing is sent to it, and the others are updated."""
    with a_service() as service:
        shell, world = _a_shell(tmp_path, service, "trainer", "worker"), service.world
        assert shell("apply", "--yes").status == 0
        busy = next(each for each in world.instances.values() if each.name == "trainer")
        world.alter(busy.id, lambda it: replace(it, stuck_at="migrating"))
        shell.write("instances.yaml", a_spec("trainer", "worker", **{**FIRST, "rootfsSize": 80}))
        said = shell("apply", *CONSENT, "--wait-timeout", "1s")

        assert (said.status, said.out.splitlines()[-1]) == (4, "Ledger: 1 done, 1 failed")
        assert "busy: It is `migrating`" in said.out
        assert [name for name, _ in sent(world)] == ["edit"]


def test_an_upgrade_after_which_nothing_starts_has_failed(tmp_path: Path) -> None:
    """In the service's words, with the id; what was sent is recorded."""
    with a_machine(tmp_path, "start-failure@upgrade") as (shell, world):
        shell.write("instances.yaml", a_spec("trainer", **{**FIRST, "imageUrl": "pytorch/pytorch:2.7"}))
        said = shell("apply", *CONSENT)

        assert said.status == 4
        assert "failed  trainer  i000000000000001" in said.out
        assert "status-error: failed: the container could not be started" in said.out
        assert "trainer" in shell("state", "list").out
        assert the(world).image == "pytorch/pytorch:2.7"


def _a_shell(folder: Path, service: Service, *addresses: str) -> Shell:
    shell = Shell(folder, NOVITA_API_KEY="sk_updates", GPUSPEC_ENDPOINT=service.origin)
    shell.write("gpuspec.yaml", SETTINGS)
    shell.write("instances.yaml", a_spec(*(addresses or ("trainer",)), **FIRST))
    return shell


def _change_the_image_before_the_next_get(world: World) -> None:
    """A plan is made of the list, and what is told to a machine rests on a GET right before."""
    machine, received = the(world), world.received

    def changing(request: ReceivedRequest) -> None:
        received(request)
        if request.call == "get":
            world.alter(machine.id, lambda it: replace(it, image="other:1"))

    world.received = changing  # type: ignore[method-assign]
