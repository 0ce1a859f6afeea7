"""One plain line of progress per event."""

from gpuspec.model.event import Event, EventKind
from gpuspec.report.text import Line, Span, line


def event_line(event: Event) -> Line:
    """What happened, on one line: address first, then the event in words."""
    words, style = _WORDS[event.kind]
    facts = _facts(event)
    told = f"{words}: {facts}" if facts else words
    subject = (Span(event.address, "bold"), "  ") if event.address else ()
    return line(*subject, Span(told, style))


_WORDS = {
    EventKind.RUN_STARTED: ("started", ""),
    EventKind.SENDING: ("sending the create request", ""),
    EventKind.MADE: ("made", "good"),
    EventKind.FOUND: ("found: it had been made", "good"),
    EventKind.ORDERING: ("sending the request", ""),
    EventKind.OBEYED: ("the service took the request", ""),
    EventKind.UPDATED: ("updated", "good"),
    EventKind.DELETED: ("proven gone", "good"),
    EventKind.REPLACED: ("replaced", "good"),
    EventKind.RETRYING: ("trying again later", "warning"),
    EventKind.REJECTED: ("the service refused", "bad"),
    EventKind.DOUBTED: ("no answer that settles it", "warning"),
    EventKind.SETTLING: ("looking for it", ""),
    EventKind.ABSENT: ("judged absent", ""),
    EventKind.WAITING: ("waiting", ""),
    EventKind.READY: ("ready", "good"),
    EventKind.NOT_READY: ("not ready in time", "warning"),
    EventKind.PAUSED: ("creates pause", "warning"),
    EventKind.RESUMED: ("creates go on", ""),
    EventKind.WARNING: ("warning", "warning"),
    EventKind.STOPPING: ("stopping: nothing more is started, what was sent is waited for", "warning"),
    EventKind.RUN_ENDED: ("ended", ""),
}


def _facts(event: Event) -> str:
    parts = (
        event.id,
        f"status {event.status}" if event.status else "",
        f"{event.total:,} in all" if event.total is not None else "",
        duration(event.seconds) if event.seconds is not None else "",
        event.message,
    )
    return ", ".join(part for part in parts if part)


def duration(seconds: float) -> str:
    """`42 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min"
