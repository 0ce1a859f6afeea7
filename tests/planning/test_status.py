"""How machines stand, from what is recorded and what is live."""

from dataclasses import replace
from typing import Any

import pytest

from gpuspec.model.live import LiveInstance, Observation, Phase
from gpuspec.model.reach import Reach, Ssh
from gpuspec.model.state import Call, OpenOrder, Order, State
from gpuspec.model.status import Standing, Status, StatusRow
from gpuspec.planning.status import View, has_other_key, status_of
from tests.builders.planning import (
    a_live,
    a_marker,
    a_record,
    a_state,
    a_tombstone,
    an_intent,
    an_observation,
    marked,
)

REACH = Reach(ssh=Ssh(user="root", host="proxy.example", port=30022), urls=("https://one.example",))


def status(state: State, observation: Observation | None = None, **parts: Any) -> Status:
    """The status of all that the state knows, unless the test says otherwise."""
    known = {*state.records, *(each.intent.address for each in state.intents.values())}
    known |= {each.intent.address for each in state.tombstones.values()}
    view = View(state=state, observation=observation or an_observation(), **{"chosen": known, **parts})
    return status_of(view, at=100.0)


def the_row(found: Status) -> StatusRow:
    """The only row."""
    (row,) = found.rows
    return row


def test_a_running_machine_is_shown_with_its_ways_in() -> None:
    """Status and ways are the service's, the time too where it is shown."""
    live = replace(a_live(), reach=REACH, created_at=7)
    row = the_row(status(a_state(a_record()), an_observation(live)))

    expected = StatusRow(
        address="trainer", standing=Standing.SEEN, id="id-trainer", status="running", since=7, reach=REACH
    )
    assert expected == row


@pytest.mark.parametrize("phase", [Phase.STOPPED, Phase.BUSY, Phase.LEAVING])
def test_a_machine_that_does_not_run_has_no_way_in(phase: Phase) -> None:
    """The ways of its last run may lead to somebody else's machine by now; that it stands still is no failure."""
    found = status(a_state(a_record()), an_observation(replace(a_live(phase=phase), reach=REACH)))

    assert (the_row(found).reach, the_row(found).since, found.exit_status) == (Reach(), 1.0, 0)


def test_an_error_of_the_service_is_told() -> None:
    """In the service's own words."""
    live = replace(a_live(phase=Phase.BUSY), status_error="failed: no such image")
    assert the_row(status(a_state(a_record()), an_observation(live))).message == "failed: no such image"


def test_why_a_way_in_could_not_be_read_is_told() -> None:
    """The machine is seen all the same."""
    found = status(
        a_state(a_record()), an_observation(a_live()), unread={"id-trainer": "The service answered with 502."}
    )

    assert (the_row(found).message, found.exit_status) == ("The service answered with 502.", 0)


@pytest.mark.parametrize(
    ("shown", "words"),
    [("napping", "gpuspec does not know this status."), ("", "The service shows no status.")],
)
def test_a_status_that_nobody_knows_tells_nothing(shown: str, words: str) -> None:
    """It is shown as it is, and the exit status says that something can't be told."""
    found = status(a_state(a_record()), an_observation(replace(a_live(phase=Phase.UNKNOWN), status=shown)))
    row = the_row(found)

    assert (row.standing, row.status, row.message) == (Standing.UNKNOWN, shown, words)
    assert found.exit_status == 4


def test_a_machine_that_is_proven_gone_is_gone() -> None:
    """By a complete list and two GETs."""
    found = status(a_state(a_record()), an_observation(gone=frozenset({"id-trainer"})))

    assert (the_row(found).standing, found.exit_status) == (Standing.GONE, 4)


def test_under_another_key_nothing_is_gone() -> None:
    """The other account may have it, so it can't be told."""
    found = status(a_state(a_record()), an_observation(gone=frozenset({"id-trainer"})), other_key=True)

    assert (the_row(found).standing, found.exit_status) == (Standing.UNKNOWN, 4)
    assert "Another API key" in the_row(found).message
    assert "Another API key" in found.warnings[0]


@pytest.mark.parametrize(
    "observation",
    [
        Observation(rows={}, incomplete="Page 2 could not be read."),
        Observation(rows={}, unproven={"id-trainer": "Page 2 could not be read."}),
    ],
)
def test_what_an_incomplete_list_lacks_cannot_be_told(observation: Observation) -> None:
    """Why is said in words."""
    found = status(a_state(a_record()), observation)

    assert (the_row(found).standing, the_row(found).message) == (Standing.UNKNOWN, "Page 2 could not be read.")
    assert found.exit_status == 4


@pytest.mark.parametrize("part", ["incomplete", "hidden"])
def test_a_list_that_proves_nothing_is_a_warning(part: str) -> None:
    """There may be strays in what it did not show."""
    found = status(a_state(a_record()), an_observation(a_live(), **{part: "Page 2 could not be read."}))

    assert found.warnings == ("There may be strays that can't be seen: Page 2 could not be read.",)
    assert found.exit_status == 0


def test_a_replaced_machine_that_is_still_there_is_a_row_of_its_own() -> None:
    """It costs money beside its successor."""
    state = a_state(replace(a_record(), outgoing=("id-before", "id-long-gone")))
    found = status(state, an_observation(a_live(), a_live("id-before")))

    assert [(row.id, row.standing) for row in found.rows] == [
        ("id-trainer", Standing.SEEN),
        ("id-before", Standing.OUTGOING),
    ]


