"""The one task of a run that looks at the list, for all who wait for something to be seen there.

One walk serves them all: doubts to settle, instances to become ready, the first marker, and strays.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import assert_never

from gpuspec.engine.book import Book
from gpuspec.engine.doubt import Evidence
from gpuspec.engine.halt import Halt
from gpuspec.engine.observe import Look, Readings, look, sights
from gpuspec.engine.pacing import Poll
from gpuspec.engine.readiness import NotReady, Progress, Readiness, Ready, Waiting
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.settle import SLOWEST, Settlement, Settler, shortest
from gpuspec.engine.witness import NOWHERE_WARNING, Witness, by_row, by_sight
from gpuspec.engine.work import Work
from gpuspec.errors import CredentialsError
from gpuspec.model.address import Address
from gpuspec.model.event import EventKind
from gpuspec.model.journal import MarkerWitnessed, Noted
from gpuspec.model.live import LiveInstance
from gpuspec.model.marker import MarkerMode
from gpuspec.model.outcome import Outcome, Result, Stop
from gpuspec.model.state import MarkerSeen, OpenIntent, Record, State
from gpuspec.planning.compare import shown_of


class Watch:
    """Looks as long as something is waited for, and sleeps in between.

    `on_settled` is told what became of a doubt, after it is durable.
    """

    def __init__(
        self, work: Work, halt: Halt, *, scribe: Scribe, book: Book, on_settled: Callable[[Settlement], None]
    ) -> None:
        self._work = work
        self._halt = halt
        self._scribe = scribe
        self._book = book
        self._on_settled = on_settled
        self._poll = Poll(work.settings)
        self._readings = Readings()
        self._stirred = asyncio.Event()
        self._ending = False
        self._witness: Witness | None = None
        state = work.state()
        self._witnessed = state.marker_seen is not MarkerSeen.UNKNOWN or state.birth.marker is MarkerMode.OFF
        self._told: dict[int, str] = {}
        self._strays: set[str] = set()
        self.settler = Settler(work, scribe)
        self.readiness = Readiness(work.cloud, work.settings)

    @property
    def _busy(self) -> bool:
        return bool(self.settler or self.readiness) or self._witness is not None

    def doubt(self, open_intent: OpenIntent) -> None:
        """Settle this intent; the next look is at once."""
        self.settler.add(open_intent)
        self._stir()

    def wait_for(self, waiting: Waiting) -> None:
        """See to it that this instance becomes ready; it is looked at with the others."""
        if not self._busy:
            self._stir()
        self.readiness.add(waiting)

    def witness(self, address: Address, instance_id: str) -> None:
        """Learn from this instance where markers are shown, unless it is known or being learnt."""
        if self._witness is None and not self._witnessed:
            if not self._busy:
                self._stir()
            self._witness = Witness(address=address, id=instance_id)

    def knows_stray(self, instance_id: str) -> None:
        """This stray is reported already."""
        self._strays.add(instance_id)

    def end(self) -> None:
        """Nothing else will come: `watch` returns once all that is waited for was seen."""
        self._ending = True
        self._stirred.set()

    async def watch(self) -> None:
        """Look until nothing is waited for and nothing else will come, or the run is to end."""
        while not self._halt:
            self._stirred.clear()
            if self._busy:
                await self._round()
            elif self._ending:
                return
            else:
                await self._halt.sleep(None, unless=self._stirred)

    async def _round(self) -> None:
        began = self._work.clock.monotonic()
        try:
            await self._look(began)
        except CredentialsError as error:
            self._halt.call(Stop.CREDENTIALS, error.message)
        now = self._work.clock.monotonic()
        slowest = 1 if self.readiness else SLOWEST
        wait_s = self._poll.next_s(took_s=now - began, slowest=slowest)
        if self._busy:
            await self._halt.sleep(shortest(wait_s, self.settler.next_s(now)), unless=self._stirred)

    def close(self) -> None:
        """Give what is still waited for its outcome; the next apply waits for it again."""
        for waiting in self.readiness.waiting:
            words = "The run ended before it was seen to be ready; the next apply waits for it again."
            reason = self._halt.stop.value
            item = NotReady(waiting=waiting, reason=reason, message=words, status=waiting.status)
            self._close(waiting, not_ready(item))

    def _stir(self) -> None:
        self._poll.restart()
        self._stirred.set()

    async def _look(self, began: float) -> None:
        state = self._work.state()
        markers = bool(self.settler)
        seen = await self._halt.unless_called(
            look(self._work.cloud, state=state, readings=self._readings, markers=markers)
        )
        if seen is None:
            return
        if markers:
            evidence = Evidence.of(seen.observation, state=state, began=began)
            for settlement in await self.settler.settle_by(evidence):
                self._on_settled(settlement)
        if self.readiness:
            found = await self._halt.unless_called(self.readiness.after(seen, now=self._work.clock.monotonic()))
            await self._conclude(found or ())
        await self._find_witness(seen, state)
        self._find_strays(seen, state)

    async def _conclude(self, found: tuple[Progress, ...]) -> None:
        """Write down who is ready, all at once, then tell."""
        ready = [item for item in found if isinstance(item, Ready)]
        notes = self._notes(ready)
        if notes and not await self._scribe.write(*notes):
            return
        for item in found:
            match item:
                case Waiting():
                    self._tell_status(item)
                case Ready(waiting=waiting, instance=instance):
                    self._scribe.tell(EventKind.READY, address=waiting.address, id=waiting.id, status=instance.status)
                    self._close(waiting, outcome_of(waiting, instance))
                case NotReady(waiting=waiting):
                    self._close(waiting, not_ready(item))
                    self._scribe.tell(
                        EventKind.NOT_READY,
                        address=waiting.address,
                        id=waiting.id,
                        status=item.status,
                        message=item.message,
                    )
                case _:
                    assert_never(item)

    def _notes(self, ready: list[Ready]) -> tuple[Noted, ...]:
        """The records of instances that are ready, with what the API showed of them."""
        records: Mapping[Address, Record] = self._work.state().records if ready else {}
        at = self._work.clock.now()
        notes: list[Noted] = []
        for item in ready:
            record = records.get(item.waiting.address)
            if record is not None and record.id == item.waiting.id:
                shown = shown_of(item.instance.fields, record.fields, seal=self._work.seal)
                notes.append(Noted(record=replace(record, ready=True, shown=shown, updated_at=at)))
        return tuple(notes)

    def _tell_status(self, waiting: Waiting) -> None:
        if waiting.status and self._told.get(waiting.index) != waiting.status:
            self._told[waiting.index] = waiting.status
            self._scribe.tell(EventKind.WAITING, address=waiting.address, id=waiting.id, status=waiting.status)

    def _close(self, waiting: Waiting, outcome: Outcome) -> None:
        self.readiness.done(waiting)
        self._book.close(waiting.index, outcome)

    async def _find_witness(self, seen: Look, state: State) -> None:
        witness = self._witness
        record = None if witness is None else state.records.get(witness.address)
        if witness is None or record is None or record.id != witness.id:
            return
        learnt: Witness | MarkerSeen | None = by_row(witness, seen.observation.rows.get(witness.id))
        if isinstance(learnt, Witness):
            found = await self._halt.unless_called(sights(self._work.cloud, [witness.id]))
            learnt = by_sight(learnt, found[witness.id]) if found is not None else learnt
        if isinstance(learnt, MarkerSeen):
            await self._record_witness(learnt)
        self._witness = learnt if isinstance(learnt, Witness) else None

    async def _record_witness(self, seen: MarkerSeen) -> None:
        if not await self._scribe.write(MarkerWitnessed(seen=seen)):
            return
        self._witnessed = True
        if seen is MarkerSeen.NOWHERE:
            self._book.warn(NOWHERE_WARNING)
            self._scribe.tell(EventKind.WARNING, message=NOWHERE_WARNING)

    def _find_strays(self, seen: Look, state: State) -> None:
        """Report live instances that answer a tombstone."""
        if not state.tombstones:
            return
        let_go = state.let_go
        for row in seen.observation.rows.values():
            tombstone = None if row.trace is None else state.tombstones.get(row.trace.nonce)
            if tombstone is None or row.id in self._strays or row.id in let_go:
                continue
            self._strays.add(row.id)
            address = tombstone.intent.address
            words = f"The instance {row.id} answers a create that was judged absent: it runs beside the one recorded."
            self._book.add(
                Outcome(
                    address=address, result=Result.STRAY, id=row.id, status=row.status, reason="stray", message=words
                )
            )
            self._scribe.tell(EventKind.WARNING, address=address, id=row.id, status=row.status, message=words)


def outcome_of(waiting: Waiting, instance: LiveInstance) -> Outcome:
    """The outcome of an instance that is ready."""
    return Outcome(
        address=waiting.address,
        result=waiting.result,
        id=waiting.id,
        status=instance.status,
        endpoints=instance.endpoints,
    )


def not_ready(item: NotReady) -> Outcome:
    """The outcome of an instance that is not, and is not waited for any longer."""
    return Outcome(
        address=item.waiting.address,
        result=Result.NOT_READY,
        id=item.waiting.id,
        status=item.status,
        reason=item.reason,
        message=item.message,
    )
