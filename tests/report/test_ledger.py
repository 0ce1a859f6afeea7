"""The ledger as a user reads it, whole, and the line of each event."""

from textwrap import dedent

import pytest

from gpuspec.model.event import Event, EventKind
from gpuspec.model.outcome import Ledger, Outcome, Result, Stop
from gpuspec.report.events import duration, event_line
from gpuspec.report.ledger import ledger_lines
from gpuspec.report.text import plain


def test_a_ledger_lists_every_outcome_and_the_next_steps() -> None:
    """The whole text of a run in which much went wrong."""
    ledger = Ledger(
        outcomes=(
            Outcome(
                address="a", result=Result.DONE, id="id-a", status="running", endpoints=("ssh root@h -p 1", "http://h")
            ),
            Outcome(address="b", result=Result.FAILED, reason="BALANCE_NOT_ENOUGH", message="No money\x1b[0m."),
            Outcome(address="c", result=Result.UNRESOLVED, message="No answer within 60 s."),
            Outcome(address="d", result=Result.NOT_READY, id="id-d", status="pulling"),
            Outcome(address="e", result=Result.NOT_STARTED),
            Outcome(address="f", result=Result.STRAY, id="id-f"),
        ),
        stop=Stop.BREAKER,
        stop_message="Three pauses settled nothing.",
        unrecorded=(("a", "id-a"),),
        warnings=("The marker was not shown.",),
    )

    expected = """\
          done             a  id-a  running  ssh root@h -p 1  http://h
          failed           b  -     BALANCE_NOT_ENOUGH: No money\\x1b[0m.
          unresolved       c  -     No answer within 60 s.
          made, not ready  d  id-d  pulling
          not started      e  -
          stray            f  id-f

        stopped: too many answers in doubt
          Three pauses settled nothing.

        warning: The marker was not shown.
        not recorded: these machines run, and their ids could not be written down.
          a  id-a
        hint: keep these ids; the next apply looks for the machines by their markers

        hint: unresolved: money may run; let it be settled, or decide on a create: `gpuspec recover c --found ID` or \
`--absent`:
            gpuspec apply
        hint: stray: a stray costs money until it is deleted in the console: id-f
        hint: made, not ready: it is made and recorded; the next apply waits for it again:
            gpuspec apply
        hint: failed: what failed is not done; mend the reason and apply again:
            gpuspec apply
        hint: not started: nothing was sent for what was not started:
            gpuspec apply

        Ledger: 1 done, 1 failed, 1 made, not ready, 1 unresolved, 1 stray, 1 not started
        """
    assert plain(ledger_lines(ledger)) == dedent(expected)


def test_a_machine_that_was_replaced_and_stays_is_told_as_money_that_runs() -> None:
    """Nothing is to be recovered there: the next apply deletes it."""
    ledger = Ledger(
        outcomes=(
            Outcome(
                address="a", result=Result.DONE, id="id-a", reason="replaced", message="It takes the place of id-0."
            ),
            Outcome(address="b", result=Result.UNRESOLVED, id="id-b", reason="outgoing", message="It is there."),
        )
    )

    expected = """\
          done        a  id-a  replaced: It takes the place of id-0.
          unresolved  b  id-b  outgoing: It is there.

        hint: replaced: money runs twice; the next apply deletes the machine that was replaced:
            gpuspec apply

        Ledger: 1 done, 1 unresolved
        """
    assert plain(ledger_lines(ledger)) == dedent(expected)


def test_a_big_fleet_counts_what_is_well_and_lists_all_else() -> None:
    """Of 100 done, 40 are listed; every failure is."""
    done = tuple(Outcome(address=f"w-{number:03}", result=Result.DONE, id="id") for number in range(100))
    failed = tuple(Outcome(address=f"f-{number:03}", result=Result.FAILED, reason="X") for number in range(60))
    text = plain(ledger_lines(Ledger(outcomes=done + failed)))

    assert "w-039" in text
    assert "w-040" not in text
    assert "f-059" in text
    assert "\n  … and 60 more done\n" in text
    assert text.endswith("\nLedger: 100 done, 60 failed\n")


def test_a_run_without_work_has_a_ledger_too() -> None:
    """One line."""
    assert plain(ledger_lines(Ledger(outcomes=()))) == "Ledger: nothing to do\n"


@pytest.mark.parametrize("kind", EventKind)
def test_every_event_has_its_line(kind: EventKind) -> None:
    """One line, the address first."""
    text = plain([event_line(Event(kind=kind, at=0.0, address="trainer"))])

    assert text.startswith("trainer  ")
    assert text.count("\n") == 1


def test_an_event_tells_what_is_known_of_it() -> None:
    """Id, status, numbers, time and message; nothing that a terminal would obey."""
    waiting = Event(kind=EventKind.WAITING, at=0.0, address="a", id="id-a", status="pulling", seconds=65.2)
    started = Event(kind=EventKind.RUN_STARTED, at=0.0, total=1200)
    rejected = Event(kind=EventKind.REJECTED, at=0.0, address="a", message="No\x07 money.")

    assert plain([event_line(event) for event in (waiting, started, rejected)]) == (
        "a  waiting: id-a, status pulling, 1 min 05 s\nstarted: 1,200 in all\na  the service refused: No\\x07 money.\n"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (7800, "2 h 10 min")],
)
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    """Two units at most."""
    assert duration(seconds) == words
