"""What the API shows: live instances, listings, observations, and the limits of what they prove."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from gpuspec.model.marker import Trace
from gpuspec.model.reach import Reach
from gpuspec.model.state import Call
from gpuspec.model.values import Fields, Port


class Phase(Enum):
    """What a status means to us. An unknown status is BUSY-like for waiting, and proves nothing."""

    RUNNING = "running"
    STOPPED = "stopped"
    BUSY = "busy"
    LEAVING = "leaving"
    REMOVED = "removed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveInstance:
    """A row of the list, or the answer of GET, in the model's words.

    `fields` holds only what the answer showed, in the forms of `model.values`; a missing field is unknown, never
    empty. `envs_shown` is False when the answer had no envs at all: then the marker could not be read from it.
    `trace` is the marker that was read, from envs or name. `name` is as the API shows it, marker included.
    `endpoints` are the ways in as text, for a person; `reach` has them in parts. `open_ports` are the ports of which
    the answer itself showed an endpoint.
    `under_way` is the call that its status says is being carried out. `jobs` are how many jobs, such as saving its
    image, keep it from taking calls; None when that was not shown. `end_time` is when its paid months end, in seconds
    since the epoch: 0 for one that is paid as it goes, None when that was not shown.
    """

    id: str
    name: str
    status: str
    phase: Phase
    fields: Fields
    envs_shown: bool
    trace: Trace | None = None
    status_error: str = ""
    created_at: int | None = None
    endpoints: tuple[str, ...] = ()
    reach: Reach = Reach()  # noqa: RUF009 - frozen
    open_ports: frozenset[Port] = frozenset()
    under_way: Call | None = None
    jobs: int | None = None
    end_time: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One walk over all pages. `incomplete` is empty when every page was read, with distinct ids agreeing with
    `total`; otherwise it says in a sentence why the walk proves nothing.
    """

    rows: tuple[LiveInstance, ...]
    incomplete: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """GET showed the instance."""

    instance: LiveInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """GET said that there is no such instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """GET gave no answer that proves anything; `reason` is a sentence."""

    reason: str


Sight = Seen | NotFound | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What is live, as far as it is known.

    Attributes:
        rows: id -> live instance, `removed` rows left out.
        incomplete: Why the list proves no absence; empty when it was complete.
        hidden: Why a marker could be there unread; empty when the marker of every row was read. Absence of a marker
            is proven only when this and `incomplete` are both empty.
        gone: Recorded ids missing from a complete list and not found by GET twice, far enough apart.
        unproven: Recorded ids that are missing but not proven gone -> why.
        asked: False for `plan --offline`: nothing was asked, nothing is known.
    """

    rows: Mapping[str, LiveInstance]
    incomplete: str = ""
    hidden: str = ""
    gone: frozenset[str] = frozenset()
    unproven: Mapping[str, str] = field(default_factory=dict)
    asked: bool = True

    @property
    def proves_absence(self) -> bool:
        """Whether a marker that is in no row is nowhere."""
        return self.asked and not self.incomplete and not self.hidden
