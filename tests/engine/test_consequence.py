"""What follows from each answer to a create call, to the last word."""

from dataclasses import replace

import pytest

from gpuspec.engine.consequence import (
    Consequence,
    Created,
    Failed,
    InDoubt,
    Job,
    Later,
    Turn,
    consequence,
)
from gpuspec.engine.pacing import backoff_s, throttle_s
from gpuspec.model.answer import Ambiguous, Answer, Denied, Done, NotSent, Rejected, Throttled
from gpuspec.model.journal import Doubted, How, Made, Undone
from gpuspec.model.outcome import Stop
from gpuspec.model.settings import Settings
from gpuspec.model.state import OpenIntent
from tests.builders.engine import an_intent, prepared

INTENT = an_intent("a")
JOB = Job(index=3, address="a", prepared=prepared("a"))
SETTINGS = Settings()
TURN = Turn(job=JOB, intent=INTENT, at=17.0, settings=SETTINGS, jitter=0.5)


def undone(reason: str) -> Undone:
    """The entry that closes the intent."""
    return Undone(nonce=INTENT.nonce, at=17.0, reason=reason)


def a_failure(reason: str, message: str = "no", **facts: object) -> Consequence:
    """What follows from a refusal."""
    failed = Failed(reason=reason, message=message)
    return Consequence(entry=undone(reason), step=replace(failed, **facts))  # type: ignore[arg-type]


REFUSALS: list[tuple[Answer, Consequence]] = [
    (Denied(message="no"), a_failure("credentials", stop=Stop.CREDENTIALS)),
    (Denied(message="no", client_blocked=True), a_failure("client-blocked", stop=Stop.BLOCKED_CLIENT)),
    (Rejected(status=400, reason="IMAGE_NOT_FOUND", message="no"), a_failure("IMAGE_NOT_FOUND")),
    *(
        (Rejected(status=400, reason=reason, message="no"), a_failure(reason, ends_creates=True))
        for reason in ("BALANCE_NOT_ENOUGH", "EXPIRED_OR_BALANCE_NOT_ENOUGH", "CREATE_INSTANCE_LIMIT")
    ),
]


@pytest.mark.parametrize(("answer", "expected"), REFUSALS)
def test_a_refusal_closes_the_intent_and_fails_the_address(answer: Answer, expected: Consequence) -> None:
    """With the reason and the words of the service; some end the run, some all further creates."""
    assert consequence(answer, TURN) == expected


def test_what_was_done_is_recorded_with_its_id() -> None:
    """At the time of the answer."""
    made = Made(nonce=INTENT.nonce, id="id-1", at=17.0, how=How.ANSWERED)

    assert consequence(Done(id="id-1"), TURN) == Consequence(entry=made, step=Created(id="id-1"))


def test_an_ambiguous_answer_leaves_the_intent_in_doubt() -> None:
    """From now on; why is kept."""
    doubt = OpenIntent(intent=INTENT, doubted_at=17.0, reason="half an answer")
    doubted = Doubted(nonce=INTENT.nonce, at=17.0, reason="half an answer")

    expected = Consequence(entry=doubted, step=InDoubt(open=doubt))
    assert consequence(Ambiguous(reason="half an answer"), TURN) == expected


def test_what_was_not_sent_goes_out_again_under_the_same_intent() -> None:
    """Nothing is written: the intent is still true."""
    job = replace(JOB, intent=INTENT, not_sent=1)
    later = Later(job=job, delay_s=backoff_s(1, jitter=0.5), throttled=False, reason="no route")

    assert consequence(NotSent(reason="no route"), TURN) == Consequence(step=later)


def test_what_can_never_be_sent_fails_after_some_tries() -> None:
    """As unreachable, with how often it was tried."""
    tries = SETTINGS.not_sent_tries
    turn = replace(TURN, job=replace(JOB, intent=INTENT, not_sent=tries - 1))

    message = f"The service could not be reached in {tries} tries: no route"
    assert consequence(NotSent(reason="no route"), turn) == a_failure("not-sent", message, unreachable=True)


@pytest.mark.parametrize("waiting", [None, INTENT])
@pytest.mark.parametrize(("message", "words"), [("slower", "slower"), ("", "The service asked to slow down.")])
def test_a_throttled_call_is_made_again_under_an_intent_of_its_own(waiting: object, message: str, words: str) -> None:
    """The refused one is closed and never used again, also when it had waited to be sent."""
    turn = replace(TURN, job=replace(JOB, intent=waiting))  # type: ignore[arg-type]

    found = consequence(Throttled(retry_after_s=7.0, message=message), turn)

    delay_s = throttle_s(1, retry_after_s=7.0, jitter=0.5)
    later = Later(job=replace(JOB, intent=None, throttled=1), delay_s=delay_s, throttled=True, reason=words)
    assert found == Consequence(entry=undone("RATE_LIMIT_EXCEEDED"), step=later)


@pytest.mark.parametrize("message", ["slower", ""])
def test_a_call_that_is_throttled_again_and_again_fails(message: str) -> None:
    """In the words of the service, or with how often it asked to slow down."""
    tries = SETTINGS.throttled_tries
    turn = replace(TURN, job=replace(JOB, throttled=tries - 1))

    words = message or f"The service asked to slow down {tries} times in a row."
    assert consequence(Throttled(retry_after_s=None, message=message), turn) == a_failure("RATE_LIMIT_EXCEEDED", words)
