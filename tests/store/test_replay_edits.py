"""What adopting and moving do to a state, and when they can't be."""

import dataclasses

import pytest

from gpuspec.model.journal import Adopted, Entry, Moved
from gpuspec.model.state import OpenIntent, OpenOrder, Released, State, Tombstone
from gpuspec.store.replay import Contradiction, Recording
from tests.builders.recorded import NOON, a_record, a_state, an_intent, an_order

OPEN = OpenIntent(intent=an_intent())
TOMBSTONE = Tombstone(intent=an_intent(), judged_at=NOON)
RELEASED = Released(id="id-1", address="trainer", at=NOON, reason="removed")
ADOPTED = Adopted(record=a_record())
MOVED = Moved(address="trainer", to="teacher", id="id-1", at=NOON + 9)
TEACHER = dataclasses.replace(a_record(), address="teacher", updated_at=NOON + 9)
REPLACING = dataclasses.replace(a_record(), outgoing=("id-0",))


@pytest.mark.parametrize(
    ("before", "entry", "after"),
    [
        (a_state(), ADOPTED, a_state(a_record())),
        (a_state(released=[RELEASED]), ADOPTED, a_state(a_record())),
        (a_state(tombstones=[TOMBSTONE]), ADOPTED, a_state(a_record())),
        (
            a_state(tombstones=[Tombstone(intent=an_intent(number=2), judged_at=NOON)]),
            ADOPTED,
            a_state(a_record(), tombstones=[Tombstone(intent=an_intent(number=2), judged_at=NOON)]),
        ),
        (a_state(a_record()), MOVED, a_state(TEACHER)),
        (a_state(REPLACING), MOVED, a_state(dataclasses.replace(TEACHER, outgoing=("id-0",)))),
    ],
    ids=["new", "released", "stray", "another-tombstone", "moved", "moved-with-outgoing"],
)
def test_an_edit_does_this(before: State, entry: Entry, after: State) -> None:
    """The table of edits; tombstones stay where they were born."""
    recording = Recording.of(before)

    assert recording.apply(entry)
    assert recording.frozen() == after


@pytest.mark.parametrize(
    ("before", "entry", "why"),
    [
        (a_state(a_record(number=2)), ADOPTED, "has the record of id-2"),
        (a_state(a_record("teacher")), ADOPTED, "which `teacher` holds"),
        (a_state(dataclasses.replace(REPLACING, address="a", id="b", outgoing=("id-1",))), ADOPTED, "which `a` holds"),
        (a_state(intents=[OpenIntent(intent=an_intent(number=2))]), ADOPTED, "while a call for it is open"),
        (a_state(intents=[OpenIntent(intent=an_intent("teacher"))]), ADOPTED, "which answers an open call"),
        (a_state(), Adopted(record=REPLACING), "which it never replaced"),
        (a_state(), MOVED, "has no record with the id id-1"),
        (a_state(a_record(number=2)), MOVED, "has no record with the id id-1"),
        (a_state(a_record(), a_record("teacher", number=2)), MOVED, "which has the record of id-2"),
        (a_state(a_record()), dataclasses.replace(MOVED, to="trainer"), "which has the record of id-1"),
        (a_state(a_record(), orders=[OpenOrder(order=an_order(a_record()))]), MOVED, "a call for `trainer` is open"),
        (
            a_state(a_record(), intents=[OpenIntent(intent=an_intent("teacher", number=2))]),
            MOVED,
            "a call for `teacher` is open",
        ),
    ],
)
def test_an_edit_that_contradicts_the_state_is_refused(before: State, entry: Entry, why: str) -> None:
    """The sentence says what stands in the way, and nothing is changed."""
    recording = Recording.of(before)

    with pytest.raises(Contradiction, match=why):
        recording.apply(entry)

    assert recording.frozen() == before
