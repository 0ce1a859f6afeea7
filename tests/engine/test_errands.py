"""Jobs that are done as the pacer lets them go, and looks at what they have sent."""

import asyncio

from gpuspec.engine.errands import Errands
from gpuspec.engine.halt import Halt
from gpuspec.engine.pacing import Pacer
from gpuspec.errors import CredentialsError
from gpuspec.model.outcome import Stop
from tests.builders.engine import Bench
from tests.builders.virtual_time import virtual


class Posting:
    """Sends letters; each has arrived after so many looks."""

    def __init__(self, *letters: str, looks: int = 0, failure: Exception | None = None) -> None:
        work = Bench().work()
        self.halt = Halt(work.clock)
        self.errands = Errands(work, self.halt, Pacer(work.settings, now=0.0), jobs=letters, doer=self)
        self.sent: list[str] = []
        self.arrived: list[str] = []
        self._looks = looks
        self._failure = failure
        self._on_the_way: dict[str, int] = {}

    @property
    def watched(self) -> bool:
        return bool(self._on_the_way)

    async def turn_to(self, job: str) -> None:
        self.sent.append(job)
        if self._looks:
            self.errands.wake()
            self._on_the_way[job] = self._looks
        elif self._failure is not None:
            raise self._failure

    async def look(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._on_the_way = {letter: left - 1 for letter, left in self._on_the_way.items()}
        self.arrived += [letter for letter, left in self._on_the_way.items() if not left]
        self._on_the_way = {letter: left for letter, left in self._on_the_way.items() if left}


@virtual
async def test_a_run_ends_when_all_that_was_sent_is_through() -> None:
    """However many looks that takes."""
    posting = Posting("a", "b", "c", looks=3)

    await posting.errands.run()

    assert (sorted(posting.sent), sorted(posting.arrived)) == (["a", "b", "c"], ["a", "b", "c"])


@virtual
async def test_others_that_may_come_are_waited_for() -> None:
    """Until it is said that none will."""
    posting = Posting()
    posting.errands.await_more()

    async def later() -> None:
        await asyncio.sleep(60)
        posting.errands.later("late", delay_s=1.0)
        posting.errands.no_more()

    await asyncio.gather(posting.errands.run(), later())

    assert ["late"] == posting.sent


@virtual
async def test_what_should_not_happen_ends_the_run_in_good_order() -> None:
    """In a job and in a look alike: it is kept, to be raised when all is recorded."""
    in_job, in_look = Posting("a", failure=ValueError("x")), Posting("a", looks=1, failure=ValueError("x"))

    await asyncio.gather(in_job.errands.run(), in_look.errands.run())

    assert all(isinstance(posting.halt.bug, ValueError) for posting in (in_job, in_look))


@virtual
async def test_a_key_that_is_refused_in_a_look_ends_the_run() -> None:
    """Nobody's outcome is guessed from it."""
    posting = Posting("a", looks=1, failure=CredentialsError("no"))

    await posting.errands.run()

    assert (posting.halt.stop, posting.halt.bug, posting.arrived) == (Stop.CREDENTIALS, None, [])


@virtual
async def test_a_run_that_is_to_end_sends_nothing_else() -> None:
    """What was not begun stays in the backlog, for whoever gives it its outcome."""
    posting = Posting("a", "b")
    posting.halt.call(Stop.INTERRUPTED)

    await posting.errands.run()

    assert (posting.sent, sorted(posting.errands.backlog.drain())) == ([], ["a", "b"])
