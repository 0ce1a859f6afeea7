"""What a run tells while it goes on: for the terminal, and one JSON line each in `--events FILE`."""

from dataclasses import dataclass
from enum import Enum

from gpuspec.model.address import Address


class EventKind(Enum):
    """What happened."""

    RUN_STARTED = "run-started"
    SENDING = "sending"
    MADE = "made"
    FOUND = "found"
    ORDERING = "ordering"
    OBEYED = "obeyed"
    UPDATED = "updated"
    DELETED = "deleted"
    REPLACED = "replaced"
    RETRYING = "retrying"
    REJECTED = "rejected"
    DOUBTED = "doubted"
    SETTLING = "settling"
    ABSENT = "absent"
    WAITING = "waiting"
    READY = "ready"
    NOT_READY = "not-ready"
    PAUSED = "paused"
    RESUMED = "resumed"
    WARNING = "warning"
    STOPPING = "stopping"
    RUN_ENDED = "run-ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; `message` is a sentence or empty, without secrets. `seconds` is a time left or spent."""

    kind: EventKind
    at: float
    address: Address = ""
    id: str = ""
    status: str = ""
    message: str = ""
    seconds: float | None = None
    total: int | None = None
