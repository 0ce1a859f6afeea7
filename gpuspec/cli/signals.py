"""Ctrl-C and SIGTERM: the first asks the run to end in good order, the second ends the process at once."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gpuspec.errors import Interrupted
from gpuspec.model.outcome import Stop

KINDS = {signal.SIGINT: (Stop.INTERRUPTED, 130), signal.SIGTERM: (Stop.TERMINATED, 143)}


class SignalInterruption:
    """`engine.work.Interruption`, fed by signals."""

    def __init__(self) -> None:
        import asyncio

        self._event = asyncio.Event()
        self.kind = Stop.NONE

    @property
    def requested(self) -> bool:
        return self._event.is_set()

    async def wait(self) -> None:
        await self._event.wait()

    def request(self, kind: Stop) -> None:
        """Ask for the end; the first kind stays."""
        if not self.requested:
            self.kind = kind
            self._event.set()


@contextmanager
def interruptible(notice: Callable[[str], None]) -> Iterator[SignalInterruption]:
    """Within it, signals feed the interruption that it gives. Needs a running event loop on the main thread."""
    import asyncio

    interruption = SignalInterruption()
    loop = asyncio.get_running_loop()

    def receive(number: signal.Signals) -> None:
        kind, status = KINDS[number]
        if interruption.requested:
            # The journal is right at every moment, so nothing has to be put in order here.
            os._exit(status)
        interruption.request(kind)
        notice("Ending in good order: waiting for what was sent. Once more to end at once.")

    for number in KINDS:
        loop.add_signal_handler(number, receive, number)
    try:
        yield interruption
    finally:
        for number in KINDS:
            loop.remove_signal_handler(number)


@contextmanager
def until_signalled() -> Iterator[Callable[[], bool]]:
    """Within it, signals only set what the given function answers: for a server that asks now and then."""
    received: list[int] = []
    handlers = {number: signal.signal(number, lambda *_: received.append(1)) for number in KINDS}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def answering() -> Iterator[None]:
    """Within it, a signal ends a question that waits for its answer.

    Raises:
        Interrupted: A signal came.
    """

    def end(number: int, _frame: object) -> None:
        raise Interrupted("Nothing was sent.", exit_status=KINDS[signal.Signals(number)][1])

    handlers = {number: signal.signal(number, end) for number in KINDS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
