"""What became of a create whose answer was lost: found, absent, or still open.

`judge` decides, from looks at the list; `Settler` keeps the doubts of a run and writes down what was decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from gpuspec.engine.halt import Halt, heeding
from gpuspec.engine.observe import Readings, held_ids, look
from gpuspec.engine.pacing import Poll
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.work import Work
from gpuspec.errors import StoreFailed
from gpuspec.model.address import Address
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Absent as AbsentEntry
from gpuspec.model.journal import Entry, How, Judge, Made
from gpuspec.model.live import LiveInstance, Observation
from gpuspec.model.marker import MarkerMode
from gpuspec.model.outcome import Stop
from gpuspec.model.settings import Settings
from gpuspec.model.state import MarkerSeen, OpenIntent, State

_LOOKS_FOR_ABSENCE = 2
# Looks after the window that prove nothing: an answer that has not come by then is not to be waited for.
_BLIND_LOOKS = 5
SLOWEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """An open intent that is being settled; times are monotonic seconds.

    `due` is when the settle window has passed. `clean` and `blind` count the looks after that which showed nothing
    and proved it, or proved nothing.
    """

    open: OpenIntent
    due: float
    taken_at: float
    clean: int = 0
    blind: int = 0

    @property
    def nonce(self) -> str:
        """The intent's identity."""
        return self.open.intent.nonce

    @property
    def address(self) -> Address:
        """The address that waits for the answer."""
        return self.open.intent.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One look at the list, ready to judge by. `began` is the monotonic time of its first request.

    `readable` is False when markers say nothing: they are off, or were nowhere to be seen. `proven` says that a
    marker was seen before, so that a row without one is not ours. `strangers` are the ids of rows without a marker that
    the state does not know, by name.
    """

    observation: Observation
    began: float
    readable: bool
    proven: bool
    by_nonce: Mapping[str, LiveInstance]
    strangers: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, observation: Observation, *, state: State, began: float) -> "Evidence":
        """The evidence in a look."""
        rows = observation.rows.values()
        held = frozenset(held_ids(state)) | frozenset(state.released)
        strangers: dict[str, list[str]] = {}
        for row in rows:
            if row.trace is None and row.id not in held:
                strangers.setdefault(row.name, []).append(row.id)
        return cls(
            observation=observation,
            began=began,
            readable=state.birth.marker is not MarkerMode.OFF and state.marker_seen is not MarkerSeen.NOWHERE,
            proven=state.marker_seen in {MarkerSeen.LIST, MarkerSeen.GET},
            by_nonce={row.trace.nonce: row for row in rows if row.trace is not None},
            strangers=strangers,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The intent made this instance."""

    instance: LiveInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The window has passed, and complete lists show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """Not to be told yet: look again. `wait_s` is what is left of the window."""

    doubt: Doubt
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """Not to be told in this run; `candidates` are live instances that could be it, by name."""

    reason: str
    candidates: tuple[str, ...] = ()


Verdict = Found | Absent | StillOpen | GivenUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of one open intent."""

    doubt: Doubt
    verdict: Found | Absent | GivenUp


def inherited(open_intent: OpenIntent, *, now: float, monotonic: float, settings: Settings) -> Doubt:
    """A doubt that an earlier run left.

    What is left of the window is taken from the wall clock once and counted by the monotonic clock from then on. A
    wall clock that was turned back can only lengthen it: never beyond a window that starts when a request sent just
    now would be given up.
    """
    passed = now - open_intent.given_up_at
    left = min(settings.settle_window_s - passed, settings.settle_window_s + open_intent.intent.timeout_s)
    return Doubt(open=open_intent, due=monotonic + max(left, 0.0), taken_at=monotonic)


def judge(doubt: Doubt, evidence: Evidence) -> Verdict:
    """What one more look tells about a doubt.

    Absent takes two looks that began after the window and proved absence. As long as no marker of this state was ever
    seen, an instance of the same name without one could be ours whose marker the service hides: it proves nothing.
    """
    instance = evidence.by_nonce.get(doubt.nonce)
    if instance is not None:
        return Found(instance=instance)
    candidates = _candidates(doubt, evidence)
    if not evidence.readable:
        return GivenUp(reason="No marker tells which instances are ours.", candidates=candidates)
    if evidence.began < doubt.due:
        return StillOpen(doubt=doubt, wait_s=doubt.due - evidence.began)
    observation = evidence.observation
    if observation.proves_absence and (evidence.proven or not candidates):
        clean = doubt.clean + 1
        return Absent() if clean >= _LOOKS_FOR_ABSENCE else StillOpen(doubt=replace(doubt, clean=clean), wait_s=0.0)
    blind = doubt.blind + 1
    if blind < _BLIND_LOOKS:
        return StillOpen(doubt=replace(doubt, blind=blind), wait_s=0.0)
    reason = observation.incomplete or observation.hidden or "An instance of the same name shows no marker."
    return GivenUp(reason=reason, candidates=candidates)


def _candidates(doubt: Doubt, evidence: Evidence) -> tuple[str, ...]:
    name = doubt.open.intent.fields.get("name")
    return tuple(evidence.strangers.get(str(name), ()))


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
        if not isinstance(verdict, StillOpen) or now < self._patience_end(doubt):
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
