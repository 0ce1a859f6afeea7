"""A project on disk, the service that it is applied to, and gpuspec as a process of its own between the two."""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from gpuspec.model.marker import ENV_KEY, Marker, read_env_value
from gpuspec.simulator.app import account_of, build_app
from gpuspec.simulator.faults import parse_faults
from gpuspec.simulator.instance import Instance
from gpuspec.simulator.server import background
from gpuspec.simulator.settings import Settings, Switches
from gpuspec.simulator.statuses import FAST
from gpuspec.simulator.world import World

REPOSITORY = Path(__file__).parents[2]
PRODUCT = "4090.16c62g"
KEY = "sk_fleet"
KILLED = -signal.SIGKILL
# Far more than anything here takes on a busy machine: only a hanging process gets that far.
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A simulated service on a loopback port, in a thread of this process."""

    origin: str
    world: World


@contextlib.contextmanager
def a_service(*faults: str, seed: int = 0, **switches: Any) -> Iterator[Service]:
    """The service, with room for thousands of instances that run at once, and with these faults."""
    counter = itertools.count(1)
    settings = Settings(pace=FAST, capacity={PRODUCT: 100_000})
    world = World.open(None, now=time.time, identities=lambda: f"i{next(counter):015x}", settings=settings)
    app = build_app(world, faults=parse_faults(faults, seed=seed), switches=Switches(**switches))
    with background(app) as origin:
        yield Service(origin=origin, world=world)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a process left behind; `status` is negative when a signal ended it."""

    status: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """All that it said."""
        return self.stdout + self.stderr

    def checked(self, status: int) -> "Ended":
        """Itself, if it ended with this status and showed no fault of the program's own."""
        assert self.status == status, f"{self.status} instead of {status}\n{self.text}"
        assert "Traceback" not in self.text, self.text
        assert "bug in gpuspec" not in self.text, self.text
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A project folder that asks this service for instances, with one account's key."""

    folder: Path
    service: Service
    key: str = KEY
    settings: Mapping[str, object] = field(default_factory=lambda: {"settleWindow": 1, "requestTimeout": 2})

    @property
    def state_path(self) -> Path:
        return self.folder / "gpuspec.state.json"

    @property
    def journal_path(self) -> Path:
        return self.folder / ".gpuspec" / "gpuspec.state.json.journal"

    @property
    def state(self) -> Any:
        """The state file as JSON."""
        return json.loads(self.state_path.read_bytes())

    @property
    def instances(self) -> tuple[Instance, ...]:
        """The account's live instances."""
        account = account_of(self.key)
        return tuple(each for each in self.service.world.instances.values() if each.account == account)

    @property
    def sent(self) -> tuple[Mapping[str, object], ...]:
        """The bodies of this account's create requests that the service received."""
        account = account_of(self.key)
        requests = self.service.world.mutating_requests
        assert {"create"} >= {request.call for request in requests}
        return tuple(request.body for request in requests if request.account == account)

    @property
    def environ(self) -> dict[str, str]:
        """What gpuspec's processes have in their environment beside the rest."""
        return {
            "NOVITA_API_KEY": self.key,
            "GPUSPEC_ENDPOINT": self.service.origin,
            "HOME": str(self.folder),
            "PYTHONPATH": str(REPOSITORY),
        }

    def asks_for(self, *addresses: str) -> Self:
        """Itself, after its files were written so that they ask for an instance at each of these addresses."""
        project = {"version": 1, "project": "fleet", "endpoint": self.service.origin, **self.settings}
        defaults = {"productId": PRODUCT, "gpuNum": 1, "rootfsSize": 10, "diskSize": 0, "imageUrl": "pytorch:2.7"}
        spec = {"version": 1, "defaults": defaults, "instances": {address: {} for address in addresses}}
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "gpuspec.yaml").write_text(json.dumps(project))
        (self.folder / "instances.yaml").write_text(json.dumps(spec))
        return self

    def start(self, *arguments: str, failpoint: str = "", wrapper: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """gpuspec, started; with a failpoint, killed there by itself; with a wrapper, a command that executes it."""
        module = ["tests.failpoints", failpoint, "--"] if failpoint else ["gpuspec"]
        return subprocess.Popen(
            [*wrapper, sys.executable, "-m", *module, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, failpoint: str = "", wrapper: tuple[str, ...] = ()) -> Ended:
        """gpuspec, run to its end."""
        return ended(self.start(*arguments, failpoint=failpoint, wrapper=wrapper))

    def apply(self, *options: str, failpoint: str = "", wrapper: tuple[str, ...] = ()) -> Ended:
        """`gpuspec apply --yes`, run to its end."""
        return self.run("apply", "--yes", *options, failpoint=failpoint, wrapper=wrapper)

    def assert_whole(self, *addresses: str) -> None:
        """Each address has exactly one live instance, the state knows all of them and nothing else.

        And no create was sent twice under one nonce, and nothing is left open or in the journal.
        """
        live = {marker_of(instance).address: instance.id for instance in self.instances}
        state = self.state
        assert sorted(addresses) == sorted(marker_of(instance).address for instance in self.instances)
        assert live == {address: record["id"] for address, record in state["records"].items()}
        assert state["intents"] == {}
        self.assert_journal_empty()
        self.assert_never_repeated()

    def assert_journal_empty(self) -> None:
        """Nothing is in the journal."""
        assert self.journal_path.read_bytes() == b""

    def assert_all_named(self, told: str) -> None:
        """Every live instance is in what was told, or in what was written: by its id or, as an intent, by its nonce."""
        written = "".join(path.read_text() for path in (self.state_path, self.journal_path) if path.exists())
        lost = [
            instance.id
            for instance in self.instances
            if instance.id not in told + written and marker_of(instance).nonce not in written
        ]
        assert lost == [], told

    def assert_none_doubled(self) -> None:
        """No address has two live instances."""
        counts = Counter(marker_of(instance).address for instance in self.instances)
        assert [address for address, count in counts.items() if count > 1] == []

    def assert_never_repeated(self) -> None:
        """No nonce was in two requests."""
        nonces = Counter(nonce_of(body) for body in self.sent)
        assert [nonce for nonce, count in nonces.items() if count > 1] == []


def ended(process: subprocess.Popen[str]) -> Ended:
    """What a process left behind once it ended."""
    try:
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        raise AssertionError(f"It did not end by itself.\n{stdout}{stderr}") from None
    return Ended(status=process.returncode, stdout=stdout, stderr=stderr)


def read_until(process: subprocess.Popen[str], words: str) -> None:
    """Come back once the process says these words on its standard error."""
    assert process.stderr is not None
    impatience = threading.Timer(PATIENCE_S, process.kill)
    impatience.start()
    try:
        assert any(words in line for line in process.stderr), "It ended without saying so."
    finally:
        impatience.cancel()


def until(holds: Callable[[], object], *, timeout_s: float = PATIENCE_S) -> None:
    """Come back once it holds: what another process or thread does can only be watched."""
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, "It did not come about."
        time.sleep(0.005)


def marker_of(instance: Instance) -> Marker:
    """The marker that an instance carries."""
    trace = read_env_value(dict(instance.envs)[ENV_KEY])
    assert trace is not None
    assert trace.marker is not None
    return trace.marker


def nonce_of(body: Mapping[str, object]) -> str:
    """The nonce in the marker of a create request."""
    envs = body["envs"]
    assert isinstance(envs, list)
    values = [env["value"] for env in envs if env["key"] == ENV_KEY]
    assert len(values) == 1
    return str(values[0]).rpartition("#")[2]
