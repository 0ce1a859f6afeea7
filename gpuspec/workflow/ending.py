"""How a command ends before its work is done: broken off by a signal, or by a failure while something is unresolved."""

from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from gpuspec.errors import GpuspecError, Interrupted
from gpuspec.model.address import Address
from gpuspec.model.outcome import Stop
from gpuspec.model.state import State
from gpuspec.workflow.session import Editing, Session

T = TypeVar("T")

UNRESOLVED_STATUS = 7
_SHOWN = 10


def open_addresses(state: State) -> tuple[Address, ...]:
    """The addresses with a call whose end is not known."""
    intents = (held.intent.address for held in state.intents.values())
    return (*intents, *(held.order.address for held in state.orders.values()))


def heed(session: Session | Editing) -> None:
    """End the run here if a signal asks for it.

    Raises:
        Interrupted: One does.
    """
    if session.interruption.requested:
        status = 143 if session.interruption.kind is Stop.TERMINATED else 130
        raise Interrupted("Nothing was sent.", exit_status=status)


async def unless_interrupted(session: Session, work: Coroutine[None, None, T]) -> T:
    """What the work gives; it is broken off when a signal comes, so it may only read.

    Raises:
        Interrupted: A signal came first.
    """
    import asyncio

    tasks = (asyncio.ensure_future(work), asyncio.ensure_future(session.interruption.wait()))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        heed(session)
        return tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def unresolved_first(addresses: Callable[[], Iterable[Address]]) -> Iterator[None]:
    """Let a failure within it end with the status of what is unresolved, if anything is.

    Money may be running there, and that weighs more than whatever ended the command.
    """
    try:
        yield
    except GpuspecError as error:
        unresolved = sorted(set(addresses()))
        if unresolved and error.exit_status != UNRESOLVED_STATUS:
            more = f" and {len(unresolved) - _SHOWN} more" if len(unresolved) > _SHOWN else ""
            named = ", ".join(f"`{address}`" for address in unresolved[:_SHOWN])
            error.message = f"{error.message} Unresolved, and money may be running: {named}{more}."
            error.exit_status = UNRESOLVED_STATUS
        raise
