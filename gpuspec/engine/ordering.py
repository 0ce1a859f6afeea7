"""One order, in the one order that loses nothing: durable, sent once, what came back durable, then told."""

import asyncio
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import assert_never

from gpuspec.engine.halt import Halt
from gpuspec.engine.pacing import backoff_s, throttle_s
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.staleness import STALE, Moment
from gpuspec.engine.work import Work
from gpuspec.model.address import Address
from gpuspec.model.answer import Ambiguous, Answer, Denied, Done, NotSent, Rejected, Throttled
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Doubted, Entry, Obeyed, Ordered, Undone
from gpuspec.model.order import OrderRequest, Upgrade, call_of
from gpuspec.model.outcome import Stop
from gpuspec.model.state import OpenOrder, Order, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often an order was tried without effect in this run."""

    not_sent: int = 0
    throttled: int = 0
    unreadable: int = 0
    not_done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The service took it; what it promises is yet to be seen where `open.order` is still open."""

    open: OpenOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """The answer was lost; to be settled by reading."""

    open: OpenOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Nothing was done: to be tried again. `throttled` holds back everything else for as long."""

    tries: Tries
    delay_s: float
    reason: str
    throttled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Nothing was done, and won't be in this run; `stop` ends the run."""

    reason: str
    message: str
    stop: Stop = Stop.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstarted:
    """The run was to end before anything was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """What came back could not be written down; the order is, and the next run settles it."""

    message: str


Step = Taken | Uncertain | Again | Refusal | Unstarted | Unwritten


class Orderer:
    """Sends the orders of one run."""

    def __init__(self, work: Work, *, scribe: Scribe, halt: Halt) -> None:
        self._work = work
        self._scribe = scribe
        self._halt = halt

    async def order(self, request: OrderRequest, address: Address, *, after: Record | None, tries: Tries) -> Step:
        """Send it, once, and make durable what came of it.

        Raises nothing for what comes back. A cancelled call leaves its order open, as a crash would.

        Args:
            after: The record once it is done; None for a deletion.
        """
        order = self._new(request, address, after)
        noted_at = Moment.now(self._work.clock)
        if not await self._scribe.write(Ordered(order=order)):
            return Unstarted()
        if self._halt:
            await self._scribe.write(Undone(nonce=order.nonce, at=self._work.clock.now(), reason="not-sent"))
            return Unstarted()
        self._scribe.tell(EventKind.ORDERING, address=address, id=order.id, message=order.call.value)
        answer = STALE if noted_at.is_long_ago(self._work.clock) else await self._send(request)
        entry, step = self._consequence(answer, order, tries)
        if not await self._scribe.write(entry):
            return Unwritten(message="It was sent, and what came back could not be written down; the next run looks.")
        self._tell(step, order)
        return step

    def _new(self, request: OrderRequest, address: Address, after: Record | None) -> Order:
        return Order(
            nonce=self._work.randomness.nonce(),
            call=call_of(request),
            address=address,
            id=request.id,
            at=self._work.clock.now(),
            timeout_s=self._work.settings.request_timeout_s,
            digest=_digest(request),
            after=after,
        )

    async def _send(self, request: OrderRequest) -> Answer:
        try:
            return await self._work.cloud.order(request)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return Ambiguous(reason="The request was cancelled.")
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the request may have been sent
            return Ambiguous(reason=f"The request ended in {type(error).__name__}.")

    def _consequence(self, answer: Answer, order: Order, tries: Tries) -> tuple[Entry, Step]:
        at = self._work.clock.now()
        match answer:
            case Done():
                return Obeyed(nonce=order.nonce, at=at), Taken(open=OpenOrder(order=order, obeyed_at=at))
            case Ambiguous(reason=reason):
                doubt = OpenOrder(order=order, doubted_at=at, reason=reason)
                return Doubted(nonce=order.nonce, at=at, reason=reason), Uncertain(open=doubt)
            case NotSent() | Throttled():
                step: Again | Refusal = self._again(answer, tries)
                reason = "not-sent" if isinstance(answer, NotSent) else "RATE_LIMIT_EXCEEDED"
            case Denied(message=message, client_blocked=blocked):
                reason, stop = ("client-blocked", Stop.BLOCKED_CLIENT) if blocked else ("credentials", Stop.CREDENTIALS)
                step = Refusal(reason=reason, message=message, stop=stop)
            case Rejected(reason=reason, message=message):
                step = Refusal(reason=reason, message=message)
            case _:
                assert_never(answer)
        return Undone(nonce=order.nonce, at=at, reason=reason), step

    def _again(self, answer: NotSent | Throttled, tries: Tries) -> Again | Refusal:
        settings, jitter = self._work.settings, self._work.randomness.jitter()
        match answer:
            case NotSent(reason=reason):
                count = tries.not_sent + 1
                if count >= settings.not_sent_tries:
                    message = f"The service could not be reached in {count} tries: {reason}"
                    return Refusal(reason="not-sent", message=message)
                again = replace(tries, not_sent=count)
                return Again(tries=again, delay_s=backoff_s(count, jitter=jitter), reason=reason)
            case Throttled(retry_after_s=retry_after_s, message=message):
                count = tries.throttled + 1
                words = message or "The service asked to slow down."
                if count >= settings.throttled_tries:
                    return Refusal(reason="RATE_LIMIT_EXCEEDED", message=words)
                delay_s = throttle_s(count, retry_after_s=retry_after_s, jitter=jitter)
                return Again(tries=replace(tries, throttled=count), delay_s=delay_s, reason=words, throttled=True)
            case _:
                assert_never(answer)

    def _tell(self, step: Step, order: Order) -> None:
        tell, address = self._scribe.tell, order.address
        match step:
            case Taken():
                tell(EventKind.OBEYED, address=address, id=order.id, message=order.call.value)
            case Uncertain(open=doubt):
                tell(EventKind.DOUBTED, address=address, id=order.id, message=doubt.reason)
            case Again(delay_s=delay_s, reason=reason):
                tell(EventKind.RETRYING, address=address, id=order.id, seconds=delay_s, message=reason)
            case Refusal(reason=reason, message=message):
                tell(EventKind.REJECTED, address=address, id=order.id, status=reason, message=message)
            case Unstarted() | Unwritten():
                pass
            case _:
                assert_never(step)


def _digest(request: OrderRequest) -> str:
    """Recognises a request without its secrets: that one was there is all that counts of it."""
    text = json.dumps([call_of(request).value, asdict(_without_secrets(request))], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_secrets(request: OrderRequest) -> OrderRequest:
    if not isinstance(request, Upgrade):
        return request
    return replace(
        request,
        envs=tuple(replace(env, value=str(env.value)) for env in request.envs),
        command=str(request.command),
        entrypoint=str(request.entrypoint),
    )
