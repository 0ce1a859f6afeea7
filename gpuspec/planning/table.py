"""The decision table, as data: small facts about one address in, one row out; the first row that matches wins.

A row's `reason` is part of the interface (`--json`, `actions[].reason`): it is never renamed, only retired.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

from gpuspec.model.instance import OnRemove
from gpuspec.model.plan import ActionKind
from gpuspec.planning.scope import Claim


class Evidence(Enum):
    """What is known of the machine that the record names. `UNASKED` counts as there: a plan made offline."""

    NO_RECORD = "no record"
    THERE = "there"
    GONE = "gone"
    LEAVING = "leaving"
    UNPROVEN = "unproven"
    UNKNOWN_STATUS = "unknown status"
    UNASKED = "unasked"


class Marks(Enum):
    """What is known of live machines that the state does not know and that may be this address's."""

    NONE = "none"
    UNPROVEN = "unproven"
    UNRECORDED = "unrecorded"
    ELSEWHERE = "elsewhere"
    LATE_ANSWER = "late answer"
    SAME_NAME = "same name"


class Difference(Enum):
    """The heaviest thing that sets desired and recorded apart."""

    NONE = "none"
    RECORD_ONLY = "record only"
    IN_PLACE = "change in changeable fields"
    FIXED = "change in a fixed field"
    NO_CALL = "change that no call brings about, on a machine that none deletes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the table looks at.

    Attributes:
        order: A call on a machine of this address is not through.
        outgoing: A replaced machine of this address is not proven gone.
        drifted: The machine is at rest, and the API shows something else than it did in a field that can be repaired.
        contested: The record belongs to a file that is still there and was not read, and another file has the address.
        ready: The machine was seen running, now or when it was made.
        replace_asked: The user wants another machine, whether or not anything changed.
        powered: The machine is at rest and not in the power that the spec asks for.
        stopped: The machine is stopped.
        refresh_only: Records are to follow what is live, and nothing else is to happen.
        moved: The machine is at rest, and the API shows something else than it did, in whatever field.
    """

    desired: bool
    recorded: bool
    intent: bool = False
    order: bool = False
    evidence: Evidence = Evidence.NO_RECORD
    marks: Marks = Marks.NONE
    difference: Difference = Difference.NONE
    claim: Claim = Claim.COVERED
    on_remove: OnRemove = OnRemove.DELETE
    drifted: bool = False
    protect: bool = False
    outgoing: bool = False
    contested: bool = False
    ready: bool = True
    replace_asked: bool = False
    powered: bool = False
    stopped: bool = False
    refresh_only: bool = False
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        kind: What is to happen; None: the address is outside this plan, and counted.
        where: Fact -> the values that match; a fact that is not named may be anything.
    """

    reason: str
    kind: ActionKind | None
    where: Mapping[str, frozenset[object]]

    def matches(self, facts: Facts) -> bool:
        """Whether every named fact has one of the row's values."""
        return all(getattr(facts, name) in values for name, values in self.where.items())


def _row(reason: str, kind: ActionKind | None, **where: object) -> Row:
    conditions = {
        fact: values if isinstance(values, frozenset) else frozenset({values}) for fact, values in where.items()
    }
    return Row(reason=reason, kind=kind, where=MappingProxyType(conditions))


_THERE = frozenset({Evidence.THERE, Evidence.UNASKED})
_NEEDED = frozenset({Evidence.NO_RECORD, Evidence.GONE})
_NOT_COVERED = frozenset({Claim.OUTSIDE, Claim.LOST_FILE})
_MADE_BY_THE_SPEC: Mapping[str, object] = {"desired": True, "evidence": _NEEDED}
_WANTED_AND_THERE: Mapping[str, object] = {"desired": True, "evidence": _THERE}
_REMOVED: Mapping[str, object] = {"desired": False, "recorded": True}
_FOLLOWED: Mapping[str, object] = {"recorded": True, "refresh_only": True}

