"""What the inside needs from outside, as Protocols with contracts; the outside implements them, `cli` wires them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

# What is imported for its types only stays out of a start: every command imports this module, few need its nouns.
if TYPE_CHECKING:
    from gpuspec.model.address import Address
    from gpuspec.model.answer import Answer
    from gpuspec.model.event import Event
    from gpuspec.model.journal import Entry
    from gpuspec.model.live import Listing, Sight
    from gpuspec.model.marker import Marker, MarkerMode
    from gpuspec.model.order import OrderRequest
    from gpuspec.model.secret import Sealed, SecretRef
    from gpuspec.model.values import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReadable:
    """Why an included file can't be had: `code` is a row of `model.problem_codes`, `hint` the way out."""

    code: str
    message: str
    hint: str = ""


class IncludeReader(Protocol):
    """Reads the files that templates include."""

    def read(self, name: str) -> bytes | NotReadable:
        """The bytes of the file with this name, relative to the project folder.

        Must check the path after resolving links, and never give a byte from outside the project folder.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRequest:
    """All that a create call needs. `fields` are complete, secrets revealed; the marker is put in by the cloud."""

    address: Address
    fields: Fields
    marker: Marker
    marker_mode: MarkerMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A row of the product list, as far as planning ahead needs it."""

    id: str
    name: str
    available: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What the service offers; `clusters` are ids. Empty mappings mean that it could not be read."""

    products: Mapping[str, Product]
    clusters: frozenset[str]


class CloudReader(Protocol):
    """The API, for reading. No method changes anything; every method may be repeated."""

    @property
    def origin(self) -> str:
        """scheme://host[:port] of the API, or `simulator` in process."""
        ...

    async def list(self) -> Listing:
        """Walk all pages.

        Must never pass a partial walk off as complete: any error answer makes `Listing.incomplete` say so.

        Raises:
            CredentialsError: The key was refused, or this client is blocked.
            ServiceUntrusted: The service can't prove who it is; only before it has answered for the first time.
        """
        ...

    async def get(self, instance_id: str) -> Sight:
        """Look at one instance.

        Raises:
            CredentialsError: The key was refused, or this client is blocked.
            ServiceUntrusted: The service can't prove who it is; only before it has answered for the first time.
        """
        ...

    async def catalogue(self) -> Catalogue:
        """What can be asked for; never raises for an answer that can't be read."""
        ...


class Cloud(CloudReader, Protocol):
    """The API, for changing. A mutating method sends its request at most once and never raises for what came back."""

    async def create(self, request: CreateRequest) -> Answer:
        """Send one create request and classify what came back.

        Must not retry. May be called from many tasks at once without slowing each other down. A cancelled call
        counts as ambiguous for its caller.
        """
        ...

    async def order(self, request: OrderRequest) -> Answer:
        """Send one call on a machine that is there, and classify what came back.

        Must not retry. `Done` has the machine's id, and says that the service took the call, not that it is through
        with it: what it does takes time and is seen by reading. A `Delete` of what the API itself says is not there is
        `Done`. A success without a body, or with a body that names no other machine and no fault, is `Done` too:
        nothing is promised about it. A cancelled call counts as ambiguous for its caller.
        """
        ...


class Journal(Protocol):
    """Where facts become durable, seen from the engine."""

    async def append(self, *entries: Entry) -> None:
        """Write the entries, in order, and return once they are durable.

        Entries of tasks that wait at the same time may share one sync.

        Raises:
            StoreFailed: They may not be durable. Every later call raises it too.
        """
        ...


class StateStore(Protocol):
    """The medium under a state: a lock, a snapshot, and a journal of lines. The same rules run on every medium."""

    @property
    def name(self) -> str:
        """How the state is called in messages: `gpuspec.prod.state.json`."""
        ...

    def acquire(self, holder: Holder, *, timeout_s: float) -> None:
        """Take the lock; wait at most `timeout_s`.

        Raises:
            Locked: Somebody else holds it; the message says who, since when, doing what.
        """
        ...

    def holder(self) -> Holder | None:
        """Who holds the lock now, as far as can be told without taking it."""
        ...

    def release(self) -> None:
        """Give the lock back. Does nothing when it is not held."""
        ...

    def force_release(self) -> None:
        """Break a lock whose holder is known to be dead. Only media without an OS lock need it."""
        ...

    def snapshot(self) -> bytes | None:
        """The last durable snapshot; None when there never was one.

        Raises:
            StateError: It is there and can't be read.
        """
        ...

    def put_snapshot(self, content: bytes, *, lineage: str, serial: int) -> None:
        """Replace the snapshot, durable on return; a reader sees the one before or this one, never a mixture.

        Lineage and serial are the state's in it; they are remembered apart from it.

        Raises:
            StoreFailed: It was not made durable; the one before is still there.
        """
        ...

    def remembered(self) -> Mapping[str, int]:
        """Lineage -> the highest serial that was put here; empty for a medium that can't hold a stale copy."""
        ...

    def read_since(self, seq: int) -> Sequence[bytes]:
        """The journal's lines after this sequence number, oldest first, a torn last line dropped."""
        ...

    def append(self, lines: Sequence[bytes], *, first_seq: int) -> None:
        """Append lines and sync; durable on return.

        Raises:
            StoreFailed: They may not be durable; no later append succeeds.
        """
        ...

    def cut(self, seq: int) -> None:
        """Drop the journal up to and including this sequence number. Only called once a snapshot has it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock: shown to whoever waits for it. `since` is seconds since the epoch."""

    who: str
    host: str
    pid: int
    operation: str
    since: float


class Sealer(Protocol):
    """Makes keyed digests that stand for secrets."""

    @property
    def key_id(self) -> str:
        """Names the key without telling it."""
        ...

    def seal(self, text: str) -> Sealed:
        """The same text gives the same seal under one key, and nothing else can be learnt from it."""
        ...


class Secrets(Protocol):
    """Reads what `secret('kind:name')` refers to."""

    def read(self, ref: SecretRef) -> str:
        """The secret's text, one trailing newline of a file removed.

        Raises:
            SecretMissing: It is not at hand; the message names the reference, never a value.
        """
        ...


class Clock(Protocol):
    """Time, as a thing that can be handed in."""

    def now(self) -> float:
        """Wall-clock seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Come back after that many seconds."""
        ...


class Randomness(Protocol):
    """Chance, as a thing that can be handed in."""

    def nonce(self) -> str:
        """16 hex digits that nobody else draws."""
        ...

    def lineage(self) -> str:
        """A UUID for a state that is born."""
        ...

    def jitter(self) -> float:
        """A number from 0 up to 1."""
        ...


class Listener(Protocol):
    """Is told what happens; must not raise and must not block."""

    def event(self, event: Event) -> None:
        """Take note of an event."""
        ...
