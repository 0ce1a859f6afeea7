"""How a run behaves: numbers that the project file, the environment or the command line may set."""

from dataclasses import dataclass
from enum import Enum


class Wait(Enum):
    """What a run waits for after creating; ENDPOINT: running, and shown with a way in to each of its ports."""

    RUNNING = "running"
    ENDPOINT = "endpoint"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Seconds and counts. `rate` is mutating calls a second, 0 for no pacing. `settle_s` is how long this run is ready
    to wait for settling, None for as long as it takes. `throttled_s` is how long it waits altogether because the
    service asks to slow down, while none of its calls is taken.
    """

    parallelism: int = 4
    rate: float = 2.0
    burst: int = 8
    request_timeout_s: float = 60.0
    settle_window_s: float = 300.0
    settle_s: float | None = None
    wait: Wait = Wait.RUNNING
    wait_timeout_s: float = 900.0
    poll_s: float = 5.0
    gone_spacing_s: float = 5.0
    breaker_limit: int = 5
    breaker_pauses: int = 3
    not_sent_tries: int = 5
    throttled_tries: int = 8
    throttled_s: float = 600.0
