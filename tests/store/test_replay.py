"""What each entry does to a state, and which entries can't be."""

import dataclasses

import pytest

from gpuspec.model.journal import (
    Absent,
    Doubted,
    Entry,
    Forgotten,
    How,
    Intended,
    Judge,
    KeyUsed,
    Made,
    MarkerWitnessed,
    Noted,
    TombstoneCleared,
    Undone,
)
from gpuspec.model.state import MarkerSeen, OpenIntent, Released, State, Tombstone
from gpuspec.store.replay import Contradiction, Recording, replayed
from tests.builders.recorded import NOON, a_made, a_record, a_state, an_intent, nonce

OPEN = OpenIntent(intent=an_intent())
TOMBSTONE = Tombstone(intent=an_intent(), judged_at=NOON)
NOTED = dataclasses.replace(a_record(), ready=True)


@pytest.mark.parametrize(
    ("before", "entry", "after"),
    [
        (a_state(), Intended(intent=an_intent()), a_state(intents=[OPEN])),
        (a_state(intents=[OPEN]), a_made(), a_state(a_record())),
        (a_state(tombstones=[TOMBSTONE]), a_made(how=How.FOUND), a_state(a_record())),
        (
            a_state(intents=[OPEN]),
            Doubted(nonce=nonce(1), at=NOON + 60, reason="timed out"),
            a_state(intents=[dataclasses.replace(OPEN, doubted_at=NOON + 60, reason="timed out")]),
        ),
        (
            a_state(intents=[dataclasses.replace(OPEN, doubted_at=NOON + 60, reason="timed out")]),
            Doubted(nonce=nonce(1), at=NOON + 90, reason="no list"),
            a_state(intents=[dataclasses.replace(OPEN, doubted_at=NOON + 60, reason="no list")]),
        ),
        (a_state(intents=[OPEN]), Undone(nonce=nonce(1), at=NOON, reason="quota"), a_state()),
        (
            a_state(intents=[OPEN]),
            Absent(nonce=nonce(1), at=NOON, judge=Judge.WINDOW),
            a_state(tombstones=[TOMBSTONE]),
        ),
        (
            a_state(tombstones=[TOMBSTONE]),
            Intended(intent=an_intent(number=2)),
            a_state(intents=[OpenIntent(intent=an_intent(number=2))], tombstones=[TOMBSTONE]),
        ),
        (a_state(a_record()), Noted(record=NOTED), a_state(NOTED)),
        (
            a_state(a_record()),
            Forgotten(address="trainer", id="id-1", at=NOON, reason="gone"),
            a_state(released=[Released(id="id-1", address="trainer", at=NOON, reason="gone")]),
        ),
        (a_state(tombstones=[TOMBSTONE]), TombstoneCleared(nonce=nonce(1), at=NOON), a_state()),
        (
            a_state(),
            MarkerWitnessed(seen=MarkerSeen.LIST),
            dataclasses.replace(a_state(), marker_seen=MarkerSeen.LIST),
        ),
        (a_state(), KeyUsed(key_digest="k1"), dataclasses.replace(a_state(), key_digest="k1")),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, State) else "",
)
def test_an_entry_does_this(before: State, entry: Entry, after: State) -> None:
    """The table of entries."""
    recording = Recording.of(before)

    assert recording.apply(entry)
    assert recording.frozen() == after
    assert replayed(before, [(1, entry)]) == dataclasses.replace(after, seq=1)


@pytest.mark.parametrize(
    ("before", "entry"),
    [
        (a_state(a_record()), Noted(record=a_record())),
        (a_state(), MarkerWitnessed(seen=MarkerSeen.UNKNOWN)),
        (a_state(), KeyUsed(key_digest="")),
        (
            a_state(intents=[dataclasses.replace(OPEN, doubted_at=NOON, reason="timed out")]),
            Doubted(nonce=nonce(1), at=NOON + 9, reason="timed out"),
        ),
    ],
)
def test_an_entry_that_says_what_is_known_changes_nothing(before: State, entry: Entry) -> None:
    """It need not be written."""
    recording = Recording.of(before)

    assert not recording.apply(entry)
    assert recording.frozen() == before


FOREIGN = dataclasses.replace(an_intent(), marker=dataclasses.replace(an_intent().marker, lineage="ffffffff"))


@pytest.mark.parametrize(
    ("before", "entry", "message"),
    [
        (a_state(), Intended(intent=FOREIGN), "is of the lineage ffffffff"),
        (a_state(intents=[OPEN]), Intended(intent=an_intent("other")), "was used before"),
        (a_state(tombstones=[TOMBSTONE]), Intended(intent=an_intent("other")), "was used before"),
        (a_state(a_record()), Intended(intent=an_intent(number=2)), "and has a record"),
        (a_state(intents=[OPEN]), Intended(intent=an_intent(number=2)), "while another call for it is open"),
        (a_state(), a_made(), "There is no intent"),
        (a_state(a_record(number=2), tombstones=[TOMBSTONE]), a_made(), "was made as id-1 and has a record"),
        (
            a_state(intents=[OpenIntent(intent=an_intent(number=2))], tombstones=[TOMBSTONE]),
            a_made(),
            "was made as id-1 while another call for it is open",
        ),
        (a_state(), Doubted(nonce=nonce(1), at=NOON, reason=""), "There is no open intent"),
        (a_state(tombstones=[TOMBSTONE]), Undone(nonce=nonce(1), at=NOON, reason=""), "There is no open intent"),
        (a_state(), Absent(nonce=nonce(1), at=NOON, judge=Judge.PERSON), "There is no open intent"),
        (a_state(), Noted(record=a_record()), "has no record with the id id-1"),
        (a_state(a_record()), Noted(record=dataclasses.replace(a_record(), id="id-9")), "no record with the id id-9"),
        (a_state(), Forgotten(address="trainer", id="id-1", at=NOON, reason=""), "has no record"),
        (a_state(intents=[OPEN]), TombstoneCleared(nonce=nonce(1), at=NOON), "There is no tombstone"),
    ],
)
def test_an_entry_that_contradicts_changes_nothing(before: State, entry: Entry, message: str) -> None:
    """It is refused with a reason, and the state stays as it was."""
    recording = Recording.of(before)

    with pytest.raises(Contradiction, match=message):
        recording.apply(entry)

    assert recording.frozen() == before


def test_replay_skips_what_the_state_has() -> None:
    """Entries up to the state's number are in it."""
    state = a_state(a_record(), seq=2)

    assert replayed(state, [(1, Intended(intent=an_intent())), (2, a_made())]) == state


def test_replay_stops_at_a_gap() -> None:
    """A missing number is a contradiction."""
    with pytest.raises(Contradiction, match="Entry 4 is there and entry 3 is missing"):
        replayed(a_state(seq=2), [(4, KeyUsed(key_digest="k1"))])


def test_replay_names_the_entry_that_can_not_be() -> None:
    """With its number."""
    with pytest.raises(Contradiction, match="Entry 1 can't be: There is no intent"):
        replayed(a_state(), [(1, Made(nonce=nonce(1), id="id-1", at=NOON, how=How.FOUND))])


def test_an_address_is_free_again_after_its_intent_was_undone() -> None:
    """The same address can be tried under another nonce, not under the same."""
    recording = Recording.of(a_state(intents=[OPEN]))
    recording.apply(Undone(nonce=nonce(1), at=NOON, reason="429"))
    recording.apply(Intended(intent=an_intent(number=2)))

    assert list(recording.intents) == [nonce(2)]
