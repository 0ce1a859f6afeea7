"""Writes to the journal and tells the listener: always in this order."""

from typing import TypedDict, Unpack

from gpuspec.engine.halt import Halt
from gpuspec.engine.work import Work
from gpuspec.errors import Bug, StoreFailed
from gpuspec.model.address import Address
from gpuspec.model.event import Event, EventKind
from gpuspec.model.journal import Entry
from gpuspec.model.outcome import Stop


class Facts(TypedDict, total=False):
    """What an event can tell beside its kind and time."""

    address: Address
    id: str
    status: str
    message: str
    seconds: float | None
    total: int | None


class Scribe:
    """A journal whose first failure ends the run, and the listener's only caller."""

    def __init__(self, work: Work, halt: Halt) -> None:
        self._journal = work.journal
        self._clock = work.clock
        self._listener = work.listener
        self._halt = halt

    async def write(self, *entries: Entry) -> bool:
        """Whether the entries are durable. When they are not, the run is to end.

        A journal that refuses an entry as a contradiction is a bug, but ends the run in the same good order: an id
        that just came back must reach the ledger.
        """
        try:
            await self._journal.append(*entries)
        except (StoreFailed, Bug) as error:
            self._halt.call(Stop.STORE, error.message)
            return False
        return True

    def tell(self, kind: EventKind, **facts: Unpack[Facts]) -> None:
        """Tell what happened, now."""
        self._listener.event(Event(kind=kind, at=self._clock.now(), **facts))
