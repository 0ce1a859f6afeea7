"""Settles creates whose answers were lost, in a run and before one; what is settled is written down at once."""

from dataclasses import dataclass
from typing import assert_never

from gpuspec.engine.doubt import Absent, Doubt, Evidence, Found, GivenUp, StillOpen, Verdict, inherited, judge
from gpuspec.engine.halt import Halt, heeding
from gpuspec.engine.observe import Readings, look
from gpuspec.engine.pacing import Poll
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.work import Work
from gpuspec.errors import StoreFailed
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Absent as AbsentEntry
from gpuspec.model.journal import Entry, How, Judge, Made
from gpuspec.model.outcome import Stop
from gpuspec.model.state import OpenIntent

# While nothing but doubts is looked for, polling slows down to this many times the usual interval.
SLOWEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of one open intent."""

    doubt: Doubt
    verdict: Found | Absent | GivenUp


class Settler:
    """The doubts of one run."""

    def __init__(self, work: Work, scribe: Scribe) -> None:
        self._work = work
        self._scribe = scribe
        self._doubts: dict[str, Doubt] = {}

    def __bool__(self) -> bool:
        return bool(self._doubts)

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What is not settled yet, oldest first."""
        return tuple(self._doubts.values())

    def add(self, open_intent: OpenIntent) -> None:
        """Take up an intent whose answer was given up just now."""
        now = self._work.clock.monotonic()
        due = now + self._work.settings.settle_window_s
        self._doubts[open_intent.intent.nonce] = Doubt(open=open_intent, due=due, taken_at=now)

    def inherit(self, open_intent: OpenIntent) -> None:
        """Take up an intent that an earlier run left open."""
        clock = self._work.clock
        doubt = inherited(open_intent, now=clock.now(), monotonic=clock.monotonic(), settings=self._work.settings)
        self._doubts[doubt.nonce] = doubt

    def next_s(self, now: float) -> float | None:
        """How long until a window passes or this run's patience ends; None when neither lies ahead."""
        marks = [doubt.due for doubt in self._doubts.values()] + [self._patience_end(doubt) for doubt in self.doubts]
        ahead = [mark - now for mark in marks if now < mark < float("inf")]
        return min(ahead, default=None)

    async def settle_by(self, evidence: Evidence) -> tuple[Settlement, ...]:
        """Judge every doubt by one more look; what is settled is durable on return and no longer a doubt.

        A doubt that could not be written down stays one.
        """
        settlements: list[Settlement] = []
        for doubt in self.doubts:
            verdict = self._impatient(judge(doubt, evidence), doubt)
            if isinstance(verdict, StillOpen):
                self._doubts[doubt.nonce] = verdict.doubt
                self._scribe.tell(EventKind.SETTLING, address=doubt.address, seconds=verdict.wait_s)
            elif await self._write(doubt, verdict):
                del self._doubts[doubt.nonce]
                settlements.append(Settlement(doubt=doubt, verdict=verdict))
        return tuple(settlements)

    def _patience_end(self, doubt: Doubt) -> float:
        patience = self._work.settings.settle_s
        return float("inf") if patience is None else doubt.taken_at + patience

    def _impatient(self, verdict: Verdict, doubt: Doubt) -> Verdict:
        now = self._work.clock.monotonic()
        # Once the window has passed a few more looks decide: without them an impatient run would never come to an end.
        if not isinstance(verdict, StillOpen) or verdict.wait_s == 0 or now < self._patience_end(doubt):
            return verdict
        left = max(doubt.due - now, 0.0)
        return GivenUp(reason=f"It was not seen yet; it can't be ruled out for another {left:.0f} s.")

    async def _write(self, doubt: Doubt, verdict: Found | Absent | GivenUp) -> bool:
        """Make it durable, then tell."""
        entry, kind, facts = _as_written(doubt, verdict, at=self._work.clock.now())
        if entry is not None and not await self._scribe.write(entry):
            return False
        if kind is not None:
            self._scribe.tell(kind, address=doubt.address, id=facts)
        return True


async def settle(work: Work) -> tuple[Settlement, ...]:
    """Settle what earlier runs left open, as far as this run is ready to wait.

    Returns:
        A settlement for each open intent; an interruption leaves the rest given up.

    Raises:
        CredentialsError: The key was refused, or this client is blocked.
        StoreFailed: What was settled could not be written down.
    """
    halt = Halt(work.clock)
    settler = Settler(work, Scribe(work, halt))
    for open_intent in work.state().intents.values():
        settler.inherit(open_intent)
    async with heeding(work.interruption, halt):
        settled = await _settle_all(settler, work, halt)
    if halt.stop is Stop.STORE:
        raise StoreFailed(halt.message)
    reason = "The run was interrupted before it was settled."
    return (*settled, *(Settlement(doubt=doubt, verdict=GivenUp(reason=reason)) for doubt in settler.doubts))


async def _settle_all(settler: Settler, work: Work, halt: Halt) -> tuple[Settlement, ...]:
    poll = Poll(work.settings)
    readings = Readings()
    settled: list[Settlement] = []
    while settler and not halt:
        state = work.state()
        began = work.clock.monotonic()
        seen = await halt.unless_called(look(work.cloud, state=state, readings=readings))
        if seen is None:
            break
        settled += await settler.settle_by(Evidence.of(seen.observation, state=state, began=began))
        if settler and not halt:
            now = work.clock.monotonic()
            await halt.sleep(shortest(poll.next_s(took_s=now - began, slowest=SLOWEST), settler.next_s(now)))
    return tuple(settled)


def shortest(wait_s: float, mark_s: float | None) -> float:
    """The wait, cut short by a mark that lies ahead."""
    return wait_s if mark_s is None else min(wait_s, mark_s)


def _as_written(
    doubt: Doubt, verdict: Found | Absent | GivenUp, *, at: float
) -> tuple[Entry | None, EventKind | None, str]:
    match verdict:
        case Found(instance=instance):
            return Made(nonce=doubt.nonce, id=instance.id, at=at, how=How.FOUND), EventKind.FOUND, instance.id
        case Absent():
            return AbsentEntry(nonce=doubt.nonce, at=at, judge=Judge.WINDOW), EventKind.ABSENT, ""
        case GivenUp():
            return None, None, ""
        case _:
            assert_never(verdict)
