"""A project whose spec is edited, whose machines others touch, whose runs meet faults and die; and what has to hold.

The oracle knows the spec and reads the wire and the world; of gpuspec it believes the state document and the plan.
"""

import contextlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from gpuspec.model.marker import ENV_KEY
from gpuspec.simulator.app import account_of, build_app
from gpuspec.simulator.calls import CALLS
from gpuspec.simulator.faults import parse_faults
from gpuspec.simulator.instance import Instance
from gpuspec.simulator.requests import ReceivedRequest
from gpuspec.simulator.server import background
from gpuspec.simulator.settings import Settings
from gpuspec.simulator.statuses import PASSING, Pace
from gpuspec.simulator.world import World
from tests.builders.fleet import KILLED, PRODUCT, Ended, Fleet, Service, marker_of, nonce_of
from tests.builders.warm import WarmInterpreter

OTHER_PRODUCT = "3090.16c92g"
CONSENT = ("--yes", "--allow-restart", "--allow-destroy", "--allow-empty", "--recreate-lost")
# A request that was killed reaches this service at once or never: longer windows would only be waited for.
_HASTY = MappingProxyType({"settleWindow": 0.5, "requestTimeout": 1})
_MOST_RUNS = 5
# What needs nothing more.
_AT_PEACE = frozenset({"unchanged", "removed-stopped"})
# What waits for the user: the spec asks for what its protection forbids.
_PROTECTED = frozenset({"protected", "removed-protected"})
_PATHS = {call.name: call.path for call in CALLS}
_DEFAULTS = MappingProxyType({"gpuNum": 1, "diskSize": 0})
Fields = Mapping[str, Any]


