"""Deterministic simulation: one seed is one history of edits, faults, deaths and runs, and nothing may be lost in it.

Engine, planning, journal, recovery and refresh are the real ones; disk, time and service are in memory. A seed decides
what the spec asks for and how it is edited, what happens to each request, how long the list lags, who else touches the
account, and at which effect each process dies. In the end a few runs without faults have to bring all of it in order.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gpuspec.errors import Locked
from gpuspec.model.address import Address
from gpuspec.model.instance import Handling, Instance, Lifecycle, OnRemove, Power
from gpuspec.model.live import Listing
from gpuspec.model.order import Delete, OrderRequest
from gpuspec.model.outcome import Result
from gpuspec.model.plan import ActionKind
from gpuspec.model.settings import Settings, Wait
from gpuspec.model.state import Record, State
from gpuspec.model.values import Port
from gpuspec.ports import CreateRequest
from gpuspec.store.memory import Medium
from tests.builders.engine import Chance
from tests.builders.planning import an_instance, envs
from tests.builders.virtual_time import in_virtual_time
from tests.builders.world import Fault, World, lost, not_sent, rejected, throttled
from tests.campaigns.applying import Applied, applied
from tests.campaigns.mortal import Life, MortalCloud, MortalStore, lived

ADDRESSES = ("a", "b", "c", "d")
WINDOW_S = 60.0
_MOST_STEPS = 120
_MOST_ROUNDS = 5
# What a fault-free run leaves that needs nothing more: what is in order, and what only a person can decide.
_REPORTS = frozenset({"stray", "stray-unrecorded", "answered-late", "marker-unrecorded"})
_WORRIES = frozenset({Result.STRAY, Result.UNRESOLVED, Result.REFUSED})
_WAITS_FOR_THE_USER = frozenset({"protected", "removed-protected"})
_AT_PEACE = _REPORTS | _WAITS_FOR_THE_USER | {"unchanged", "not-ready", "removed-stopped"}


class Lost(AssertionError):
    """A promise was broken."""


class Flaky(World):
    """A service whose incomplete lists leave out rows: each with the probability `hides`."""

    def __init__(self, chance: random.Random, **options: Any) -> None:
        super().__init__(**options)
        self.hides = 0.0
        self._chance = chance

    async def list(self) -> Listing:
        listing = await super().list()
        return replace(listing, rows=tuple(row for row in listing.rows if self._chance.random() >= self.hides))


@dataclass(kw_only=True)
class History:
    """One seed's world and what is known of it from outside; `exceeded` are nonces that the service showed too late."""

    chance: random.Random
    world: Flaky
    medium: Medium = field(default_factory=Medium)
    desired: dict[Address, Instance] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    exceeded: set[str] = field(default_factory=set)
    # What was seen right before a request; an exception there would pass for a lost answer.
    broken: list[str] = field(default_factory=list)
    runs: int = 0


def run_seed(seed: int) -> None:
    """Play the history of this seed.

    Raises:
        Lost: A promise was broken.
    """
    in_virtual_time(_played(random.Random(seed)))


async def _played(chance: random.Random) -> None:
    world = Flaky(chance, latency_s=chance.choice((0.0, 0.1, 3.0)), list_lag_s=chance.choice((0.0, 1.0, 20.0)))
    history = History(chance=chance, world=world)
    world.envs_in = chance.choice(("list", "list", "get"))
    for _ in range(chance.randint(1, 5)):
        _edit(history)
        _touch(history)
        _plan_faults(history)
        await _run(history, dies_at=chance.randint(1, _MOST_STEPS) if chance.random() < 0.8 else None)
    await _brought_in_order(history)
    if history.broken:
        raise Lost("\n".join(history.broken))


def _edit(history: History) -> None:
    """The user changes the spec, or does not."""
    chance, desired = history.chance, history.desired
    for address in ADDRESSES:
        if chance.random() < 0.4:
            if address in desired and chance.random() < 0.4:
                del desired[address]
            else:
                desired[address] = _instance(chance, address, desired.get(address))
    if not desired:
        desired["a"] = _instance(chance, "a", None)


