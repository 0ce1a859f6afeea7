"""Each row of the decision table by itself: what it leads to, and what it is about whatever stands above it."""

from collections.abc import Iterable
from typing import Any

import pytest

from gpuspec.model.plan import ActionKind
from gpuspec.planning.table import TABLE, Evidence, Facts, Row

KINDS: dict[str, ActionKind | None] = {
    "outside": None,
    "open-intent": ActionKind.UNRESOLVED,
    "open-order": ActionKind.UNRESOLVED,
    "nothing": None,
    "contested": ActionKind.REFUSED,
    "outgoing": ActionKind.DELETE,
    "unproven": ActionKind.BLOCKED,
    "unknown-status": ActionKind.BLOCKED,
    "leaving": ActionKind.WAIT,
    "removed-leaving": ActionKind.WAIT,
    "gone-accepted": ActionKind.FORGET,
    "drift-accepted": ActionKind.NOTE,
    "refresh-only": ActionKind.KEEP,
    "not-recorded": None,
    "marker-elsewhere": ActionKind.REFUSED,
    "marker-unrecorded": ActionKind.REFUSED,
    "answered-late": ActionKind.UNRESOLVED,
    "same-name": ActionKind.BLOCKED,
    "lost": ActionKind.CREATE,
    "absence-unproven": ActionKind.BLOCKED,
    "new": ActionKind.CREATE,
    "no-call": ActionKind.REFUSED,
    "protected": ActionKind.REFUSED,
    "fixed-field-changed": ActionKind.REPLACE,
    "replace-asked": ActionKind.REPLACE,
    "changed": ActionKind.UPDATE,
    "drifted": ActionKind.UPDATE,
    "power": ActionKind.UPDATE,
    "record-only": ActionKind.NOTE,
    "not-ready": ActionKind.KEEP,
    "unchanged": ActionKind.KEEP,
    "gone": ActionKind.FORGET,
    "removed-forget": ActionKind.FORGET,
    "removed-stopped": ActionKind.KEEP,
    "removed-stop": ActionKind.UPDATE,
    "removed-protected": ActionKind.REFUSED,
    "removed": ActionKind.DELETE,
}
WANTED_AND_THERE = {
    "no-call",
    "protected",
    "fixed-field-changed",
    "replace-asked",
    "changed",
    "drifted",
    "power",
    "record-only",
    "not-ready",
    "unchanged",
}
MADE = {"marker-elsewhere", "marker-unrecorded", "answered-late", "same-name", "lost", "absence-unproven", "new"}
WANTED = {"contested", "leaving", *MADE, *WANTED_AND_THERE}
REMOVED_AND_THERE = {"removed-forget", "removed-stopped", "removed-stop", "removed-protected", "removed"}
REMOVED = {"removed-leaving", "gone", *REMOVED_AND_THERE}
FOLLOWED = {"gone-accepted", "drift-accepted", "refresh-only"}
RECORDED = {"outgoing", "unproven", "unknown-status", *FOLLOWED, *REMOVED}


def rows(reasons: Iterable[str]) -> list[Any]:
    """The rows with these reasons, each named for its own."""
    return [pytest.param(row, id=row.reason) for row in TABLE if row.reason in set(reasons)]


def nearly(row: Row, **otherwise: object) -> Facts:
    """Facts that this row is about in all but these."""
    asked = {fact: next(iter(values)) for fact, values in row.where.items()}
    return Facts(**{"desired": False, "recorded": False, **asked, **otherwise})  # type: ignore[arg-type]


def test_every_reason_leads_to_its_kind_of_action() -> None:
    """Both are what scripts read; two rows of one reason lead to the same."""
    assert {(row.reason, row.kind) for row in TABLE} == set(KINDS.items())


@pytest.mark.parametrize("row", rows(WANTED))
def test_what_is_done_for_the_spec_is_done_to_nothing_that_left_it(row: Row) -> None:
    """By the row itself, wherever it stands: neither made, nor changed, nor replaced."""
    assert not row.matches(nearly(row, desired=False))


@pytest.mark.parametrize("row", rows(REMOVED))
def test_what_is_done_to_what_left_the_spec_is_done_to_nothing_in_it(row: Row) -> None:
    """By the row itself, wherever it stands: neither deleted, nor stopped, nor forgotten."""
    assert not row.matches(nearly(row, desired=True))


@pytest.mark.parametrize("row", rows(RECORDED))
def test_what_is_done_to_a_recorded_machine_is_done_to_no_other(row: Row) -> None:
    """By the row itself: without a record there is no machine of ours to speak of."""
    assert not row.matches(nearly(row, recorded=False))


@pytest.mark.parametrize("evidence", [one for one in Evidence if one not in {Evidence.THERE, Evidence.UNASKED}])
@pytest.mark.parametrize("row", rows(WANTED_AND_THERE | REMOVED_AND_THERE))
def test_what_is_done_to_a_machine_needs_it_to_be_there(row: Row, evidence: Evidence) -> None:
    """By the row itself: a machine that is gone, leaving or in doubt takes no call, even if no row above says so."""
    assert not row.matches(nearly(row, evidence=evidence))


@pytest.mark.parametrize("row", rows(FOLLOWED | {"not-recorded"}))
def test_records_follow_what_is_live_only_where_that_was_asked_for(row: Row) -> None:
    """By the row itself: an ordinary plan drops and rewrites no record for it."""
    assert not row.matches(nearly(row, refresh_only=False))
