"""Stops machines that a plan makes and wants stopped: each once it is seen to run, as the last call of its action."""

from dataclasses import replace
from functools import partial

from gpuspec.engine.book import Book
from gpuspec.engine.halt import Halt
from gpuspec.engine.pacing import Pacer
from gpuspec.engine.replaced import MADE
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.update_outcomes import UPDATED
from gpuspec.engine.updates import Update
from gpuspec.engine.updating import Updating
from gpuspec.engine.work import Work
from gpuspec.model.outcome import Outcome, Result
from gpuspec.model.plan import Plan
from gpuspec.model.state import Call

# The actions that it is about: they make a machine, and then stop it.
_BOTH = frozenset({Call.CREATE, Call.STOP})


class Stopping:
    """The stops of one run that follow a create; whoever creates and waits has to run beside it.

    What the create comes to passes through here: a machine that is not seen to run gets no stop, and the next plan has
    it, as it has that of a machine whose run died in between.
    """

    def __init__(self, work: Work, halt: Halt, *, scribe: Scribe, book: Book, pacer: Pacer, plan: Plan) -> None:
        self._work = work
        self._book = book
        self._updating = Updating(work, halt, scribe=scribe, book=book, pacer=pacer, jobs=())
        self._open = {index for index, action in enumerate(plan.actions) if frozenset(action.calls) >= _BOTH}
        self.count = len(self._open)
        for index in self._open:
            self._updating.await_more()
            book.relay(index, partial(self._made, index))

    async def stop_all(self) -> None:
        """Come back when each of them is stopped or given up, or the run is to end."""
        await self._updating.update_all()

    def close(self) -> None:
        """Give everything that the run did not get to its outcome; only after the makers are closed."""
        self._updating.close()

    def _made(self, index: int, made: Outcome) -> None:
        """The create has ended; that it was waited for, and runs, shows in its status."""
        record = self._work.state().records.get(made.address)
        if made.result not in MADE:
            self._close(index, made)
        elif record is None or record.id != made.id or not made.status:
            self._close(index, unstopped(made))
        else:
            self._book.relay(index, lambda ended: self._close(index, stopped(made, ended)))
            self._updating.add(Update(index=index, record=record, planned=(Call.STOP,)))

    def _close(self, index: int, outcome: Outcome) -> None:
        self._book.close(index, outcome)
        self._open.discard(index)
        if not self._open:
            self._updating.no_more()


def stopped(made: Outcome, ended: Outcome) -> Outcome:
    """One outcome of a create and the stop that followed it."""
    if ended.result is Result.DONE:
        words = "It was stopped once it ran." if ended.reason == UPDATED else f"The stop: {ended.message}"
        return replace(made, status=ended.status, message=_said(made.message, words), endpoints=())
    if ended.result is Result.NOT_STARTED:
        return unstopped(made)
    return replace(ended, message=_said("It was made.", ended.message))


def unstopped(made: Outcome) -> Outcome:
    """The outcome of a create whose machine goes on for now."""
    return replace(made, message=_said(made.message, "It is not stopped yet; the next apply does that."))


def _said(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