TABLE: tuple[Row, ...] = (
    # Whoever speaks for the address comes first: a plan says nothing about what it was not asked about.
    _row("outside", None, desired=False, intent=False, order=False, claim=_NOT_COVERED),
    _row("open-intent", ActionKind.UNRESOLVED, intent=True),
    _row("open-order", ActionKind.UNRESOLVED, order=True),
    _row("nothing", None, desired=False, recorded=False),
    _row("contested", ActionKind.REFUSED, desired=True, contested=True, refresh_only=False),
    _row("outgoing", ActionKind.DELETE, recorded=True, outgoing=True, refresh_only=False),
    # Doubt blocks one address.
    _row("unproven", ActionKind.BLOCKED, recorded=True, evidence=Evidence.UNPROVEN),
    _row("unknown-status", ActionKind.BLOCKED, recorded=True, evidence=Evidence.UNKNOWN_STATUS),
    _row("leaving", ActionKind.WAIT, desired=True, evidence=Evidence.LEAVING),
    _row("removed-leaving", ActionKind.WAIT, **_REMOVED, evidence=Evidence.LEAVING),
    # Records follow what is live; of a record whose replaced machine is not proven gone, nothing is dropped.
    _row("gone-accepted", ActionKind.FORGET, **_FOLLOWED, evidence=Evidence.GONE, outgoing=False),
    _row("drift-accepted", ActionKind.NOTE, **_FOLLOWED, moved=True),
    _row("refresh-only", ActionKind.KEEP, **_FOLLOWED),
    _row("not-recorded", None, refresh_only=True),
    # A machine has to be made, unless there may be one already.
    _row("marker-elsewhere", ActionKind.REFUSED, **_MADE_BY_THE_SPEC, marks=Marks.ELSEWHERE),
    _row("marker-unrecorded", ActionKind.REFUSED, **_MADE_BY_THE_SPEC, marks=Marks.UNRECORDED),
    _row("answered-late", ActionKind.UNRESOLVED, **_MADE_BY_THE_SPEC, marks=Marks.LATE_ANSWER),
    _row("same-name", ActionKind.BLOCKED, **_MADE_BY_THE_SPEC, marks=Marks.SAME_NAME),
    _row("lost", ActionKind.CREATE, desired=True, evidence=Evidence.GONE),
    _row("absence-unproven", ActionKind.BLOCKED, desired=True, recorded=False, marks=Marks.UNPROVEN),
    _row("new", ActionKind.CREATE, desired=True, recorded=False),
    # It is there.
    _row("no-call", ActionKind.REFUSED, **_WANTED_AND_THERE, difference=Difference.NO_CALL),
    _row("protected", ActionKind.REFUSED, **_WANTED_AND_THERE, difference=Difference.FIXED, protect=True),
    _row("fixed-field-changed", ActionKind.REPLACE, **_WANTED_AND_THERE, difference=Difference.FIXED),
    _row("protected", ActionKind.REFUSED, **_WANTED_AND_THERE, replace_asked=True, protect=True),
    _row("replace-asked", ActionKind.REPLACE, **_WANTED_AND_THERE, replace_asked=True),
    # What only the record has to know goes along with an update.
    _row("changed", ActionKind.UPDATE, **_WANTED_AND_THERE, difference=Difference.IN_PLACE),
    _row("drifted", ActionKind.UPDATE, **_WANTED_AND_THERE, drifted=True),
    _row("power", ActionKind.UPDATE, **_WANTED_AND_THERE, powered=True),
    _row("record-only", ActionKind.NOTE, **_WANTED_AND_THERE, difference=Difference.RECORD_ONLY),
    _row("not-ready", ActionKind.KEEP, **_WANTED_AND_THERE, ready=False),
    _row("unchanged", ActionKind.KEEP, **_WANTED_AND_THERE),
    # It is not wanted any more.
    _row("gone", ActionKind.FORGET, **_REMOVED, evidence=Evidence.GONE),
    _row("removed-forget", ActionKind.FORGET, **_REMOVED, evidence=_THERE, on_remove=OnRemove.FORGET),
    # A stop loses nothing that `protect` is for.
    _row("removed-stopped", ActionKind.KEEP, **_REMOVED, evidence=_THERE, on_remove=OnRemove.STOP, stopped=True),
    _row("removed-stop", ActionKind.UPDATE, **_REMOVED, evidence=_THERE, on_remove=OnRemove.STOP),
    _row("removed-protected", ActionKind.REFUSED, **_REMOVED, evidence=_THERE, protect=True),
    _row("removed", ActionKind.DELETE, **_REMOVED, evidence=_THERE),
)


@lru_cache(maxsize=4096)
def decide(facts: Facts) -> Row:
    """The first row of the table that matches."""
    return next(row for row in TABLE if row.matches(facts))
