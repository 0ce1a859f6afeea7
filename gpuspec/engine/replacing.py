"""Replaces machines: a delete and a create in the order of the action, each durable by itself, with one outcome.

Neither step is done here: machines end in an `Ending` and are made by the `Making` of the run. Nothing is deleted that
could not be made again: creates that are closed or paused, and a product without stock, keep what is there.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, replace

from gpuspec.engine.book import Book
from gpuspec.engine.consequence import Job
from gpuspec.engine.ending import Ending, Removal
from gpuspec.engine.halt import Halt
from gpuspec.engine.making import Making
from gpuspec.engine.replaced import GONE, MADE, after_delete, with_delete, without_delete
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.standing import Amiss
from gpuspec.engine.stock import Stock
from gpuspec.engine.work import Prepared, Work
from gpuspec.errors import Bug
from gpuspec.model.address import Address
from gpuspec.model.event import EventKind
from gpuspec.model.outcome import Outcome, Result
from gpuspec.model.plan import Action, ActionKind, Plan
from gpuspec.model.state import Call, Record

# What is waited for is seen by walking the whole list: with a few at a time a big fleet would be walked without end.
_WAVES = 50
_DIRECTIONS = {(Call.DELETE, Call.CREATE): False, (Call.CREATE, Call.DELETE): True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A machine that is to give way to another; `index` is its action's place in the plan.

    `before` is its record, as it is to be handled now: with the lifecycle that the spec asks for.
    """

    index: int
    address: Address
    before: Record
    prepared: Prepared
    creates_first: bool

    def removal(self) -> Removal:
        """What is to go, the machines that the record still holds beside its own among it."""
        beside = self.before.outgoing
        ids = (self.before.id, *beside) if self.creates_first else (*beside, self.before.id)
        return Removal(index=self.index, address=self.address, record=self.before, ids=ids)

    def job(self) -> Job:
        """What is to be made."""
        replaces = self.before.id if self.creates_first else ""
        return Job(index=self.index, address=self.address, prepared=self.prepared, replaces=replaces)


def replacements(plan: Plan, work: Work) -> tuple[Replacement, ...]:
    """What a plan replaces.

    Raises:
        Bug: The plan would replace what the state does not hold, or in no order that there is.
    """
    records = work.state().records
    return tuple(
        _replacement(index, action, records.get(action.address), work.requests.get(action.address))
        for index, action in enumerate(plan.actions)
        if action.kind is ActionKind.REPLACE
    )


def _replacement(index: int, action: Action, record: Record | None, prepared: Prepared | None) -> Replacement:
    # A stop that follows is done once the replacement is through; see `Stopping`.
    steps = tuple(call for call in action.calls if call is not Call.STOP)
    if prepared is None or record is None or action.id != record.id or steps not in _DIRECTIONS:
        message = f"The plan would replace {action.id or 'a machine'} at `{action.address}`, which can't be done so."
        raise Bug(message)
    return Replacement(
        index=index,
        address=action.address,
        before=replace(record, lifecycle=prepared.instance.lifecycle),
        prepared=prepared,
        creates_first=_DIRECTIONS[steps],
    )


class Replacing:
    """The replacements of one run, their creates done by `making`, which has to run beside them.

    As many are begun at once as requests may be under way, in a big fleet one in fifty, and the next ones as these have
    their machines: should creates be closed, few addresses are without one.
    """

    def __init__(
        self, work: Work, halt: Halt, *, scribe: Scribe, book: Book, making: Making, units: tuple[Replacement, ...]
    ) -> None:
        self._halt = halt
        self._scribe = scribe
        self._book = book
        self._making = making
        self._ending = Ending(work, halt, scribe=scribe, book=book, pacer=making.pacer, jobs=())
        self._stock = Stock(work, halt)
        self._most = max(work.settings.parallelism, len(units) // _WAVES, 1)
        self._waiting = deque(units)
        self._begun: set[int] = set()
        self._open = {unit.index for unit in units}
        self._stirred = asyncio.Event()
        making.on_made = self._has_machine

    async def replace_all(self) -> None:
        """Come back when each of them is through or given up, or the run is to end."""
        self._making.await_more()
        self._ending.await_more()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ending.end_all())
            await self._begin_all()
            while self._open and not self._halt:
                self._stirred.clear()
                await self._halt.sleep(None, unless=self._stirred)
            self._ending.no_more()
            self._making.no_more()

    def close(self) -> None:
        """Give everything that the run did not get to its outcome; only after that close the making."""
        self._ending.close()
        self._leave(self._halt.stop.value, self._halt.message)

    async def _begin_all(self) -> None:
        while self._waiting and not self._halt:
            self._stirred.clear()
            if self._making.closed is not None:
                self._leave(*self._making.closed)
            elif not self._making.going.is_set():
                await self._halt.sleep(None, unless=self._making.going)
            elif len(self._begun) >= self._most:
                await self._halt.sleep(None, unless=self._stirred)
            else:
                self._begin(self._waiting.popleft())

    def _leave(self, reason: str, message: str) -> None:
        """None of those that were not begun is begun any more."""
        while self._waiting:
            unit = self._waiting.popleft()
            self._close(unit, _kept(unit, Result.NOT_STARTED, reason, message))

    def _begin(self, unit: Replacement) -> None:
        if unit.creates_first and unit.before.lifecycle.protect:
            words = "`lifecycle.protect` forbids to replace it."
            self._close(unit, _kept(unit, Result.REFUSED, "protected", words))
            return
        self._begun.add(unit.index)
        if unit.creates_first:
            self._book.relay(unit.index, lambda made: self._made_first(unit, made))
            self._making.add(unit.job())
        else:
            self._book.relay(unit.index, lambda ended: self._deleted_first(unit, ended))
            self._ending.add(replace(unit.removal(), objection=lambda: self._objection(unit)))

    async def _objection(self, unit: Replacement) -> Amiss | None:
        """Against giving up the machine just now."""
        message = await self._stock.objection(str(unit.prepared.instance.fields.get("productId", "")))
        await self._halt.sleep(None, unless=self._making.going)
        if self._making.closed is not None:
            reason, words = self._making.closed
            return Amiss(result=Result.NOT_STARTED, reason=reason, message=words)
        if not message:
            return None
        return Amiss(result=Result.REFUSED, reason="no-stock", message=f"{message} Nothing was deleted.")

    def _deleted_first(self, unit: Replacement, ended: Outcome) -> None:
        if ended.result not in GONE:
            self._close(unit, ended)
            return
        self._book.relay(unit.index, lambda made: self._close(unit, after_delete(made, unit.before.id)))
        self._making.add(unit.job())

    def _made_first(self, unit: Replacement, made: Outcome) -> None:
        if made.result not in MADE:
            self._close(unit, without_delete(made, unit.before.id))
            return
        self._book.relay(unit.index, lambda ended: self._close(unit, with_delete(made, ended, unit.before.id)))
        self._ending.add(unit.removal())

    def _has_machine(self, index: int) -> None:
        self._begun.discard(index)
        self._stirred.set()

    def _close(self, unit: Replacement, outcome: Outcome) -> None:
        self._book.close(unit.index, outcome)
        if outcome.result in MADE:
            told = f"in place of {unit.before.id}"
            self._scribe.tell(EventKind.REPLACED, address=unit.address, id=outcome.id, message=told)
        self._open.discard(unit.index)
        self._has_machine(unit.index)


def _kept(unit: Replacement, result: Result, reason: str, message: str) -> Outcome:
    return Outcome(address=unit.address, result=result, id=unit.before.id, reason=reason, message=message)
