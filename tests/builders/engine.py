"""A world for the engine: a service in memory, a journal in memory, seeded chance, and plans that say what matters."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gpuspec.engine.observe import observe
from gpuspec.engine.work import Prepared, Work
from gpuspec.errors import CredentialsError, StoreFailed
from gpuspec.model.answer import Ambiguous, Answer, Denied, Done, NotSent, Rejected, Throttled
from gpuspec.model.event import Event, EventKind
from gpuspec.model.instance import Lifecycle
from gpuspec.model.journal import (
    Absent,
    Doubted,
    Entry,
    Forgotten,
    Intended,
    KeyUsed,
    Made,
    MarkerWitnessed,
    Noted,
    TombstoneCleared,
    Undone,
)
from gpuspec.model.live import Listing, LiveInstance, NotFound, Observation, Phase, Seen, Sight, Unreadable
from gpuspec.model.marker import Marker, MarkerMode
from gpuspec.model.outcome import Stop
from gpuspec.model.plan import Action, ActionKind, Plan
from gpuspec.model.secret import Revealed, Sealed
from gpuspec.model.settings import Settings
from gpuspec.model.state import (
    Birth,
    Call,
    Intent,
    MarkerSeen,
    OpenIntent,
    Record,
    Released,
    State,
    Tombstone,
)
from gpuspec.model.values import Env, FieldValue
from gpuspec.ports import Catalogue, CreateRequest
from tests.builders.virtual_time import VirtualClock

BIRTH = Birth(
    lineage="0badcafe-0000-4000-8000-000000000000",
    origin="https://api.novita.ai",
    project="demo",
    environment="default",
    marker=MarkerMode.ENV,
)
BUSY = {"pending": Phase.BUSY, "creating": Phase.BUSY, "pulling": Phase.BUSY}
PHASES = BUSY | {
    "running": Phase.RUNNING,
    "exited": Phase.STOPPED,
    "removing": Phase.LEAVING,
    "removed": Phase.REMOVED,
    "odd": Phase.UNKNOWN,
}


class Chance:
    """Seeded: nonces are drawn from a sequence, jitter too."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def nonce(self) -> str:
        return f"{self._random.getrandbits(64):016x}"

    def lineage(self) -> str:
        return BIRTH.lineage

    def jitter(self) -> float:
        return self._random.random()


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def event(self, event: Event) -> None:
        self.events.append(event)

    def kinds(self, address: str | None = None) -> list[EventKind]:
        return [event.kind for event in self.events if address is None or event.address == address]


class Signal:
    """An interruption that a test asks for."""

    def __init__(self, kind: Stop = Stop.INTERRUPTED) -> None:
        self._kind = kind
        self._event = asyncio.Event()

    @property
    def requested(self) -> bool:
        return self._event.is_set()

    @property
    def kind(self) -> Stop:
        return self._kind

    async def wait(self) -> None:
        await self._event.wait()

    def ask(self) -> None:
        self._event.set()


@dataclass(kw_only=True)
class Fault:
    """What happens to one create instead of success: an answer, and whether the service made the instance anyway."""

    answer: Answer | BaseException
    makes: bool = False
    shown_after_s: float = 0.0
    takes_s: float = 0.1


def lost(*, makes: bool = True, shown_after_s: float = 0.0, takes_s: float = 0.1) -> Fault:
    """The answer is lost."""
    answer = Ambiguous(reason="The service did not answer within 60 s.")
    return Fault(answer=answer, makes=makes, shown_after_s=shown_after_s, takes_s=takes_s)


def not_sent() -> Fault:
    """Nothing went out."""
    return Fault(answer=NotSent(reason="connection refused"))


def throttled(retry_after_s: float | None = None) -> Fault:
    """The service asks to slow down."""
    return Fault(answer=Throttled(retry_after_s=retry_after_s))


def rejected(reason: str = "IMAGE_NOT_FOUND") -> Fault:
    """The service refuses the call."""
    return Fault(answer=Rejected(status=400, reason=reason, message=f"{reason} in words"))


def denied(*, client_blocked: bool = False) -> Fault:
    """The service refuses the key, or the client."""
    return Fault(answer=Denied(message="key refused", client_blocked=client_blocked))


@dataclass(kw_only=True)
class Machine:
    """What the service has made; `statuses` are (seconds after it was made, status)."""

    id: str
    name: str
    made_at: float
    shown_at: float
    marker: Marker | None
    mode: MarkerMode
    fields: Mapping[str, FieldValue]
    statuses: Sequence[tuple[float, str]] = ((0.0, "creating"), (3.0, "running"))
    status_error: str = ""

    def status(self, now: float) -> str:
        return [status for after, status in self.statuses if now - self.made_at >= after][-1]


