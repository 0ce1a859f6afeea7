"""Updates what a plan updates: each machine is looked at, told one thing at a time, and seen to be through with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from gpuspec.engine.book import Book
from gpuspec.engine.errands import Errands
from gpuspec.engine.follower import Ended, Follower
from gpuspec.engine.following import NotDone, Through, Untold, Vanished
from gpuspec.engine.halt import Halt
from gpuspec.engine.looking import stands
from gpuspec.engine.ordering import Again, Orderer, Refusal, Step, Taken, Uncertain, Unstarted, Unwritten
from gpuspec.engine.pacing import Pacer, backoff_s
from gpuspec.engine.resting import AtRest, Resting, Restless, Told
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.standing import Absent, Amiss, Blind, Meant
from gpuspec.engine.stillness import Stillness
from gpuspec.engine.update_outcomes import given_up, in_doubt, refused, updated
from gpuspec.engine.updates import Complete, Next, Send, Unfit, Update, as_shown, in_words, is_at_rest, next_step
from gpuspec.engine.work import Work
from gpuspec.errors import CredentialsError
from gpuspec.model.event import EventKind
from gpuspec.model.live import LiveInstance
from gpuspec.model.outcome import Result, Stop
from gpuspec.model.state import OpenOrder

# A call whose answer is lost that often without its being done is given up.
_MOST_NOT_DONE = 3
_MOST_UNREADABLE = 4
_GONE = "It is gone; `gpuspec plan` says what to do."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A call that went out for an update, and how the machine showed right before."""

    update: Update
    send: Send
    was: LiveInstance

    def told(self, open_order: OpenOrder) -> Told:
        return Told(order=open_order.order, before=self.update.record, was=self.was)


