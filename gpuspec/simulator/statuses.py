"""Which status an instance shows, as a function of the time since its last order."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Order -> the statuses passed on the way to where the order leads.
# Source: Novita API reference, "List instances" (statuses); `pending` is shown by the live service only.
PASSING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "create": ("pending", "toCreate", "creating", "pulling"),
        "start": ("toStart", "starting"),
        "stop": ("toStop", "stopping"),
        "restart": ("toRestart", "restarting"),
        "reset": ("toReset", "resetting"),
        "remove": ("toRemove", "removing"),
    }
)
RESTING = ("running", "exited", "removed")
STATUSES = frozenset(
    {status for path in PASSING.values() for status in path} | set(RESTING) | {"migrating", "freezing"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long each status lasts, in simulated seconds.

    Args:
        passing_s: Status -> seconds; a status that is missing is passed at once.
        endpoints_s: How long an instance is `running` before its ports and SSH have endpoints.
        lingering_s: How long a `removed` instance is still shown.
        saving_s: How long a job takes that saves an image.
    """

    passing_s: Mapping[str, float]
    endpoints_s: float
    lingering_s: float
    saving_s: float = 3.0

    def length_s(self, order: str) -> float:
        """How long it takes until this order is carried out."""
        return sum(self.passing_s.get(status, 0.0) for status in PASSING[order])


NORMAL = Pace(
    passing_s=MappingProxyType(
        {
            "pending": 0.5,
            "toCreate": 0.5,
            "creating": 1.0,
            "pulling": 1.0,
            "toStart": 0.5,
            "starting": 1.0,
            "toStop": 0.5,
            "stopping": 1.0,
            "toRestart": 0.5,
            "restarting": 1.0,
            "toReset": 0.5,
            "resetting": 1.5,
            "toRemove": 0.5,
            "removing": 1.0,
        }
    ),
    endpoints_s=0.5,
    lingering_s=10.0,
)
FAST = Pace(
    passing_s=MappingProxyType({status: 0.05 for path in PASSING.values() for status in path}),
    endpoints_s=0.0,
    lingering_s=0.2,
    saving_s=0.2,
)
PACES: Mapping[str, Pace] = MappingProxyType({"normal": NORMAL, "fast": FAST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The status of an instance, and for how many simulated seconds it has had it."""

    status: str
    for_s: float


def standing(order: str, rests_at: str, *, elapsed_s: float, pace: Pace, stuck_at: str = "") -> Standing:
    """Where an instance stands so long after its last order.

    Args:
        stuck_at: It goes no further than this status; one that isn't on the way is shown at once.
    """
    path = PASSING[order]
    if stuck_at and stuck_at not in path:
        return Standing(status=stuck_at, for_s=elapsed_s)
    left_s = elapsed_s
    for status in path:
        length_s = pace.passing_s.get(status, 0.0)
        if left_s < length_s or status == stuck_at:
            return Standing(status=status, for_s=left_s)
        left_s -= length_s
    return Standing(status=rests_at, for_s=left_s)
