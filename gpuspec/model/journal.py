"""What is written to the journal: each entry is a fact that must not be lost."""

from dataclasses import dataclass
from enum import Enum

from gpuspec.model.address import Address
from gpuspec.model.state import Instant, Intent, MarkerSeen, Record


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
    """A mutating call is about to be sent."""

    intent: Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """The call's answer was given up; whether it did anything is not known."""

    nonce: str
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The intent made this instance: its record is the intent's fields with this id."""

    nonce: str
    id: str
    at: Instant
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """The intent made nothing, by proof: it was not sent, or the service refused it."""

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
    """A record's new text: what was shown, readiness, lifecycle, source. Address and id stay."""

    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """The record was dropped; its id is released."""

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


Entry = Intended | Doubted | Made | Undone | Absent | Noted | Forgotten | TombstoneCleared | MarkerWitnessed | KeyUsed
