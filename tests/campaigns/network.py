"""The network: each call that changes something meets each way in which a connection can fail, and is done once."""

import json
import random
import ssl
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpuspec.model.marker import ENV_KEY
from tests.builders.certificates import FLAWS, GOOD, Certificates, certificates
from tests.builders.fleet import PRODUCT, Service, a_service, until
from tests.builders.shell import Said, Shell
from tests.campaigns.fault_proxy import SCENARIOS, Proxy, a_proxy

CONSENT = ("--yes", "--allow-restart", "--allow-destroy", "--allow-prepaid")
_MOST_RUNS = 6
_STOPPED: dict[str, Any] = {"lifecycle": {"desired": "stopped"}}
_RESTING = frozenset({"running", "exited"})


class Lost(AssertionError):
    """Something was sent twice, or is not as it should be in the end."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A call: what the machine is made as, what it is to become (None: gone), and the calls that this takes.

    `let_go` are machines that go on without a record. `command` is another way to ask for it than a change of the spec;
    what it asks for leaves no trace, so that nobody asks for it again once it is lost.
    """

    path: str
    calls: tuple[str, ...]
    first: Mapping[str, Any] | None = field(default_factory=dict)
    then: Mapping[str, Any] | None = field(default_factory=dict)
    command: tuple[str, ...] = ()
    let_go: int = 0


KINDS: Mapping[str, Kind] = {
    "create": Kind(path="/create", calls=("create",), first=None),
    "delete": Kind(path="/delete", calls=("delete",), then=None),
    "edit": Kind(path="/edit", calls=("edit",), then={"ports": "8080/http"}),
    "upgrade": Kind(path="/upgrade", calls=("upgrade",), then={"envs": {"RUN": "daily"}}),
    "convert": Kind(path="/transToMonthlyInstance", calls=("monthly",), then={"billingMode": "monthly"}),
    "stop": Kind(path="/stop", calls=("stop",), then=_STOPPED),
    "start": Kind(path="/start", calls=("start",), first=_STOPPED, then={"lifecycle": {"desired": "running"}}),
    "restart": Kind(path="/restart", calls=("restart",), command=("restart", "trainer", "--yes")),
    "replace, delete": Kind(path="/delete", calls=("delete", "create"), then={"gpuNum": 2}),
    "replace, create": Kind(path="/create", calls=("delete", "create"), then={"gpuNum": 2}),
}
# Beside those of the proxy: connections that close as they are used again, a port without TLS, certificates that are to
# be refused, and one that is replaced by such a one while a run goes on.
HANGING_UP, TLS, CHANGING = "connections that close without a word", "TLS", "a certificate that changes"
ALL = (*SCENARIOS, HANGING_UP, TLS, *FLAWS, CHANGING)
SEEDS = len(KINDS) * len(ALL)