def test_an_open_request_is_unresolved() -> None:
    """Whether it made a machine is not known; of an address that has one it is a row of its own."""
    intent = an_intent(nonce="00000000000000bb")
    found = status(a_state(a_record(), intents={intent.intent.nonce: intent}), an_observation(a_live()))

    assert [row.standing for row in found.rows] == [Standing.SEEN, Standing.UNRESOLVED]
    assert found.rows[1].message == "What became of the request is not known: no answer within 60 s."
    assert found.exit_status == 7


def test_a_request_that_a_crash_left_open_says_so() -> None:
    """Its run had no time to give a reason."""
    intent = replace(an_intent(), doubted_at=None, reason="")
    found = status(a_state(intents={intent.intent.nonce: intent}))

    assert the_row(found).message.endswith("the run ended before the answer came.")


def test_the_machine_that_answers_an_open_request_is_named() -> None:
    """It is found, and not recorded yet."""
    intent = an_intent()
    live = a_live("id-7", trace=marked(a_marker()))
    found = status(a_state(intents={intent.intent.nonce: intent}), an_observation(live))

    assert (the_row(found).id, the_row(found).status) == ("id-7", "running")
    assert "carries the request's marker" in the_row(found).message


def test_a_machine_of_the_same_address_may_be_the_one() -> None:
    """Another nonce of the same birthplace is a candidate, and no more."""
    intent = an_intent()
    live = a_live("id-7", trace=marked(a_marker(nonce="00000000000000cc", lineage="ffffffff")))
    found = status(a_state(intents={intent.intent.nonce: intent}), an_observation(live))

    assert the_row(found).message.endswith("Perhaps it is id-7.")


def test_a_call_on_a_machine_whose_outcome_is_not_known_is_unresolved() -> None:
    """A deletion that was taken only waits for its proof."""
    record = a_record()
    order = Order(
        nonce="00000000000000cc",
        call=Call.STOP,
        address="trainer",
        id=record.id,
        at=5.0,
        timeout_s=60.0,
        digest="d",
        after=record,
    )
    lost = OpenOrder(order=order, reason="no answer within 60 s")
    taken = OpenOrder(order=replace(order, call=Call.DELETE, after=None), obeyed_at=6.0)
    stopping = status(a_state(record, orders={order.nonce: lost}), an_observation(a_live()))
    leaving = status(a_state(record, orders={order.nonce: taken}), an_observation(a_live(phase=Phase.LEAVING)))

    assert [(row.standing, row.status, row.since) for row in stopping.rows] == [
        (Standing.SEEN, "running", 1.0),
        (Standing.UNRESOLVED, "running", 5.0),
    ]
    assert stopping.rows[1].message == "What became of the request to stop it is not known: no answer within 60 s."
    assert [(row.standing, row.status) for row in leaving.rows] == [
        (Standing.SEEN, "leaving"),
        (Standing.OUTGOING, "leaving"),
    ]
    assert (stopping.exit_status, leaving.exit_status) == (7, 0)


def test_a_machine_that_answers_a_tombstone_is_a_stray_whatever_was_asked_for() -> None:
    """A stray is reported by every run."""
    tombstone = a_tombstone("absent", nonce="00000000000000bb")
    state = a_state(a_record(), tombstones={"00000000000000bb": tombstone})
    live = a_live("id-9", trace=marked(a_marker("absent", nonce="00000000000000bb")))
    found = status(state, an_observation(a_live(), live), chosen={"trainer"})

    assert [(row.address, row.id, row.standing) for row in found.rows] == [
        ("trainer", "id-trainer", Standing.SEEN),
        ("absent", "id-9", Standing.STRAY),
    ]
    assert (found.exit_status, found.absent) == (7, ())


def test_a_tombstone_that_nothing_answers_is_listed_and_harmless() -> None:
    """It is still looked for."""
    tombstone = a_tombstone("absent")
    found = status(a_state(tombstones={tombstone.intent.nonce: tombstone}))

    assert (found.rows, found.absent, found.exit_status) == ((), (("absent", 3.0),), 0)


def test_a_machine_with_this_states_marker_and_no_record_is_a_stray() -> None:
    """Of another lineage it is somebody else's; a marker in a name doesn't say whose it is."""
    lost = a_live("id-1", trace=marked(a_marker("lost")))
    foreign = a_live("id-2", trace=marked(a_marker("lost", lineage="ffffffff")))
    named = a_live("id-3", trace=marked(a_marker("lost"), in_name=True))
    found = status(a_state(), an_observation(lost, foreign, named))

    assert [(row.address, row.id) for row in found.rows] == [("lost", "id-1")]
    assert found.exit_status == 7


def test_only_what_was_chosen_is_shown() -> None:
    """Rows come by address."""
    live: list[LiveInstance] = [a_live(f"id-{name}") for name in "abc"]
    state = a_state(a_record("c"), a_record("b"), a_record("a"))

    assert [row.address for row in status(state, an_observation(*live), chosen={"c", "a"}).rows] == ["a", "c"]


@pytest.mark.parametrize(
    ("recorded", "used", "expected"), [("a", "b", True), ("a", "a", False), ("", "b", False), ("a", "", False)]
)
def test_another_key_is_known_only_where_both_are(recorded: str, used: str, expected: bool) -> None:
    """A state that no run has used yet, and a run without a key, know nothing."""
    assert has_other_key(replace(a_state(), key_digest=recorded), used) is expected
