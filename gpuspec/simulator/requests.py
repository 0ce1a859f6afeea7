"""What the service was asked, for tests and for the curious."""

from collections.abc import Mapping
from dataclasses import dataclass

from gpuspec.simulator.calls import MUTATING


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """A request that reached the service.

    Args:
        call: The call's name, as in `calls.CALLS`.
        body: The JSON object that came, or empty.
        faults: The kinds of the faults that struck it.
    """

    at: float
    call: str
    account: str
    query: Mapping[str, str]
    body: Mapping[str, object]
    faults: tuple[str, ...] = ()

    @property
    def mutating(self) -> bool:
        return self.call in MUTATING