class World:
    """The service in memory, behind `ports.Cloud`.

    `faults` maps the number of a create (from 0), or an address, to what happens to it; an address's faults are used up
    in order. `envs_in` says where envs are shown: "list", "get" or "nowhere".
    """

    origin = BIRTH.origin

    def __init__(self, *, latency_s: float = 0.1, list_lag_s: float = 0.0, envs_in: str = "list") -> None:
        self.clock = VirtualClock()
        self.latency_s = latency_s
        self.list_lag_s = list_lag_s
        self.envs_in = envs_in
        self.strips_marker = False
        self.statuses: Sequence[tuple[float, str]] = ((0.0, "creating"), (3.0, "running"))
        self.status_error = ""
        self.machines: dict[str, Machine] = {}
        self.requests: list[CreateRequest] = []
        self.sent_at: list[float] = []
        self.under_way = self.most_under_way = 0
        self.faults: dict[int | str, Fault | list[Fault]] = {}
        self.every_create: Fault | None = None
        self.lists = self.gets = 0
        self.incomplete = ""
        self.credentials_refused = False
        self.unreadable: set[str] = set()
        self.hidden_from_list: set[str] = set()
        self.on_call: Callable[[str], None] = lambda _: None

    def add(self, name: str, *, marker: Marker | None = None, **options: Any) -> Machine:
        """A machine that is there already."""
        now = self.clock.monotonic()
        machine = Machine(
            id=options.pop("id", f"{len(self.machines) + 1:016x}"),
            name=name,
            made_at=now,
            shown_at=options.pop("shown_at", now),
            marker=marker,
            mode=options.pop("mode", MarkerMode.ENV),
            fields=options.pop("fields", {"name": name}),
            statuses=options.pop("statuses", ((0.0, "running"),)),
            **options,
        )
        self.machines[machine.id] = machine
        return machine

    def live_ids(self, address: str) -> list[str]:
        """The machines made for an address that are not removed."""
        now = self.clock.monotonic()
        return [
            machine.id
            for machine in self.machines.values()
            if machine.marker is not None and machine.marker.address == address and machine.status(now) != "removed"
        ]

    async def create(self, request: CreateRequest) -> Answer:
        self.on_call("create")
        number = len(self.requests)
        self.requests.append(request)
        self.sent_at.append(self.clock.monotonic())
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        fault = self._fault(number, request.address)
        try:
            return await self._answer(request, fault)
        finally:
            self.under_way -= 1

    async def _answer(self, request: CreateRequest, fault: Fault | None) -> Answer:
        # What was sent reaches the service, whether its sender lives to see the answer or not.
        machine = None
        if fault is None or fault.makes:
            at = self.clock.monotonic() + self.latency_s / 2
            lag = self.list_lag_s if fault is None else fault.shown_after_s
            machine = self.add(
                str(request.fields["name"]),
                marker=request.marker,
                mode=request.marker_mode,
                fields=request.fields,
                statuses=self.statuses,
                status_error=self.status_error,
                shown_at=at + lag,
            )
        await asyncio.sleep(self.latency_s if fault is None else fault.takes_s)
        self.on_call("created")
        if fault is not None:
            if isinstance(fault.answer, BaseException):
                raise fault.answer
            return fault.answer
        assert machine is not None
        return Done(id=machine.id)

    async def list(self) -> Listing:
        self.on_call("list")
        self.lists += 1
        if self.credentials_refused:
            raise CredentialsError("The key was refused.")
        now = self.clock.monotonic()
        await asyncio.sleep(self.latency_s)
        rows = tuple(
            self._row(machine, shows_envs=self.envs_in == "list")
            for machine in self.machines.values()
            if machine.shown_at <= now and machine.id not in self.hidden_from_list
        )
        return Listing(rows=rows, incomplete=self.incomplete)

    async def get(self, instance_id: str) -> Sight:
        self.on_call("get")
        self.gets += 1
        await asyncio.sleep(self.latency_s)
        if instance_id in self.unreadable:
            return Unreadable(reason="The service answered with 502.")
        machine = self.machines.get(instance_id)
        if machine is None:
            return NotFound()
        return Seen(instance=self._row(machine, shows_envs=self.envs_in in {"list", "get"}))

    async def catalogue(self) -> Catalogue:
        return Catalogue(products={}, clusters=frozenset())

    def _fault(self, number: int, address: str) -> Fault | None:
        planned = self.faults.get(number, self.faults.get(address, self.every_create))
        if isinstance(planned, list):
            return planned.pop(0) if planned else None
        return planned

    def _row(self, machine: Machine, *, shows_envs: bool) -> LiveInstance:
        status = machine.status(self.clock.monotonic())
        marker = None if self.strips_marker else machine.marker
        in_name = machine.mode is MarkerMode.NAME and marker is not None
        shown = in_name or (shows_envs and machine.mode is MarkerMode.ENV)
        return LiveInstance(
            id=machine.id,
            name=marker.in_name(machine.name) if in_name and marker is not None else machine.name,
            status=status,
            phase=PHASES[status],
            fields=_in_clear(machine.fields),
            envs_shown=shows_envs,
            trace=marker.trace if shown and marker is not None else None,
            status_error=machine.status_error,
            endpoints=(f"https://{machine.id}-8080.example",),
        )


