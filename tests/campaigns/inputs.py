"""Bad input: whatever is wrong with a file or an answer, it is told, in bounded time, with the right exit status."""

import asyncio
import json
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from gpuspec.model.journal import Noted
from gpuspec.store.local import LocalStore
from gpuspec.store.state_store import Session as Held
from gpuspec.store.state_store import begin
from tests.builders.shell import Said, Shell, a_project, a_spec
from tests.builders.stores import a_holder, expected_of
from tests.builders.world import BIRTH
from tests.campaigns.mutants import mutated_json, mutated_text
from tests.campaigns.wire import answering

_CANARY = "canary-0xDEADBEEF"
MOST_S = 5.0
MOST_MB = 600.0
# Good or faulty; refused by a guard; the state can't be used; unresolved; drift; a usage error.
_STATUSES = frozenset({0, 1, 4, 5, 6, 7, 8, 64})
SPEC = """\
version: 1
defaults:
  clusterId: us-ca-6
  rootfsSize: 60
  diskSize: 60
  imageUrl: "{{ image }}"
  lifecycle: {protect: false, onRemove: forget}
moved:
  - {from: teacher, to: trainer}
instances:
  trainer:
    productId: "4090.16c62g"
    gpuNum: 2
    ports: [8080/tcp, 8081/http]
    envs: {HF_TOKEN: "{{ secret('env:HF_TOKEN') }}", RUN: nightly}
    tools: [{name: Jupyter, port: "8888", type: http}]
    networkStorages: [{Id: e797ce8f-f4ff-4b3b-b7a8-6972d96f46f2, mountPoint: /data}]
#% for n in range(workers)
  worker-{{ n }}:
    productId: "{{ product }}"
    gpuNum: 1
#% endfor
"""
PROJECT = """\
version: 1
project: demo
cloud: simulator
variables:
  image: {type: string, default: "pytorch/pytorch:latest"}
  product: {type: string, default: "4090.16c62g"}
  workers: {type: integer, default: 2}
  token: {sensitive: true, default: ""}
settleWindow: 5
parallelism: 4
"""
VARIABLES = "image: pytorch/pytorch:2.5\nworkers: 3\nproduct: 4090.16c62g\n"


class Broken(AssertionError):
    """A bad input was not told as it should be."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of input: the file that goes wrong, how, and the commands that have to cope."""

    file: str
    commands: tuple[tuple[str, ...], ...]
    mutated: Callable[[bytes, random.Random], bytes] = mutated_text
    # Whether every problem has its place in that very file.
    has_places: bool = False


_VALIDATE = (("validate", "--json"),)
_STATE = ".gpuspec/simulator/gpuspec.state.json"
KINDS: Mapping[str, Kind] = {
    "spec": Kind(file="instances.yaml", commands=_VALIDATE, has_places=True),
    "project": Kind(file="gpuspec.yaml", commands=(("validate", "--json"), ("plan", "--offline", "--json"))),
    "variables": Kind(file="values.yaml", commands=(("render", "--json", "--var-file", "values.yaml"),)),
    "state": Kind(
        file=_STATE,
        commands=(("state", "list", "--json"), ("plan", "--offline", "--json"), ("state", "verify", "--json")),
        mutated=mutated_json,
    ),
    "journal": Kind(file=".gpuspec/simulator/{journal}", commands=(("state", "list", "--json"), ("audit", "--json"))),
    "plan": Kind(
        file="plan.json",
        commands=(("show", "plan.json", "--json"), ("apply", "plan.json", "--yes", "--json")),
        mutated=mutated_json,
    ),
}


def run_seed(seed: int) -> None:
    """Break one input of the kind that the seed says, and let the commands have it.

    Raises:
        Broken: There was a traceback, a wrong status, a fault without its place, or no end.
    """
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        shutil.copytree(_good_project(), folder)
        shell = Shell(folder, HF_TOKEN=_CANARY)
        if seed % (len(KINDS) + 1) == len(KINDS):
            _answers(shell, chance)
        else:
            _files(shell, list(KINDS.values())[seed % (len(KINDS) + 1)], chance)


def check_cost(told: str, *, took_s: float) -> None:
    """Hold what was told against the bounds.

    Raises:
        Broken: It took too long, or the process has grown too large.
    """
    if took_s > MOST_S:
        raise Broken(f"{told} took {took_s:.1f} s.")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    if peak > MOST_MB:
        raise Broken(f"{told} took the process to {peak:.0f} MB.")


