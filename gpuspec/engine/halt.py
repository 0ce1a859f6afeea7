"""Why a run ends before its work is done, and waits that end when it does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import TypeVar

from gpuspec.engine.work import Interruption
from gpuspec.model.outcome import Stop
from gpuspec.ports import Clock

T = TypeVar("T")


class Halt:
    """The end of a run, called at most once: the first reason stays.

    After it nothing more is sent; what is under way is waited for.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._event = asyncio.Event()
        self.stop = Stop.NONE
        self.message = ""
        self.bug: Exception | None = None

    def __bool__(self) -> bool:
        return self._event.is_set()

    def call(self, stop: Stop, message: str = "") -> None:
        """End the run for this reason, unless it has one already."""
        if not self:
            self.stop, self.message = stop, message
            self._event.set()

    def wear_out(self) -> None:
        """End the run because the service has done nothing for long but to ask to slow down."""
        self.call(Stop.THROTTLED, "The service went on asking to slow down, and did nothing that it was asked to.")

    def crash(self, bug: Exception) -> None:
        """End the run because of what should not have happened; the run raises it once everything sent is recorded."""
        self.bug = self.bug or bug
        self._event.set()

    async def called(self) -> None:
        """Come back once the run is to end."""
        await self._event.wait()

    async def sleep(self, seconds: float | None, *, unless: asyncio.Event | None = None) -> None:
        """Sleep that long (None: without end), or until the run is to end, or until the event is set."""
        if self or (unless is not None and unless.is_set()):
            return
        waits: list[Awaitable[object]] = [self.called()]
        if seconds is not None:
            waits.append(self._clock.sleep(seconds))
        if unless is not None:
            waits.append(unless.wait())
        await _first_of(*waits)

    async def unless_called(self, work: Coroutine[None, None, T]) -> T | None:
        """The work's result; None when the run ended first: then the work was broken off, so it may only read."""
        task = asyncio.ensure_future(work)
        await _first_of(task, self.called())
        return None if task.cancelled() else task.result()


@asynccontextmanager
async def heeding(interruption: Interruption, halt: Halt) -> AsyncIterator[None]:
    """Call the halt when the interruption is asked for, as long as the block lasts."""

    async def heed() -> None:
        await interruption.wait()
        halt.call(interruption.kind)

    if interruption.requested:
        halt.call(interruption.kind)
    task = asyncio.ensure_future(heed())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _first_of(*awaitables: Awaitable[object]) -> None:
    """Come back when the first one is through; the others are cancelled. Exceptions stay in their tasks."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