def _in_clear(fields: Mapping[str, FieldValue]) -> Mapping[str, FieldValue]:
    """The fields as an API shows them: it does not know what is secret to us."""

    def shown(value: FieldValue) -> FieldValue:
        if not isinstance(value, tuple):
            return value
        return tuple(  # type: ignore[return-value]
            replace(item, value=item.value.text) if isinstance(item, Env) and isinstance(item.value, Revealed) else item
            for item in value
        )

    return {name: shown(value) for name, value in fields.items()}


class MemoryJournal:
    """Durable after `sync_s`; keeps the state up to date. `fails_at` is the number of the append that fails first."""

    def __init__(self, birth: Birth = BIRTH, *, sync_s: float = 0.01) -> None:
        self.entries: list[Entry] = []
        self.state = State(birth=birth)
        self.sync_s = sync_s
        self.appends = 0
        self.fails_at: int | None = None
        self.on_call: Callable[[str], None] = lambda _: None

    async def append(self, *entries: Entry) -> None:
        self.on_call("append")
        number = self.appends
        self.appends += 1
        await asyncio.sleep(self.sync_s)
        if self.fails_at is not None and number >= self.fails_at:
            raise StoreFailed("The disk is full.")
        for entry in entries:
            self.on_call("written")
            self.entries.append(entry)
            self.state = after(self.state, entry)
        self.on_call("appended")

    def of(self, kind: type[Any]) -> list[Any]:
        """The entries of one kind."""
        return [entry for entry in self.entries if isinstance(entry, kind)]


def after(state: State, entry: Entry) -> State:  # noqa: C901 - one case an entry
    """The state after an entry; stricter than a store has to be, so that the engine's order is held to."""
    match entry:
        case Intended(intent=intent):
            assert intent.nonce not in state.intents, "a nonce is intended once at a time"
            assert intent.address not in state.records, "a recorded address is not created"
            assert all(one.intent.address != intent.address for one in state.intents.values()), "two intents"
            return replace(state, intents={**state.intents, intent.nonce: OpenIntent(intent=intent)})
        case Doubted(nonce=nonce, at=at, reason=reason):
            doubted = replace(state.intents[nonce], doubted_at=at, reason=reason)
            return replace(state, intents={**state.intents, nonce: doubted})
        case Made(nonce=nonce, id=instance_id, at=at):
            intent = state.intents[nonce].intent
            record = Record(
                address=intent.address,
                id=instance_id,
                nonce=nonce,
                source=intent.source,
                fields=intent.fields,
                named=intent.named,
                lifecycle=intent.lifecycle,
                created_at=at,
                updated_at=at,
            )
            records = {**state.records, intent.address: record}
            return replace(state, intents=_without(state.intents, nonce), records=records)
        case Undone(nonce=nonce):
            return replace(state, intents=_without(state.intents, nonce))
        case Absent(nonce=nonce, at=at):
            tombstone = Tombstone(intent=state.intents[nonce].intent, judged_at=at)
            tombstones = {**state.tombstones, nonce: tombstone}
            return replace(state, intents=_without(state.intents, nonce), tombstones=tombstones)
        case Noted(record=record):
            assert state.records[record.address].id == record.id, "a note never changes an id"
            return replace(state, records={**state.records, record.address: record})
        case Forgotten(address=address, id=instance_id, at=at, reason=reason):
            assert state.records[address].id == instance_id
            released = Released(id=instance_id, address=address, at=at, reason=reason)
            records = _without(state.records, address)
            return replace(state, records=records, released={**state.released, instance_id: released})
        case TombstoneCleared(nonce=nonce):
            return replace(state, tombstones=_without(state.tombstones, nonce))
        case MarkerWitnessed(seen=seen):
            return replace(state, marker_seen=seen)
        case KeyUsed(key_digest=digest):
            return replace(state, key_digest=digest)


