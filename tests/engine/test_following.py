"""How long an order is looked after, and what each look concludes about it, to the second and to the last word."""

import dataclasses
from typing import Any

import pytest

from gpuspec.engine.following import Following, NotDone, Through, Untold, Vanished, followed, judged
from gpuspec.model.live import LiveInstance, NotFound, Phase, Seen, Sight, Unreadable
from gpuspec.model.secret import Sealed
from gpuspec.model.settings import Settings
from gpuspec.model.state import Call, OpenOrder
from gpuspec.model.values import Env, Fields
from tests.builders.recorded import NOON, a_record, an_order

SETTINGS = Settings(settle_window_s=300.0, wait_timeout_s=900.0, gone_spacing_s=5.0)
# The orders of `an_order` are of noon and time out after 60 s; the monotonic clock of a run shows something else.
NOW = 1_000.0
DUE, UNTIL = 1_300.0, 2_000.0
BLIND = Unreadable(reason="The service answered with 502.")


def seal(text: str) -> Sealed:
    """A seal that tests can predict."""
    return Sealed(key_id="k1", digest=f"digest of {text}")


RECORD = a_record(fields={"envs": (Env(key="TOKEN", value=seal("first")),)})


def shown(status: str, phase: Phase, *, under_way: Call | None = None, fields: Fields | None = None) -> Seen:
    """The machine in this status."""
    return Seen(
        instance=LiveInstance(
            id=RECORD.id,
            name="trainer",
            status=status,
            phase=phase,
            fields=fields or {},
            envs_shown=True,
            under_way=under_way,
        )
    )


RUNNING, STOPPED = shown("running", Phase.RUNNING), shown("exited", Phase.STOPPED)
ODD, NAMELESS = shown("odd", Phase.UNKNOWN), shown("", Phase.LEAVING)
LEAVING, REMOVED = shown("removing", Phase.LEAVING), shown("removed", Phase.REMOVED)


def a_following(call: Call = Call.DELETE, *, taken: bool = False, **facts: Any) -> Following:
    """An order that has been looked after for a while."""
    held = OpenOrder(order=an_order(RECORD, call), obeyed_at=NOON if taken else None)
    bare = Following(open=held, before=RECORD, since=NOW, due=DUE, until=UNTIL)
    return dataclasses.replace(bare, **facts)


def told(following: Following, sight: Sight, *, began: float) -> object:
    """What one look concludes."""
    return judged(following, sight, began=began, seal=seal, settings=SETTINGS)


@pytest.mark.parametrize(
    ("held", "passed_s", "left_s"),
    [
        ({"doubted_at": NOON}, 0.0, 300.0),
        ({"doubted_at": NOON + 20.0}, 50.0, 270.0),
        ({"doubted_at": NOON}, 300.0, 0.0),
        ({"doubted_at": NOON}, 5_000.0, 0.0),
        ({"doubted_at": NOON}, -60.0, 360.0),
        ({"doubted_at": NOON}, -5_000.0, 360.0),
        ({}, 0.0, 360.0),
        ({}, 100.0, 260.0),
        ({"obeyed_at": NOON + 20.0}, 50.0, 270.0),
    ],
    ids=[
        "just doubted",
        "a while ago",
        "just over",
        "long over",
        "turned back",
        "far back",
        "died",
        "long dead",
        "taken",
    ],
)
def test_what_is_left_of_the_window_is_counted_from_when_the_answer_was_given_up(
    held: dict[str, float], passed_s: float, left_s: float
) -> None:
    """Of a run that died, when it would have been; a clock that was turned back makes it no longer than one more."""
    open_order = OpenOrder(order=an_order(RECORD, Call.DELETE), **held)  # type: ignore[arg-type]

    following = followed(open_order, RECORD, now=NOW, wall=NOON + passed_s, settings=SETTINGS)

    assert following.due == NOW + left_s


