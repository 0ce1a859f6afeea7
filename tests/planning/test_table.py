"""The decision table, enumerated: every combination of facts has one row, and it is the expected one."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product

import pytest

from gpuspec.model.instance import OnRemove
from gpuspec.model.plan import ActionKind
from gpuspec.planning.scope import Claim
from gpuspec.planning.table import TABLE, Difference, Evidence, Facts, Marks, Row, decide
from gpuspec.planning.wording import WORDS

FLAGS = (False, True)


def possible_facts() -> list[Facts]:
    """Every combination that can occur: no evidence without a record, no record without evidence."""
    found = []
    for desired, recorded, intent, evidence, marks in product(FLAGS, FLAGS, FLAGS, Evidence, Marks):
        if recorded is (evidence is Evidence.NO_RECORD):
            continue
        for difference, claim, on_remove in product(Difference, Claim, OnRemove):
            for drifted, protect, outgoing, contested, ready in product(FLAGS, repeat=5):
                if not recorded and (outgoing or not ready or claim is not Claim.COVERED):
                    continue
                if contested and not (desired and recorded):
                    continue
                if not (desired and recorded) and (difference is not Difference.NONE or drifted):
                    continue
                found.append(
                    Facts(
                        desired=desired,
                        recorded=recorded,
                        intent=intent,
                        evidence=evidence,
                        marks=marks,
                        difference=difference,
                        claim=claim,
                        on_remove=on_remove,
                        drifted=drifted,
                        protect=protect,
                        outgoing=outgoing,
                        contested=contested,
                        ready=ready,
                    )
                )
    # What is ordered of a machine needs a record; nothing else of the address matters then.
    ordered = [replace(facts, order=True) for facts in found[::7] if facts.recorded]
    return [*found, *ordered, *asked_by_hand(found), *powered(found)]


def asked_by_hand(found: list[Facts]) -> Iterator[Facts]:
    """The same with `--replace` and with `--refresh-only`, which are never given together."""
    for facts in found:
        if facts.marks is Marks.NONE and not facts.intent:
            yield replace(facts, refresh_only=True)
            if facts.recorded:
                yield replace(facts, refresh_only=True, moved=True)
            if facts.desired and facts.recorded:
                yield replace(facts, replace_asked=True)


def powered(found: list[Facts]) -> Iterator[Facts]:
    """The same of machines that are stopped, or that the spec wants switched; only what is there can be."""
    for facts in found:
        if facts.evidence is Evidence.THERE and facts.marks is Marks.NONE:
            yield replace(facts, stopped=True)
            if facts.desired:
                yield replace(facts, powered=True)
                yield replace(facts, powered=True, replace_asked=True, stopped=True)


POSSIBLE = possible_facts()


@cache
def decisions() -> tuple[tuple[Facts, Row], ...]:
    """What the table decides of each; once for all tests, since they are 160,000."""
    return tuple((facts, decide(facts)) for facts in POSSIBLE)


def expected(facts: Facts) -> str:
    """The table once more, written the other way round: as one walk through the facts."""
    if facts.intent:
        return "open-intent"
    if facts.order:
        return "open-order"
    if facts.recorded and not facts.desired and facts.claim is not Claim.COVERED:
        return "outside"
    if not (facts.desired or facts.recorded):
        return "nothing"
    if facts.refresh_only:
        return expected_where_only_followed(facts)
    return expected_where_wanted(facts) if facts.desired else expected_where_removed(facts)


def expected_where_only_followed(facts: Facts) -> str:
    if not facts.recorded:
        return "not-recorded"
    if facts.evidence in {Evidence.UNPROVEN, Evidence.UNKNOWN_STATUS}:
        return "unproven" if facts.evidence is Evidence.UNPROVEN else "unknown-status"
    if facts.evidence is Evidence.LEAVING:
        return "leaving" if facts.desired else "removed-leaving"
    if facts.evidence is Evidence.GONE and not facts.outgoing:
        return "gone-accepted"
    return "drift-accepted" if facts.moved else "refresh-only"


def expected_where_wanted(facts: Facts) -> str:
    if facts.contested:
        return "contested"
    if facts.outgoing:
        return "outgoing"
    doubts = {Evidence.UNPROVEN: "unproven", Evidence.UNKNOWN_STATUS: "unknown-status", Evidence.LEAVING: "leaving"}
    if facts.evidence in doubts:
        return doubts[facts.evidence]
    if facts.evidence in {Evidence.NO_RECORD, Evidence.GONE}:
        return expected_where_missing(facts)
    return expected_where_there(facts)


def expected_where_there(facts: Facts) -> str:
    if facts.difference is Difference.NO_CALL:
        return "no-call"
    if facts.difference is Difference.FIXED or facts.replace_asked:
        asked = "fixed-field-changed" if facts.difference is Difference.FIXED else "replace-asked"
        return "protected" if facts.protect else asked
    if facts.difference is Difference.IN_PLACE:
        return "changed"
    if facts.drifted:
        return "drifted"
    if facts.powered:
        return "power"
    if facts.difference is Difference.RECORD_ONLY:
        return "record-only"
    return "unchanged" if facts.ready else "not-ready"


def expected_where_missing(facts: Facts) -> str:
    barred = {
        Marks.ELSEWHERE: "marker-elsewhere",
        Marks.UNRECORDED: "marker-unrecorded",
        Marks.LATE_ANSWER: "answered-late",
        Marks.SAME_NAME: "same-name",
    }
    if facts.marks in barred:
        return barred[facts.marks]
    if facts.recorded:
        return "lost"
    return "absence-unproven" if facts.marks is Marks.UNPROVEN else "new"


def expected_where_removed(facts: Facts) -> str:
    if facts.outgoing:
        return "outgoing"
    doubts = {
        Evidence.UNPROVEN: "unproven",
        Evidence.UNKNOWN_STATUS: "unknown-status",
        Evidence.LEAVING: "removed-leaving",
        Evidence.GONE: "gone",
    }
    if facts.evidence in doubts:
        return doubts[facts.evidence]
    if facts.on_remove is OnRemove.FORGET:
        return "removed-forget"
    if facts.on_remove is OnRemove.STOP:
        return "removed-stopped" if facts.stopped else "removed-stop"
    return "removed-protected" if facts.protect else "removed"


def test_every_combination_of_facts_has_the_expected_row() -> None:
    """The table as data and the same decisions as a walk agree, whatever the facts are."""
    disagreements = [(facts, row.reason) for facts, row in decisions() if row.reason != expected(facts)]

    assert disagreements[:3] == []


def test_every_row_decides_something() -> None:
    """No row is hidden by those above it."""
    used = {id(row) for _, row in decisions()}

    assert [row.reason for row in TABLE if id(row) not in used] == []


def test_only_proven_absence_leads_to_a_create() -> None:
    """A create needs a machine that is proven gone, or no record and no machine that may be it."""
    for facts, row in decisions():
        if row.kind is ActionKind.CREATE:
            assert facts.desired
            assert not facts.intent
            assert facts.evidence in {Evidence.NO_RECORD, Evidence.GONE}
            assert facts.marks is Marks.NONE or (facts.recorded and facts.marks is Marks.UNPROVEN)


def test_only_what_is_there_and_not_protected_is_replaced() -> None:
    """A replacement deletes: it needs a machine that is there, is wanted, and may go."""
    for facts, row in decisions():
        if row.kind is ActionKind.REPLACE:
            assert (facts.desired, facts.protect, facts.outgoing, facts.contested) == (True, False, False, False)
            assert facts.evidence in {Evidence.THERE, Evidence.UNASKED}
            assert facts.difference is not Difference.NO_CALL


def test_a_refresh_sends_nothing_whatever_the_facts() -> None:
    """Neither a machine that is not wanted nor one that was replaced goes."""
    sending = {ActionKind.CREATE, ActionKind.UPDATE, ActionKind.REPLACE, ActionKind.DELETE}

    assert sending.isdisjoint(row.kind for facts, row in decisions() if facts.refresh_only)


def test_protection_hinders_no_update() -> None:
    """Neither a change in place, nor a mended drift, nor a start or stop."""
    for facts, row in decisions():
        if row.kind is ActionKind.UPDATE:
            assert decide(replace(facts, protect=not facts.protect)).kind is ActionKind.UPDATE


def test_nothing_protected_or_unproven_is_ever_deleted() -> None:
    """A record's own machine goes only if it is there, not wanted, not protected, and its file was asked about."""
    for facts, row in decisions():
        if row.kind is ActionKind.DELETE and not facts.outgoing:
            assert True not in {facts.desired, facts.protect, facts.intent, facts.order}
            assert facts.claim is Claim.COVERED
            assert facts.on_remove is OnRemove.DELETE
            assert facts.evidence in {Evidence.THERE, Evidence.UNASKED}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.reason)
def test_every_reason_has_its_words(row: Row) -> None:
    """A row that leads to an action can say why, and a refusal or doubt says how to go on."""
    if row.kind is not None:
        words = WORDS[row.reason]
        assert words.says
        assert words.hint or row.kind not in {ActionKind.REFUSED, ActionKind.BLOCKED, ActionKind.UNRESOLVED}
