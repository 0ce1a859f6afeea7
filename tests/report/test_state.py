"""What is recorded, as a user reads it, whole."""

from dataclasses import replace
from textwrap import dedent

import pytest

from gpuspec.model.instance import Lifecycle
from gpuspec.model.state import Call, OpenOrder, Order
from gpuspec.report.state import moment, record_lines, state_lines
from gpuspec.report.text import plain
from tests.builders.planning import a_record, a_state, a_tombstone, an_intent, envs, seal


def test_the_table_lists_records_by_address_and_what_is_open() -> None:
    """The whole text of `state list`."""
    intent, tombstone = an_intent("open"), a_tombstone("absent", nonce="00000000000000bb")
    state = a_state(
        replace(a_record("worker-1", ready=False, source=""), lifecycle=Lifecycle(protect=True)),
        a_record("trainer"),
        intents={intent.intent.nonce: intent},
        tombstones={tombstone.intent.nonce: tombstone},
    )

    expected = """\
        ADDRESS   ID           MADE                     FILE
        trainer   id-trainer   1970-01-01 00:00:01 UTC  instances.yaml
        worker-1  id-worker-1  1970-01-01 00:00:01 UTC  -               not ready, protected
        unresolved: open (marker 00000000000000aa): no answer within 60 s
        judged absent: absent (marker 00000000000000bb) at 1970-01-01 00:00:03 UTC

        2 records of demo/default, serial 41
        """
    assert plain(state_lines(state)) == dedent(expected)


def test_an_intent_that_a_crash_left_open_has_no_reason() -> None:
    """The run ended before its answer was given up."""
    intent = replace(an_intent("open"), doubted_at=None, reason="")
    text = plain(state_lines(a_state(intents={intent.intent.nonce: intent})))

    assert (
        text
        == "Nothing is recorded.\nunresolved: open (marker 00000000000000aa)\n\n0 records of demo/default, serial 41\n"
    )


def test_an_order_that_is_not_through_is_listed() -> None:
    """In doubt, without a reason after a crash, or taken: a machine that leaves is paid for until it is gone."""
    record = a_record("trainer")
    order = Order(
        nonce="00000000000000cc",
        call=Call.EDIT,
        address="trainer",
        id=record.id,
        at=1.0,
        timeout_s=60.0,
        digest="0",
        after=record,
    )
    deletion = replace(order, call=Call.DELETE, after=None)
    held = {
        "a": OpenOrder(order=order, doubted_at=2.0, reason="no answer within 60 s"),
        "b": OpenOrder(order=order),
        "c": OpenOrder(order=deletion, obeyed_at=3.0),
    }
    lines = plain(state_lines(a_state(record, orders=held))).splitlines()

    assert lines[2:5] == [
        "unresolved: trainer (edit of id-trainer): no answer within 60 s",
        "unresolved: trainer (edit of id-trainer)",
        "leaving: trainer (delete of id-trainer), taken at 1970-01-01 00:00:03 UTC",
    ]


def test_a_record_is_shown_in_full_and_keeps_its_secrets() -> None:
    """The whole text of `state show`."""
    record = replace(
        a_record(envs=envs(RUN="nightly", TOKEN=seal("x"))), shown={"imageUrl": "b"}, outgoing=("id-8",), source=""
    )

    expected = """\
        address   trainer
        id        id-trainer
        file      standard input
        made      1970-01-01 00:00:01 UTC
        written   1970-01-01 00:00:01 UTC
        ready     true
        marker    00000000000000aa
        protect   false
        onRemove  delete
        outgoing  id-8

        sent
          name        trainer
          productId   4090.16c62g
          gpuNum      1
          diskSize    60
          rootfsSize  60
          imageUrl    pytorch/pytorch:latest
          envs.RUN    nightly
          envs.TOKEN  (secret)
          kind        gpu

        shown by the API
          imageUrl  b
        """
    assert plain(record_lines(record)) == dedent(expected)


def test_a_record_that_was_not_read_back_shows_what_was_sent_only() -> None:
    """Nothing is shown of what is not known."""
    assert "shown by the API" not in plain(record_lines(a_record()))


@pytest.mark.parametrize("at", [1e300, -1e300, 1e17, 253_402_300_800.0])
def test_a_number_that_is_no_time_is_shown_as_it_is(at: float) -> None:
    """A file that somebody has edited gets no traceback for it."""
    assert moment(at) == f"{at:g} s after 1970"
