"""Creates what a plan creates: one loop decides what goes out next, a bounded number of tasks sends it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from gpuspec.engine.backlog import Backlog
from gpuspec.engine.book import Book
from gpuspec.engine.breaker import Breaker
from gpuspec.engine.consequence import Created, Failed, InDoubt, Job, Later, Step, Unrecorded, Unstarted
from gpuspec.engine.doubt import Absent, Found, GivenUp
from gpuspec.engine.halt import Halt
from gpuspec.engine.pacing import Pacer
from gpuspec.engine.readiness import Patience, Waiting, wanted_ports
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.settle import Settlement
from gpuspec.engine.steps import Stepper
from gpuspec.engine.watch import Watch
from gpuspec.engine.work import Work
from gpuspec.model.event import EventKind
from gpuspec.model.outcome import Outcome, Result, Stop
from gpuspec.model.settings import Wait

# An address whose creates are judged absent that often is given up: the service takes them and makes nothing.
_MOST_ABSENT = 3
# So many addresses in a row of which not a byte got through, and the service counts as out of reach.
_MOST_UNREACHABLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """This job's request may go out now."""

    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing may go out for that long; None: until something comes back."""

    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Nothing is left to send, and nothing can come back that would have to be sent again."""


class Making:
    """The creates of one run; it takes more of them while it runs.

    `pacer` may be shared with other senders. `on_made` is told the place in the plan of each create that made its
    machine, once that is durable.
    """

    def __init__(
        self, work: Work, halt: Halt, *, scribe: Scribe, book: Book, pacer: Pacer, jobs: tuple[Job, ...]
    ) -> None:
        self._work = work
        self._halt = halt
        self._scribe = scribe
        self._book = book
        self._backlog = Backlog(jobs)
        self.pacer = pacer
        self._breaker = Breaker(work.settings)
        self._stepper = Stepper(work, work.state().birth, scribe=scribe, halt=halt)
        self._doubted: dict[str, Job] = {}
        self._under_way = 0
        self._unreachable = 0
        self._closed: tuple[str, str] | None = None
        self._may_come = False
        self._stirred = asyncio.Event()
        self.going = asyncio.Event()
        self.going.set()
        self.on_made: Callable[[int], None] = lambda _: None
        pacer.freed.append(self._stirred.set)
        self.watch = Watch(work, halt, scribe=scribe, book=book, on_settled=self._settled)

    @property
    def closed(self) -> tuple[str, str] | None:
        """Why nothing else is created in this run, as a reason and in words; None while it may be."""
        return self._closed

    def await_more(self) -> None:
        """Others may come until `no_more` says that none will."""
        self._may_come = True

    def add(self, job: Job) -> None:
        """Create this one next."""
        self._backlog.again(job)
        self._stirred.set()

    def no_more(self) -> None:
        """Nothing else will come."""
        self._may_come = False
        self._stirred.set()

    async def make_all(self) -> None:
        """Come back when every create has its answer, and every doubt its settlement, or the run is to end.

        What was sent is waited for in any case.
        """
        async with asyncio.TaskGroup() as group:
            while not self._halt:
                self._stirred.clear()
                if self._closed is not None:
                    await self._drain(*self._closed)
                match self._move():
                    case Start(job=job):
                        self.pacer.start(self._work.clock.monotonic())
                        self._under_way += 1
                        group.create_task(self._do(job))
                    case Pause(seconds=seconds):
                        await self._halt.sleep(seconds, unless=self._stirred)
                    case Finished():
                        return

    async def close(self) -> None:
        """Give everything that the run did not get to its outcome."""
        reason = self._halt.stop.value
        await self._drain(reason, self._halt.message)
        self.watch.close()
        for job in self._doubted.values():
            self._book.close(
                job.index,
                Outcome(
                    address=job.address,
                    result=Result.UNRESOLVED,
                    reason="in-doubt",
                    message="The answer to its create was lost, and the run ended before it was settled.",
                ),
            )

    def _move(self) -> Start | Pause | Finished:
        """What to do next."""
        now = self._work.clock.monotonic()
        job_s = self._backlog.wait_s(now)
        if job_s is None:
            return Pause(seconds=None) if self._under_way or self._doubted or self._may_come else Finished()
        pacer_s = self.pacer.wait_s(now)
        if self._breaker.paused or pacer_s is None:
            return Pause(seconds=None)
        if job_s or pacer_s:
            return Pause(seconds=max(job_s, pacer_s))
        return Start(job=self._backlog.take(now))

    async def _drain(self, reason: str, message: str) -> None:
        """Give up what is left to create; an intent of which nothing was sent is closed."""
        for job in self._backlog.drain():
            if job.intent is not None:
                await self._stepper.take_back(job.intent)
            self._not_started(job, reason, message)

    def _not_started(self, job: Job, reason: str, message: str) -> None:
        outcome = Outcome(address=job.address, result=Result.NOT_STARTED, reason=reason, message=message)
        self._book.close(job.index, outcome)

    async def _do(self, job: Job) -> None:
        sent_at = self._work.clock.monotonic()
        try:
            step = await self._stepper.step(job)
            self._take(step, job, sent_at)
        except Exception as bug:  # noqa: BLE001 - what the others have sent is recorded before it is raised
            self._halt.crash(bug)
        finally:
            self.pacer.end()
            self._under_way -= 1
            self._stirred.set()

    def _take(self, step: Step, job: Job, sent_at: float) -> None:
        """What follows from a step for the rest of the run."""
        if not isinstance(step, Later | Unstarted | Failed) or (isinstance(step, Failed) and not step.unreachable):
            self._unreachable = 0
        match step:
            case Created(id=instance_id):
                self.pacer.succeeded()
                self._breaker.made()
                self._made(job, instance_id, Result.DONE)
            case Unrecorded(id=instance_id):
                self._book.unrecorded(job.address, instance_id)
                self._lost_from_record(job, instance_id)
            case Later():
                self._postpone(step, sent_at)
            case InDoubt(open=doubt):
                self._doubted[doubt.intent.nonce] = job
                self._breaker_pauses()
                self.watch.doubt(doubt)
            case Failed():
                self._failed(job, step)
            case Unstarted():
                self._not_started(job, self._halt.stop.value, self._halt.message)
            case _:
                assert_never(step)

    def _made(self, job: Job, instance_id: str, result: Result) -> None:
        self.watch.witness(job.address, instance_id)
        self.on_made(job.index)
        patience = Patience.of(job.prepared.instance.handling, self._work.settings)
        if patience.wait is Wait.NONE:
            self._book.close(job.index, Outcome(address=job.address, result=result, id=instance_id))
            return
        self.watch.wait_for(
            Waiting(
                index=job.index,
                address=job.address,
                id=instance_id,
                since=self._work.clock.monotonic(),
                result=result,
                patience=patience,
                ports=wanted_ports(job.prepared.instance.fields),
            )
        )

    def _lost_from_record(self, job: Job, instance_id: str) -> None:
        words = "It was made, and its id could not be written down; its intent is, and the next run looks for it."
        outcome = Outcome(
            address=job.address, result=Result.UNRESOLVED, id=instance_id, reason="not-recorded", message=words
        )
        self._book.close(job.index, outcome)

    def _postpone(self, step: Later, sent_at: float) -> None:
        now = self._work.clock.monotonic()
        if step.throttled:
            self.pacer.throttled(sent_at=sent_at, now=now, delay_s=step.delay_s)
        self._backlog.later(step.job, at=now + step.delay_s)

    def _failed(self, job: Job, failed: Failed) -> None:
        outcome = Outcome(address=job.address, result=Result.FAILED, reason=failed.reason, message=failed.message)
        self._book.close(job.index, outcome)
        self._unreachable += failed.unreachable
        if failed.stop is not Stop.NONE:
            self._halt.call(failed.stop, failed.message)
        elif failed.ends_creates:
            self._closed = (failed.reason, failed.message)
        elif self._unreachable >= _MOST_UNREACHABLE:
            self._closed = ("unreachable", "The service could not be reached for the instances before this one.")

    def _breaker_pauses(self) -> None:
        paused = self._breaker.paused
        self._breaker.doubted()
        if self._breaker.paused and not paused:
            self.going.clear()
            words = "Too many answers were lost: nothing else is created until it is known what became of them."
            self._scribe.tell(EventKind.PAUSED, message=words)

    def _settled(self, settlement: Settlement) -> None:
        """What follows from a settlement for the rest of the run."""
        job = self._doubted.pop(settlement.doubt.nonce)
        paused = self._breaker.paused
        match settlement.verdict:
            case Found(instance=instance):
                self._breaker.found()
                self._made(job, instance.id, Result.FOUND)
            case Absent():
                self._breaker.absent()
                self._create_anew(replace(job, absent=job.absent + 1))
            case GivenUp() as given_up:
                self._breaker.given_up()
                self._book.close(job.index, unresolved(job, settlement, given_up))
            case _:
                assert_never(settlement.verdict)
        if self._breaker.broken:
            words = "Creating was paused several times for lost answers, and the pauses brought nothing."
            self._halt.call(Stop.BREAKER, words)
        elif paused and not self._breaker.paused:
            self.going.set()
            self._scribe.tell(EventKind.RESUMED)
        self._stirred.set()

    def _create_anew(self, job: Job) -> None:
        if job.absent < _MOST_ABSENT:
            self._backlog.again(replace(job, intent=None, lost=None, not_sent=0, throttled=0))
            return
        words = f"The service took {job.absent} creates, lost each answer, and made nothing."
        outcome = Outcome(address=job.address, result=Result.FAILED, reason="made-nothing", message=words)
        self._book.close(job.index, outcome)


def unresolved(job: Job, settlement: Settlement, given_up: GivenUp) -> Outcome:
    """The outcome of an address whose create could not be settled in this run."""
    lost = f"The answer to its create was lost: {settlement.doubt.open.reason.rstrip('.')}."
    candidates = f" It could be {', '.join(given_up.candidates)}." if given_up.candidates else ""
    return Outcome(
        address=job.address,
        result=Result.UNRESOLVED,
        reason="in-doubt",
        message=f"{lost} {given_up.reason}{candidates}",
    )
