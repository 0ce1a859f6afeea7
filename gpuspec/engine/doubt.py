"""Pure decisions about creates whose answers were lost: found, absent, still open, or not to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gpuspec.engine.observe import held_ids
from gpuspec.model.address import Address
from gpuspec.model.live import LiveInstance, Observation
from gpuspec.model.marker import MarkerMode
from gpuspec.model.settings import Settings
from gpuspec.model.state import MarkerSeen, OpenIntent, State

_LOOKS_FOR_ABSENCE = 2
# Looks after the window that prove nothing: an answer that has not come by then is not to be waited for.
_BLIND_LOOKS = 5


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
        held = frozenset(held_ids(state)) | state.let_go
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
