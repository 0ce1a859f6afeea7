"""What came back from a call that changes something, classified; the first matching class of the list wins."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """200 with what the call promises. `id` is the machine: of a create the one made, else the one that was named."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Proof that no byte was sent: it may be sent again under the same nonce."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """429: refused for now. `retry_after_s` is None when the service named no time."""

    retry_after_s: float | None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """401 or 403: the key is refused, or (`client_blocked`) something before the API refuses this client."""

    message: str
    client_blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """4xx with the API's JSON: the service refused the call and did nothing; `reason` is the service's own code."""

    status: int
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Anything else: it may have been done. Never sent again; it has to be settled."""

    reason: str


Answer = Done | NotSent | Throttled | Denied | Rejected | Ambiguous
