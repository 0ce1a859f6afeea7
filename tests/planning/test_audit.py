"""Whose each machine of the account is: by id, by nonce, by what its marker says."""

from dataclasses import replace
from typing import Any

import pytest

from gpuspec.model.audit import Audit, Audited, Owner
from gpuspec.model.live import LiveInstance, Observation
from gpuspec.model.marker import MarkerMode
from gpuspec.model.state import Released, State
from gpuspec.planning.audit import audit_of
from tests.builders.planning import (
    BIRTH,
    a_live,
    a_marker,
    a_record,
    a_state,
    a_tombstone,
    an_intent,
    an_observation,
    envs,
    marked,
)

B, C = "00000000000000bb", "00000000000000cc"


def audit(state: State, *rows: LiveInstance, other_key: bool = False, **parts: Any) -> Audit:
    """The audit of these rows."""
    observation: Observation = an_observation(*rows, **parts)
    return audit_of(state, observation, at=100.0, other_key=other_key)


def the_one(found: Audit) -> Audited:
    """The only machine."""
    (machine,) = found.machines
    return machine


def test_a_recorded_machine_is_managed() -> None:
    """Its outgoing one too, as long as it is there."""
    state = a_state(replace(a_record(), outgoing=("id-before",)))
    found = audit(state, replace(a_live(), created_at=7), a_live("id-before"))

    assert found.machines[1] == Audited(
        owner=Owner.MANAGED,
        id="id-trainer",
        name="trainer",
        status="running",
        created_at=7,
        address="trainer",
    )
    assert (found.machines[0].owner, found.machines[0].advice) == (
        Owner.MANAGED,
        "replaced; the state has it to be deleted",
    )
    assert found.exit_status == 0


@pytest.mark.parametrize(
    ("recorded", "advice"), [(True, "beside the recorded one"), (False, "recover trainer --found 9")]
)
def test_a_machine_that_answers_a_tombstone_is_a_stray(recorded: bool, advice: str) -> None:
    """It can be recorded only where the address has no machine."""
    records = [a_record(nonce=C)] if recorded else []
    state = a_state(*records, tombstones={B: a_tombstone(nonce=B)})
    found = audit(state, a_live("9", trace=marked(a_marker(nonce=B))), *([a_live()] if recorded else []))

    assert found.machines[0].owner is Owner.STRAY
    assert advice in found.machines[0].advice
    assert found.exit_status == 7


def test_a_machine_that_answers_an_open_request_is_found() -> None:
    """`recover` records it; a request that nothing answers is a row without an id."""
    intent, silent = an_intent("a", nonce=B), an_intent("b", nonce=C)
    found = audit(a_state(intents={B: intent, C: silent}), a_live("9", trace=marked(a_marker("a", nonce=B))))

    assert [(each.owner, each.address, each.id) for each in found.machines] == [
        (Owner.UNRESOLVED, "a", "9"),
        (Owner.UNRESOLVED, "b", ""),
    ]
    assert all("`gpuspec recover`" in each.advice for each in found.machines)
    assert found.exit_status == 7


@pytest.mark.parametrize(
    ("lineage", "which"), [(BIRTH.lineage8, "the latest state file"), ("ffffffff", "that it was made from")]
)
def test_a_machine_of_this_project_without_a_record_is_ours_and_lost(lineage: str, which: str) -> None:
    """Whichever state made it."""
    found = audit(a_state(), a_live("9", trace=marked(a_marker(lineage=lineage))))
    machine = the_one(found)

    assert (machine.owner, machine.address, machine.project) == (Owner.LOST, "trainer", "demo/default")
    assert which in machine.advice
    assert found.exit_status == 7


def test_a_machine_that_was_taken_for_gone_is_ours_and_lost() -> None:
    """It costs money again."""
    released = Released(id="9", address="trainer", at=1.0, reason="gone")
    found = audit(a_state(released={"9": released}), a_live("9", envs=envs()))

    assert (the_one(found).owner, found.exit_status) == (Owner.LOST, 7)


def test_a_machine_of_another_project_is_left_to_it() -> None:
    """Its marker says which one it is."""
    found = audit(a_state(), a_live("9", trace=marked(a_marker(project="other"))))
    machine = the_one(found)

    assert (machine.owner, machine.address, machine.project) == (Owner.ELSEWHERE, "trainer", "other/default")
    assert found.exit_status == 0


def test_a_marker_in_a_name_tells_its_address_only_where_it_is_known() -> None:
    """Otherwise it may be any project's."""
    state = a_state(a_record("known", nonce=C))
    known = a_live("8", trace=marked(a_marker("known", nonce=B), in_name=True))
    unknown = a_live("9", trace=marked(a_marker("unknown", nonce=B), in_name=True))
    found = audit(state, known, unknown, a_live("id-known"))

    assert [(each.owner, each.address, each.id) for each in found.machines] == [
        (Owner.LOST, "known", "8"),
        (Owner.MANAGED, "known", "id-known"),
        (Owner.ELSEWHERE, "", "9"),
    ]


def test_a_machine_without_a_marker_is_unmanaged() -> None:
    """Where its envs were read; where they were not, it can't be told."""
    found = audit(a_state(), a_live("8", envs=envs()), a_live("9"))

    assert [(each.owner, each.id) for each in found.machines] == [(Owner.UNKNOWN, "9"), (Owner.UNMANAGED, "8")]
    assert found.exit_status == 4


def test_with_markers_off_nothing_tells_whose_a_machine_is() -> None:
    """It may be one that the state lost."""
    found = audit(a_state(birth=replace(BIRTH, marker=MarkerMode.OFF)), a_live("8", envs=envs()))

    assert the_one(found).owner is Owner.UNKNOWN


def test_a_machine_that_was_let_go_is_not_ours_any_more() -> None:
    """It was forgotten on purpose."""
    released = Released(id="9", address="trainer", at=1.0, reason="removed-forget")
    found = audit(a_state(released={"9": released}), a_live("9", trace=marked(a_marker())))

    assert (the_one(found).owner, the_one(found).address, found.exit_status) == (Owner.LET_GO, "trainer", 0)


def test_a_recorded_machine_that_the_account_lacks_is_missing() -> None:
    """Only by proof, and never under another key."""
    gone = frozenset({"id-trainer"})
    proven = audit(a_state(a_record()), gone=gone)
    doubtful = audit(a_state(a_record()), incomplete="Page 2 could not be read.")
    elsewhere = audit(a_state(a_record()), gone=gone, other_key=True)

    assert (the_one(proven).owner, proven.exit_status) == (Owner.MISSING, 4)
    assert (the_one(doubtful).owner, doubtful.incomplete) == (Owner.UNKNOWN, "Page 2 could not be read.")
    assert (the_one(elsewhere).owner, len(elsewhere.warnings)) == (Owner.UNKNOWN, 1)


def test_an_incomplete_listing_is_never_well() -> None:
    """There may be strays in what it did not show."""
    assert audit(a_state(a_record()), a_live(), incomplete="Page 2 could not be read.").exit_status == 4
