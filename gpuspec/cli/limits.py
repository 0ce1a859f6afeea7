"""Bounds of time and memory round a pure call: the last of three layers, for what the template layer can't count.

The call is given a deadline to look at. A second after it a signal strikes inside a call that is still at work; that is
for the rest only, since it may strike anywhere, also where a lock is held.

A loop inside one call of Python's own C code sees no signal: a watchdog ends the process then, far later and without a
word, since nothing in the process can speak. Nothing has been changed by that time.

Works where it can be undone for certain: on the main thread of a single-threaded process. Elsewhere the counters of
`spec.template` are the only bound.
"""

import faulthandler
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TypeVar

from gpuspec.spec.template.bounds import BoundExceeded, Deadline

T = TypeVar("T")

RENDER_SECONDS = 3.0
GRACE_SECONDS = 1.0
RENDER_BYTES = 384 * 1024 * 1024
WATCHDOG_SECONDS = 20.0


def bounded(call: Callable[[Deadline], T]) -> T:
    """What `call` returns; a `BoundExceeded` or `MemoryError` rises inside it when it takes too much."""
    over = time.monotonic() + RENDER_SECONDS

    def deadline() -> bool:
        return time.monotonic() > over

    if threading.current_thread() is not threading.main_thread() or threading.active_count() > 1:
        return call(deadline)
    with ExitStack() as stack:
        stack.enter_context(_watchdog(WATCHDOG_SECONDS))
        stack.enter_context(memory_limited(RENDER_BYTES))
        stack.enter_context(_timer(RENDER_SECONDS + GRACE_SECONDS))
        return call(deadline)


@contextmanager
def memory_limited(extra: int) -> Iterator[None]:
    """Within it the process can't take more bytes than this beside those that it has; Linux only."""
    if sys.platform != "linux":
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _address_space() + extra
    caps = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([wanted, *caps]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def _watchdog(seconds: float) -> Iterator[None]:
    with Path(os.devnull).open("wb") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise BoundExceeded(f"It worked for more than {seconds:g} seconds.")

    handler = signal.signal(signal.SIGALRM, stop)
    outer, _interval = signal.getitimer(signal.ITIMER_REAL)
    try:
        # One shot: a repeating timer would fire again while the limits are being taken back.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, outer)


def _address_space() -> int:
    """Bytes of address space that the process has now: the limit counts from here, not from zero."""
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
