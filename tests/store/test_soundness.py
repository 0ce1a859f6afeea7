"""What is wrong with a state that could be read."""

from dataclasses import replace

import pytest

from gpuspec.model.state import Call, OpenIntent, OpenOrder, State, Tombstone
from gpuspec.store.soundness import faults_of
from tests.builders.recorded import NOON, a_record, a_state, an_intent, an_order

TOMBSTONE = Tombstone(intent=an_intent(number=3), judged_at=NOON)
FOREIGN = replace(an_intent(), marker=replace(an_intent().marker, lineage="11111111"))


def test_a_state_of_ours_is_sound() -> None:
    """With something of everything in it."""
    state = a_state(
        replace(a_record(), outgoing=("id-0",)),
        a_record("second", number=2),
        intents=[OpenIntent(intent=an_intent("third", number=4))],
        orders=[OpenOrder(order=an_order(a_record("second", number=2), Call.DELETE))],
        tombstones=[TOMBSTONE],
    )

    assert faults_of(state) == ()


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        (a_state(a_record("a/b")), "`a/b` has a record and can't be an address."),
        (
            a_state(intents=[OpenIntent(intent=an_intent()), OpenIntent(intent=an_intent(number=2))]),
            "`trainer` has 2 open calls, and an address has one at most.",
        ),
        (
            a_state(a_record(), replace(a_record("b", number=2), outgoing=("id-1",))),
            "The machine id-1 is recorded 2 times: at `trainer`, `b`.",
        ),
        (
            a_state(a_record(number=3), tombstones=[TOMBSTONE]),
            "The nonce 0000000000000003 is used 2 times: by `trainer`, a tombstone.",
        ),
        (
            a_state(intents=[OpenIntent(intent=FOREIGN)]),
            "The intent 0000000000000001 is of the lineage 11111111, and the state of 0f3c9a52.",
        ),
        (
            a_state(a_record(number=2), intents=[OpenIntent(intent=an_intent())]),
            "`trainer` is to be created and has a record.",
        ),
        (
            a_state(orders=[OpenOrder(order=an_order(a_record()))]),
            "`trainer` holds no machine id-1 that could be told to edit.",
        ),
    ],
)
def test_a_state_that_can_not_be_has_a_fault(state: State, fault: str) -> None:
    """Each rule on its own."""
    assert faults_of(state) == (fault,)
