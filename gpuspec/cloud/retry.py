"""Reads, repeated while that may help: a read changes nothing, so a failed one is worth another try."""

from http import HTTPStatus
from typing import assert_never

from gpuspec.cloud.failures import retry_after_s
from gpuspec.cloud.reply import Flaw, NoReply, Outcome, Reply
from gpuspec.cloud.transport import Request, Wire
from gpuspec.ports import Clock, Randomness

TRIES = 4
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
# After so many reads in a row that were repeated in vain none is, until one is answered: a thousand machines that are
# looked at one by one must not each wait for a service that is out of order.
MOST_IN_VAIN = 3
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class Reader:
    """Sends requests that only read, up to `TRIES` times each as long as that ever helps."""

    def __init__(self, wire: Wire, *, clock: Clock, randomness: Randomness) -> None:
        self._wire = wire
        self._clock = clock
        self._randomness = randomness
        self._in_vain = 0

    async def read(self, request: Request) -> Outcome:
        """What came back at the last try."""
        outcome = await self._wire.send(request)
        for attempt in range(TRIES - 1 if self._in_vain < MOST_IN_VAIN else 0):
            if not worth_another_try(outcome):
                break
            backoff_s = FIRST_PAUSE_S * 2**attempt * (0.5 + self._randomness.jitter() / 2)
            await self._clock.sleep(pause_s(outcome, backoff_s, now=self._clock.now()))
            outcome = await self._wire.send(request)
        self._in_vain = self._in_vain + 1 if worth_another_try(outcome) else 0
        return outcome


def worth_another_try(outcome: Outcome) -> bool:
    """Whether the same read may well give something else a moment later."""
    match outcome:
        case NoReply():
            # A certificate is not another one a moment later.
            return not outcome.distrust
        case Reply():
            return outcome.flaw is Flaw.BROKEN or outcome.status in _PASSING or outcome.status >= 500
        case never:
            assert_never(never)


def pause_s(outcome: Outcome, backoff_s: float, *, now: float) -> float:
    """How long to wait before the next try: as long as the service asks for, but never long, else the backoff."""
    asked_s = retry_after_s(outcome.retry_after, now=now) if isinstance(outcome, Reply) else None
    return min(max(backoff_s, asked_s or 0.0), LONGEST_PAUSE_S)
