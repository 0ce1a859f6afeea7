"""Runs async code in virtual time: a sleep costs nothing, and the order of events is the same every time."""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class Stuck(AssertionError):
    """Everybody waits and nothing can wake them."""


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting, moves the loop's time to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("everybody waits")
        self.time += max(timeout, 0.0)
        return []


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.time

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]
        """At once, in this thread: a thread of its own would take real time, and bring chance in."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it
            future.set_exception(error)
        return future


def in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """The work's result. Raises `Stuck` when it would wait for ever."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(work)


class VirtualClock:
    """The loop's time; the wall clock stands `offset` beside it and may be turned."""

    def __init__(self, offset: float = 1_760_000_000.0) -> None:
        self.offset = offset

    def now(self) -> float:
        return self.offset + self.monotonic()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def virtual(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A test that runs in virtual time."""

    @functools.wraps(test)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        in_virtual_time(test(*args, **kwargs))

    return wrapper
