"""Pure decisions about orders whose end has to be seen: through, not done, still open, or not to be told."""

from dataclasses import dataclass, replace
from typing import assert_never

from gpuspec.engine.obedience import Finding, Obedience, obeyed
from gpuspec.model.live import NotFound, Phase, Seen, Sight
from gpuspec.model.settings import Settings
from gpuspec.model.state import Call, OpenOrder, Record
from gpuspec.planning.normal import Seal

# Looks after the window that show the machine as it was before: fewer could have met a request on its way.
_LOOKS_FOR_UNDONE = 2
# Looks after the window that tell nothing: what shows neither before nor after by then is a person's to decide.
_BLIND_LOOKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """An order whose end is looked for; times are monotonic seconds.

    `since` is when it was taken up, `due` from when on "as it was before" proves that nothing was done, `until` when
    this run's patience ends. `missed_at` is when the machine was first not found. `clean` and `blind` count the looks
    after `due` that showed the machine as before, or told nothing.
    """

    open: OpenOrder
    before: Record
    since: float
    due: float
    until: float
    missed_at: float | None = None
    clean: int = 0
    blind: int = 0

    @property
    def nonce(self) -> str:
        """The order's identity."""
        return self.open.order.nonce

    @property
    def deletes(self) -> bool:
        """Whether the end is that the machine is proven gone."""
        return self.open.order.call is Call.DELETE

    @property
    def taken(self) -> bool:
        """Whether the service said that it had taken the order."""
        return self.open.obeyed_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """What the call promises is there; after a deletion, the machine is proven not to be."""

    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """The machine is proven gone, and the order was not to delete it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """The window has passed, and the machine is as it was before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """Not to be told in this run: the order stays open."""

    reason: str


Verdict = Through | Vanished | NotDone | Untold | Following


def followed(open_order: OpenOrder, before: Record, *, now: float, wall: float, settings: Settings) -> Following:
    """Begin to follow an order, just sent or left by an earlier run.

    What is left of the window is taken from the wall clock once; one that was turned back can only lengthen it.
    """
    taken_at, window_s = open_order.obeyed_at, settings.settle_window_s
    since = open_order.given_up_at if taken_at is None else taken_at
    left = min(window_s - (wall - since), window_s + open_order.order.timeout_s)
    due = now + max(left, 0.0)
    if taken_at is not None:
        until = now + settings.wait_timeout_s
    elif settings.settle_s is not None:
        until = now + settings.settle_s
    else:
        until = due + settings.wait_timeout_s
    return Following(open=open_order, before=before, since=now, due=due, until=until)


def judged(following: Following, sight: Sight, *, began: float, seal: Seal, settings: Settings) -> Verdict:
    """What one more look tells about an order.

    Args:
        began: When the look began; a look that began before `due` proves no omission.
    """
    finding = obeyed(following.open.order, sight, before=following.before, seal=seal)
    verdict = _by_finding(following, finding, sight, began=began, settings=settings)
    if isinstance(verdict, Following) and began >= following.until and not _is_soon_told(following, finding, began):
        return Untold(reason=_impatient(finding, sight))
    return verdict


def _by_finding(following: Following, finding: Finding, sight: Sight, *, began: float, settings: Settings) -> Verdict:
    match finding.obedience:
        case Obedience.DONE if not following.deletes:
            return Through(status=_status(sight))
        case Obedience.DONE | Obedience.GONE:
            return _missing(following, sight, began=began, settings=settings)
        case Obedience.UNDER_WAY:
            seen = replace(following, missed_at=None, clean=0, blind=0)
            return seen if following.deletes else Through(status=_status(sight))
        case Obedience.NOT_DONE:
            clean = following.clean + (began >= following.due)
            return NotDone() if clean >= _LOOKS_FOR_UNDONE else replace(following, missed_at=None, clean=clean)
        case Obedience.UNTOLD if began >= following.due and _left_no_trace(following, sight):
            return NotDone()
        case Obedience.UNTOLD:
            blind = following.blind + (began >= following.due)
            given_up = blind >= _BLIND_LOOKS and not following.taken
            return Untold(reason=finding.reason) if given_up else replace(following, blind=blind)
        case _:
            assert_never(finding.obedience)


def _is_soon_told(following: Following, finding: Finding, began: float) -> bool:
    """Whether the window has passed, so that a few more looks decide: an impatient run would never come to an end."""
    return not following.taken and began >= following.due and finding.obedience is not Obedience.UNDER_WAY


def _left_no_trace(following: Following, sight: Sight) -> bool:
    """Whether it was to restart, and it runs: done or not, nothing of it is recorded, and nothing has to be known."""
    restarts = following.open.order.call is Call.RESTART
    return restarts and isinstance(sight, Seen) and sight.instance.phase is Phase.RUNNING


def _missing(following: Following, sight: Sight, *, began: float, settings: Settings) -> Verdict:
    """Gone is shown as removed, or not found twice and some time apart."""
    proven: Verdict = Through() if following.deletes else Vanished()
    if not isinstance(sight, NotFound):
        return proven
    if following.missed_at is None:
        return replace(following, missed_at=began)
    return proven if began - following.missed_at >= settings.gone_spacing_s else following


def _impatient(finding: Finding, sight: Sight) -> str:
    if finding.reason:
        return finding.reason
    status = _status(sight)
    return f"It is still `{status}`." if status else "It is not proven gone yet."


def _status(sight: Sight) -> str:
    instance = getattr(sight, "instance", None)
    return "" if instance is None else str(instance.status)
