"""Who holds a lock, as text for the info file and as words for whoever waits."""

import os
import platform
from datetime import UTC, datetime

from gpuspec.codec.canonical import canonical
from gpuspec.codec.reading import Damage, Part, parse
from gpuspec.errors import Locked
from gpuspec.model.project import JsonValue
from gpuspec.ports import Holder

_DAY_S = 86_400


def encode_holder(holder: Holder) -> bytes:
    """The info file's text."""
    return canonical(holder_document(holder))


def holder_document(holder: Holder) -> dict[str, JsonValue]:
    """The holder as data."""
    return {
        "who": holder.who,
        "host": holder.host,
        "pid": holder.pid,
        "operation": holder.operation,
        "since": holder.since,
    }


def decode_holder(content: bytes) -> Holder | None:
    """The holder in an info file; None when it can't be read: it only informs."""
    try:
        return holder_in(Part(parse(content)))
    except Damage:
        return None


def holder_in(part: Part) -> Holder:
    """The holder in a map.

    Raises:
        Damage: It is none.
    """
    return Holder(
        who=part.text("who"),
        host=part.text("host"),
        pid=part.integer("pid"),
        operation=part.text("operation"),
        since=part.number("since"),
    )


def is_dead(holder: Holder) -> bool:
    """Whether the holder's process is known to have ended; on another host nothing is known."""
    if holder.host != platform.node():
        return False
    try:
        os.kill(holder.pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def locked(holder: Holder | None, *, wanted_by: Holder, waited_s: float, breaking: str = "") -> Locked:
    """The error for whoever did not get the lock.

    Args:
        breaking: The command that breaks a lock which outlives its process; empty where there is none.
    """
    message = "Somebody holds its lock and has not said who."
    if holder is not None:
        message = f"{told(holder, now=wanted_by.since + waited_s)}."
    if breaking:
        hint = "wait for it (`--lock-timeout 10m`); only if that run has ended for sure, break its lock:"
        return Locked(message, hint=hint, command=breaking)
    return Locked(message, hint="wait for it:", command=f"gpuspec {wanted_by.operation} --lock-timeout 10m")


def told(holder: Holder, *, now: float) -> str:
    """Who it is, doing what, since when; a sentence without its full stop."""
    return (
        f"{holder.who}@{holder.host} (process {holder.pid}, {_life(holder)}) has been running"
        f" `{holder.operation}` on it since {_since(holder, now=now)}"
    )


def _life(holder: Holder) -> str:
    if holder.host != platform.node():
        return "on another host"
    return "ended" if is_dead(holder) else "alive"


def _since(holder: Holder, *, now: float) -> str:
    # UTC, said so: the holder may sit in another time zone.
    spent_s = max(0.0, now - holder.since)
    try:
        moment = datetime.fromtimestamp(holder.since, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return "an unknown time"
    text = moment.strftime("%Y-%m-%d %H:%M UTC" if spent_s >= _DAY_S else "%H:%M UTC")
    minutes = int(spent_s // 60)
    return f"{text} ({minutes} minute{'' if minutes == 1 else 's'})"