def _instance(chance: random.Random, address: Address, before: Instance | None) -> Instance:
    """One that differs from before in some fields: in what can be changed in place, or not."""
    size = 60 if before is None else int(str(before.fields["rootfsSize"]))
    grown = size + chance.choice((0, 0, 0, 20))
    lifecycle = Lifecycle(
        protect=chance.random() < 0.1,
        on_remove=chance.choices((OnRemove.DELETE, OnRemove.FORGET, OnRemove.STOP), weights=(8, 1, 1))[0],
        desired=chance.choices((None, Power.RUNNING, Power.STOPPED), weights=(6, 2, 1))[0],
    )
    instance = an_instance(
        address,
        lifecycle=lifecycle,
        productId=chance.choices(("4090.16c62g", "a100"), weights=(9, 1))[0],
        imageUrl=chance.choices(("pytorch/pytorch:latest", "pytorch/pytorch:2.5"), weights=(4, 1))[0],
        rootfsSize=grown,
        ports=chance.choice(((), (Port(number=8080, protocol="http"),))),
        envs=envs(RUN=chance.choices(("nightly", "weekly"), weights=(4, 1))[0]),
    )
    return replace(instance, handling=Handling(create_before_destroy=chance.random() < 0.3))


def _touch(history: History) -> None:
    """Somebody deletes or stops a machine in the console, or makes one that is none of ours."""
    chance, world = history.chance, history.world
    for machine in list(world.machines.values()):
        if machine.status(world.clock.monotonic()) != "removed" and chance.random() < 0.08:
            passed = world.clock.monotonic() - machine.made_at
            after = chance.choice((((0.0, "removed"),), ((0.0, "removing"), (30.0, "removed")), ((0.0, "exited"),)))
            now = machine.status(world.clock.monotonic())
            machine.statuses = ((0.0, now), *((max(passed, 0.0) + later, status) for later, status in after))
    if chance.random() < 0.1:
        world.add("somebody-else")


def _plan_faults(history: History) -> None:
    chance, world = history.chance, history.world
    world.faults = {number: _fault(chance) for number in range(len(world.requests), len(world.requests) + 12)}
    world.order_faults = {machine: _order_fault(chance) for machine in world.machines if chance.random() < 0.3}
    world.incomplete = "A page could not be read." if chance.random() < 0.3 else ""
    world.hides = 0.5 if world.incomplete else 0.0
    world.unreadable = {machine for machine in world.machines if chance.random() < 0.05}


def _fault(chance: random.Random) -> Fault | list[Fault]:
    takes_s = chance.choice((0.0, 0.1, 10.0, 60.0))
    kinds: tuple[Callable[[], Fault], ...] = (
        lambda: lost(takes_s=takes_s),
        lambda: lost(makes=False, takes_s=takes_s),
        # The service shows it late, and still within the window.
        lambda: lost(shown_after_s=chance.uniform(0.0, WINDOW_S * 0.9), takes_s=takes_s),
        # Beyond the window: what is promised then is that it is reported.
        lambda: lost(shown_after_s=WINDOW_S * 4, takes_s=takes_s),
        not_sent,
        throttled,
        rejected,
        lambda: rejected("BALANCE_NOT_ENOUGH"),
    )
    return [] if chance.random() < 0.5 else chance.choices(kinds, weights=(6, 6, 6, 1, 2, 2, 1, 1))[0]()


def _order_fault(chance: random.Random) -> list[Fault]:
    return [chance.choice((lost(), lost(makes=False), not_sent(), throttled(), rejected("OPERATION_LIMIT")))]


async def _run(history: History, *, dies_at: int | None) -> Applied | None:
    """One process that applies the spec as it stands; None when it died."""
    history.runs += 1
    life = Life(ends_at=dies_at, chance=history.chance)
    recorded: list[Callable[[], State]] = []
    cloud = MortalCloud(
        history.world,
        life,
        on_create=lambda request: _sees(history, request, recorded[0]),
        on_order=lambda request: _obeys(history, request, recorded[0]),
    )
    work = applied(
        dict(history.desired),
        store=MortalStore(history.medium, life),
        cloud=cloud,
        settings=_settings(history),
        randomness=Chance(history.runs * 1_000_003 + history.chance.getrandbits(16)),
        watch=lambda state: _begun(history, recorded, state),
    )
    return await lived(work, life, history.medium)


def _begun(history: History, recorded: list[Callable[[], State]], state: Callable[[], State]) -> None:
    """The lock is held from here on: whoever else tries is turned away."""
    recorded.append(state)
    store = MortalStore(history.medium, Life(ends_at=None, chance=history.chance))
    try:
        store.acquire(history.medium.holder, timeout_s=0.0)  # type: ignore[arg-type]
    except Locked:
        return
    raise Lost("Two runs held the lock.")


def _settings(history: History) -> Settings:
    return Settings(
        parallelism=history.chance.choice((1, 4)),
        rate=0.0,
        request_timeout_s=60.0,
        settle_window_s=WINDOW_S,
        settle_s=history.chance.choice((None, None, 0.0, 30.0)),
        wait=history.chance.choice((Wait.RUNNING, Wait.NONE)),
        wait_timeout_s=120.0,
        poll_s=2.0,
    )


