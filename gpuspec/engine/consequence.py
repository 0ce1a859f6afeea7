"""What follows from the answer to a create request: the entry to write, and the step it is. Pure."""

from dataclasses import dataclass, replace
from typing import assert_never

from gpuspec.engine.pacing import backoff_s, throttle_s
from gpuspec.engine.work import Prepared
from gpuspec.model.address import Address
from gpuspec.model.answer import Ambiguous, Answer, Denied, Done, NotSent, Rejected, Throttled
from gpuspec.model.journal import Doubted, Entry, How, Made, Undone
from gpuspec.model.outcome import Stop
from gpuspec.model.settings import Settings
from gpuspec.model.state import Instant, Intent, OpenIntent, Record

# Refusals that every further create of this account would meet too.
ENDS_CREATES = frozenset({"BALANCE_NOT_ENOUGH", "EXPIRED_OR_BALANCE_NOT_ENOUGH", "CREATE_INSTANCE_LIMIT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An address to be created; `index` is its action's place in the plan.

    `intent` is set while a durable intent waits to be sent again: nothing of it was sent. `lost` is the record of the
    instance that this one takes the place of. `replaces` is the id of a recorded machine that stays until this one is
    made.
    """

    index: int
    address: Address
    prepared: Prepared
    lost: Record | None = None
    replaces: str = ""
    intent: Intent | None = None
    not_sent: int = 0
    throttled: int = 0
    absent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The instance is there and recorded."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecorded:
    """The instance is there, and its id could not be written down."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """To be tried again. `throttled` holds back all other creates for as long."""

    job: Job
    delay_s: float
    throttled: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InDoubt:
    """To be settled."""

    open: OpenIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It was not made, and won't be in this run.

    `stop` ends the run; `ends_creates` only the creates; `unreachable` says that not a byte got through.
    """

    reason: str
    message: str
    stop: Stop = Stop.NONE
    ends_creates: bool = False
    unreachable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstarted:
    """The run was to end before anything was sent."""


Step = Created | Unrecorded | Later | InDoubt | Failed | Unstarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What follows from an answer: the entry to make durable, the step once it is."""

    step: Created | Later | InDoubt | Failed
    entry: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A request that was answered: whose, when, and what is needed to say what follows. `jitter` is from 0 to 1."""

    job: Job
    intent: Intent
    at: Instant
    settings: Settings
    jitter: float


def consequence(answer: Answer, turn: Turn) -> Consequence:
    """What follows from the answer to a create request."""
    nonce = turn.intent.nonce
    match answer:
        case Done(id=instance_id):
            entry = Made(nonce=nonce, id=instance_id, at=turn.at, how=How.ANSWERED)
            return Consequence(entry=entry, step=Created(id=instance_id))
        case NotSent(reason=reason):
            return _after_not_sent(turn, reason)
        case Throttled(retry_after_s=retry_after_s, message=message):
            return _after_throttled(turn, retry_after_s, message)
        case Denied(message=message, client_blocked=blocked):
            stop, reason = (Stop.BLOCKED_CLIENT, "client-blocked") if blocked else (Stop.CREDENTIALS, "credentials")
            return _undone(turn, Failed(reason=reason, message=message, stop=stop))
        case Rejected(reason=reason, message=message):
            return _undone(turn, Failed(reason=reason, message=message, ends_creates=reason in ENDS_CREATES))
        case Ambiguous(reason=reason):
            doubt = OpenIntent(intent=turn.intent, doubted_at=turn.at, reason=reason)
            return Consequence(entry=Doubted(nonce=nonce, at=turn.at, reason=reason), step=InDoubt(open=doubt))
        case _:
            assert_never(answer)


def _after_not_sent(turn: Turn, reason: str) -> Consequence:
    """The intent stays open: nothing of it went out, so it may go out again under its nonce."""
    tries = turn.job.not_sent + 1
    if tries >= turn.settings.not_sent_tries:
        message = f"The service could not be reached in {tries} tries: {reason}"
        return _undone(turn, Failed(reason="not-sent", message=message, unreachable=True))
    job = replace(turn.job, intent=turn.intent, not_sent=tries)
    delay_s = backoff_s(tries, jitter=turn.jitter)
    return Consequence(step=Later(job=job, delay_s=delay_s, throttled=False, reason=reason))


def _after_throttled(turn: Turn, retry_after_s: float | None, message: str) -> Consequence:
    tries = turn.job.throttled + 1
    if tries >= turn.settings.throttled_tries:
        words = message or f"The service asked to slow down {tries} times in a row."
        return _undone(turn, Failed(reason="RATE_LIMIT_EXCEEDED", message=words))
    delay_s = throttle_s(tries, retry_after_s=retry_after_s, jitter=turn.jitter)
    job = replace(turn.job, intent=None, throttled=tries)
    step = Later(job=job, delay_s=delay_s, throttled=True, reason=message or "The service asked to slow down.")
    return Consequence(entry=_undone_entry(turn, "RATE_LIMIT_EXCEEDED"), step=step)


def _undone(turn: Turn, failed: Failed) -> Consequence:
    return Consequence(entry=_undone_entry(turn, failed.reason), step=failed)


def _undone_entry(turn: Turn, reason: str) -> Undone:
    return Undone(nonce=turn.intent.nonce, at=turn.at, reason=reason)
