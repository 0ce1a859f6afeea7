"""One step of a create: intent, request, answer, and what follows from it.

`consequence` decides; `Stepper.step` does, in the one order that loses nothing: intent durable, request, outcome
durable, and only then told.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import assert_never

from gpuspec.engine.halt import Halt
from gpuspec.engine.pacing import backoff_s, throttle_s
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.work import Prepared, Work
from gpuspec.model.address import Address
from gpuspec.model.answer import Ambiguous, Answer, Denied, Done, NotSent, Rejected, Throttled
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Doubted, Entry, Forgotten, How, Intended, Made, Undone
from gpuspec.model.marker import Marker
from gpuspec.model.outcome import Stop
from gpuspec.model.settings import Settings
from gpuspec.model.state import Birth, Call, Instant, Intent, OpenIntent, Record
from gpuspec.ports import CreateRequest

# Refusals that every further create of this account would meet too.
ENDS_CREATES = frozenset({"BALANCE_NOT_ENOUGH", "EXPIRED_OR_BALANCE_NOT_ENOUGH", "CREATE_INSTANCE_LIMIT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An address to be created; `index` is its action's place in the plan.

    `intent` is set while a durable intent waits to be sent again: nothing of it was sent. `lost` is the record of the
    instance that this one takes the place of.
    """

    index: int
    address: Address
    prepared: Prepared
    lost: Record | None = None
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
    entry: Entry | None = field(default=None)


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


class Stepper:
    """Does the steps of one run."""

    def __init__(self, work: Work, birth: Birth, *, scribe: Scribe, halt: Halt) -> None:
        self._work = work
        self._birth = birth
        self._scribe = scribe
        self._halt = halt

    async def step(self, job: Job) -> Step:
        """Send the job's request, once, and make durable what came of it.

        Raises nothing for what comes back. A cancelled step leaves its intent open, as a crash would.
        """
        intent = self._new_intent(job) if job.intent is None else replace(job.intent, at=self._work.clock.now())
        if not await self._scribe.write(*_opening(job, intent)):
            return Unstarted()
        if self._halt:
            return await self.take_back(intent)
        self._scribe.tell(EventKind.SENDING, address=job.address)
        answer = await self._send(job, intent)
        turn = Turn(
            job=job,
            intent=intent,
            at=self._work.clock.now(),
            settings=self._work.settings,
            jitter=self._work.randomness.jitter(),
        )
        return await self._conclude(consequence(answer, turn), job.address)

    async def take_back(self, intent: Intent) -> Unstarted:
        """Close an intent of which nothing was sent; if that can't be written it is settled by a later run."""
        await self._scribe.write(Undone(nonce=intent.nonce, at=self._work.clock.now(), reason="not-sent"))
        return Unstarted()

    def _new_intent(self, job: Job) -> Intent:
        nonce = self._work.randomness.nonce()
        marker = Marker(
            lineage=self._birth.lineage8,
            project=self._birth.project,
            environment=self._birth.environment,
            address=job.address,
            nonce=nonce,
        )
        return Intent(
            nonce=nonce,
            call=Call.CREATE,
            address=job.address,
            marker=marker,
            digest=_digest(job.prepared),
            at=self._work.clock.now(),
            timeout_s=self._work.settings.request_timeout_s,
            source=job.prepared.source,
            fields=job.prepared.fields,
            named=job.prepared.named,
            lifecycle=job.prepared.lifecycle,
        )

    async def _send(self, job: Job, intent: Intent) -> Answer:
        request = CreateRequest(
            address=job.address, fields=job.prepared.body, marker=intent.marker, marker_mode=self._birth.marker
        )
        try:
            return await self._work.cloud.create(request)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return Ambiguous(reason="The request was cancelled.")
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the request may have been sent
            return Ambiguous(reason=f"The request ended in {type(error).__name__}.")

    async def _conclude(self, consequence: Consequence, address: Address) -> Step:
        """Make it durable, then tell."""
        step = consequence.step
        if consequence.entry is not None and not await self._scribe.write(consequence.entry):
            return Unrecorded(id=step.id) if isinstance(step, Created) else step
        match step:
            case Created(id=instance_id):
                self._scribe.tell(EventKind.MADE, address=address, id=instance_id)
            case Later(delay_s=delay_s, reason=reason):
                self._scribe.tell(EventKind.RETRYING, address=address, seconds=delay_s, message=reason)
            case InDoubt(open=doubt):
                self._scribe.tell(EventKind.DOUBTED, address=address, message=doubt.reason)
            case Failed(reason=reason, message=message):
                self._scribe.tell(EventKind.REJECTED, address=address, status=reason, message=message)
            case _:
                assert_never(step)
        return step


def _opening(job: Job, intent: Intent) -> tuple[Entry, ...]:
    """What is written before a request."""
    intended = Intended(intent=intent)
    if job.intent is not None:
        # The same intent once more, with the time of this request: a settle window must not count from an earlier one.
        return (Undone(nonce=intent.nonce, at=intent.at, reason="not-sent"), intended)
    if job.lost is not None:
        # A record and an intent at one address would leave a reader to guess which of them holds.
        return (Forgotten(address=job.address, id=job.lost.id, at=intent.at, reason="lost"), intended)
    return (intended,)


def _digest(prepared: Prepared) -> str:
    """Recognises a request without its secrets: seals stand for them."""
    text = json.dumps(dict(prepared.fields), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