def _obeys(history: History, request: OrderRequest, state: Callable[[], State]) -> None:
    """A call on a machine is about to be sent: its order is durable, and nothing protected is deleted."""
    recorded = state()
    if not any(held.order.id == request.id for held in recorded.orders.values()):
        history.broken.append(f"{request} was sent without a durable order.")
    records = recorded.records
    # What the spec says now counts before what it said last.
    asked = {address: history.desired.get(address, record).lifecycle for address, record in records.items()}
    protected = {record.id for address, record in records.items() if asked[address].protect}
    if isinstance(request, Delete) and request.id in protected:
        history.broken.append(f"{request.id} is protected and is deleted.")


def _sees(history: History, request: CreateRequest, state: Callable[[], State]) -> None:
    """A create request is about to be sent: its intent is durable, the only one of its address, and sent once."""
    open_at = [held.intent.nonce for held in state().intents.values() if held.intent.address == request.address]
    if open_at != [request.marker.nonce]:
        history.broken.append(f"A create for `{request.address}` while the open intents there are {open_at}.")
    number = len(history.world.requests)
    fault = history.world.faults.get(number)
    reaches = not (isinstance(fault, Fault) and fault.answer.__class__.__name__ == "NotSent")
    sent = history.sent.get(request.marker.nonce, 0) + reaches
    if sent > 1:
        history.broken.append(f"The nonce {request.marker.nonce} was sent {sent} times.")
    history.sent[request.marker.nonce] = sent
    if isinstance(fault, Fault) and fault.shown_after_s > WINDOW_S:
        history.exceeded.add(request.marker.nonce)


async def _brought_in_order(history: History) -> None:
    """Runs without faults until one has nothing to do, and then what every promise says."""
    world = history.world
    world.faults, world.order_faults, world.incomplete, world.unreadable = {}, {}, "", set()
    world.hides = 0.0
    await world.clock.sleep(WINDOW_S * 5)
    left: dict[Address, str] = {}
    for _ in range(_MOST_ROUNDS):
        made = await _run(history, dies_at=None)
        assert made is not None
        await world.clock.sleep(WINDOW_S * 2)
        if all(action.reason in _AT_PEACE for action in made.plan.actions):
            _promises(history, made)
            return
        left = {action.address: f"{action.kind.value} ({action.reason})" for action in made.plan.actions}
    raise Lost(f"After {_MOST_ROUNDS} runs without a fault there is still something to do: {left}.")


def _promises(history: History, made: Applied) -> None:
    """What has to hold once everything is in order."""
    records = made.state.records
    reports = [action for action in made.plan.actions if action.reason in _REPORTS]
    told = {outcome.address for outcome in made.ledger.outcomes if outcome.result in _WORRIES}
    waits = {action.address for action in made.plan.actions if action.reason in _WAITS_FOR_THE_USER}
    _equal("What the run tells", told, {action.address for action in reports} | waits)
    waiting = {action.address for action in reports if action.kind is not ActionKind.STRAY}
    kept = {action.address for action in made.plan.actions if action.reason in {"removed-stopped", "removed-protected"}}
    _equal("The addresses that are recorded", set(records) - waiting, (set(history.desired) | kept) - waiting)
    for address in sorted(set(history.desired) - waiting - waits):
        _as_desired(history, records[address], history.desired[address])
    reported = {action.id for action in reports}
    held = {record.id for record in records.values()} | made.state.let_go
    now = history.world.clock.monotonic()
    for machine in history.world.machines.values():
        if machine.marker is None or machine.status(now) == "removed":
            continue
        if machine.id not in held | reported:
            raise Lost(f"{machine.id} of `{machine.marker.address}` is neither recorded nor reported.")
        if machine.id not in held and machine.marker.nonce not in history.exceeded:
            raise Lost(f"{machine.id} of `{machine.marker.address}` is there twice, and was shown within the window.")
    missing = [record.id for record in records.values() if record.id not in history.world.machines]
    _equal("What is recorded and was never made", set(missing), set())


def _as_desired(history: History, record: Record, desired: Instance) -> None:
    """The machine is what the spec asks for: an edit that was sent twice would have grown its disk twice."""
    machine = history.world.machines[record.id]
    for name in ("rootfsSize", "imageUrl", "ports", "envs", "productId"):
        _equal(f"The {name} of `{record.address}`", machine.fields[name], desired.fields[name])
    wanted = desired.lifecycle.desired
    status = machine.status(history.world.clock.monotonic())
    if wanted is not None:
        _equal(f"The power of `{record.address}`", status, {Power.RUNNING: "running", Power.STOPPED: "exited"}[wanted])


def _equal(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Lost(f"{what}: {found}, and should be {wanted}.")