@pytest.mark.parametrize(
    ("obeyed_at", "settle_s", "until"),
    [
        (None, None, NOW + 250.0 + 900.0),
        (None, 40.0, NOW + 40.0),
        (None, 0.0, NOW),
        (NOON, None, NOW + 900.0),
        (NOON, 0.0, NOW + 900.0),
    ],
    ids=["in doubt", "a little patience", "none", "taken", "taken, and no patience"],
)
def test_patience_is_what_the_user_has_for_settling_or_for_waiting(
    obeyed_at: float | None, settle_s: float | None, until: float
) -> None:
    """An order that the service has taken is waited for, whatever the patience for doubts is."""
    open_order = OpenOrder(order=an_order(RECORD, Call.DELETE), doubted_at=NOON, obeyed_at=obeyed_at)
    settings = dataclasses.replace(SETTINGS, settle_s=settle_s)

    following = followed(open_order, RECORD, now=NOW, wall=NOON + 50.0, settings=settings)

    expected = Following(open=open_order, before=RECORD, since=NOW, due=NOW + 250.0, until=until)
    assert following == expected
    assert (expected.missed_at, expected.clean, expected.blind) == (None, 0, 0)


@pytest.mark.parametrize(
    ("call", "sight", "status"),
    [
        (Call.STOP, STOPPED, "exited"),
        (Call.START, RUNNING, "running"),
        (Call.STOP, shown("stopping", Phase.BUSY, under_way=Call.STOP), "stopping"),
        (Call.DELETE, REMOVED, ""),
    ],
)
def test_what_is_seen_to_be_done_or_under_way_is_through(call: Call, sight: Sight, status: str) -> None:
    """At once, with the status that showed it; of what is removed nothing is left to show."""
    assert told(a_following(call), sight, began=NOW) == Through(status=status)


def test_a_deletion_that_is_under_way_is_not_through() -> None:
    """The machine is paid for until it is gone, and what was counted before it was seen to leave counts no more."""
    before = a_following(missed_at=NOW, clean=1, blind=4)

    assert told(before, LEAVING, began=DUE) == a_following()


@pytest.mark.parametrize(("call", "end"), [(Call.DELETE, Through()), (Call.STOP, Vanished())])
def test_a_machine_is_gone_when_it_is_missed_twice_some_time_apart(call: Call, end: object) -> None:
    """One look that misses it, or two in a row, may be a service that is behind."""
    first = told(a_following(call), NotFound(), began=NOW)
    missed = a_following(call, missed_at=NOW)

    assert first == missed
    assert told(missed, NotFound(), began=NOW + 4.9) == missed
    assert told(missed, NotFound(), began=NOW + 5.0) == end


@pytest.mark.parametrize(("call", "end"), [(Call.DELETE, Through()), (Call.STOP, Vanished())])
def test_a_machine_that_is_shown_as_removed_is_gone_at_once(call: Call, end: object) -> None:
    """The service says so itself."""
    assert told(a_following(call), REMOVED, began=NOW) == end


def test_a_machine_as_it_was_proves_nothing_within_the_window() -> None:
    """The request may still be on its way; that the machine was missed before is forgotten."""
    assert told(a_following(missed_at=NOW), RUNNING, began=DUE - 0.1) == a_following()


def test_a_machine_as_it_was_after_the_window_twice_proves_that_nothing_was_done() -> None:
    """The first of two looks could have met the request on its way."""
    once = told(a_following(missed_at=NOW), RUNNING, began=DUE)

    assert once == a_following(clean=1)
    assert told(a_following(clean=1), RUNNING, began=DUE + 1.0) == NotDone()


def test_a_restart_is_over_when_the_machine_runs_after_the_window() -> None:
    """Done or not: nothing tells, and nothing has to be known."""
    following = a_following(Call.RESTART)

    assert told(following, RUNNING, began=DUE - 0.1) == following
    assert told(following, RUNNING, began=DUE) == NotDone()


@pytest.mark.parametrize("sight", [STOPPED, ODD, BLIND], ids=["stopped", "odd", "unreadable"])
def test_a_restart_is_not_over_while_the_machine_is_not_seen_running(sight: Sight) -> None:
    """It may be in the middle of it."""
    assert told(a_following(Call.RESTART), sight, began=DUE) == a_following(Call.RESTART, blind=1)


@pytest.mark.parametrize("call", [Call.STOP, Call.DELETE])
def test_a_running_machine_whose_order_is_not_to_restart_is_looked_at_again(call: Call) -> None:
    """That it runs tells of a restart only."""
    assert told(a_following(call), RUNNING, began=DUE) == a_following(call, clean=1)


