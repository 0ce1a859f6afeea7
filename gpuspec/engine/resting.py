"""Whether a machine is at rest again, and shows what it was told. Pure."""

from dataclasses import dataclass, replace
from typing import assert_never

from gpuspec.engine.obedience import Obedience, obeyed
from gpuspec.engine.updates import Update, as_shown, in_words, is_at_rest
from gpuspec.model.live import LiveInstance, NotFound, Phase, Seen, Sight, Unreadable
from gpuspec.model.settings import Settings
from gpuspec.model.state import Call, Order, Record
from gpuspec.planning.normal import Seal

# Looks at a machine at rest that don't tell whether it was done: the service took it, and may show it in its own way.
_UNTOLD_LOOKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a machine was last told, and took: `was` is how it showed right before, `before` the record then."""

    order: Order
    before: Record
    was: LiveInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """A machine that is waited for; times are monotonic seconds.

    `told` is None before the first call. `untold` counts the looks at rest that told nothing, `missed_at` is when
    the machine was first not found.
    """

    update: Update
    since: float
    until: float
    told: Told | None = None
    status: str = ""
    untold: int = 0
    missed_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRest:
    """It is at rest, and what it was told is done as far as it shows."""

    resting: Resting
    instance: LiveInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Restless:
    """It is not waited for any longer. `undone` says that what it was told was not done, although it was taken."""

    resting: Resting
    reason: str
    message: str
    undone: bool = False


Rest = Resting | AtRest | Restless


def rested(resting: Resting, sight: Sight, *, now: float, seal: Seal, settings: Settings) -> Rest:
    """How far a machine is, from one more look."""
    match sight:
        case Unreadable():
            found: Rest = resting
        case NotFound():
            found = _missing(resting, now, settings)
        case Seen(instance=live) if live.phase is Phase.REMOVED:
            found = _missing(resting, now, settings)
        case Seen(instance=live):
            found = _seen(
                replace(resting, status=live.status, missed_at=None), live, now=now, seal=seal, settings=settings
            )
        case _:
            assert_never(sight)
    return _impatient(found) if isinstance(found, Resting) and now >= found.until else found


def _missing(resting: Resting, now: float, settings: Settings) -> Rest:
    """Gone is not found twice, some time apart."""
    if resting.missed_at is None:
        return replace(resting, missed_at=now)
    if now - resting.missed_at < settings.gone_spacing_s:
        return resting
    return Restless(resting=resting, reason="gone", message="It is gone; `gpuspec plan` says what to do.")


def _seen(resting: Resting, live: LiveInstance, *, now: float, seal: Seal, settings: Settings) -> Rest:
    if live.phase is Phase.LEAVING:
        words = f"It is being removed (status `{live.status}`)."
        return Restless(resting=resting, reason="leaving", message=words)
    told = resting.told
    if told is None:
        return AtRest(resting=resting, instance=live) if is_at_rest(live) else resting
    if live.status_error and live.status_error != told.was.status_error:
        return Restless(resting=resting, reason="status-error", message=live.status_error)
    if not is_at_rest(live):
        return resting
    before = as_shown(told.before, told.was, seal)
    finding = obeyed(told.order, Seen(instance=live), before=before, seal=seal)
    match finding.obedience:
        case Obedience.DONE:
            return _done(resting, told, live)
        case Obedience.NOT_DONE if now - resting.since >= settings.settle_window_s:
            words = f"The service took the call to {told.order.call.value}, and shows no sign of it."
            return Restless(resting=resting, reason="not-done", message=words, undone=True)
        case Obedience.UNTOLD if resting.untold + 1 >= _UNTOLD_LOOKS:
            return _done(resting, told, live)
        case Obedience.UNTOLD:
            return replace(resting, untold=resting.untold + 1)
        case _:
            return resting


def _done(resting: Resting, told: Told, live: LiveInstance) -> AtRest | Restless:
    """It is done; a machine that ran and was not told to stop has to run."""
    fell = told.was.phase is Phase.RUNNING and live.phase is Phase.STOPPED
    if fell and told.order.call is not Call.STOP:
        words = f"It went to `{live.status}` instead of running."
        return Restless(resting=resting, reason="stopped", message=words)
    return AtRest(resting=resting, instance=live)


def _impatient(resting: Resting) -> Restless:
    waited = f"{resting.until - resting.since:.0f} s"
    what = f"It is `{resting.status}`" if resting.status else "It was not seen"
    if resting.told is None:
        words = f"{what} and takes no calls, or a job such as saving its image is under way on it, for {waited}."
        return Restless(resting=resting, reason="busy", message=words)
    words = f"{what}; what it was told ({in_words((resting.told.order.call,))}) was not seen to be through in {waited}."
    return Restless(resting=resting, reason="timeout", message=words)
