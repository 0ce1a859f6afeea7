"""A plan: what a run would do, as data; text and JSON are views of it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from gpuspec.model.address import Address
from gpuspec.model.secret import SecretRef
from gpuspec.model.state import Birth, Call, Instant
from gpuspec.model.values import FieldValue


class ActionKind(Enum):
    """What is to happen at an address. The first five change something, the rest say why nothing happens."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    NOTE = "note"
    KEEP = "keep"
    WAIT = "wait"
    UNRESOLVED = "unresolved"
    STRAY = "stray"
    BLOCKED = "blocked"
    REFUSED = "refused"


_RECORDED = {
    ActionKind.CREATE,
    ActionKind.UPDATE,
    ActionKind.REPLACE,
    ActionKind.DELETE,
    ActionKind.FORGET,
    ActionKind.NOTE,
}


class Absence(Enum):
    """A value that is not there, or that can't be known; never confused with a field's own value."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


class Certainty(Enum):
    """Whether a change is known: two seals made with different keys can't be compared."""

    DIFFERENT = "different"
    CANNOT_TELL = "can't tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `field` is a documented name or `envs.KEY`; secrets are sealed or out of reach.

    `references` are what a secret `after` is read from; empty for one that stands in the spec itself.
    """

    field: str
    before: FieldValue | Absence
    after: FieldValue | Absence
    certainty: Certainty = Certainty.DIFFERENT
    references: tuple[SecretRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is to happen at one address, and why.

    Attributes:
        reason: The kebab-case code of the decision table's row.
        explanation: The reason in words, with this instance's facts.
        id: The instance's id where there is one; a stray's or outgoing one's id too.
        calls: What is sent, in this order; empty where nothing is.
        changes: Desired against recorded: these cause calls.
        drift: Live against shown: listed; only repairable fields cause a call.
        restarts: Whether the container restarts or stops, or may: nobody says that it does not.
        data_lost: What data is lost, in words; empty when none.
        prepaid: Whether the action pays for months ahead.
        hint: The way on, for an action that refuses, blocks or reports.
        command: A command to copy.
    """

    kind: ActionKind
    address: Address
    reason: str
    explanation: str
    id: str = ""
    calls: tuple[Call, ...] = ()
    changes: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    restarts: bool = False
    data_lost: str = ""
    prepaid: bool = False
    hint: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What this plan leaves alone: records whose file was not named; `lost_files` no longer exist (file, records).

    `excluded` counts the addresses that `--only` and `--exclude` left out.
    """

    count: int = 0
    lost_files: tuple[tuple[str, int], ...] = ()
    excluded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a plan was made from, as far as it was chosen by hand: what it takes to make the plan again.

    `files` are specs relative to the project folder, `-` for standard input; none mean the whole project. `only` and
    `exclude` are globs, `replace` are addresses; the flags are the options of their names. Variables are not here:
    their values may be secret.
    """

    files: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    replace: tuple[Address, ...] = ()
    refresh_only: bool = False
    recreate_lost: bool = False
    allow_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All actions, in the order in which they would be taken.

    `receipt` is `sha256:…` over lineage, action kinds, addresses, ids and changes: no times, statuses or serial.
    `warnings` are sentences about the whole plan.
    """

    birth: Birth
    serial: int
    made_at: Instant
    actions: tuple[Action, ...]
    receipt: str
    outside: Outside = field(default_factory=Outside)
    basis: Basis = Basis()
    asked: bool = True
    warnings: tuple[str, ...] = ()

    def count(self, kind: ActionKind) -> int:
        """How many actions are of this kind."""
        return self.counts[kind]

    @property
    def counts(self) -> Counter[ActionKind]:
        """How many actions there are of each kind."""
        return Counter(action.kind for action in self.actions)

    @property
    def writes_something(self) -> bool:
        """Whether applying it would need a state to record in: not for what is kept, or only told."""
        return any(action.kind in _RECORDED for action in self.actions)

    @property
    def changes_something(self) -> bool:
        """Whether applying it would send a request or write a record."""
        quiet = {ActionKind.KEEP}
        return any(action.kind not in quiet for action in self.actions)
