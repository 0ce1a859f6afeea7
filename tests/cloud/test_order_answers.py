"""The table that classes what came back from a call on an instance, enumerated."""

import json
from collections.abc import Iterator

import pytest

from gpuspec.cloud.failures import classify_create
from gpuspec.cloud.order_answers import classify_order
from gpuspec.cloud.reply import Flaw, NoReply, Outcome, Reply
from gpuspec.model.answer import Ambiguous, Answer, Denied, Done, NotSent, Rejected, Throttled
from gpuspec.model.order import Delete, OrderRequest, Start, call_of
from tests.builders.cloud import every_order

NOW = 1_750_000_000.0
ID = "0a1b2c3d4e5f6071"
MISSING = {"code": 400, "reason": "RESOURCE_NOT_FOUND", "message": "instance not fount"}
LIMIT = {"code": 400, "reason": "OPERATION_LIMIT", "message": "can't stop in status pulling"}
DONE: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n",
    "empty object": b"{}",
    "wrapped nothing": b'{"data": {}}',
    "null inside": b'{"data": null}',
    "state": b'{"instanceId": "0a1b2c3d4e5f6071", "state": "toStart"}',
    "wrapped state": b'{"data": {"instanceId": "0a1b2c3d4e5f6071"}}',
    "id": b'{"id": "0a1b2c3d4e5f6071"}',
    "id of an instance": b'{"instance": {"id": "0a1b2c3d4e5f6071"}}',
}
ERRORS: dict[str, bytes] = {"missing": json.dumps(MISSING).encode(), "limit": json.dumps(LIMIT).encode()}
ODD: dict[str, bytes] = {
    "another machine": b'{"instanceId": "ffffffffffffffff"}',
    "another machine inside": b'{"data": {"id": "ffffffffffffffff"}}',
    "another machine as an instance": b'{"instance": {"id": "ffffffffffffffff"}}',
    "nobody": b'{"id": null}',
    "error": b'{"error": "no"}',
    "message": b'{"message": "no Route matched with those values"}',
    "message beside data": b'{"data": {}, "message": "no"}',
    "half an error": b'{"code": 400, "message": "no"}',
    "html": b"<html></html>",
    "text": b'"done"',
    "list": b"[]",
    "null": b"null",
    "true": b"true",
    "no JSON": b'{"instanceId": ',
    "half a character": b'{"id": "\xc3"}',
}


def replies(status: int) -> Iterator[tuple[str, Reply]]:
    """A reply of every kind with this status."""
    for name, body in {**DONE, **ERRORS, **ODD}.items():
        yield name, Reply(status=status, body=body)
    for flaw in Flaw:
        if flaw is not Flaw.NONE:
            yield flaw.name, Reply(status=status, flaw=flaw)


def expected_kind(request: OrderRequest, status: int, body: str) -> type[Answer]:
    """The class of this body with this status."""
    missing = (body == "missing" and status == 400) or (body in ERRORS and status == 404)
    if (isinstance(request, Delete) and missing) or (200 <= status < 300 and body in DONE):
        return Done
    if status == 429:
        return Throttled
    if status in {401, 403}:
        return Denied
    if 400 <= status < 500 and status != 408 and body in ERRORS:
        return Rejected
    return Ambiguous


@pytest.mark.parametrize("request_", every_order(ID), ids=call_of)
def test_every_status_with_every_body_has_its_class(request_: OrderRequest) -> None:
    """A deletion of what is not there is done; a success that is not of this call is in doubt."""
    for status in [*range(200, 209), *range(300, 309), *range(400, 432), 451, 499, *range(500, 512), 599, 0, 999]:
        found = {name: type(classify_order(reply, request_, now=NOW)) for name, reply in replies(status)}

        assert found == {name: expected_kind(request_, status, name) for name, _ in replies(status)}, status


@pytest.mark.parametrize("name", [*ERRORS, *ODD])
def test_what_is_no_success_is_classed_like_a_create(name: str) -> None:
    """One table for both; only what a call promises differs."""
    for status in (*range(100, 200), *range(300, 600)):
        reply = Reply(status=status, body={**ERRORS, **ODD}[name])
        assert classify_order(reply, Start(id=ID), now=NOW) == classify_create(reply, now=NOW), status


def test_done_names_the_machine() -> None:
    """The one that was asked for, whatever the answer holds."""
    assert {classify_order(Reply(status=200, body=body), Start(id=ID), now=NOW) for body in DONE.values()} == {
        Done(id=ID)
    }


def test_a_machine_with_a_number_for_an_id_is_recognised() -> None:
    """Other parts of the API number their things, with and without quotes."""
    reply = Reply(status=200, body=b'{"instanceId": 107672}')

    assert classify_order(reply, Start(id="107672"), now=NOW) == Done(id="107672")


@pytest.mark.parametrize(
    "reason",
    [
        "OPERATION_LIMIT",
        "CONFLICT",
        "INSUFFICIENT_RESOURCE",
        "PREPAID_INSTANCE_NOT_SUPPORT_RELEASE",
        "UNSUPPORTED_BILLING_MODE",
    ],
)
def test_a_refusal_in_the_services_words_is_one(reason: str) -> None:
    """Nothing was done, and the reason is passed on; also to a deletion."""
    body = json.dumps({"code": 400, "reason": reason, "message": "no"}).encode()

    for request in every_order(ID):
        answer = classify_order(Reply(status=400, body=body), request, now=NOW)
        assert answer == Rejected(status=400, reason=reason, message="no")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (NoReply(reason="no connection", unsent=True), NotSent(reason="no connection")),
        (NoReply(reason="no answer"), Ambiguous(reason="no answer")),
        (Reply(status=200, body=b"[]"), Ambiguous(reason="status 200, and the answer is not one of this call")),
        (Reply(status=200, flaw=Flaw.BROKEN), Ambiguous(reason="status 200, and its body broke off in the middle")),
        (
            Reply(status=200, body=json.dumps(LIMIT).encode()),
            Ambiguous(reason="status 200, OPERATION_LIMIT: can't stop in status pulling"),
        ),
        (Reply(status=404, body=b"404 page not found"), Ambiguous(reason="status 404, and not in the API's words")),
        (Reply(status=429, retry_after="7"), Throttled(retry_after_s=7.0)),
    ],
)
def test_an_answer_says_in_words_what_came(outcome: Outcome, expected: Answer) -> None:
    """Of a deletion, whose own not-found must be in the API's words."""
    assert classify_order(outcome, Delete(id=ID), now=NOW) == expected


def test_a_throttled_call_waits_until_the_date_that_was_named() -> None:
    """Reckoned from the clock on the wall."""
    reply = Reply(status=429, body=b"", retry_after="Sun, 15 Jun 2025 15:07:10 GMT")

    assert classify_order(reply, Start(id=ID), now=NOW) == Throttled(retry_after_s=30.0, message="")
