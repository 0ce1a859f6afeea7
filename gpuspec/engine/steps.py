"""One step of a create, in the one order that loses nothing: intent durable, request, outcome durable, then told."""

import asyncio
import hashlib
import json
from dataclasses import replace
from typing import assert_never

from gpuspec.engine.consequence import (
    Consequence,
    Created,
    Failed,
    InDoubt,
    Job,
    Later,
    Step,
    Turn,
    Unrecorded,
    Unstarted,
    consequence,
)
from gpuspec.engine.halt import Halt
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.staleness import STALE, Moment
from gpuspec.engine.work import Prepared, Work
from gpuspec.model.address import Address
from gpuspec.model.answer import Ambiguous, Answer
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Entry, Forgotten, Intended, Undone
from gpuspec.model.marker import Marker
from gpuspec.model.state import Birth, Call, Intent
from gpuspec.ports import CreateRequest


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
        noted_at = Moment.now(self._work.clock)
        if not await self._scribe.write(*_opening(job, intent)):
            return Unstarted()
        if self._halt:
            return await self.take_back(intent)
        self._scribe.tell(EventKind.SENDING, address=job.address)
        answer = STALE if noted_at.is_long_ago(self._work.clock) else await self._send(job, intent)
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
            source=job.prepared.instance.source,
            fields=job.prepared.instance.fields,
            named=job.prepared.instance.named,
            lifecycle=job.prepared.instance.lifecycle,
            replaces=job.replaces,
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
    text = json.dumps(dict(prepared.instance.fields), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
