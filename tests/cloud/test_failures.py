"""The table that classes what came back from a create call, enumerated."""

import inspect
import json
import ssl
import time
from collections.abc import Iterator

import httpx
import pytest

from gpuspec.cloud.failures import (
    BEFORE_SENDING,
    EXCHANGE_FAULTS,
    classify_create,
    credentials_error,
    in_words,
    no_reply,
    retry_after_s,
    untrusted,
)
from gpuspec.cloud.reply import Flaw, NoReply, Reply
from gpuspec.model.answer import Ambiguous, Answer, Denied, Done, NotSent, Rejected, Throttled

NOW = 1_750_000_000.0
ERROR = {"code": 400, "reason": "INSUFFICIENT_RESOURCE", "message": "resource insufficient"}
BODIES: dict[str, object] = {
    "id": {"id": "0a1b2c3d4e5f6071"},
    "wrapped id": {"data": {"id": "0a1b2c3d4e5f6071"}},
    "id of an instance": {"instance": {"id": "0a1b2c3d4e5f6071"}},
    "api error": ERROR,
    "error with a code in text": {**ERROR, "code": "400"},
    "error without reason": {"code": 400, "message": "no"},
    "error with an empty reason": {**ERROR, "reason": " "},
    "error without code": {"reason": "NO", "message": "no"},
    "error with a code that is none": {**ERROR, "code": True},
    "gateway's error": {"message": "no Route matched with those values"},
    "empty object": {},
    "empty id": {"id": ""},
    "null id": {"id": None},
    "id with blanks": {"id": "0a1b 2c3d"},
    "list": [],
    "text": "0a1b2c3d4e5f6071",
    "null": None,
}
RAW = {"empty": b"", "html": b"<html></html>", "not a number": b'{"id": NaN}', "half a character": b'{"id": "\xc3"}'}
WITH_ID = {"id", "wrapped id", "id of an instance"}
WITH_ERROR = {"api error", "error with a code in text"}


def replies(status: int) -> Iterator[tuple[str, Reply]]:
    for name, body in BODIES.items():
        yield name, Reply(status=status, body=json.dumps(body).encode())
    for name, content in RAW.items():
        yield name, Reply(status=status, body=content)
    for flaw in Flaw:
        if flaw is not Flaw.NONE:
            yield flaw.name, Reply(status=status, flaw=flaw)


def expected_kind(status: int, body: str) -> type[Answer]:
    if 200 <= status < 300 and body in WITH_ID:
        return Done
    if status == 429:
        return Throttled
    if status in {401, 403}:
        return Denied
    if 400 <= status < 500 and status != 408 and body in WITH_ERROR:
        return Rejected
    return Ambiguous


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_with_every_body_has_its_class(status: int) -> None:
    """Rows are tried in order, and what no row knows is ambiguous."""
    found = {name: type(classify_create(reply, now=NOW)) for name, reply in replies(status)}

    assert found == {name: expected_kind(status, name) for name, _ in replies(status)}


@pytest.mark.parametrize("status", [0, 99, 600, 999])
def test_a_status_that_does_not_exist_is_ambiguous(status: int) -> None:
    """Nothing is concluded from what no service says."""
    assert {Ambiguous} == {type(classify_create(reply, now=NOW)) for _, reply in replies(status)}


def test_a_blocked_client_is_a_403_that_the_api_did_not_write() -> None:
    """A 401 and a 403 in the API's words are about the key."""
    page, error = b"error code: 1010", json.dumps(ERROR).encode()
    blocked = [
        getattr(classify_create(Reply(status=status, body=body), now=NOW), "client_blocked", None)
        for status, body in ((401, page), (401, error), (403, error), (403, page))
    ]
    assert blocked == [False, False, False, True]