def run_seed(seed: int) -> Mapping[str, int]:
    """Let one kind of call meet one scenario: once, and from the second round of seeds on as often as it is tried.

    Raises:
        Lost: It was done twice, or not, or the state does not say so.
    """
    kind = KINDS[list(KINDS)[seed % len(KINDS)]]
    scenario = ALL[seed // len(KINDS) % len(ALL)]
    with tempfile.TemporaryDirectory() as name, a_service(seed=seed) as service, a_proxy(service.origin) as proxy:
        times, chance = 1 if seed < SEEDS else 100, random.Random(seed)
        home = Home(shell=a_home(Path(name) / "project", proxy.origin), service=service, proxy=proxy)
        if scenario == TLS:
            return home.meets_tls(chance)
        if scenario not in {*FLAWS, CHANGING}:
            return home.meets(kind, scenario, times=times)
        with home.secured() as made:
            if scenario == CHANGING:
                return home.meets_a_change(kind, made, first=chance.randint(1, 6), times=times)
            return home.meets_a_stranger(kind, made.servers[scenario])


@dataclass(frozen=True, kw_only=True)
class Home:
    """A project with a machine that stays and one that is to become another, and the service behind."""

    shell: Shell
    service: Service
    proxy: Proxy

    def begin(self, kind: Kind) -> int:
        """Make what is there first, and ask for what it is to become: how many calls there were until then."""
        self.ask_for(keeper={}, trainer=kind.first)
        # A machine that is to be stopped is made first, and stopped by the next run.
        for _ in range(2):
            self.run("apply", *CONSENT).checked({0})
            until(self.at_rest)
        self.ask_for(keeper={}, trainer=kind.then)
        return len(self.service.world.mutating_requests)

    def meets(self, kind: Kind, scenario: str, *, times: int) -> Mapping[str, int]:
        """The call meets the scenario so often."""
        before = self.begin(kind)
        self.proxy.hangs_up = scenario == HANGING_UP
        self.proxy.path, self.proxy.scenario, self.proxy.times = kind.path, SCENARIOS.get(scenario), times
        self.run(*(kind.command or ("apply", *CONSENT)))
        struck = self.proxy.struck
        self.proxy.scenario, self.proxy.hangs_up = None, False
        runs = self.brought_in_order()
        self.check(kind, before)
        if scenario in SCENARIOS and not struck:
            raise Lost("The call was never made.")
        return {"calls struck": struck, "runs to bring it in order": runs, "calls": 1}

    @contextmanager
    def secured(self) -> Iterator[Certificates]:
        """Within it the service is reached by https, and has a good certificate."""
        with certificates() as made, made.trusted():
            self.proxy.offers = lambda _: made.servers[GOOD]
            path = self.shell.folder / "gpuspec.yaml"
            path.write_text(path.read_text().replace("http:", "https:"))
            yield made

    def meets_a_stranger(self, kind: Kind, stranger: ssl.SSLContext) -> Mapping[str, int]:
        """Somebody else answers for the service: not a call is told to them, and nothing is left open."""
        before = self.begin(kind)
        heard = self.proxy.heard
        with self.offering(lambda _: stranger):
            ended = self.run(*(kind.command or ("apply", *CONSENT)))
        if self.proxy.heard > heard:
            raise Lost("A call was told to a stranger.")
        ended.checked({1})
        if "does not prove who it is" not in ended.err or "hint: check the endpoint" not in ended.err:
            raise Lost(f"It does not say what is wrong: {ended.err}")
        runs = self.brought_in_order()
        self.check(kind, before)
        return {"strangers refused": 1, "runs to bring it in order": runs, "calls": 1}

    def meets_a_change(self, kind: Kind, made: Certificates, *, first: int, times: int) -> Mapping[str, int]:
        """After the first connections of a run so many are to somebody else; each call has a connection of its own."""
        before = self.begin(kind)
        self.proxy.hangs_up = True
        strangers = range(self.proxy.connections + first, self.proxy.connections + first + times)
        flaw = made.servers[next(iter(FLAWS))]
        with self.offering(lambda number: flaw if number in strangers else made.servers[GOOD]):
            self.run(*(kind.command or ("apply", *CONSENT)))
        self.proxy.hangs_up = False
        runs = self.brought_in_order()
        self.check(kind, before)
        return {"certificates changed": 1, "runs to bring it in order": runs, "calls": 1}

    @contextmanager
    def offering(self, offers: Callable[[int], ssl.SSLContext]) -> Iterator[None]:
        """Within it connections are offered this."""
        before, self.proxy.offers = self.proxy.offers, offers
        try:
            yield
        finally:
            self.proxy.offers = before

    def meets_tls(self, chance: random.Random) -> Mapping[str, int]:
        """The port speaks no TLS: nothing is sent, and nothing is said to be done."""
        self.ask_for(trainer={})
        origin = self.proxy.origin.replace("http:", "https:")
        for _ in range(chance.randint(1, 2)):
            said = self.shell("apply", *CONSENT, "--settle", "0s", GPUSPEC_ENDPOINT=origin)
            _sound(said)
            if said.status == 0 or self.service.world.mutating_requests:
                raise Lost(f"Something was sent, or so it says: {said.err}")
        return {"calls": 1}

    def brought_in_order(self) -> int:
        """Apply until a plan has nothing to do: the runs that it took."""
        for number in range(1, _MOST_RUNS + 1):
            until(self.at_rest)
            last = self.run("apply", *CONSENT)
            until(self.at_rest)
            if last.status == 0 and self.run("plan", "--detailed-exitcode").status == 0:
                return number
        raise Lost(f"After {_MOST_RUNS} runs it is not in order: {last.out}{last.err}")

    def check(self, kind: Kind, before: int) -> None:
        """Each call reached the service exactly once, each machine is there once, and the state knows it."""
        sent = self.service.world.mutating_requests[before:]
        found, due = Counter(request.call for request in sent), Counter(kind.calls)
        if found != due and not (kind.command and not found):
            raise Lost(f"These calls reached the service: {dict(found)}, and should have: {dict(due)}.")
        nonces = Counter(_nonce(request.body) for request in sent if request.call == "create")
        if any(count > 1 for count in nonces.values()):
            raise Lost(f"A nonce was sent twice: {nonces}")
        live = sorted(machine.id for machine in self.machines)
        state = json.loads((self.shell.folder / "gpuspec.state.json").read_text())
        held = sorted(record["id"] for record in state["records"].values())
        wanted = 1 if kind.then is None else 2
        if (
            not set(held) <= set(live)
            or len(held) != wanted
            or len(live) != wanted + kind.let_go
            or state["intents"]
            or state["orders"]
        ):
            raise Lost(f"Live are {live}, recorded {held}; open are {state['intents']} and {state['orders']}.")

    @property
    def machines(self) -> list[Any]:
        return [machine for machine in self.service.world.instances.values() if not machine.removed]

    def at_rest(self) -> bool:
        """Whether no machine is on its way: a plan says little of one that is."""
        return all(self.service.world.status(machine.id) in _RESTING for machine in self.machines)

    def ask_for(self, **instances: Mapping[str, Any] | None) -> None:
        fields = {"productId": PRODUCT, "gpuNum": 1, "rootfsSize": 10, "diskSize": 0, "imageUrl": "pytorch:2.7"}
        kept = {address: given for address, given in instances.items() if given is not None}
        self.shell.write("instances.yaml", json.dumps({"version": 1, "defaults": fields, "instances": kept}))

    def run(self, *arguments: str) -> "_Ended":
        said = self.shell(*arguments)
        _sound(said)
        return _Ended(status=said.status, out=said.out, err=said.err)


@dataclass(frozen=True, kw_only=True)
class _Ended:
    status: int
    out: str
    err: str

    def checked(self, statuses: set[int]) -> None:
        if self.status not in statuses:
            raise Lost(f"It ended with {self.status}: {self.out}{self.err}")


def _sound(said: Said) -> None:
    if "Traceback" in said.err or "bug in gpuspec" in said.err:
        raise Lost(f"It broke down: {said.err[-2_000:]}")


def a_home(folder: Path, origin: str) -> Shell:
    """An empty project of the service at this origin."""
    folder.mkdir()
    shell = Shell(folder, NOVITA_API_KEY="sk_network")
    settings = {"version": 1, "project": "wired", "endpoint": origin, "settleWindow": 0.4, "requestTimeout": 0.8}
    shell.write("gpuspec.yaml", json.dumps(settings))
    return shell


def _nonce(body: Mapping[str, object]) -> str:
    envs = body["envs"]
    assert isinstance(envs, list)
    return next(str(env["value"]) for env in envs if env["key"] == ENV_KEY)
