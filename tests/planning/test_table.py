"""The decision table, enumerated: every combination of facts has one row, and it is the expected one."""

from dataclasses import replace
from itertools import product

import pytest

from gpuspec.model.instance import OnRemove
from gpuspec.model.plan import ActionKind
from gpuspec.planning.scope import Claim
from gpuspec.planning.table import TABLE, Difference, Evidence, Facts, Marks, decide
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
    return found + [replace(facts, order=True) for facts in found[::7] if facts.recorded]


POSSIBLE = possible_facts()


def expected(facts: Facts) -> str:
    """The table once more, written the other way round: as one walk through the facts."""
    if facts.intent:
        return "open-intent"
    if facts.order:
        return "open-order"
    if facts.desired:
        return expected_where_wanted(facts)
    if not facts.recorded:
        return "nothing"
    if facts.claim is not Claim.COVERED:
        return "outside"
    return expected_where_removed(facts)


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
    if facts.difference is Difference.FIXED:
        return "protected" if facts.protect else "differs-replace"
    if facts.difference is Difference.IN_PLACE:
        return "differs-update"
    if facts.difference is Difference.RECORD_ONLY:
        return "record-only"
    if facts.drifted:
        return "drift-not-repaired"
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
    if facts.protect:
        return "removed-protected"
    return "differs-removed" if facts.on_remove is OnRemove.STOP else "removed"


def test_every_combination_of_facts_has_the_expected_row() -> None:
    """The table as data and the same decisions as a walk agree, whatever the facts are."""
    disagreements = [(facts, decide(facts).code) for facts in POSSIBLE if decide(facts).code != expected(facts)]

    assert disagreements[:3] == []


def test_every_row_decides_something() -> None:
    """No row is hidden by those above it."""
    assert {row.reason for row in TABLE} == {decide(facts).reason for facts in POSSIBLE}


def test_only_proven_absence_leads_to_a_create() -> None:
    """A create needs a machine that is proven gone, or no record and no machine that may be it."""
    for facts in POSSIBLE:
        if decide(facts).action is ActionKind.CREATE:
            assert facts.desired
            assert not facts.intent
            assert facts.evidence in {Evidence.NO_RECORD, Evidence.GONE}
            assert facts.marks is Marks.NONE or (facts.recorded and facts.marks is Marks.UNPROVEN)


def test_what_this_version_does_not_do_is_never_an_action() -> None:
    """Updates and replacements become refusals, or a drift that is only reported."""
    kinds = {decide(facts).action for facts in POSSIBLE}

    assert kinds.isdisjoint({ActionKind.UPDATE, ActionKind.REPLACE})


def test_nothing_protected_or_unproven_is_ever_deleted() -> None:
    """A record's own machine goes only if it is there, not wanted, not protected, and its file was asked about."""
    for facts in POSSIBLE:
        if decide(facts).action is ActionKind.DELETE and not facts.outgoing:
            assert True not in {facts.desired, facts.protect, facts.intent, facts.order}
            assert facts.claim is Claim.COVERED
            assert facts.on_remove is OnRemove.DELETE
            assert facts.evidence in {Evidence.THERE, Evidence.UNASKED}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.reason)
def test_every_reason_has_its_words(row: object) -> None:
    """A row that leads to an action can say why, and a refusal or doubt says how to go on."""
    for facts in POSSIBLE:
        decided = decide(facts)
        if decided is row and decided.action is not None:
            words = WORDS[decided.code]
            assert words.says
            assert words.hint or decided.action not in {ActionKind.REFUSED, ActionKind.BLOCKED, ActionKind.UNRESOLVED}
            return