class ChangingService(Starlette):
    """The service on one port, with other faults from one run to the next."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._app = build_app(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def suffers(self, *faults: str, seed: int = 0) -> None:
        """From now on these, and none of those before."""
        self._app = build_app(self._world, faults=parse_faults(faults, seed=seed))


@contextlib.contextmanager
def a_changing_service() -> Iterator[tuple[Service, ChangingService]]:
    """A quick one, whose lists go on showing what was removed: proof at once that it is gone."""
    counter = iter(range(1, 1_000_000))
    pace = Pace(
        passing_s={status: 0.01 for path in PASSING.values() for status in path},
        endpoints_s=0.0,
        lingering_s=36_000.0,
        saving_s=0.1,
    )
    settings = Settings(pace=pace, capacity={PRODUCT: 100_000, OTHER_PRODUCT: 100_000})
    world = World.open(None, now=time.time, identities=lambda: f"i{next(counter):015x}", settings=settings)
    app = ChangingService(world)
    with background(app) as origin:
        yield Service(origin=origin, world=world), app


@dataclass(kw_only=True)
class Life:
    """One project on one account.

    Attributes:
        spec: Address -> what its instance is to be, as fields of the spec.
        moved: Address -> the one before, for those that were renamed since all was in order.
        grown: Ids of machines whose disk somebody else let grow.
    """

    fleet: Fleet
    app: ChangingService
    interpreter: WarmInterpreter
    spec: dict[str, Fields] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    file: str = "fleet-0.yaml"
    grown: set[str] = field(default_factory=set)

    # What the user does

    def renames(self, before: str, after: str) -> None:
        """The instance has another address, and the spec says so."""
        self.spec[after] = self.spec.pop(before)
        self.moved = {to: origin for to, origin in self.moved.items() if before not in (to, origin)}
        self.moved[after] = before

    def asks_for(self, address: str, fields: Fields) -> None:
        """The spec has this instance, whatever it had at this address before."""
        self.moved = {to: origin for to, origin in self.moved.items() if origin != address}
        self.spec[address] = fields

    def removes(self, address: str) -> None:
        """The spec has this instance no longer, nor the move to it."""
        del self.spec[address]
        self.moved.pop(address, None)

    def renames_the_file(self) -> None:
        """The spec stands in another file."""
        number = int(self.file[len("fleet-") : -len(".yaml")])
        (self.fleet.folder / self.file).unlink(missing_ok=True)
        self.file = f"fleet-{number + 1}.yaml"

    def applies(self, *options: str, failpoint: str = "", faults: Sequence[str] = ()) -> Ended:
        """One apply with every consent, and what has to hold after it whatever came in between."""
        before, protected = len(self.sent), self._protected()
        self.app.suffers(*faults, seed=before)
        ended = self._run("apply", *CONSENT, *options, failpoint=failpoint)
        self.app.suffers()
        assert ended.status in {0, 4, 5, 7, KILLED}, f"{ended.status}\n{ended.text}"
        assert KILLED not in {ended.status} or failpoint
        deleted = {request.body["instanceId"] for request in self.sent[before:] if request.call == "delete"}
        assert not deleted & protected, f"{deleted & protected} is protected and was deleted.\n{ended.text}"
        self.assert_nothing_is_forgotten()
        return ended

    def looks(self) -> None:
        """Commands that only look send nothing, and change no file of the state."""
        before, content = len(self.sent), self._content()
        for command in (("plan", "--json"), ("drift",), ("audit",)):
            self._run(*command)

        assert self.sent[before:] == ()
        assert self._content() == content

    # What others do

    def console(self, call: str, machine: Instance, **body: Any) -> bool:
        """Whether the service takes this call from another client of the account."""
        taken = told_by_another_client(self.fleet.service.origin, self.fleet.key, call, machine.id, **body)
        if taken and body.get("expandRootDisk"):
            self.grown.add(machine.id)
        return taken

    @property
    def machines(self) -> tuple[Instance, ...]:
        """Those of the account that nobody has removed, in the order in which they were made."""
        return tuple(sorted((each for each in self.fleet.instances if not each.removed), key=lambda it: it.id))

    @property
    def sent(self) -> tuple[ReceivedRequest, ...]:
        """Every mutating call on the account that reached the service, the console's too."""
        account = account_of(self.fleet.key)
        return tuple(each for each in self.fleet.service.world.mutating_requests if each.account == account)

    # What has to hold

    def assert_nothing_is_forgotten(self) -> None:
        """Each machine with our marker is recorded, or its request is known as open; none has two requests."""
        nonces = Counter(nonce_of(request.body) for request in self.sent if request.call == "create")
        assert [nonce for nonce, count in nonces.items() if count > 1] == []
        state = self._state()
        records = state["records"].values()
        ids = {record["id"] for record in records} | {id_ for record in records for id_ in record["outgoing"]}
        known = ids | state["released"].keys()
        nonces_known = state["intents"].keys() | state["tombstones"].keys()
        for machine in self.machines:
            # An upgrade by another client may have dropped the marker; the record is what is left.
            nonce = marker_of(machine).nonce if ENV_KEY in dict(machine.envs) else ""
            assert machine.id in known or nonce in nonces_known, f"{machine.id} is forgotten: {state}"

    def brought_in_order(self) -> None:
        """Applies without a fault until a plan has nothing to do, and then everything is as the spec asks."""
        said = ""
        for _ in range(_MOST_RUNS):
            left_alone, pending = self._planned()
            if not pending:
                self._assert_in_order(left_alone)
                return
            said = self.applies(*(f"--exclude={address}" for address in left_alone)).text
            if "and both have an instance" in said:
                self.moved = {}
        raise AssertionError(f"After {_MOST_RUNS} runs without a fault there is still something to do:\n{said}")

    def _planned(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The addresses that a plan leaves to the user, and those at which it has something to do."""
        ended = self._run("plan", "--json")
        document = json.loads(ended.text[ended.text.index("{") :].partition("\n}\n")[0] + "\n}")
        actions = document.get("actions", [{"address": "", "reason": "refused"}])
        left_alone = [action["address"] for action in actions if action["reason"] in _PROTECTED]
        pending = [each["address"] for each in actions if each["reason"] not in _AT_PEACE | _PROTECTED]
        return tuple(left_alone), tuple(pending)

    def _assert_in_order(self, left_alone: Sequence[str]) -> None:
        state = self._state()
        records = state["records"]
        assert (state["intents"], state["orders"]) == ({}, {})
        assert len({record["id"] for record in records.values()}) == len(records)
        assert [record["outgoing"] for record in records.values()] == [[]] * len(records)
        machines = {machine.id: machine for machine in self.machines}
        for address, fields in self.spec.items():
            if address not in left_alone:
                self._assert_as_asked(machines[records[address]["id"]], fields)
        for address in records.keys() - self.spec.keys() - set(left_alone):
            assert self.fleet.service.world.status(records[address]["id"]) == "exited"

    def _assert_as_asked(self, machine: Instance, fields: Fields) -> None:
        lifecycle = fields.get("lifecycle", {})
        envs = {key: value for key, value in machine.envs if key != ENV_KEY}
        assert (machine.product_id, envs) == (fields["productId"], fields["envs"])
        assert set(machine.ports) == {
            (int(port), kind) for port, _, kind in (each.partition("/") for each in fields["ports"])
        }
        if "imageUrl" not in lifecycle.get("ignoreChanges", ()):
            assert machine.image == fields["imageUrl"]
        # Sent twice, a disk's growth would show.
        assert machine.rootfs_gb == fields["rootfsSize"] or machine.id in self.grown
        wanted = lifecycle.get("desired")
        if wanted:
            status = self.fleet.service.world.status(machine.id)
            assert status == {"running": "running", "stopped": "exited"}[wanted]

    def _protected(self) -> frozenset[str]:
        """Ids of the machines that a run must not delete: what the spec says now counts before what it said last."""
        state = self._state()
        after = {before: to for to, before in self.moved.items()}
        replaced = {open_intent["intent"]["replaces"] for open_intent in state["intents"].values()}
        found: set[str] = set()
        for address, record in state["records"].items():
            asked = self.spec.get(after.get(address, address))
            lifecycle = record["lifecycle"] if asked is None else asked.get("lifecycle", {})
            if lifecycle.get("protect") and record["id"] not in replaced:
                found.add(record["id"])
        return frozenset(found)

    def _state(self) -> Any:
        """What is recorded, journal and all."""
        if not self.fleet.state_path.exists():
            return {"records": {}, "released": {}, "intents": {}, "orders": {}, "tombstones": {}}
        return json.loads(self._run("state", "pull").checked(0).text)

    def _content(self) -> tuple[bytes, ...]:
        paths = (self.fleet.state_path, self.fleet.journal_path)
        return tuple(path.read_bytes() for path in paths if path.exists())

    def _run(self, *arguments: str, failpoint: str = "") -> Ended:
        self._write()
        ended = self.interpreter.run(self.fleet, *arguments, failpoint=failpoint)
        return ended.checked(ended.status)

    def _write(self) -> None:
        folder = self.fleet.folder
        folder.mkdir(parents=True, exist_ok=True)
        project = {"version": 1, "project": "life", "endpoint": self.fleet.service.origin, **_HASTY}
        (folder / "gpuspec.yaml").write_text(json.dumps({**project, "specs": [self.file]}))
        moved = [{"from": before, "to": to} for to, before in self.moved.items()]
        spec = {"version": 1, "defaults": {**_DEFAULTS}, "instances": {**self.spec}}
        (folder / self.file).write_text(json.dumps({**spec, **({"moved": moved} if moved else {})}))


def a_life(folder: Path, service: Service, app: ChangingService, interpreter: WarmInterpreter) -> Life:
    """A project that asks for nothing yet; folders of one parent have accounts of their own."""
    return Life(fleet=Fleet(folder=folder, service=service, key=f"sk_{folder.name}"), app=app, interpreter=interpreter)


def told_by_another_client(origin: str, key: str, call: str, id_: str, **body: Any) -> bool:
    """Whether the service takes this call on a machine."""
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "console/1"}
    with httpx.Client(base_url=origin, headers=headers) as client:
        return client.post(_PATHS[call], json={"instanceId": id_, **body}).is_success


def renamed_image(life: Life, machine: Instance, image: str) -> None:
    """Somebody puts the machine on another image, and leaves everything else as it is."""
    life.console(
        "upgrade",
        machine,
        imageUrl=image,
        imageAuthId=machine.image_auth_id,
        envs=[{"key": key, "value": value} for key, value in machine.envs],
        command=machine.command,
        entrypoint=machine.entrypoint,
        save=True,
        networkVolume={"volumeMounts": []},
    )


def edited(machine: Instance, *, ports: Sequence[str] | None = None, more_gb: int = 0) -> dict[str, Any]:
    """The body of an edit by somebody else."""
    listed = [f"{port}/{kind}" for port, kind in machine.ports] if ports is None else ports
    split = [each.partition("/") for each in listed]
    return {"ports": [{"port": int(port), "type": kind} for port, _, kind in split], "expandRootDisk": more_gb}
