"""The machines of one run that are waited for until they are at rest, and the notes of what they show then."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gpuspec.engine.halt import Halt
from gpuspec.engine.looking import sighted
from gpuspec.engine.observe import look, sights
from gpuspec.engine.resting import AtRest, Resting, Restless, Told, rested
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.updates import Update, completed, is_at_rest, is_enough, read_back
from gpuspec.engine.work import Work
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Noted
from gpuspec.model.live import LiveInstance, Seen, Sight
from gpuspec.model.state import Record

# A walk over the list serves all updates that need a row at about the same time.
_FRESH_S = 30.0


class Stillness:
    """What is looked at, together, between the calls of updates."""

    def __init__(self, work: Work, halt: Halt, scribe: Scribe) -> None:
        self._work = work
        self._halt = halt
        self._scribe = scribe
        self._waiting: dict[int, Resting] = {}
        self._rows: Mapping[str, LiveInstance] = {}
        self._rows_at = float("-inf")

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def waiting(self) -> tuple[Resting, ...]:
        """Who is not at rest yet."""
        return tuple(self._waiting.values())

    def add(self, update: Update, *, told: Told | None, patience_s: float, status: str = "") -> None:
        """Wait for this machine; what was told to it is waited for as long as it may take to show."""
        now = self._work.clock.monotonic()
        since = now if told is not None or update.busy_since is None else update.busy_since
        if told is not None:
            patience_s = max(patience_s, self._work.settings.settle_window_s)
        self._waiting[update.index] = Resting(
            update=update, since=since, until=since + patience_s, told=told, status=status
        )

    def done(self, resting: Resting) -> None:
        """Wait for it no longer."""
        self._waiting.pop(resting.update.index, None)

    async def look(self) -> tuple[AtRest | Restless, ...]:
        """Look at every machine once; those that are not waited for any longer stay until `done`.

        Raises:
            CredentialsError: The key was refused, or this client is blocked.
        """
        looked_for, now = self.waiting, self._work.clock.monotonic()
        found = await self._sights([resting.update.id for resting in looked_for]) if looked_for else None
        if found is None:
            return ()
        ended: list[AtRest | Restless] = []
        for resting in looked_for:
            sight = found[resting.update.id]
            verdict = rested(resting, sight, now=now, seal=self._work.seal, settings=self._work.settings)
            if isinstance(verdict, Resting):
                self._still(resting, verdict)
            else:
                ended.append(verdict)
        return tuple(ended)

    async def enough(self, live: LiveInstance, update: Update) -> LiveInstance | None:
        """A reading by id, with what the calls left need and only the list shows; None when the run is to end.

        Raises:
            CredentialsError: The key was refused, or this client is blocked.
        """
        if is_enough(live, update.left):
            return live
        began = self._work.clock.monotonic()
        if self._rows_at < max(began - _FRESH_S, update.ordered_at):
            seen = await self._halt.unless_called(look(self._work.cloud, state=self._work.state(), markers=False))
            if seen is None:
                return None
            self._rows, self._rows_at = seen.observation.rows, began
        return completed(live, self._rows.get(update.id))

    async def write(self, *records: Record) -> bool:
        """Whether these records are durable."""
        return await self._scribe.write(*(Noted(record=record) for record in records))

    async def write_back(self, through: Iterable[tuple[Update, LiveInstance]]) -> bool:
        """Whether what these machines show is durable; they are waited for no longer then."""
        some = tuple(through)
        now, seal, requests = self._work.clock.now(), self._work.seal, self._work.requests
        records = (read_back(update, live, requests.get(update.address), now=now, seal=seal) for update, live in some)
        if not await self.write(*records):
            return False
        for update, _ in some:
            self._waiting.pop(update.index, None)
        return True

    async def _sights(self, ids: list[str]) -> Mapping[str, Sight] | None:
        """What is seen of each; of one whose row is at rest GET has a word too: only it tells of jobs."""
        found = await sighted(self._work, ids, self._halt)
        if found is None:
            return None
        resting = {
            id_: sight.instance
            for id_, sight in found.items()
            if isinstance(sight, Seen) and is_at_rest(sight.instance)
        }
        asked = await self._halt.unless_called(sights(self._work.cloud, resting))
        if asked is None:
            return None
        return {**found, **{id_: _both(sight, resting[id_]) for id_, sight in asked.items()}}

    def _still(self, before: Resting, after: Resting) -> None:
        self._waiting[after.update.index] = after
        if after.status and after.status != before.status:
            update = after.update
            self._scribe.tell(EventKind.WAITING, address=update.address, id=update.id, status=after.status)


def _both(sight: Sight, row: LiveInstance) -> Sight:
    """What GET shows, with the fields as the list shows them: a plan is made from the list."""
    if not isinstance(sight, Seen):
        return sight
    live = completed(sight.instance, row)
    return Seen(instance=replace(live, fields={**live.fields, **row.fields}))
