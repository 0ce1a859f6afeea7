"""A world for the engine: a service in memory, a journal in memory, seeded chance, and plans that say what matters."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gpuspec.codec.journal import encode_line
from gpuspec.engine.observe import observe
from gpuspec.engine.run import run
from gpuspec.engine.work import Prepared, Work
from gpuspec.errors import Bug, StoreFailed
from gpuspec.model.event import Event, EventKind
from gpuspec.model.instance import Instance, Lifecycle
from gpuspec.model.journal import (
    Entry,
)
from gpuspec.model.live import Observation
from gpuspec.model.marker import Marker
from gpuspec.model.outcome import Ledger, Outcome, Result, Stop
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
    State,
)
from gpuspec.model.values import Env, FieldValue
from gpuspec.store.replay import Contradiction, Recording
from tests.builders.world import BIRTH, World


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


class MemoryJournal:
    """Durable after `sync_s`; keeps the state up to date. `fails_at` is the number of the append that fails first."""

    def __init__(self, birth: Birth = BIRTH, *, sync_s: float = 0.01) -> None:
        self.entries: list[Entry] = []
        self._recording = Recording.of(State(birth=birth))
        self.sync_s = sync_s
        self.appends = 0
        self.fails_at: int | None = None
        self.on_call: Callable[[str], None] = lambda _: None

    @property
    def state(self) -> State:
        return self._recording.frozen()

    @state.setter
    def state(self, state: State) -> None:
        self._recording = Recording.of(state)

    async def append(self, *entries: Entry) -> None:
        self.on_call("append")
        number = self.appends
        self.appends += 1
        await asyncio.sleep(self.sync_s)
        if self.fails_at is not None and number >= self.fails_at:
            raise StoreFailed("The disk is full.")
        for entry in entries:
            self.on_call("written")
            # What can't be written without a secret in it, or contradicts what is recorded, must not come up.
            encode_line(entry, seq=number + 1)
            try:
                self._recording.apply(entry)
            except Contradiction as contradiction:
                raise Bug(str(contradiction)) from contradiction
            self.entries.append(entry)
        self.on_call("appended")

    def of(self, kind: type[Any]) -> list[Any]:
        """The entries of one kind."""
        return [entry for entry in self.entries if isinstance(entry, kind)]


def seal(text: str) -> Sealed:
    """A seal that tests can predict."""
    return Sealed(key_id="key1", digest=f"sealed-{len(text)}")


def prepared(address: str) -> Prepared:
    """A create call made ready, with a secret in it."""
    common: dict[str, FieldValue] = {"name": address, "productId": "4090.16c62g", "gpuNum": 1}
    return Prepared(
        body={**common, "envs": (Env(key="TOKEN", value=Revealed(text="hush")),)},
        instance=Instance(
            address=address,
            fields={**common, "envs": (Env(key="TOKEN", value=seal("hush")),)},
            named=frozenset({"productId", "gpuNum", "envs"}),
            lifecycle=Lifecycle(),
            source="instances.yaml",
        ),
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
    ready = prepared(address).instance
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
    ready = prepared(address).instance
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


async def created(bench: Bench, *addresses: str) -> Ledger:
    """The ledger of a run that creates these addresses."""
    return await run(creates(*addresses), work=bench.work(*addresses))


def results(ledger: Ledger) -> dict[str, Result]:
    """Address -> what became of it."""
    return {outcome.address: outcome.result for outcome in ledger.outcomes}


def the(ledger: Ledger, address: str) -> Outcome:
    """The one outcome of an address."""
    (outcome,) = (one for one in ledger.outcomes if one.address == address)
    return outcome
