"""What is there right before a call on a machine, and whether it is still the one that the plan means. Pure."""

from dataclasses import dataclass
from typing import assert_never

from gpuspec.model.live import LiveInstance, NotFound, Phase, Seen, Sight, Unreadable
from gpuspec.model.outcome import Result
from gpuspec.model.settings import Settings
from gpuspec.model.state import Instant, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """It is there, and it is the one."""

    instance: LiveInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """It is gone already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amiss:
    """Nothing must be sent."""

    result: Result
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """It could not be looked at."""

    reason: str


Standing = Meant | Absent | Amiss | Blind


def standing(
    sight: Sight,
    record: Record,
    id_: str,
    *,
    planned: LiveInstance | None,
    now: Instant,
    settings: Settings,
    deletes: bool = True,
) -> Standing:
    """How a machine stands that is to be deleted, or told something else.

    Args:
        sight: Of this id; the second one when it is missing.
        record: The record at its address: of the machine, or of the one that took its place.
        planned: The row that the plan was made from.
        deletes: What is protected may be told anything but to go.
    """
    match sight:
        case Unreadable(reason=reason):
            return Blind(reason=reason)
        case NotFound() if now - record.created_at < settings.settle_window_s:
            words = "It was made a short while ago, and the service may not show it yet."
            return Amiss(result=Result.BLOCKED, reason="unproven", message=words)
        case NotFound():
            return Absent()
        case Seen(instance=instance) if instance.phase is Phase.REMOVED:
            return Absent()
        case Seen() if deletes and id_ == record.id and record.lifecycle.protect:
            return Amiss(result=Result.REFUSED, reason="protected", message="`lifecycle.protect` forbids to delete it.")
        case Seen(instance=instance):
            return _seen(instance, record, id_, planned)
        case _:
            assert_never(sight)


def _seen(live: LiveInstance, record: Record, id_: str, planned: LiveInstance | None) -> Standing:
    if live.id != id_:
        words = f"The service shows {live.id} in its place; nothing was sent."
        return Amiss(result=Result.REFUSED, reason="not-as-planned", message=words)
    if id_ == record.id and not _is_ours(live, record, planned):
        words = "It carries another marker than when the plan was made; nothing was sent."
        return Amiss(result=Result.REFUSED, reason="not-as-planned", message=words)
    if live.phase is Phase.LEAVING:
        words = f"It is being removed already (status `{live.status}`); apply again when it is gone."
        return Amiss(result=Result.BLOCKED, reason="leaving", message=words)
    if live.phase is Phase.UNKNOWN:
        words = f"It has the status `{live.status}`, which gpuspec does not know; nothing was sent."
        return Amiss(result=Result.BLOCKED, reason="unknown-status", message=words)
    return Meant(instance=live)


def _is_ours(live: LiveInstance, record: Record, planned: LiveInstance | None) -> bool:
    """Whether its marker says nothing else than when the plan was made; an adopted machine may carry another's."""
    if live.trace is None or live.trace.nonce == record.nonce:
        return True
    return planned is not None and planned.trace is not None and planned.trace.nonce == live.trace.nonce
