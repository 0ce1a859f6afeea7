"""Projects whose instances were made and whose state was lost."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.builders.fleet import Service, a_service
from tests.builders.shell import Shell, a_project, a_spec

FLEET = """\
version: 1
defaults: {productId: "4090.16c62g", gpuNum: 1, diskSize: 60, rootfsSize: 60, imageUrl: "pytorch/pytorch:latest"}
instances:
#% for n in range(20)
  worker-{{ n }}:
    name: "node {{ n }}"
    memory: 62
    command: "python train.py --rank {{ n }}"
    envs: {RUN: nightly, RANK: "{{ n }}", NONE: "", DB_PASSWORD: "hunter2-{{ n }}", TOKEN: "{{ secret('env:TOKEN') }}"}
    ports: [8081/http, 8080/tcp]
    tools: [{name: Jupyter, port: "8888", type: http}]
    networkStorages: [{Id: e797ce8f-f4ff-4b3b-b7a8-6972d96f46f2, mountPoint: /data}]
    imageAuth: "{{ secret('env:AUTH') }}"
    lifecycle: {onRemove: forget}
#% endfor
"""
SECRETS = {"TOKEN": "tok-1f2e3d4c5b6a", "AUTH": "robot:hunter3-secret"}


@contextmanager
def a_fleet(
    folder: Path, spec: str = FLEET, *, settings: str = "", **switches: bool
) -> Iterator[tuple[Shell, Service]]:
    """A project whose instances were made on a service that takes real secrets."""
    with a_service(**switches) as service:
        settings = f"{settings}settleWindow: 1\nrequestTimeout: 2\n"
        shell = a_project(folder, spec, settings=settings, NOVITA_API_KEY="sk_fleet", **SECRETS)
        shell.environ["GPUSPEC_ENDPOINT"] = service.origin
        assert shell("apply", "--yes").status == 0
        yield shell, service


def lose(folder: Path) -> None:
    """The state and all that lay beside it."""
    (folder / "gpuspec.state.json").unlink()
    shutil.rmtree(folder / ".gpuspec")


def lose_simulated(folder: Path) -> None:
    """The state on the simulator, and all that lay beside it but the world and the key of its stand-in secrets."""
    work = folder / ".gpuspec" / "simulator"
    shutil.rmtree(work / "backups")
    for path in work.iterdir():
        if path.name not in {"world.ndjson", "digest.key"}:
            path.unlink()


def a_lost_state(folder: Path, *addresses: str, settings: str = "", **fields: object) -> Shell:
    """A project on the simulator whose instances were made and whose state was lost."""
    shell = a_project(folder, a_spec(*(addresses or ("trainer",)), **fields), settings=settings)
    assert shell("apply", "--yes").status == 0
    lose_simulated(folder)
    return shell


def actions(shell: Shell) -> list[tuple[str, str, str]]:
    """Address, kind and reason of each action that is planned."""
    plan = json.loads(shell("plan", "--json").raw)
    return [(action["address"], action["kind"], action["reason"]) for action in plan["actions"]]
