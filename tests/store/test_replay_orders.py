"""Orders on recorded machines: what each entry does to a state, what can't be, and what survives a crash between."""

import dataclasses
from itertools import accumulate

import pytest

from gpuspec.codec.journal import decode_line, encode_line
from gpuspec.codec.state import decode_state, encode_state
from gpuspec.model.journal import (
    Absent,
    Doubted,
    Entry,
    Forgotten,
    Intended,
    Judge,
    Made,
    Noted,
    Obeyed,
    Ordered,
    OutgoingGone,
    Undone,
)
from gpuspec.model.state import Call, OpenIntent, OpenOrder, Order, Record, Released, State, Tombstone
from gpuspec.store.replay import Contradiction, Recording, replayed
from tests.builders.recorded import NOON, a_made, a_record, a_state, an_intent, an_order, nonce

N8 = nonce(8)
RECORD = a_record()
EDIT = an_order(RECORD)
DELETE = an_order(RECORD, Call.DELETE)
OPEN_EDIT = OpenOrder(order=EDIT)
OPEN_DELETE = OpenOrder(order=DELETE)
OBEYED_DELETE = OpenOrder(order=DELETE, obeyed_at=NOON + 1)
DOUBTED_DELETE = OpenOrder(order=DELETE, doubted_at=NOON + 60, reason="timed out")
WITH_OUTGOING = dataclasses.replace(RECORD, outgoing=("id-0", "id-00"))
DELETE_OUTGOING = an_order(WITH_OUTGOING, Call.DELETE, id="id-0")
REPLACING = dataclasses.replace(an_intent(number=2), replaces="id-1")


def edited() -> Record:
    """The record once the edit is done."""
    assert EDIT.after is not None
    return EDIT.after


def gone(id_: str = "id-1", *, reason: str = "deleted") -> Forgotten:
    """The record is dropped."""
    return Forgotten(address="trainer", id=id_, at=NOON, reason=reason)


def outgoing_gone(id_: str = "id-0") -> OutgoingGone:
    """A replaced machine is gone."""
    return OutgoingGone(address="trainer", id=id_, at=NOON, reason="replaced")


def released(id_: str, reason: str) -> Released:
    """The machine is ours no more."""
    return Released(id=id_, address="trainer", at=NOON, reason=reason)