def test_looks_that_tell_nothing_count_after_the_window_only() -> None:
    """And take nothing back of what was seen before."""
    following = a_following(missed_at=NOW, clean=1)

    assert told(following, BLIND, began=DUE - 0.1) == following
    assert told(following, BLIND, began=DUE) == a_following(missed_at=NOW, clean=1, blind=1)
    assert told(a_following(blind=3), BLIND, began=DUE) == a_following(blind=4)


@pytest.mark.parametrize(
    ("sight", "reason"),
    [
        (BLIND, BLIND.reason),
        (ODD, "Its status is `odd`."),
        (shown("", Phase.UNKNOWN), "The service shows no status of it."),
    ],
    ids=["unreadable", "odd", "no status"],
)
def test_the_fifth_look_that_tells_nothing_leaves_it_to_a_person(sight: Sight, reason: str) -> None:
    """With what the last one showed."""
    assert told(a_following(blind=4), sight, began=DUE) == Untold(reason=reason)


def test_an_order_that_was_taken_is_not_given_up_for_looks_that_tell_nothing() -> None:
    """The service will be done with it some time; only patience ends that."""
    following = a_following(taken=True, blind=4)

    assert told(following, BLIND, began=DUE) == a_following(taken=True, blind=5)
    assert told(following, BLIND, began=UNTIL) == Untold(reason=BLIND.reason)


@pytest.mark.parametrize(
    ("sight", "reason"),
    [
        (RUNNING, "It is still `running`."),
        (LEAVING, "It is still `removing`."),
        (NAMELESS, "It is not proven gone yet."),
        (NotFound(), "It is not proven gone yet."),
        (BLIND, BLIND.reason),
    ],
    ids=["running", "leaving", "no status", "missed once", "unreadable"],
)
def test_patience_that_ends_says_what_was_seen_last(sight: Sight, reason: str) -> None:
    """To the second; a look that began before goes on."""
    following = a_following(taken=True)

    assert isinstance(told(following, sight, began=UNTIL - 0.1), Following)
    assert told(following, sight, began=UNTIL) == Untold(reason=reason)


@pytest.mark.parametrize(
    ("sight", "after"),
    [(RUNNING, {"clean": 1}), (BLIND, {"blind": 1}), (NotFound(), {"missed_at": UNTIL})],
    ids=["as before", "unreadable", "missed once"],
)
def test_patience_waits_for_the_few_looks_that_decide_once_the_window_is_over(
    sight: Sight, after: dict[str, Any]
) -> None:
    """A run without patience would never come to an end otherwise."""
    assert told(a_following(), sight, began=UNTIL) == a_following(**after)
    assert told(a_following(due=UNTIL), sight, began=UNTIL) == a_following(due=UNTIL, **after)


@pytest.mark.parametrize(
    ("sight", "facts", "reason"),
    [
        (RUNNING, {"due": UNTIL + 0.1}, "It is still `running`."),
        (RUNNING, {"taken": True}, "It is still `running`."),
        (LEAVING, {}, "It is still `removing`."),
    ],
    ids=["within the window", "taken", "under way"],
)
def test_patience_waits_for_nothing_that_may_take_any_time(sight: Sight, facts: dict[str, Any], reason: str) -> None:
    """Within the window, of an order that was taken, and of a machine that is leaving no number of looks decides."""
    assert told(a_following(**facts), sight, began=UNTIL) == Untold(reason=reason)


def test_a_change_is_told_by_the_record_before_and_by_seals() -> None:
    """What is secret is compared sealed, with what was there and with what was asked for."""
    order = an_order(RECORD, Call.UPGRADE)
    assert order.after is not None
    asked = dataclasses.replace(order.after, fields={"envs": (Env(key="TOKEN", value=seal("second")),)})
    following = dataclasses.replace(
        a_following(Call.UPGRADE), open=OpenOrder(order=dataclasses.replace(order, after=asked))
    )

    def showing(token: str) -> Seen:
        return shown("running", Phase.RUNNING, fields={"envs": (Env(key="TOKEN", value=token),)})

    assert told(following, showing("second"), began=DUE) == Through(status="running")
    assert told(following, showing("first"), began=DUE) == dataclasses.replace(following, clean=1)