class Updating:
    """Updates of one run; it takes more of them while it runs."""

    def __init__(
        self, work: Work, halt: Halt, *, scribe: Scribe, book: Book, pacer: Pacer, jobs: tuple[Update, ...]
    ) -> None:
        self._work = work
        self._halt = halt
        self._scribe = scribe
        self._book = book
        self._birth = work.state().birth
        self._pacer = pacer
        self._errands = Errands(work, halt, pacer, jobs=jobs, doer=self)
        self._orderer = Orderer(work, scribe=scribe, halt=halt)
        self._follower = Follower(work, scribe)
        self._followed: dict[str, _Sent] = {}
        self._stillness = Stillness(work, halt, scribe)

    @property
    def watched(self) -> bool:
        """See `Doer`."""
        return bool(self._follower or self._stillness)

    def await_more(self) -> None:
        """Others may come until `no_more` says that none will."""
        self._errands.await_more()

    def add(self, job: Update) -> None:
        """Update this one too, after the others."""
        self._errands.later(job, delay_s=0.0)
        self._errands.stir()

    def no_more(self) -> None:
        """Nothing else will come."""
        self._errands.no_more()

    async def update_all(self) -> None:
        """Come back when every machine is as it was to be, or given up, or the run is to end.

        What was sent is waited for in any case.
        """
        await self._errands.run()

    def close(self) -> None:
        """Give everything that the run did not get to its outcome."""
        for update in self._errands.backlog.drain():
            self._not_started(update)
        for resting in self._stillness.waiting:
            self._ended_early(resting)
        for sent in self._followed.values():
            words = "The run ended before it was read what became of it."
            self._book.close(sent.update.index, in_doubt(sent.update, sent.send.call, words))

    async def turn_to(self, job: Update) -> None:
        """See `Doer`."""
        try:
            await self._turn_to(job)
        except CredentialsError as error:
            self._halt.call(Stop.CREDENTIALS, error.message)
            self._not_started(job)

    async def look(self) -> None:
        """See `Doer`."""
        if self._follower:
            for ended in await self._follower.look(self._halt):
                self._conclude(ended)
        await self._look_at_rest()

    async def _turn_to(self, update: Update) -> None:
        """One machine: looked at, and told the next thing if it is the one that the plan means."""
        found = await stands(self._work, self._halt, update.record, update.id, deletes=False)
        match found:
            case None:
                self._not_started(update)
            case Meant(instance=live) if is_at_rest(live):
                await self._tell(update, live)
            case Meant(instance=live):
                self._await_rest(update, live)
            case Absent():
                self._close(update, Result.FAILED, "gone", _GONE)
            case Amiss(result=result, reason=reason, message=message):
                self._close(update, result, reason, message)
            case Blind(reason=reason):
                self._look_again(update, reason)
            case _:
                assert_never(found)

    async def _tell(self, update: Update, shown: LiveInstance) -> None:
        sent_at = self._work.clock.monotonic()
        live = await self._stillness.enough(shown, update)
        if live is None:
            self._not_started(update)
            return
        step = self._next(update, live)
        match step:
            case Send(request=request, after=after):
                update = replace(update, ordered_at=sent_at)
                came = await self._orderer.order(request, update.address, after=after, tries=update.tries)
                self._take(came, _Sent(update=update, send=step, was=live), sent_at)
            case Complete():
                await self._finish({update.index: (update, live)})
            case Unfit(result=result, reason=reason, message=message):
                self._close(update, result, reason, message)
            case _:
                assert_never(step)

    def _next(self, update: Update, live: LiveInstance) -> Next:
        observation, prepared = self._work.observation, self._work.requests.get(update.address)
        planned = None if observation is None else observation.rows.get(update.id)
        now, seal = self._work.clock.now(), self._work.seal
        return next_step(update, live, prepared, planned=planned, birth=self._birth, now=now, seal=seal)

    def _take(self, step: Step, sent: _Sent, sent_at: float) -> None:
        """What follows from a step for the rest of the run."""
        update = sent.update
        match step:
            case Taken(open=open_order):
                self._pacer.succeeded()
                self._taken(sent, open_order)
            case Uncertain(open=open_order):
                self._errands.wake()
                self._followed[open_order.order.nonce] = sent
                # What it showed right before tells better than what it showed when it was last recorded.
                self._follower.add(open_order, as_shown(update.record, sent.was, self._work.seal))
            case Again():
                self._errands.once_more(replace(update, tries=step.tries), step, sent_at=sent_at)
            case Refusal(reason=reason, message=message, stop=stop):
                self._book.close(update.index, refused(update, sent.send.call, reason, message))
                if stop is not Stop.NONE:
                    self._halt.call(stop, message)
            case Unstarted():
                self._not_started(update)
            case Unwritten(message=message):
                self._close(update, Result.UNRESOLVED, "not-recorded", message)
            case _:
                assert_never(step)

    def _taken(self, sent: _Sent, open_order: OpenOrder) -> None:
        """The service has it; whether it is through shows once the machine is at rest."""
        update = sent.update.with_sent(sent.send.call, sent.send.after)
        self._errands.wake()
        self._stillness.add(update, told=sent.told(open_order), patience_s=self._patience_s(update))

    def _await_rest(self, update: Update, live: LiveInstance) -> None:
        self._errands.wake()
        self._stillness.add(update, told=None, patience_s=self._patience_s(update), status=live.status)

    def _patience_s(self, update: Update) -> float:
        prepared = self._work.requests.get(update.address)
        own = None if prepared is None else prepared.instance.handling.wait_timeout_s
        return self._work.settings.wait_timeout_s if own is None else own

    def _look_again(self, update: Update, reason: str) -> None:
        count = update.tries.unreadable + 1
        if count >= _MOST_UNREADABLE:
            words = f"It could not be looked at right before its next call, so that was not sent: {reason}"
            self._close(update, Result.BLOCKED, "unreadable", words)
            return
        delay_s = backoff_s(count, jitter=self._work.randomness.jitter())
        self._errands.later(replace(update, tries=replace(update.tries, unreadable=count)), delay_s=delay_s)

    def _conclude(self, ended: Ended) -> None:
        """What follows from the end of an order whose answer was lost."""
        sent = self._followed.pop(ended.following.nonce)
        match ended.verdict:
            case Through():
                self._taken(sent, ended.following.open)
            case Vanished():
                self._close(sent.update, Result.FAILED, "gone", _GONE)
            case NotDone():
                self._again(sent)
            case Untold(reason=reason):
                self._book.close(sent.update.index, in_doubt(sent.update, sent.send.call, reason))
            case _:
                assert_never(ended.verdict)

    def _again(self, sent: _Sent) -> None:
        """The machine is as it was: it is looked at and told once more, a few times."""
        update = sent.update
        count = update.tries.not_done + 1
        if count >= _MOST_NOT_DONE:
            words = f"It was told to {sent.send.call.value} {count} times, each answer was lost, and it is as it was."
            self._close(update, Result.FAILED, "not-done", words)
            return
        self._errands.backlog.again(replace(update, tries=replace(update.tries, not_done=count)))

    async def _look_at_rest(self) -> None:
        """Go on with every machine that is at rest again."""
        through: dict[int, tuple[Update, LiveInstance]] = {}
        for found in await self._stillness.look():
            match found:
                case AtRest(resting=resting, instance=live) if resting.update.left:
                    since = None if resting.told else resting.since
                    self._stillness.done(resting)
                    self._errands.backlog.again(replace(resting.update, busy_since=since))
                case AtRest(resting=resting, instance=live):
                    through[resting.update.index] = (resting.update, live)
                case Restless():
                    await self._give_up(found)
                case _:
                    assert_never(found)
        if through:
            await self._finish(through)

    async def _give_up(self, found: Restless) -> None:
        update, told = found.resting.update, found.resting.told
        if found.undone and told is not None:
            # Otherwise nothing would say any more that it is still to be done.
            record = replace(told.before, updated_at=self._work.clock.now())
            if not await self._stillness.write(record):
                return
            update = replace(update, record=record, sent=update.sent[:-1])
        self._stillness.done(found.resting)
        self._close(update, Result.FAILED, found.reason, found.message, status=found.resting.status)

    async def _finish(self, through: Mapping[int, tuple[Update, LiveInstance]]) -> None:
        """Write down what these machines show, all at once, then tell."""
        if not await self._stillness.write_back(through.values()):
            return
        for update, live in through.values():
            self._scribe.tell(EventKind.UPDATED, address=update.address, id=update.id, message=in_words(update.sent))
            self._book.close(update.index, updated(update, live))

    def _ended_early(self, resting: Resting) -> None:
        """The run ended while this machine was waited for: what was taken is recorded, the rest was not sent."""
        if resting.update.left or resting.told is None:
            self._not_started(resting.update)
            return
        words = "The service took it, and the run ended before it was seen to be through."
        self._close(resting.update, Result.DONE, "taken", words, status=resting.status)

    def _not_started(self, update: Update) -> None:
        self._close(update, Result.NOT_STARTED, self._halt.stop.value, self._halt.message)

    def _close(self, update: Update, result: Result, reason: str, message: str, *, status: str = "") -> None:
        self._book.close(update.index, given_up(update, result, reason, message, status=status))