TABLE: dict[str, tuple[State, Entry, State]] = {
    "an order is open": (a_state(RECORD), Ordered(order=EDIT), a_state(RECORD, orders=[OPEN_EDIT])),
    "an order that was done makes the record what it said": (
        a_state(RECORD, orders=[OPEN_EDIT]),
        Obeyed(nonce=N8, at=NOON),
        a_state(edited()),
    ),
    "also after doubt": (
        a_state(RECORD, orders=[dataclasses.replace(OPEN_EDIT, doubted_at=NOON, reason="timed out")]),
        Obeyed(nonce=N8, at=NOON),
        a_state(edited()),
    ),
    "and what left meanwhile is not brought back": (
        a_state(
            dataclasses.replace(WITH_OUTGOING, outgoing=("id-00",)), orders=[OpenOrder(order=an_order(WITH_OUTGOING))]
        ),
        Obeyed(nonce=N8, at=NOON),
        a_state(dataclasses.replace(edited(), outgoing=("id-00",))),
    ),
    "an order in doubt": (
        a_state(RECORD, orders=[OPEN_EDIT]),
        Doubted(nonce=N8, at=NOON + 60, reason="timed out"),
        a_state(RECORD, orders=[dataclasses.replace(OPEN_EDIT, doubted_at=NOON + 60, reason="timed out")]),
    ),
    "the first doubt counts": (
        a_state(RECORD, orders=[DOUBTED_DELETE]),
        Doubted(nonce=N8, at=NOON + 90, reason="no list"),
        a_state(RECORD, orders=[dataclasses.replace(DOUBTED_DELETE, reason="no list")]),
    ),
    "an order that did nothing": (
        a_state(RECORD, orders=[OPEN_EDIT]),
        Undone(nonce=N8, at=NOON, reason="OPERATION_LIMIT"),
        a_state(RECORD),
    ),
    "a deletion that was taken stays open, and the record too": (
        a_state(RECORD, orders=[OPEN_DELETE]),
        Obeyed(nonce=N8, at=NOON + 1),
        a_state(RECORD, orders=[OBEYED_DELETE]),
    ),
    "a deletion that was taken is in doubt no more": (
        a_state(RECORD, orders=[DOUBTED_DELETE]),
        Obeyed(nonce=N8, at=NOON + 1),
        a_state(RECORD, orders=[OBEYED_DELETE]),
    ),
    "a deletion that was taken and not carried out may be given up": (
        a_state(RECORD, orders=[OBEYED_DELETE]),
        Undone(nonce=N8, at=NOON, reason="still-there"),
        a_state(RECORD),
    ),
    "a deletion ends with its record": (
        a_state(RECORD, orders=[OBEYED_DELETE]),
        gone(),
        a_state(released=[released("id-1", "deleted")]),
    ),
    "also one whose answer was lost": (
        a_state(RECORD, orders=[DOUBTED_DELETE]),
        gone(),
        a_state(released=[released("id-1", "deleted")]),
    ),
    "whatever was ordered of a machine is over when it is gone": (
        a_state(RECORD, orders=[OPEN_EDIT]),
        gone(reason="lost"),
        a_state(released=[released("id-1", "lost")]),
    ),
    "a note while the record is to be deleted": (
        a_state(RECORD, orders=[OPEN_DELETE]),
        Noted(record=edited()),
        a_state(edited(), orders=[OPEN_DELETE]),
    ),
    "a replaced machine is told to go": (
        a_state(WITH_OUTGOING),
        Ordered(order=DELETE_OUTGOING),
        a_state(WITH_OUTGOING, orders=[OpenOrder(order=DELETE_OUTGOING)]),
    ),
    "a replaced machine is gone": (
        a_state(WITH_OUTGOING, orders=[OpenOrder(order=DELETE_OUTGOING)]),
        outgoing_gone(),
        a_state(dataclasses.replace(RECORD, outgoing=("id-00",)), released=[released("id-0", "replaced")]),
    ),
    "a replaced machine is gone while another one is told to go": (
        a_state(WITH_OUTGOING, orders=[OpenOrder(order=DELETE_OUTGOING)]),
        outgoing_gone("id-00"),
        a_state(
            dataclasses.replace(RECORD, outgoing=("id-0",)),
            orders=[OpenOrder(order=DELETE_OUTGOING)],
            released=[released("id-00", "replaced")],
        ),
    ),
    "a replacement may be made beside the record": (
        a_state(RECORD),
        Intended(intent=REPLACING),
        a_state(RECORD, intents=[OpenIntent(intent=REPLACING)]),
    ),
    "a replacement that was not made leaves the record": (
        a_state(RECORD, intents=[OpenIntent(intent=REPLACING)]),
        Undone(nonce=nonce(2), at=NOON, reason="INSUFFICIENT_RESOURCE"),
        a_state(RECORD),
    ),
    "a replacement that was judged absent leaves the record": (
        a_state(RECORD, intents=[OpenIntent(intent=REPLACING)]),
        Absent(nonce=nonce(2), at=NOON, judge=Judge.WINDOW),
        a_state(RECORD, tombstones=[Tombstone(intent=REPLACING, judged_at=NOON)]),
    ),
    "what was replaced is outgoing": (
        a_state(WITH_OUTGOING, intents=[OpenIntent(intent=REPLACING)]),
        a_made(2),
        a_state(dataclasses.replace(a_record(number=2), outgoing=("id-1", "id-0", "id-00"))),
    ),
    "also when the replacement turns up late": (
        a_state(RECORD, tombstones=[Tombstone(intent=REPLACING, judged_at=NOON)]),
        a_made(2),
        a_state(dataclasses.replace(a_record(number=2), outgoing=("id-1",))),
    ),
    "a replacement of what was lost meanwhile": (
        a_state(intents=[OpenIntent(intent=REPLACING)]),
        a_made(2),
        a_state(a_record(number=2)),
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_an_entry_does_this(name: str) -> None:
    """The table of entries about orders, through the journal's own text."""
    before, entry, after = TABLE[name]
    recording = Recording.of(before)

    assert recording.apply(entry)
    assert recording.frozen() == after
    line = decode_line(encode_line(entry, seq=1), where="the journal")
    assert replayed(before, [line]) == dataclasses.replace(after, seq=1)


@pytest.mark.parametrize(
    ("before", "entry"),
    [
        (a_state(RECORD, orders=[OBEYED_DELETE]), Obeyed(nonce=N8, at=NOON + 9)),
        (a_state(RECORD, orders=[DOUBTED_DELETE]), Doubted(nonce=N8, at=NOON + 99, reason="timed out")),
        (a_state(RECORD, orders=[OPEN_DELETE]), Noted(record=RECORD)),
    ],
    ids=["obeyed again", "doubted again", "noted as it is"],
)
def test_an_entry_that_says_what_is_known_changes_nothing(before: State, entry: Entry) -> None:
    """It need not be written."""
    recording = Recording.of(before)

    assert not recording.apply(entry)
    assert recording.frozen() == before


def an_odd_order(**changes: object) -> Ordered:
    """The edit with something else about it."""
    return Ordered(order=dataclasses.replace(EDIT, **changes))  # type: ignore[arg-type]


OPEN_INTENT = OpenIntent(intent=an_intent())
IMPOSSIBLE: dict[str, tuple[State, Entry, str]] = {
    "no record": (a_state(), Ordered(order=EDIT), "holds no machine id-1 that could be told to edit"),
    "another machine": (a_state(RECORD), an_odd_order(id="id-9"), "holds no machine id-9"),
    "an outgoing machine is only deleted": (a_state(WITH_OUTGOING), an_odd_order(id="id-0"), "holds no machine id-0"),
    "an order to create": (a_state(RECORD), an_odd_order(call=Call.CREATE), "only an intent does that"),
    "a deletion with a record after it": (a_state(RECORD), an_odd_order(call=Call.DELETE), "says the wrong thing"),
    "an edit without a record after it": (a_state(RECORD), an_odd_order(after=None), "says the wrong thing"),
    "another id after it": (
        a_state(RECORD),
        an_odd_order(after=dataclasses.replace(edited(), id="id-9")),
        "would make `trainer` another machine",
    ),
    "another address after it": (
        a_state(RECORD),
        an_odd_order(after=dataclasses.replace(edited(), address="other")),
        "would make `trainer` another machine",
    ),
    "another identity after it": (
        a_state(RECORD),
        an_odd_order(after=dataclasses.replace(edited(), nonce=nonce(9))),
        "would make `trainer` another machine",
    ),
    "replaced machines forgotten after it": (a_state(WITH_OUTGOING), Ordered(order=EDIT), "another machine"),
    "a second order": (
        a_state(RECORD, orders=[OPEN_DELETE]),
        an_odd_order(nonce=nonce(9)),
        "while another call for it is open",
    ),
    "an order beside an intent": (
        a_state(RECORD, intents=[OpenIntent(intent=REPLACING)]),
        Ordered(order=EDIT),
        "while another call for it is open",
    ),
    "an intent beside an order": (
        a_state(RECORD, orders=[OPEN_EDIT]),
        Intended(intent=REPLACING),
        "while another call for it is open",
    ),
    "the nonce of an order": (a_state(RECORD, orders=[OPEN_EDIT]), Ordered(order=EDIT), "was used before"),
    "the nonce of an intent": (
        a_state(RECORD, intents=[OpenIntent(intent=an_intent("other", number=8))]),
        Ordered(order=EDIT),
        "was used before",
    ),
    "the nonce of a tombstone": (
        a_state(RECORD, tombstones=[Tombstone(intent=an_intent("other", number=8), judged_at=NOON)]),
        Ordered(order=EDIT),
        "was used before",
    ),
    "an intent under the nonce of an order": (
        a_state(RECORD, orders=[OPEN_EDIT]),
        Intended(intent=an_intent("other", number=8)),
        "was used before",
    ),
    "nothing ordered, obeyed": (a_state(RECORD), Obeyed(nonce=N8, at=NOON), f"There is no open order {N8}"),
    "an intent obeyed": (a_state(intents=[OPEN_INTENT]), Obeyed(nonce=nonce(1), at=NOON), "There is no open order"),
    "an order that made something": (a_state(RECORD, orders=[OPEN_EDIT]), a_made(8), "There is no intent"),
    "an order judged absent": (
        a_state(RECORD, orders=[OPEN_EDIT]),
        Absent(nonce=N8, at=NOON, judge=Judge.WINDOW),
        "could have made a machine",
    ),
    "nothing ordered, undone": (a_state(RECORD), Undone(nonce=N8, at=NOON, reason=""), "no open intent or order"),
    "doubt after it was obeyed": (
        a_state(RECORD, orders=[OBEYED_DELETE]),
        Doubted(nonce=N8, at=NOON, reason="timed out"),
        "in doubt after it was obeyed",
    ),
    "a note that an order would take back": (
        a_state(RECORD, orders=[OPEN_EDIT]),
        Noted(record=dataclasses.replace(RECORD, ready=True)),
        "would take the note back",
    ),
    "a note that forgets a replaced machine": (
        a_state(WITH_OUTGOING),
        Noted(record=RECORD),
        "can't say which replaced machines are still there",
    ),
    "a record forgotten before what it replaced is gone": (
        a_state(WITH_OUTGOING),
        gone(),
        "forgotten while id-0 is still to be deleted",
    ),
    "a replaced machine that is none": (a_state(RECORD), outgoing_gone(), "has no replaced machine id-0"),
    "a replaced machine of nobody": (a_state(), outgoing_gone(), "has no replaced machine id-0"),
    "a replacement of nothing": (a_state(), Intended(intent=REPLACING), "is to replace id-1 and has no record"),
    "a replacement of another one": (
        a_state(a_record(number=3)),
        Intended(intent=REPLACING),
        "is to replace id-1 and has the record of id-3",
    ),
    "a replacement made where another one is recorded": (
        a_state(a_record(number=3), tombstones=[Tombstone(intent=REPLACING, judged_at=NOON)]),
        a_made(2),
        "was made as id-2 and has a record",
    ),
    "a replacement made while an order is open": (
        a_state(RECORD, orders=[OPEN_EDIT], tombstones=[Tombstone(intent=REPLACING, judged_at=NOON)]),
        a_made(2),
        "was made as id-2 while another call for it is open",
    ),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_entry_that_contradicts_changes_nothing(name: str) -> None:
    """It is refused with a reason, and the state stays as it was."""
    before, entry, message = IMPOSSIBLE[name]
    recording = Recording.of(before)

    with pytest.raises(Contradiction, match=message):
        recording.apply(entry)

    assert recording.frozen() == before


def an_order_of(number: int, call: Call, *, machine: int, id_: str = "", outgoing: tuple[str, ...] = ()) -> Order:
    """An order on `trainer` while its machine is the one of this number."""
    record = dataclasses.replace(a_record(number=machine), outgoing=outgoing)
    return an_order(record, call, number=number, id=id_)


# Edited, replaced after its deletion, replaced before it, and removed: each step is a note of its own.
LIFE: tuple[Entry, ...] = (
    Intended(intent=an_intent()),
    a_made(),
    Ordered(order=an_order_of(11, Call.EDIT, machine=1)),
    Doubted(nonce=nonce(11), at=NOON + 60, reason="timed out"),
    Obeyed(nonce=nonce(11), at=NOON + 70),
    Ordered(order=an_order_of(12, Call.DELETE, machine=1)),
    Obeyed(nonce=nonce(12), at=NOON + 80),
    gone(reason="replaced"),
    Intended(intent=an_intent(number=2)),
    a_made(2),
    Intended(intent=dataclasses.replace(an_intent(number=3), replaces="id-2")),
    Made(nonce=nonce(3), id="id-3", at=NOON + 1, how=a_made().how),
    Ordered(order=an_order_of(13, Call.DELETE, machine=3, id_="id-2", outgoing=("id-2",))),
    Doubted(nonce=nonce(13), at=NOON + 90, reason="timed out"),
    Obeyed(nonce=nonce(13), at=NOON + 95),
    outgoing_gone("id-2"),
    Ordered(order=an_order_of(14, Call.STOP, machine=3)),
    Undone(nonce=nonce(14), at=NOON, reason="OPERATION_LIMIT"),
    Ordered(order=an_order_of(15, Call.DELETE, machine=3)),
    gone("id-3"),
)
NUMBERED = tuple(enumerate(LIFE, start=1))
STATES = tuple(
    accumulate(range(len(LIFE)), lambda state, at: replayed(state, [NUMBERED[at]]), initial=a_state()),
)


@pytest.mark.parametrize("snapshot_at", range(len(LIFE) + 1))
def test_a_life_is_the_same_wherever_its_runs_died(snapshot_at: int) -> None:
    """A snapshot at any step, and a journal that still has every entry from the first on, give the last state."""
    snapshot = decode_state(encode_state(STATES[snapshot_at]), where="the state")

    assert snapshot == STATES[snapshot_at]
    assert replayed(snapshot, NUMBERED) == STATES[-1]


def test_nobody_is_forgotten_in_a_life() -> None:
    """At every step each machine that was made is recorded, outgoing or released."""
    made: set[str] = set()
    for (_, entry), state in zip(NUMBERED, STATES[1:], strict=True):
        made |= {entry.id} if isinstance(entry, Made) else set()
        held = {id_ for record in state.records.values() for id_ in (record.id, *record.outgoing)}
        assert held | set(state.released) == made
        assert len(state.intents) + len(state.orders) <= 1
    assert set(STATES[-1].released) == {"id-1", "id-2", "id-3"}