def _files(shell: Shell, kind: Kind, chance: random.Random) -> None:
    (journal,) = [path.name for path in (shell.folder / ".gpuspec/simulator").glob("*.journal")]
    path = shell.folder / kind.file.format(journal=journal)
    content = kind.mutated(path.read_bytes(), chance)
    path.write_bytes(content)
    for command in kind.commands:
        said = _said(shell, command, content)
        if kind.has_places and said.status == 1:
            _check_places(said, path.name)
        if said.status != 0 and path.read_bytes() != content:
            raise Broken(f"`{' '.join(command)}` failed and changed {path.name}.")


def _answers(shell: Shell, chance: random.Random) -> None:
    """The service answers, and what it says is broken."""
    shell.write("gpuspec.yaml", PROJECT.replace("cloud: simulator\n", "requestTimeout: 1\nsettleWindow: 1\n"))
    bodies = tuple(mutated_json(body, chance) for body in ANSWERS)
    with answering(bodies) as origin:
        for command in (("plan", "--json"), ("audit", "--json"), ("drift", "--json")):
            _said(shell, (*command, "--endpoint", origin), b"|".join(bodies), key="key")


def _said(shell: Shell, command: tuple[str, ...], content: bytes, *, key: str = "") -> Said:
    began = time.process_time()
    said = shell(*command, NOVITA_API_KEY=key)
    took_s = time.process_time() - began
    told = f"`{' '.join(command)}` with {content[:2_000]!r}"
    if "Traceback" in said.out + said.err or "bug in gpuspec" in said.err:
        raise Broken(f"{told} broke down: {said.err[-2_000:]}")
    if said.status not in _STATUSES:
        raise Broken(f"{told} ended with {said.status}: {said.err[-500:]}")
    check_cost(told, took_s=took_s)
    if "\x1b" in said.out + said.err:
        raise Broken(f"{told} let a control character through.")
    if _CANARY in said.raw + said.err:
        raise Broken(f"{told} told a secret.")
    document = json.loads(said.raw)
    if said.status and not document:
        raise Broken(f"{told} failed with {said.status} and said nothing.")
    return said


def _check_places(said: Said, file: str) -> None:
    for problem in json.loads(said.raw)["problems"]:
        if problem["file"] != file or not problem["line"] or not problem["hint"]:
            raise Broken(f"A problem without a place in {file}, or without a hint: {problem}")


@cache
def _good_project() -> Path:
    """A project on the simulator with two instances made, a plan for one more, and something left in the journal."""
    folder = Path(tempfile.mkdtemp()) / "project"
    shell = a_project(folder, a_spec("made", "gone"), HF_TOKEN=_CANARY)
    assert shell("apply", "--yes").status == 0
    shell.write("gpuspec.yaml", PROJECT)
    shell.write("instances.yaml", SPEC)
    shell.write("values.yaml", VARIABLES)
    planned = shell("plan", "--offline", "--out", "plan.json")
    assert planned.status in {0, 5}, planned.err
    asyncio.run(_leave_a_journal(folder / ".gpuspec" / "simulator"))
    return folder


async def _leave_a_journal(folder: Path) -> None:
    """As a run leaves it that was killed: a few entries that the snapshot does not have."""
    store = LocalStore(folder / "gpuspec.state.json", folder)
    birth = replace(BIRTH, origin="simulator")
    held = begin(store, a_holder(), expected=expected_of(birth), timeout_s=0.0)
    assert isinstance(held, Held)
    record = held.state.records["made"]
    for at in range(3):
        await held.journal.append(Noted(record=replace(record, updated_at=record.updated_at + at + 1)))
    store.release()


_ROW = {
    "id": "0123456789abcdef",
    "name": "trainer",
    "clusterId": "us-ca-6",
    "status": "running",
    "imageUrl": "pytorch/pytorch:latest",
    "gpuNum": "1",
    "cpuNum": "16",
    "memory": "62",
    "portMappings": [{"port": 8080, "type": "tcp", "endpoint": "proxy.example:40001"}],
    "productId": "4090.16c62g",
    "rootfsSize": 60,
    "volumeMounts": [{"type": "network", "size": "10", "id": "e797ce8f", "mountPath": "/data"}],
    "statusError": {"state": "", "message": ""},
    "envs": [{"key": "RUN", "value": "nightly"}],
    "billingMode": "onDemand",
    "endTime": "",
    "createdAt": "1760000000",
}
# List, one instance, products, clusters.
ANSWERS = tuple(
    json.dumps(document).encode()
    for document in (
        {"instances": [_ROW, {**_ROW, "id": "fedcba9876543210"}], "total": 2},
        {**_ROW, "jobs": [], "connectComponentSSH": {"sshCommand": "ssh -p 40022 root@proxy.example", "password": "x"}},
        {"data": [{"id": "4090.16c62g", "name": "RTX 4090", "availableDeploy": True, "price": "35000"}]},
        {"data": [{"id": "us-ca-6", "name": "US", "supportNetworkStorage": True}]},
    )
)
