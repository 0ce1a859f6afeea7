"""How a run ended, address by address, and the exit status that follows."""

from dataclasses import dataclass, field
from enum import Enum

from gpuspec.model.address import Address

# The reason of an outcome whose machine is there, while the one that it replaces is still to be deleted.
OUTGOING = "outgoing"


class Result(Enum):
    """What became of an address in this run."""

    DONE = "done"
    DELETED = "deleted"
    FOUND = "found"
    ABSENT = "absent"
    KEPT = "kept"
    NOTED = "noted"
    FAILED = "failed"
    NOT_READY = "made, not ready"
    UNRESOLVED = "unresolved"
    STRAY = "stray"
    BLOCKED = "blocked"
    REFUSED = "refused"
    NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one address. `reason` is a code or the service's own; `message` a sentence or empty."""

    address: Address
    result: Result
    id: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    endpoints: tuple[str, ...] = ()


class Stop(Enum):
    """Why a run ended before its work was done."""

    NONE = "none"
    CREDENTIALS = "credentials refused"
    BLOCKED_CLIENT = "the service blocks this client"
    BREAKER = "too many answers in doubt"
    THROTTLED = "the service only asks to slow down"
    STORE = "the state could not be written"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Every address of the run with its outcome, in plan order.

    `unrecorded` are ids that the service gave and that could not be written down: address and id. `stop_message` is
    the service's or the system's own word on why the run stopped.
    """

    outcomes: tuple[Outcome, ...]
    stop: Stop = Stop.NONE
    stop_message: str = ""
    unrecorded: tuple[tuple[Address, str], ...] = ()
    warnings: tuple[str, ...] = field(default=())

    @property
    def exit_status(self) -> int:
        """0 when all is well; else the first that holds of 7, 130/143, 3, 6, 5, 4."""
        results = {outcome.result for outcome in self.outcomes}
        weighed = (
            (7, bool(results & {Result.UNRESOLVED, Result.STRAY} or self.unrecorded)),
            (130, self.stop is Stop.INTERRUPTED),
            (143, self.stop is Stop.TERMINATED),
            (3, self.stop in {Stop.CREDENTIALS, Stop.BLOCKED_CLIENT}),
            (6, self.stop is Stop.STORE),
            (5, Result.REFUSED in results),
            (4, bool(results & {Result.FAILED, Result.NOT_READY, Result.BLOCKED, Result.NOT_STARTED})),
        )
        return next((status for status, holds in weighed if holds), 0)
