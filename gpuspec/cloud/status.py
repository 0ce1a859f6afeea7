"""What each status of the service means to us."""

from gpuspec.model.live import Phase
from gpuspec.model.state import Call

# Source: Novita API reference, list instances: the documented statuses. `pending` is not documented; public clients
# report it as the first status after a create.
PHASES = {
    "pending": Phase.BUSY,
    "toCreate": Phase.BUSY,
    "creating": Phase.BUSY,
    "pulling": Phase.BUSY,
    "running": Phase.RUNNING,
    "toStart": Phase.BUSY,
    "starting": Phase.BUSY,
    "toStop": Phase.BUSY,
    "stopping": Phase.BUSY,
    "exited": Phase.STOPPED,
    "toRestart": Phase.BUSY,
    "restarting": Phase.BUSY,
    "toRemove": Phase.LEAVING,
    "removing": Phase.LEAVING,
    "removed": Phase.REMOVED,
    "toReset": Phase.BUSY,
    "resetting": Phase.BUSY,
    "migrating": Phase.BUSY,
    "freezing": Phase.BUSY,
}

# Source: Novita API reference, list instances: what each of these statuses is named for; a reset is an upgrade at work.
UNDER_WAY = {
    "toCreate": Call.CREATE,
    "creating": Call.CREATE,
    "pulling": Call.CREATE,
    "toStart": Call.START,
    "starting": Call.START,
    "toStop": Call.STOP,
    "stopping": Call.STOP,
    "toRestart": Call.RESTART,
    "restarting": Call.RESTART,
    "toRemove": Call.DELETE,
    "removing": Call.DELETE,
    "toReset": Call.UPGRADE,
    "resetting": Call.UPGRADE,
}


def phase_of(status: object) -> Phase:
    """The phase; UNKNOWN for a status that isn't documented, or that is no text at all."""
    return PHASES.get(status, Phase.UNKNOWN) if isinstance(status, str) else Phase.UNKNOWN


def under_way(status: object) -> Call | None:
    """The call that an instance with this status is carrying out; None for one at rest, and for any other status."""
    return UNDER_WAY.get(status) if isinstance(status, str) else None
