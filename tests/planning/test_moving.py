"""Records that move with the spec: which are due, which can't, and what a plan says of them."""

from dataclasses import replace

import pytest

from gpuspec.model.journal import Moved
from gpuspec.model.plan import ActionKind
from gpuspec.model.state import Call, OpenOrder, Order, State
from gpuspec.planning.moving import due, move_refusals, moved_state, told
from gpuspec.planning.scope import Scope
from tests.builders.planning import (
    NONCE,
    a_live,
    a_marker,
    a_plan,
    a_record,
    a_state,
    an_instance,
    an_intent,
    an_observation,
    marked,
)

MOVES = {"teacher": "trainer"}
MOVED = Moved(address="trainer", to="teacher", id="id-trainer", at=5.0)
ORDER = Order(
    nonce=NONCE,
    call=Call.DELETE,
    address="trainer",
    id="id-trainer",
    at=1.0,
    timeout_s=60.0,
    digest="",
    after=None,
)


def test_a_move_is_due_until_it_was_made() -> None:
    """A spec may keep it for those who have not applied it yet."""
    assert due(a_state(a_record()), MOVES, at=5.0) == (MOVED,)
    assert due(a_state(a_record("teacher")), MOVES, at=5.0) == ()
    assert due(a_state(), MOVES, at=5.0) == ()


def test_what_moved_is_planned_where_it_stands() -> None:
    """What would be kept is noted; the reason for anything else says where the record comes from."""
    state = moved_state(a_state(a_record()), [MOVED])
    observation = an_observation(a_live("id-trainer"))
    kept = told(a_plan(an_instance("teacher"), state=state, observation=observation).actions, [MOVED])
    changed = told(a_plan(an_instance("teacher", gpuNum=2), state=state, observation=observation).actions, [MOVED])
    other = a_plan(an_instance("other"), state=a_state()).actions

    (action,) = kept
    assert (action.kind, action.address, action.reason, action.id) == (
        ActionKind.NOTE,
        "teacher",
        "moved",
        "id-trainer",
    )
    assert action.explanation == "its record moves here from `trainer`; no request is sent"
    assert changed[0].kind is not ActionKind.NOTE
    assert changed[0].explanation.endswith("; its record moves here from `trainer`")
    assert told(other, [MOVED]) == other


def test_what_is_kept_for_a_reason_keeps_it() -> None:
    """A machine that was not seen running yet, for one."""
    state = moved_state(a_state(a_record(ready=False)), [MOVED])
    row = replace(a_live("id-trainer"), phase=a_live(phase=a_live().phase.STOPPED).phase)
    (action,) = told(a_plan(an_instance("teacher"), state=state, observation=an_observation(row)).actions, [MOVED])

    assert (action.kind, action.reason) == (ActionKind.NOTE, "moved")
    assert action.explanation.startswith("made, but not seen running yet")
    assert action.explanation.endswith("; its record moves here from `trainer`")


def test_a_machine_with_the_marker_of_the_address_before_is_not_doubled() -> None:
    """A marker keeps the address of its machine's birth; nothing records this one, and it is told of once."""
    row = a_live("id-9", trace=marked(a_marker("trainer")))
    plan = a_plan(an_instance("teacher"), observation=an_observation(row), scope=Scope(moved=MOVES))

    decided = [(action.kind, action.address, action.reason) for action in plan.actions]
    assert decided == [(ActionKind.REFUSED, "teacher", "marker-unrecorded")]


def test_a_stray_at_the_address_is_what_it_was() -> None:
    """It is another machine."""
    (action,) = a_plan(an_instance("teacher")).actions
    stray = replace(action, kind=ActionKind.STRAY)

    assert told([stray], [MOVED]) == (stray,)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (a_state(a_record()), ""),
        (a_state(a_record(), a_record("teacher")), "moved-taken"),
        (a_state(a_record(), intents={NONCE: an_intent("teacher")}), "moved-open"),
        (a_state(a_record(), orders={NONCE: OpenOrder(order=ORDER)}), "moved-open"),
    ],
)
def test_a_move_that_can_not_be_made_stands_in_the_way(state: State, reason: str) -> None:
    """Its machine would else be taken for one that the spec removed; its record stays where it is."""
    refused = [refusal.reason for refusal in move_refusals(state, [MOVED])]

    assert refused == ([reason] if reason else [])
    assert ("trainer" in moved_state(state, [MOVED]).records) is bool(reason)