def _without(mapping: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name != key}


def seal(text: str) -> Sealed:
    """A seal that tests can predict."""
    return Sealed(key_id="key1", digest=f"sealed-{len(text)}")


def prepared(address: str) -> Prepared:
    """A create call made ready, with a secret in it."""
    common: dict[str, FieldValue] = {"name": address, "productId": "4090.16c62g", "gpuNum": 1}
    return Prepared(
        body={**common, "envs": (Env(key="TOKEN", value=Revealed(text="hush")),)},
        fields={**common, "envs": (Env(key="TOKEN", value=seal("hush")),)},
        named=frozenset({"productId", "gpuNum", "envs"}),
        lifecycle=Lifecycle(),
        source="instances.yaml",
    )


def an_action(kind: ActionKind, address: str, **facts: Any) -> Action:
    """An action, with a reason of its own."""
    return Action(kind=kind, address=address, reason=facts.pop("reason", kind.value), explanation="", **facts)


def a_plan(*actions: Action, birth: Birth = BIRTH) -> Plan:
    """A plan of these actions."""
    return Plan(birth=birth, serial=1, made_at=0.0, actions=actions, receipt="sha256:0")


def creates(*addresses: str) -> Plan:
    """A plan that creates these addresses."""
    return a_plan(*(an_action(ActionKind.CREATE, address) for address in addresses))


def a_record(address: str, instance_id: str, **facts: Any) -> Record:
    """A record of an instance that was made before."""
    ready = prepared(address)
    return Record(
        **{
            "address": address,
            "id": instance_id,
            "nonce": f"{abs(hash(address)) % 2**32:016x}",
            "source": ready.source,
            "fields": ready.fields,
            "named": ready.named,
            "lifecycle": ready.lifecycle,
            "created_at": 0.0,
            "updated_at": 0.0,
            "ready": True,
            **facts,
        }
    )


def a_marker(address: str, nonce: str) -> Marker:
    """A marker of the tests' state."""
    return Marker(lineage="0badcafe", project="demo", environment="default", address=address, nonce=nonce)


def an_intent(address: str, *, nonce: str = "00000000000000aa", at: float = 0.0, timeout_s: float = 60.0) -> Intent:
    """An intent to create."""
    ready = prepared(address)
    return Intent(
        nonce=nonce,
        call=Call.CREATE,
        address=address,
        marker=a_marker(address, nonce),
        digest="0",
        at=at,
        timeout_s=timeout_s,
        source=ready.source,
        fields=ready.fields,
        named=ready.named,
        lifecycle=ready.lifecycle,
    )


QUICK = Settings(parallelism=4, rate=0.0, burst=8, settle_window_s=60.0, poll_s=2.0, wait_timeout_s=120.0)


@dataclass(kw_only=True)
class Bench:
    """A world, a journal and what else a run needs; made inside the loop that it is used in."""

    world: World = field(default_factory=World)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    heard: Heard = field(default_factory=Heard)
    signal: Signal = field(default_factory=Signal)
    settings: Settings = QUICK
    seed: int = 0

    def work(self, *addresses: str, **options: Any) -> Work:
        """What a run works with; these addresses can be created."""
        return Work(
            cloud=self.world,
            journal=self.journal,
            clock=self.world.clock,
            randomness=Chance(self.seed),
            listener=self.heard,
            interruption=self.signal,
            settings=self.settings,
            state=lambda: self.journal.state,
            seal=seal,
            requests={address: prepared(address) for address in addresses},
            **options,
        )

    @property
    def state(self) -> State:
        """What is recorded now."""
        return self.journal.state

    def record(self, *records: Record, marker_seen: MarkerSeen = MarkerSeen.LIST) -> None:
        """Put records into the state."""
        known = {record.address: record for record in records}
        self.journal.state = replace(self.state, records={**self.state.records, **known}, marker_seen=marker_seen)

    def intend(self, *intents: OpenIntent) -> None:
        """Put open intents into the state."""
        known = {one.intent.nonce: one for one in intents}
        self.journal.state = replace(self.state, intents={**self.state.intents, **known})

    async def observed(self) -> Observation:
        """What is live, for a plan to be made from."""
        return await observe(self.world, state=self.state, clock=self.world.clock, settings=self.settings)
