"""The actions of a plan that send nothing: what is kept, noted, forgotten, or only reported."""

from collections.abc import Iterable, Iterator

from gpuspec.engine.book import Book
from gpuspec.engine.readiness import Patience, Waiting, wanted_ports
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.unread import read_up
from gpuspec.engine.watch import Watch
from gpuspec.engine.work import Work
from gpuspec.model.instance import Handling
from gpuspec.model.journal import Entry, Forgotten, Noted
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.outcome import Outcome, Result
from gpuspec.model.plan import Action, ActionKind
from gpuspec.model.settings import Wait
from gpuspec.model.state import Instant, Record

_AT_ONCE = 500
# What is only told -> as what.
REPORTED = {
    ActionKind.WAIT: Result.BLOCKED,
    ActionKind.UNRESOLVED: Result.UNRESOLVED,
    ActionKind.STRAY: Result.STRAY,
    ActionKind.BLOCKED: Result.BLOCKED,
    ActionKind.REFUSED: Result.REFUSED,
}
_WRITTEN = {ActionKind.NOTE, ActionKind.FORGET}
_SENDING = {ActionKind.CREATE, ActionKind.UPDATE, ActionKind.REPLACE, ActionKind.DELETE}


class Quiet:
    """Takes the actions that send nothing."""

    def __init__(self, work: Work, *, scribe: Scribe, book: Book, watch: Watch) -> None:
        self._work = work
        self._scribe = scribe
        self._book = book
        self._watch = watch
        self._records = work.state().records

    async def take(self, actions: tuple[tuple[int, Action], ...]) -> None:
        """Give each of these actions, with its place in the plan, its outcome."""
        written = [(index, action) for index, action in actions if action.kind in _WRITTEN]
        for start in range(0, len(written), _AT_ONCE):
            await self._write(written[start : start + _AT_ONCE])
        await self._read_up(action for _, action in actions if action.kind is ActionKind.KEEP)
        for index, action in actions:
            if action.kind not in _WRITTEN:
                self._report(index, action)

    async def _write(self, some: list[tuple[int, Action]]) -> None:
        at = self._work.clock.now()
        durable = await self._scribe.write(*(self._entry(action, at) for _, action in some))
        for index, action in some:
            if not durable:
                self._close(index, action, Result.NOT_STARTED)
            elif action.kind is ActionKind.NOTE:
                self._keep(index, action, self._work.notes[action.address], Result.NOTED)
            else:
                self._close(index, action, Result.NOTED)

    async def _read_up(self, kept: Iterable[Action]) -> None:
        """Note what the service shows of machines whose update was not read back by the run that sent it."""
        records = [self._records[action.address] for action in kept if action.address in self._records]
        read = [(record, read_up(record, self._row(record.id), self._work.seal)) for record in records]
        notes = [Noted(record=after) for before, after in read if after is not before]
        for start in range(0, len(notes), _AT_ONCE):
            await self._scribe.write(*notes[start : start + _AT_ONCE])

    def _entry(self, action: Action, at: Instant) -> Entry:
        if action.kind is ActionKind.FORGET:
            return Forgotten(address=action.address, id=action.id, at=at, reason=action.reason)
        return Noted(record=self._work.notes[action.address])

    def _report(self, index: int, action: Action) -> None:
        if action.kind is ActionKind.KEEP:
            self._keep(index, action, self._records.get(action.address), Result.KEPT)
            return
        if action.id and action.kind in {ActionKind.STRAY, ActionKind.UNRESOLVED}:
            self._watch.knows_stray(action.id)
        self._close(index, action, REPORTED[action.kind])

    def _keep(self, index: int, action: Action, record: Record | None, result: Result) -> None:
        """Wait for it again if it was never seen ready, else leave it."""
        row = None if record is None else self._row(record.id)
        patience = Patience.of(self._work.handlings.get(action.address, Handling()), self._work.settings)
        if record is None or row is None or record.ready or patience.wait is Wait.NONE or not _is_on_its_way(row):
            self._close(index, action, result)
            return
        self._watch.wait_for(
            Waiting(
                index=index,
                address=action.address,
                id=record.id,
                since=self._work.clock.monotonic(),
                result=result,
                patience=patience,
                ports=wanted_ports(record.fields),
                status=row.status,
            )
        )

    def _row(self, instance_id: str) -> LiveInstance | None:
        return None if self._work.observation is None else self._work.observation.rows.get(instance_id)

    def _close(self, index: int, action: Action, result: Result) -> None:
        row = self._row(action.id)
        self._book.close(
            index,
            Outcome(
                address=action.address,
                result=result,
                id=action.id,
                status="" if row is None else row.status,
                reason=action.reason,
                message=action.explanation,
                endpoints=() if row is None else row.endpoints,
            ),
        )


def _is_on_its_way(row: LiveInstance) -> bool:
    return row.phase in {Phase.BUSY, Phase.UNKNOWN, Phase.RUNNING}


def quiet_actions(actions: tuple[Action, ...]) -> Iterator[tuple[int, Action]]:
    """The actions that send nothing, with their places in the plan."""
    return ((index, action) for index, action in enumerate(actions) if action.kind not in _SENDING)
