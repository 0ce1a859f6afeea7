"""Deletes what a plan deletes: each machine is looked at right before, and proven gone after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

from gpuspec.engine.book import Book
from gpuspec.engine.errands import Errands
from gpuspec.engine.follower import Ended, Follower, released
from gpuspec.engine.following import NotDone, Through, Untold, Vanished
from gpuspec.engine.halt import Halt
from gpuspec.engine.looking import stands
from gpuspec.engine.ordering import Again, Orderer, Refusal, Step, Taken, Tries, Uncertain, Unstarted, Unwritten
from gpuspec.engine.pacing import Pacer, backoff_s
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.standing import Absent, Amiss, Blind, Meant
from gpuspec.engine.work import Work
from gpuspec.errors import Bug, CredentialsError
from gpuspec.model.address import Address
from gpuspec.model.order import Delete
from gpuspec.model.outcome import Outcome, Result, Stop
from gpuspec.model.plan import Action, ActionKind, Plan
from gpuspec.model.state import Record, State

# A machine whose deletions are taken that often while it stays is given up.
_MOST_NOT_DONE = 3
_MOST_UNREADABLE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """The machines of one action that are to go, one after the other; `index` is its action's place in the plan.

    `objection` is asked right before each order: what it finds amiss sends nothing.
    """

    index: int
    address: Address
    record: Record
    ids: tuple[str, ...]
    tries: Tries = field(default_factory=Tries)
    objection: Callable[[], Awaitable[Amiss | None]] | None = None

    @property
    def id(self) -> str:
        """The machine that goes next."""
        return self.ids[0]


def removals(plan: Plan, state: State) -> tuple[Removal, ...]:
    """What a plan deletes. A machine that was replaced goes before the one that stands in its place.

    Raises:
        Bug: The plan would delete what the state does not hold.
    """
    return tuple(
        _removal(index, action, state.records.get(action.address))
        for index, action in enumerate(plan.actions)
        if action.kind is ActionKind.DELETE
    )


def _removal(index: int, action: Action, record: Record | None) -> Removal:
    if record is None or action.id not in (record.id, *record.outgoing):
        message = f"The plan would delete {action.id or 'a machine'} at `{action.address}`, which is not recorded."
        raise Bug(message)
    ids = (*record.outgoing, record.id) if action.id == record.id else record.outgoing
    return Removal(index=index, address=action.address, record=record, ids=ids)


class Ending:
    """Deletions of one run; it takes more of them while it runs."""

    def __init__(
        self, work: Work, halt: Halt, *, scribe: Scribe, book: Book, pacer: Pacer, jobs: tuple[Removal, ...]
    ) -> None:
        self._work = work
        self._halt = halt
        self._scribe = scribe
        self._book = book
        self._pacer = pacer
        self._errands = Errands(work, halt, pacer, jobs=jobs, doer=self)
        self._orderer = Orderer(work, scribe=scribe, halt=halt)
        self._follower = Follower(work, scribe)
        self._followed: dict[str, Removal] = {}

    def await_more(self) -> None:
        """Others may come until `no_more` says that none will."""
        self._errands.await_more()

    def add(self, job: Removal) -> None:
        """Delete these too, after the others."""
        self._errands.later(job, delay_s=0.0)
        self._errands.stir()

    def no_more(self) -> None:
        """Nothing else will come."""
        self._errands.no_more()

    async def end_all(self) -> None:
        """Come back when every machine is proven gone, or given up, or the run is to end.

        What was sent is waited for in any case.
        """
        await self._errands.run()

    def close(self) -> None:
        """Give everything that the run did not get to its outcome."""
        for job in self._errands.backlog.drain():
            self._close(job, Result.NOT_STARTED, self._halt.stop.value, self._halt.message)
        for job in self._followed.values():
            words = "Its deletion was sent, and the run ended before it was proven gone; the next apply goes on."
            self._close(job, Result.UNRESOLVED, "not-proven-gone", words)

    @property
    def watched(self) -> bool:
        """See `Doer`."""
        return bool(self._follower)

    async def turn_to(self, job: Removal) -> None:
        """See `Doer`."""
        try:
            await self._end(job, self._work.clock.monotonic())
        except CredentialsError as error:
            self._halt.call(Stop.CREDENTIALS, error.message)
            self._close(job, Result.NOT_STARTED, Stop.CREDENTIALS.value, error.message)

    async def look(self) -> None:
        """See `Doer`."""
        for ended in await self._follower.look(self._halt):
            self._conclude(ended)

    async def _end(self, job: Removal, sent_at: float) -> None:
        """One machine: looked at, and told to go if it is the one that the plan means."""
        found = await stands(self._work, self._halt, job.record, job.id)
        match found:
            case None:
                self._close(job, Result.NOT_STARTED, self._halt.stop.value, self._halt.message)
            case Meant():
                await self._order(job, sent_at)
            case Absent():
                await self._gone_already(job)
            case Amiss(result=result, reason=reason, message=message):
                self._close(job, result, reason, message)
            case Blind(reason=reason):
                self._look_again(job, reason)
            case _:
                assert_never(found)

    async def _order(self, job: Removal, sent_at: float) -> None:
        amiss = None if job.objection is None else await job.objection()
        if amiss is not None:
            self._close(job, amiss.result, amiss.reason, amiss.message)
            return
        step = await self._orderer.order(Delete(id=job.id), job.address, after=None, tries=job.tries)
        self._take(step, job, sent_at)

    def _take(self, step: Step, job: Removal, sent_at: float) -> None:
        """What follows from a step for the rest of the run."""
        match step:
            case Taken(open=open_order) | Uncertain(open=open_order):
                if isinstance(step, Taken):
                    self._pacer.succeeded()
                self._errands.wake()
                self._followed[open_order.order.nonce] = job
                self._follower.add(open_order, job.record)
            case Again():
                self._errands.once_more(replace(job, tries=step.tries), step, sent_at=sent_at)
            case Refusal(reason=reason, message=message, stop=stop):
                self._close(job, Result.FAILED, reason, message)
                if stop is not Stop.NONE:
                    self._halt.call(stop, message)
            case Unstarted():
                self._close(job, Result.NOT_STARTED, self._halt.stop.value, self._halt.message)
            case Unwritten(message=message):
                self._close(job, Result.UNRESOLVED, "not-recorded", message)
            case _:
                assert_never(step)

    def _look_again(self, job: Removal, reason: str) -> None:
        count = job.tries.unreadable + 1
        if count >= _MOST_UNREADABLE:
            words = f"It could not be looked at right before its deletion, so nothing was sent: {reason}"
            self._close(job, Result.BLOCKED, "unreadable", words)
            return
        delay_s = backoff_s(count, jitter=self._work.randomness.jitter())
        self._errands.later(replace(job, tries=replace(job.tries, unreadable=count)), delay_s=delay_s)

    async def _gone_already(self, job: Removal) -> None:
        """Nothing is sent for what is not there; its record is dropped."""
        at, state = self._work.clock.now(), self._work.state()
        if await self._scribe.write(released(job.address, job.id, state, at=at, reason="gone")):
            self._go_on(job, Result.NOTED, "gone", "It was gone already; nothing was sent.")
        else:
            self._close(job, Result.NOT_STARTED, self._halt.stop.value, self._halt.message)

    def _go_on(self, job: Removal, result: Result, reason: str = "", message: str = "") -> None:
        """This machine is gone: the next one of the same action, or the outcome."""
        if len(job.ids) > 1:
            self._errands.backlog.again(replace(job, ids=job.ids[1:], tries=Tries()))
        else:
            self._close(job, result, reason, message)
        self._errands.stir()

    def _conclude(self, ended: Ended) -> None:
        """What follows from the end of an order for the rest of the run."""
        job = self._followed.pop(ended.following.nonce)
        match ended.verdict:
            case Through() | Vanished():
                self._go_on(job, Result.DELETED)
            case NotDone():
                self._again(job)
            case Untold(reason=reason):
                words = f"Its deletion was sent, and it is not proven gone: {reason} The next apply goes on from there."
                self._close(job, Result.UNRESOLVED, "not-proven-gone", words)
            case _:
                assert_never(ended.verdict)
        self._errands.stir()

    def _again(self, job: Removal) -> None:
        """It is still there, long after the order: looked at and told to go once more, a few times."""
        count = job.tries.not_done + 1
        if count >= _MOST_NOT_DONE:
            words = f"It was told to go {count} times, and is still there as it was."
            self._close(job, Result.FAILED, "not-done", words)
            return
        self._errands.backlog.again(replace(job, tries=replace(job.tries, not_done=count)))

    def _close(self, job: Removal, result: Result, reason: str = "", message: str = "") -> None:
        outcome = Outcome(address=job.address, result=result, id=job.id, reason=reason, message=message)
        self._book.close(job.index, outcome)
