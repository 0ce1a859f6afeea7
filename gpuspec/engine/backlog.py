"""What is still to be sent, and in which order."""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Job = TypeVar("Job")


class Backlog(Generic[Job]):
    """Jobs that may start now, and jobs that wait for their time. Times are monotonic seconds."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._ready = deque(jobs)
        self._delayed: list[tuple[float, int, Job]] = []
        self._count = 0

    def again(self, job: Job) -> None:
        """To be done next."""
        self._ready.appendleft(job)

    def later(self, job: Job, *, at: float) -> None:
        """To be done from then on, before jobs that were not begun."""
        self._count += 1
        heapq.heappush(self._delayed, (at, self._count, job))

    def wait_s(self, now: float) -> float | None:
        """How long until a job may start; None when there is none."""
        if self._ready:
            return 0.0
        return max(self._delayed[0][0] - now, 0.0) if self._delayed else None

    def take(self, now: float) -> Job:
        """The next job; only when `wait_s` is 0."""
        if self._delayed and self._delayed[0][0] <= now:
            return heapq.heappop(self._delayed)[2]
        return self._ready.popleft()

    def drain(self) -> Iterator[Job]:
        """All that is left, in no order."""
        while self._ready:
            yield self._ready.popleft()
        while self._delayed:
            yield self._delayed.pop()[2]
