"""What each status of the service means to us."""

from gpuspec.model.live import Phase

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


def phase_of(status: object) -> Phase:
    """The phase; UNKNOWN for a status that isn't documented, or that is no text at all."""
    return PHASES.get(status, Phase.UNKNOWN) if isinstance(status, str) else Phase.UNKNOWN
