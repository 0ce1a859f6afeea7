"""`--refresh-only`, and what is ignored: records follow what is live, and no request changes anything."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gpuspec.simulator.world import World
from tests.builders.fleet import a_service
from tests.builders.shell import Shell, a_spec

SETTINGS = "version: 1\nproject: demo\nsettleWindow: 0.5\nrequestTimeout: 1\n"
FIELDS: dict[str, object] = {"command": "run", "envs": "{RUN: nightly, LR: '1'}"}


@contextlib.contextmanager
def a_fleet(folder: Path, *addresses: str) -> Iterator[tuple[Shell, World]]:
    """Machines that an apply made, and the service that they are on."""
    with a_service() as service:
        shell = Shell(folder, NOVITA_API_KEY="sk_refresh", GPUSPEC_ENDPOINT=service.origin)
        shell.write("gpuspec.yaml", SETTINGS)
        shell.write("instances.yaml", a_spec(*addresses, **FIELDS))
        assert shell("apply", "--yes").status == 0
        yield shell, service.world


def id_of(world: World, name: str) -> str:
    """The id of the machine of this name."""
    return next(machine.id for machine in world.instances.values() if machine.name == name)


def in_the_console(world: World, name: str, *, rootfs_gb: int = 60, command: str = "run") -> None:
    """Change a machine as somebody else would."""
    world.alter(id_of(world, name), lambda machine: replace(machine, rootfs_gb=rootfs_gb, command=command))


def test_drift_is_accepted_and_nothing_is_sent(tmp_path: Path) -> None:
    """What the spec asks for beside is left for another apply."""
    with a_fleet(tmp_path, "a", "c") as (shell, world):
        in_the_console(world, "a", rootfs_gb=90, command="theirs")
        shell.write("instances.yaml", a_spec("a", "c", "d", **{**FIELDS, "gpuNum": 2}))
        before = len(world.mutating_requests)

        planned = shell("plan", "--refresh-only", "--json")
        applied = shell("apply", "--yes", "--refresh-only")
        drift = shell("drift")

        told = [(action["address"], action["kind"], action["reason"]) for action in json.loads(planned.raw)["actions"]]
        assert told == [("a", "note", "drift-accepted"), ("c", "keep", "refresh-only")]
        assert (applied.status, applied.out.splitlines()[-1]) == (0, "Ledger: 1 kept, 1 noted")
        assert len(world.mutating_requests) == before
    assert (drift.status, "Drift: 0 drifted, 0 missing" in drift.out) == (0, True)


def test_what_was_accepted_is_changed_by_the_spec_again(tmp_path: Path) -> None:
    """To accept drift is not to ignore the field."""
    with a_fleet(tmp_path, "a") as (shell, world):
        in_the_console(world, "a", command="theirs")
        shell("apply", "--yes", "--refresh-only")
        unchanged = shell("plan")
        shell.write("instances.yaml", a_spec("a", **{**FIELDS, "command": "mine"}))

        assert shell("apply", "--yes", "--allow-restart").status == 0
        assert world.instances[id_of(world, "a")].command == "mine"
    assert "Nothing to do.\n" in unchanged.out


@pytest.mark.parametrize("ignored", ["command", "envs.RUN"])
def test_what_is_ignored_survives_a_change_of_something_else(tmp_path: Path, ignored: str) -> None:
    """Neither change nor drift is seen in it, and an upgrade for another field sends it as it is live."""
    lifecycle = f"{{ignoreChanges: [{ignored}]}}"
    with a_fleet(tmp_path, "a") as (shell, world):
        envs = (("RUN", "theirs"), *(env for env in world.instances[id_of(world, "a")].envs if env[0] != "RUN"))
        theirs = {"command": "theirs"} if ignored == "command" else {"envs": envs}
        world.alter(id_of(world, "a"), lambda machine: replace(machine, **theirs))
        mine = {"command": "mine"} if ignored == "command" else {"envs": "{RUN: mine, LR: '1'}"}
        shell.write("instances.yaml", a_spec("a", **{**FIELDS, **mine, "lifecycle": lifecycle}))

        ignoring = shell("plan")
        shell.write("instances.yaml", a_spec("a", **{**FIELDS, **mine, "imageUrl": "b:1", "lifecycle": lifecycle}))
        assert shell("apply", "--yes", "--allow-restart").status == 0

        machine = world.instances[id_of(world, "a")]
        assert (machine.image, machine.command) == ("b:1", "theirs" if ignored == "command" else "run")
        assert dict(machine.envs)["RUN"] == ("nightly" if ignored == "command" else "theirs")
        assert "Nothing to do.\n" in shell("plan").out
    assert "Nothing to do.\n" in ignoring.out
