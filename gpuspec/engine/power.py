"""Starts, stops or restarts machines that a person named: each looked at right before, sent once, and seen through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from gpuspec.engine.book import Book
from gpuspec.engine.follower import Ended, Follower
from gpuspec.engine.following import NotDone, Through, Untold, Vanished
from gpuspec.engine.halt import Halt, heeding
from gpuspec.engine.observe import look
from gpuspec.engine.ordering import Again, Orderer, Refusal, Step, Taken, Tries, Uncertain, Unstarted, Unwritten
from gpuspec.engine.pacing import Pacer, Poll
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.work import Work
from gpuspec.errors import CredentialsError
from gpuspec.model.address import Address
from gpuspec.model.event import EventKind
from gpuspec.model.live import LiveInstance, NotFound, Phase, Seen, Sight, Unreadable
from gpuspec.model.order import Restart, Start, Stop
from gpuspec.model.outcome import Ledger, Outcome, Result
from gpuspec.model.outcome import Stop as StopReason
from gpuspec.model.state import Call, Record

PowerRequest = type[Start] | type[Stop] | type[Restart]
# What each asks of a machine: from which rest, to which.
_FROM = {Start: Phase.STOPPED, Stop: Phase.RUNNING, Restart: Phase.RUNNING}
_TO = {Start: Phase.RUNNING, Stop: Phase.STOPPED, Restart: Phase.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    index: int
    record: Record

    @property
    def address(self) -> Address:
        return self.record.address


class _Powering:
    """The power calls of one run."""

    def __init__(self, work: Work, halt: Halt, request: PowerRequest) -> None:
        self._work = work
        self._halt = halt
        self._request = request
        self._scribe = Scribe(work, halt)
        self._orderer = Orderer(work, scribe=self._scribe, halt=halt)
        self._pacer = Pacer(work.settings, now=work.clock.monotonic())
        self._pacer.on_worn_out = halt.wear_out
        self._follower = Follower(work, self._scribe)
        self._uncertain: dict[str, _Job] = {}
        self._awaited: dict[int, _Job] = {}
        self.book = Book()

    async def send(self, job: _Job) -> None:
        """Look at the machine, and send the call if it is fit for it."""
        tries = Tries()
        while not self._halt:
            sight = await self._halt.unless_called(self._work.cloud.get(job.record.id))
            if sight is None:
                break
            amiss = self._unfit(sight, job.record)
            if amiss is not None:
                self.book.close(job.index, amiss)
                return
            await self._halt.sleep(self._pacer.wait_s(self._work.clock.monotonic()))
            sent_at = self._work.clock.monotonic()
            self._pacer.start(sent_at)
            after = replace(job.record, updated_at=self._work.clock.now())
            step = await self._orderer.order(self._request(id=job.record.id), job.address, after=after, tries=tries)
            self._pacer.end()
            if not isinstance(step, Again):
                self._take(step, job)
                return
            tries = step.tries
            if step.throttled:
                self._pacer.throttled(sent_at=sent_at, now=self._work.clock.monotonic(), delay_s=step.delay_s)
            await self._halt.sleep(step.delay_s)
        self._close(job, Result.NOT_STARTED, self._halt.stop.value, self._halt.message)

    async def see_through(self) -> None:
        """Settle lost answers, then wait until every machine is where it was told to be."""
        poll = Poll(self._work.settings)
        until = self._work.clock.monotonic() + self._work.settings.wait_timeout_s
        while (self._uncertain or self._awaited) and not self._halt:
            began = self._work.clock.monotonic()
            if self._uncertain:
                for ended in await self._follower.look(self._halt):
                    self._conclude(ended)
            if self._awaited and not self._halt:
                await self._watch(patient=began < until)
            if self._uncertain or self._awaited:
                await self._halt.sleep(poll.next_s(took_s=self._work.clock.monotonic() - began))

    def end(self) -> None:
        """Give what the run did not see through its outcome."""
        for job in self._uncertain.values():
            self._close(
                job, Result.UNRESOLVED, "in-doubt", "The answer was lost, and the run ended before it was read."
            )
        for job in self._awaited.values():
            self._close(job, Result.DONE, "taken", "The service took it; the run ended before it was seen.")

    def _unfit(self, sight: Sight, record: Record) -> Outcome | None:
        """Why nothing is to be sent; None when the machine is the recorded one and fit for the call."""
        result, reason, message, status = Result.BLOCKED, "", "", ""
        match sight:
            case Unreadable(reason=why):
                reason, message = "unreadable", f"It could not be looked at: {why}"
            case NotFound():
                reason, message = "not-found", "The service does not find it; `gpuspec plan` tells whether it is gone."
            case Seen(instance=live):
                status = live.status
                result, reason, message = self._standing(live, record)
            case _:
                assert_never(sight)
        if not reason:
            return None
        return Outcome(
            address=record.address, result=result, id=record.id, status=status, reason=reason, message=message
        )

    def _standing(self, live: LiveInstance, record: Record) -> tuple[Result, str, str]:
        if live.id != record.id:
            return Result.REFUSED, "not-as-recorded", f"The service shows {live.id} in its place; nothing was sent."
        if live.phase is _TO[self._request] and self._request is not Restart:
            return Result.KEPT, "already", f"It is `{live.status}` already."
        if live.phase is not _FROM[self._request]:
            return Result.BLOCKED, "busy", f"It is `{live.status}`, in which it can't be told to; nothing was sent."
        if live.jobs:
            return Result.BLOCKED, "busy", "A job, such as saving its image, is under way on it; nothing was sent."
        return Result.DONE, "", ""

    def _take(self, step: Step, job: _Job) -> None:
        match step:
            case Taken():
                self._pacer.succeeded()
                self._awaited[job.index] = job
            case Uncertain(open=open_order):
                self._uncertain[open_order.order.nonce] = job
                self._follower.add(open_order, job.record)
            case Refusal(reason=reason, message=message, stop=stop):
                self._close(job, Result.FAILED, reason, message)
                if stop is not StopReason.NONE:
                    self._halt.call(stop, message)
            case Unstarted():
                self._close(job, Result.NOT_STARTED, self._halt.stop.value, self._halt.message)
            case Unwritten(message=message):
                self._close(job, Result.UNRESOLVED, "not-recorded", message)
            case Again():
                raise AssertionError(step)
            case _:
                assert_never(step)

    def _conclude(self, ended: Ended) -> None:
        job = self._uncertain.pop(ended.following.nonce)
        match ended.verdict:
            case Through():
                self._awaited[job.index] = job
            case Vanished():
                self._close(job, Result.FAILED, "gone", "It is gone; `gpuspec plan` says what to do.")
            case NotDone():
                words = "The answer was lost; as far as can be seen, nothing was done. Give the command once more."
                self._close(job, Result.FAILED, "not-done", words)
            case Untold(reason=reason):
                self._close(job, Result.UNRESOLVED, "in-doubt", f"The answer was lost. {reason}")
            case _:
                assert_never(ended.verdict)

    async def _watch(self, *, patient: bool) -> None:
        seen = await self._halt.unless_called(look(self._work.cloud, state=self._work.state(), markers=False))
        if seen is None:
            return
        for job in tuple(self._awaited.values()):
            live = seen.observation.rows.get(job.record.id)
            if live is not None and live.phase is _TO[self._request]:
                del self._awaited[job.index]
                self._close(job, Result.DONE, status=live.status, endpoints=live.endpoints)
                self._scribe.tell(EventKind.READY, address=job.address, id=job.record.id, status=live.status)
            elif not patient:
                del self._awaited[job.index]
                status = "" if live is None else live.status
                words = "The service took it, and it was not seen to be through in time."
                self._close(job, Result.FAILED, "timeout", words, status=status)

    def _close(
        self,
        job: _Job,
        result: Result,
        reason: str = "",
        message: str = "",
        *,
        status: str = "",
        endpoints: tuple[str, ...] = (),
    ) -> None:
        outcome = Outcome(
            address=job.address,
            result=result,
            id=job.record.id,
            status=status,
            reason=reason,
            message=message,
            endpoints=endpoints,
        )
        self.book.close(job.index, outcome)


async def power(request: PowerRequest, addresses: Sequence[Address], *, work: Work) -> Ledger:
    """Start, stop or restart the recorded machines of these addresses, one after the other.

    An address with a call that is not through takes no other one.
    """
    halt = Halt(work.clock)
    powering = _Powering(work, halt, request)
    state = work.state()
    open_at = {held.order.address for held in state.orders.values()}
    records: Mapping[Address, Record] = state.records
    async with heeding(work.interruption, halt):
        try:
            for index, address in enumerate(dict.fromkeys(addresses)):
                job = _Job(index=index, record=records[address])
                if address in open_at:
                    powering.book.close(index, _still_open(job))
                else:
                    await powering.send(job)
            await powering.see_through()
        except CredentialsError as error:
            halt.call(StopReason.CREDENTIALS, error.message)
    powering.end()
    return powering.book.ledger(halt)


def _still_open(job: _Job) -> Outcome:
    words = "What became of an earlier request on it is not known; nothing was sent."
    return Outcome(address=job.address, result=Result.UNRESOLVED, id=job.record.id, reason="open-order", message=words)


REQUESTS: Mapping[Call, PowerRequest] = {Call.START: Start, Call.STOP: Stop, Call.RESTART: Restart}
