"""The faults that can be ordered, and how an order is written: `kind[@call][:rate or times][:seconds]`.

lost-response:0.1      one create call in ten is carried out, and its answer lost
500-after@delete:2x    the first two deletions answer 500, and are carried out
slow@any:0.05:3        one call in twenty answers after 3 seconds
"""

import difflib
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from gpuspec.errors import UsageError
from gpuspec.simulator.calls import CALL_NAMES, MUTATING, READING
from gpuspec.simulator.fault_kinds import KINDS, Answer, Cut, Fate, FaultKind, Pause, Turn

_ORDER = re.compile(r"(?P<kind>[^@:]+)(?:@(?P<calls>[^:]+))?(?::(?P<rate>[^:]+))?(?::(?P<seconds>[^:]+))?")
_GROUPS = {"any": frozenset(CALL_NAMES), "mutating": MUTATING, "reading": READING}
_LONGEST_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One ordered fault.

    Args:
        rate: How often it strikes a call that it may strike, from 0 to 1.
        times: After how many strikes it rests; None for never.
    """

    kind: FaultKind
    calls: frozenset[str]
    rate: float = 1.0
    times: int | None = None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """The ordered faults. The same seed gives the same faults to the same sequence of calls."""

    rules: tuple[Rule, ...] = ()
    seed: int = 0

    @property
    def wire_kinds(self) -> tuple[str, ...]:
        """The faults that need a port: in process there is no connection that could break."""
        return tuple(dict.fromkeys(rule.kind.name for rule in self.rules if rule.kind.wire))


NO_FAULTS = FaultPlan()


class Dice:
    """Draws which of the ordered faults strike a call."""

    def __init__(self, plan: FaultPlan) -> None:
        self._rules = plan.rules
        # A rule's draws must not depend on what other rules drew.
        seeds = [f"{plan.seed}/{at}/{rule.kind.name}" for at, rule in enumerate(plan.rules)]
        self._random = [random.Random(seed) for seed in seeds]  # noqa: S311 - chance that can be repeated
        self._struck = [0] * len(plan.rules)

    def draw(self, call: str) -> tuple[Rule, ...]:
        """The faults that strike this call; at most one of them answers in the service's place."""
        struck: list[Rule] = []
        answered = False
        for at, rule in enumerate(self._rules):
            if call not in rule.calls or self._random[at].random() >= rule.rate:
                continue
            if rule.times is not None and self._struck[at] >= rule.times:
                continue
            match rule.kind.effect:
                case Answer() | Cut():
                    if answered:
                        continue
                    answered = True
                case Turn() | Fate() | Pause():
                    pass
                case unreachable:
                    assert_never(unreachable)
            self._struck[at] += 1
            struck.append(rule)
        return tuple(struck)


def parse_faults(texts: Iterable[str], *, seed: int = 0) -> FaultPlan:
    """The plan that these orders make.

    Raises:
        UsageError: One of them can't be understood; the hint names the kinds that there are.
    """
    return FaultPlan(rules=tuple(_rule(text.strip()) for text in texts), seed=seed)


def _rule(text: str) -> Rule:
    match = _ORDER.fullmatch(text)
    if match is None:
        message = f"`{text}` is no order for a fault."
        raise UsageError(message, hint="it is written kind[@call][:rate][:seconds], like `lost-response:0.1`.")
    kind = KINDS.get(match["kind"])
    if kind is None:
        raise _unknown_kind(match["kind"])
    rate, times = _rate(match["rate"], text)
    return Rule(
        kind=kind,
        calls=_calls(match["calls"], kind, text),
        rate=rate,
        times=times,
        seconds=_seconds(match["seconds"], kind, text),
    )


def _calls(text: str | None, kind: FaultKind, order: str) -> frozenset[str]:
    if text is None:
        return frozenset(kind.calls)
    names = text.split(",")
    known = [*CALL_NAMES, *_GROUPS]
    for name in names:
        if name not in known:
            message = f"`{order}` names the call `{name}`, which the simulator doesn't have."
            raise UsageError(message, hint=f"the calls are {', '.join(known)}.")
    chosen = frozenset[str]().union(*(_GROUPS.get(name, {name}) for name in names))
    if kind.only and not chosen & kind.only:
        message = f"`{order}`: the fault `{kind.name}` can only strike {', '.join(sorted(kind.only))}."
        raise UsageError(message, hint=f"leave the call out: `{kind.name}`.")
    return chosen & kind.only if kind.only else chosen


def _rate(text: str | None, order: str) -> tuple[float, int | None]:
    if text is None:
        return 1.0, None
    if re.fullmatch(r"[0-9]{1,9}x", text):
        return 1.0, int(text[:-1])
    rate = _number(text)
    if rate is None or not 0 <= rate <= 1:
        message = f"`{order}`: `{text}` is no rate."
        raise UsageError(message, hint="a rate is a number from 0 to 1, or a count like `2x` for the first two calls.")
    return rate, None


def _seconds(text: str | None, kind: FaultKind, order: str) -> float:
    if text is None:
        return kind.seconds
    seconds = _number(text)
    if seconds is None or not 0 <= seconds <= _LONGEST_S:
        message = f"`{order}`: `{text}` is no number of seconds."
        raise UsageError(message, hint=f"seconds are a number from 0 to {_LONGEST_S:.0f}.")
    return seconds


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?|\.[0-9]{1,9}", text, re.ASCII) else None


def _unknown_kind(name: str) -> UsageError:
    message = f"The simulator has no fault `{name}`."
    near = difflib.get_close_matches(name, KINDS, n=1)
    guess = f"did you mean `{near[0]}`? " if near else ""
    return UsageError(message, hint=f"{guess}{'T' if near else 't'}he faults are {', '.join(KINDS)}.")
