"""What is written to the journal: each entry is a fact that must not be lost."""

from dataclasses import dataclass
from enum import Enum

from gpuspec.model.address import Address
from gpuspec.model.state import Instant, Intent, MarkerSeen, Order, Record


class How(Enum):
    """How it was learnt that an intent made an instance."""

    ANSWERED = "answered"
    FOUND = "found"
    DECIDED = "decided"


class Judge(Enum):
    """Who judged that an intent made nothing."""

    WINDOW = "window"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """A create call is about to be sent."""

    intent: Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A call on a machine that we hold is about to be sent."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Obeyed:
    """The service has done the order, or has taken it and is at it.

    The record becomes the order's `after`, and the order is closed. A DELETE stays open, and the record too, until
    `Forgotten` or `OutgoingGone` says that the machine is proven gone.
    """

    nonce: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """The answer to an intent or an order was given up; whether the call did anything is not known."""

    nonce: str
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The intent made this instance: its record is the intent's fields with this id.

    The machine that it replaces, if any, is outgoing from then on, with those that were outgoing before.
    """

    nonce: str
    id: str
    at: Instant
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """The intent or the order did nothing, by proof: it was not sent, the service refused it, or what it would have
    changed is unchanged. Of a DELETE that was obeyed it says that the machine is still there: it may be ordered anew.
    """

    nonce: str
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The intent was judged to have made nothing, by evidence of absence: it becomes a tombstone."""

    nonce: str
    at: Instant
    judge: Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A record's new text: what was shown, readiness, lifecycle, source. Address, id and outgoing ids stay."""

    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A person recorded an instance that no request of this state is known to have made.

    Its id is no longer released. A tombstone with its nonce is cleared: the instance is what answers it.
    """

    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The record stands under another address from now on; the machine and its marker stay as they are."""

    address: Address
    to: Address
    id: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """The record was dropped; its id is released. What was ordered of its machine and not done is over with it."""

    address: Address
    id: str
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingGone:
    """A replaced machine is proven gone; its id is released, its deletion is over, and the record stays."""

    address: Address
    id: str
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TombstoneCleared:
    """A tombstone's instance was adopted or deleted."""

    nonce: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerWitnessed:
    """Where the marker was seen on an instance of ours."""

    seen: MarkerSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUsed:
    """Which API key this state's account answers to, as a digest."""

    key_digest: str


Entry = (
    Intended
    | Ordered
    | Doubted
    | Made
    | Obeyed
    | Undone
    | Absent
    | Noted
    | Adopted
    | Moved
    | Forgotten
    | OutgoingGone
    | TombstoneCleared
    | MarkerWitnessed
    | KeyUsed
)
