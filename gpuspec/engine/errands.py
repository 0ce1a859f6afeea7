"""Does jobs as the pacer lets them go, and looks at what they have sent, together, until all of it is through."""

import asyncio
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from gpuspec.engine.backlog import Backlog
from gpuspec.engine.halt import Halt
from gpuspec.engine.ordering import Again
from gpuspec.engine.pacing import Pacer, Poll
from gpuspec.engine.work import Work
from gpuspec.errors import CredentialsError
from gpuspec.model.outcome import Stop

Job = TypeVar("Job")
J = TypeVar("J", contravariant=True)


class Doer(Protocol[J]):
    """Whose jobs these are: what is done for one, and what is looked at afterwards."""

    @property
    def watched(self) -> bool:
        """Whether anything that was sent is not through yet."""
        ...

    async def turn_to(self, job: J) -> None:
        """Do one job; several are done at once."""
        ...

    async def look(self) -> None:
        """Look once at all that was sent and is not through.

        Raises:
            CredentialsError: The key was refused, or this client is blocked.
        """
        ...


class Errands(Generic[Job]):
    """The jobs of one kind in one run; they may bring others while they last."""

    def __init__(self, work: Work, halt: Halt, pacer: Pacer, *, jobs: Iterable[Job], doer: Doer[Job]) -> None:
        self._work = work
        self._halt = halt
        self._pacer = pacer
        self._doer = doer
        self._poll = Poll(work.settings)
        self._under_way = 0
        self._stirred = asyncio.Event()
        self._added = asyncio.Event()
        self._all_sent = False
        self._may_come = False
        self.backlog = Backlog(jobs)
        pacer.freed.append(self.stir)

    def await_more(self) -> None:
        """Others may come until `no_more` says that none will."""
        self._may_come = True

    def no_more(self) -> None:
        """Nothing else will come."""
        self._may_come = False
        self.stir()

    def later(self, job: Job, *, delay_s: float) -> None:
        """Do this one after that time, before jobs that were not begun."""
        self.backlog.later(job, at=self._work.clock.monotonic() + delay_s)

    def once_more(self, job: Job, step: Again, *, sent_at: float) -> None:
        """Do this one as its step says; one that was throttled holds the others back."""
        if step.throttled:
            self._pacer.throttled(sent_at=sent_at, now=self._work.clock.monotonic(), delay_s=step.delay_s)
        self.later(job, delay_s=step.delay_s)

    def stir(self) -> None:
        """See whether something may go out now, or nothing is left."""
        self._stirred.set()

    def wake(self) -> None:
        """Look at once at what is the first to be looked at; others join the next look, or one would chase another.

        To be called before the doer watches it.
        """
        if not self._doer.watched:
            self._poll.restart()
            self._added.set()

    async def run(self) -> None:
        """Come back when every job is done, and what was sent is through, or the run is to end.

        What was sent is waited for in any case.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            while not self._halt:
                self._stirred.clear()
                wait_s = self._wait_s()
                if wait_s == 0:
                    self._pacer.start(self._work.clock.monotonic())
                    self._under_way += 1
                    group.create_task(self._do(self.backlog.take(self._work.clock.monotonic())))
                elif self._is_through():
                    break
                else:
                    await self._halt.sleep(wait_s, unless=self._stirred)
            self._all_sent = True
            self._added.set()

    def _is_through(self) -> bool:
        """Whether nothing is left to send, and nothing can come back or come in that would have to be sent."""
        waits = self.backlog.wait_s(self._work.clock.monotonic()) is not None
        return not (waits or self._under_way or self._doer.watched or self._may_come)

    def _wait_s(self) -> float | None:
        """How long until the next job may be begun; None when something has to come back first, or nothing will."""
        now = self._work.clock.monotonic()
        job_s, pacer_s = self.backlog.wait_s(now), self._pacer.wait_s(now)
        return None if job_s is None or pacer_s is None else max(job_s, pacer_s)

    async def _do(self, job: Job) -> None:
        try:
            await self._doer.turn_to(job)
        except Exception as bug:  # noqa: BLE001 - what the others have sent is recorded before it is raised
            self._halt.crash(bug)
        finally:
            self._pacer.end()
            self._under_way -= 1
            self.stir()

    async def _watch(self) -> None:
        """Look at what was sent until all of it is through and nothing else will come, or the run is to end."""
        try:
            while not self._halt:
                self._added.clear()
                if self._doer.watched:
                    await self._round()
                elif self._all_sent:
                    return
                else:
                    await self._halt.sleep(None, unless=self._added)
        except Exception as bug:  # noqa: BLE001 - what the others have sent is recorded before it is raised
            self._halt.crash(bug)

    async def _round(self) -> None:
        began = self._work.clock.monotonic()
        try:
            await self._doer.look()
        except CredentialsError as error:
            self._halt.call(Stop.CREDENTIALS, error.message)
        self.stir()
        if self._doer.watched:
            took_s = self._work.clock.monotonic() - began
            await self._halt.sleep(self._poll.next_s(took_s=took_s), unless=self._added)
