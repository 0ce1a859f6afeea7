"""What the state says we made: records, released ids, tombstones, open intents and orders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from gpuspec.model.address import Address
from gpuspec.model.instance import Lifecycle
from gpuspec.model.marker import Marker, MarkerMode
from gpuspec.model.values import Fields

# Wall-clock times are seconds since the epoch, UTC.
Instant = float

# The reasons of a release that rest on evidence of absence, and not on a wish.
_JUDGED_GONE = frozenset({"gone", "gone-accepted", "lost", "deleted"})


class Call(Enum):
    """A call that changes something. CREATE is announced by an `Intent`, every other one by an `Order`."""

    CREATE = "create"
    DELETE = "delete"
    START = "start"
    STOP = "stop"
    RESTART = "restart"
    EDIT = "edit"
    UPGRADE = "upgrade"
    CONVERT = "convert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One instance that we made.

    `fields` are as sent, secrets sealed; a name marker is not part of `fields["name"]`. `shown` is what the API
    showed when we last wrote, only in fields that the record has, secrets sealed; empty until it was read back.
    `ready` says that the instance once reached what a run waited for. `outgoing` are ids of replaced instances still
    to be deleted. `unknown` are the fields of a rebuilt record of which nobody knows any more what was sent; none of
    them is in `fields`.
    """

    address: Address
    id: str
    nonce: str
    source: str
    fields: Fields
    named: frozenset[str]
    lifecycle: Lifecycle
    created_at: Instant
    updated_at: Instant
    shown: Fields = field(default_factory=dict)
    ready: bool = False
    outgoing: tuple[str, ...] = ()
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A durable note that a create call is about to be sent; holds all that a record needs if it succeeds.

    `digest` is of the request without its secrets. `timeout_s` bounds how long after `at` the request can still have
    been on its way. `replaces` is the id of the recorded machine that stays until this one is made, and is then
    outgoing; empty where the address has no record.
    """

    nonce: str
    call: Call
    address: Address
    marker: Marker
    digest: str
    at: Instant
    timeout_s: float
    source: str
    fields: Fields
    named: frozenset[str]
    lifecycle: Lifecycle
    replaces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIntent:
    """An intent without an outcome. `doubted_at` is when its answer was given up; None when the run ended before."""

    intent: Intent
    doubted_at: Instant | None = None
    reason: str = ""

    @property
    def given_up_at(self) -> Instant:
        """From when on the settle window counts."""
        return self.intent.at + self.intent.timeout_s if self.doubted_at is None else self.doubted_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A durable note that a call on a machine that we hold is about to be sent.

    `id` is the record's own machine or, for DELETE alone, one of its outgoing ones. `after` is the record once the
    service has done it: the same machine under other fields; None for DELETE, and for nothing else. `digest` is of
    the request without its secrets. `timeout_s` bounds how long after `at` the request can still have been on its way.
    """

    nonce: str
    call: Call
    address: Address
    id: str
    at: Instant
    timeout_s: float
    digest: str
    after: Record | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order that is not through. While it is open, its address takes no other call.

    `doubted_at` is when its answer was given up; None when the run ended before, or when there is no doubt.
    `obeyed_at` is when the service said that it had taken a DELETE: the machine is paid for until it is proven gone,
    so the order stays open until then. No other order is ever both open and obeyed.
    """

    order: Order
    doubted_at: Instant | None = None
    obeyed_at: Instant | None = None
    reason: str = ""

    @property
    def given_up_at(self) -> Instant:
        """From when on the settle window counts."""
        return self.order.at + self.order.timeout_s if self.doubted_at is None else self.doubted_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """An intent judged absent; still looked for in every observation."""

    intent: Intent
    judged_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The id of a machine that we made and no longer hold."""

    id: str
    address: Address
    at: Instant
    reason: str


class MarkerSeen(Enum):
    """Where the first created instance showed its marker."""

    UNKNOWN = "unknown"
    LIST = "list"
    GET = "get"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What a state is born with and never changes."""

    lineage: str
    origin: str
    project: str
    environment: str
    marker: MarkerMode

    @property
    def lineage8(self) -> str:
        """What a marker carries of the lineage."""
        return self.lineage.replace("-", "")[:8]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything recorded; `records` by address, `intents`, `orders` and `tombstones` by nonce.

    `serial` goes up with each snapshot. `seq` is the highest journal entry that is in it. `key_digest` recognises
    the account's API key; empty until a run used one.
    """

    birth: Birth
    serial: int = 0
    seq: int = 0
    key_digest: str = ""
    marker_seen: MarkerSeen = MarkerSeen.UNKNOWN
    records: Mapping[Address, Record] = field(default_factory=dict)
    released: Mapping[str, Released] = field(default_factory=dict)
    intents: Mapping[str, OpenIntent] = field(default_factory=dict)
    orders: Mapping[str, OpenOrder] = field(default_factory=dict)
    tombstones: Mapping[str, Tombstone] = field(default_factory=dict)

    @property
    def let_go(self) -> frozenset[str]:
        """The ids that were released on purpose.

        One that was judged gone is not among them: should it turn up again it is ours, and costs money.
        """
        return frozenset(id_ for id_, released in self.released.items() if released.reason not in _JUDGED_GONE)
