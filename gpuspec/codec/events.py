"""Events to lines of `--events FILE`: one JSON map each, keys without a value left out."""

from gpuspec.codec.canonical import canonical
from gpuspec.model.event import Event
from gpuspec.model.project import JsonValue

VERSION = 1


def event_document(event: Event) -> dict[str, JsonValue]:
    """The event as data; what is empty or None is left out."""
    rest: dict[str, JsonValue] = {
        "address": event.address,
        "id": event.id,
        "status": event.status,
        "message": event.message,
        "seconds": event.seconds,
        "total": event.total,
    }
    said = {key: value for key, value in rest.items() if value is not None and value != ""}
    return {"version": VERSION, "kind": event.kind.value, "at": event.at, **said}


def event_line(event: Event) -> bytes:
    """The event's line, with its newline."""
    return canonical(event_document(event)) + b"\n"