def test_an_ambiguous_answer_says_in_words_what_came() -> None:
    """Status and the service's own code are named."""
    unknown = {"code": 500, "reason": "UNKNOWN", "message": "\x07oops"}
    said = [
        classify_create(reply, now=NOW)
        for reply in (
            Reply(status=500, body=json.dumps(unknown).encode()),
            Reply(status=200, body=b"{}"),
            Reply(status=200, body=json.dumps(ERROR).encode()),
            Reply(status=504, body=b"<html>"),
            Reply(status=200, flaw=Flaw.BROKEN),
        )
    ]
    assert said == [
        Ambiguous(reason="status 500, UNKNOWN: oops"),
        Ambiguous(reason="status 200, and no id in the answer"),
        Ambiguous(reason="status 200, INSUFFICIENT_RESOURCE: resource insufficient"),
        Ambiguous(reason="status 504, and not in the API's words"),
        Ambiguous(reason="status 200, and its body broke off in the middle"),
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("1.5", 1.5),
        ("999999999", 3600.0),
        ("9999999999", None),
        ("-1", None),
        ("soon", None),
        ("١٢", None),
        ("Sun, 15 Jun 2025 15:07:10 GMT", 30.0),
        ("Sun, 15 Jun 2025 15:07:10 -0000", 30.0),
        ("Sun, 15 Jun 2025 17:07:10 +0200", 30.0),
        ("Sun, 15 Jun 2025 14:00:00 GMT", 0.0),
        ("Sun, 15 Jun 9999 14:00:00 GMT", 3600.0),
        ("Sun, 99 Jun 2025 14:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, expected: float | None) -> None:
    """It is taken up to an hour; what can't be read is none."""
    assert retry_after_s(header, now=NOW) == expected


def test_a_date_without_a_zone_is_not_of_this_machines_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-0000` means UTC of which no zone is known."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "EAST-05:00")
        time.tzset()
        seconds = retry_after_s("Sun, 15 Jun 2025 15:07:10 -0000", now=NOW)
    time.tzset()

    assert seconds == 30.0


def httpx_errors() -> list[type[Exception]]:
    named = (getattr(httpx, name) for name in dir(httpx))
    return [kind for kind in named if inspect.isclass(kind) and issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", httpx_errors(), ids=lambda kind: kind.__name__)
def test_every_exception_of_httpx_has_words_of_its_own(kind: type[Exception]) -> None:
    """An exception that httpx gains shows up here, and no row hides one that is more special."""
    kinds = [row for row, _ in EXCHANGE_FAULTS]
    assert kind in kinds
    assert kinds.index(kind) == next(at for at, row in enumerate(kinds) if issubclass(kind, row))


@pytest.mark.parametrize("kind", httpx_errors(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("traced", [True, False])
@pytest.mark.parametrize("sending_seen", [True, False])
def test_only_a_traced_failure_to_connect_is_proof(kind: type[Exception], traced: bool, sending_seen: bool) -> None:
    """Every other combination counts as sent."""
    error = kind.__new__(kind)
    answer = classify_create(no_reply(error, traced=traced, sending_seen=sending_seen), now=NOW)

    proven = traced and not sending_seen and kind in {httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout}
    assert type(answer) is (NotSent if proven else Ambiguous)


def test_the_proofs_have_no_subclasses() -> None:
    """A subclass that httpx gains would be taken for proof without anybody having looked at it."""
    assert [kind.__subclasses__() for kind in BEFORE_SENDING] == [[], [], []]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "it was not answered within the time for one request"),
        (ConnectionResetError(), "the network failed"),
        (KeyError("x"), "the exchange broke off"),
    ],
)
def test_what_is_none_of_httpx_leaves_doubt(error: Exception, words: str) -> None:
    """Also when no sending was seen: no row says that these are proof."""
    outcome = no_reply(error, traced=True, sending_seen=False)
    assert isinstance(outcome, NoReply)
    assert not outcome.unsent
    assert outcome.reason == f"{words} ({type(error).__name__})"


def a_fault(error: Exception, cause: Exception) -> Exception:
    """An exception, and what was being handled when it was raised."""
    error.__context__ = cause
    return error


def test_a_certificate_that_is_not_accepted_is_told_without_its_full_stop() -> None:
    """OpenSSL ends some of its words with one; ours follow."""
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_message = "Hostname mismatch."

    outcome = no_reply(a_fault(httpx.ConnectError("x"), cause), traced=True, sending_seen=False)

    reason = "the service's certificate is not accepted: Hostname mismatch"
    assert outcome == NoReply(reason=reason, unsent=True, distrust="Hostname mismatch")


def test_tls_is_told_of_a_connection_that_could_not_be_made_and_of_no_other() -> None:
    """That OpenSSL wanted to read is no reason why an answer did not come."""
    wanted = ssl.SSLWantReadError(2, "The operation did not complete")

    reasons = [
        no_reply(a_fault(error, wanted), traced=True, sending_seen=True).reason
        for error in (httpx.ConnectError("x"), httpx.ReadError("x"))
    ]

    assert reasons == [
        "no connection could be made, since TLS could not be agreed on (ConnectError)",
        "the connection broke while the answer was awaited (ReadError)",
    ]


def test_a_service_that_is_not_trusted_is_named_with_ways_out() -> None:
    """And none of them is to trust it all the same."""
    failure = untrusted("https://gpu.example", "certificate has expired")

    assert failure.message == (
        "https://gpu.example does not prove who it is: certificate has expired. "
        "Nothing was sent to it, the API key neither."
    )
    assert failure.hint == (
        "check the endpoint, and this machine's clock; a proxy that opens TLS has to let this host through. "
        "gpuspec trusts the public authorities alone, and no option switches that off."
    )


def test_a_done_create_gives_the_id_of_the_answer() -> None:
    """However the answer is wrapped."""
    bodies = [json.dumps(BODIES[name]).encode() for name in sorted(WITH_ID)]

    answers = [classify_create(Reply(status=200, body=body), now=NOW) for body in bodies]

    assert answers == [Done(id="0a1b2c3d4e5f6071")] * 3


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, b"", Denied(message="status 401")),
        (401, json.dumps(ERROR).encode(), Denied(message="INSUFFICIENT_RESOURCE: resource insufficient")),
        (403, json.dumps(ERROR).encode(), Denied(message="INSUFFICIENT_RESOURCE: resource insufficient")),
        (403, b"<html>", Denied(message="status 403, and not in the API's words", client_blocked=True)),
        (429, b"", Throttled(retry_after_s=30.0, message="")),
        (
            429,
            json.dumps(ERROR).encode(),
            Throttled(retry_after_s=30.0, message="INSUFFICIENT_RESOURCE: resource insufficient"),
        ),
    ],
)
def test_a_refusal_repeats_what_the_service_said(status: int, body: bytes, expected: Answer) -> None:
    """Its own words where it used them, and when to ask again by the clock on the wall."""
    reply = Reply(status=status, body=body, retry_after="Sun, 15 Jun 2025 15:07:10 GMT")

    assert classify_create(reply, now=NOW) == expected


@pytest.mark.parametrize("status", [299, 300, 302, 399, 400])
def test_a_redirect_is_told_as_one(status: int) -> None:
    """From 300 to 399; it is never followed, and the words say why."""
    said = in_words(Reply(status=status, body=b""))

    redirect = f"status {status}, a redirect, which is never followed: the key would go with it"
    assert said == (redirect if 300 <= status < 400 else f"status {status}, and not in the API's words")


def test_a_refused_key_and_a_blocked_client_have_different_ways_out() -> None:
    """Only the first is about the key."""
    key, client = credentials_error(Denied(message="x")), credentials_error(Denied(message="x", client_blocked=True))

    assert (key.message, key.hint) == (
        "The service refuses the API key (x).",
        "check the key in `NOVITA_API_KEY`, and that it belongs to this service.",
    )
    assert (client.message, client.hint) == (
        "Something before the API refuses this client (x). The key may well be right.",
        "try from another network, or ask the service to let this one through.",
    )
