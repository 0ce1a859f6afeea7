"""Runs a command's asynchronous part to its end."""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def complete(work: Coroutine[Any, Any, T]) -> T:
    """What the work comes to.

    The main task itself returns nothing: when `asyncio.run` takes its signal handler back, Python's `signal` module
    writes out the task with its result for a message that nobody sees, and a plan of 10,000 instances takes seconds.
    """
    # Imported here, as wherever a start leads by: what asks no API starts without it.
    import asyncio

    results: list[T] = []

    async def keep() -> None:
        results.append(await work)

    asyncio.run(keep())
    return results[0]
