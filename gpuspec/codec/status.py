"""The status document: how each machine stands, and how it is reached; never a password."""

from gpuspec.model.project import JsonValue
from gpuspec.model.reach import Ssh
from gpuspec.model.status import Status, StatusRow

VERSION = 1


def status_document(status: Status) -> dict[str, JsonValue]:
    """The status as data, rows in their order, and the exit status that follows from them."""
    return {
        "version": VERSION,
        "command": "status",
        "exitStatus": status.exit_status,
        "project": status.birth.project,
        "environment": status.birth.environment,
        "origin": status.birth.origin,
        "serial": status.serial,
        "at": status.at,
        "instances": [_row_document(row) for row in status.rows],
        "absent": [{"address": address, "judgedAt": at} for address, at in status.absent],
        "warnings": list(status.warnings),
    }


def ssh_document(ssh: Ssh | None) -> JsonValue:
    """Where SSH listens; null where it is not known."""
    return None if ssh is None else {"host": ssh.host, "port": ssh.port, "user": ssh.user}


def _row_document(row: StatusRow) -> dict[str, JsonValue]:
    return {
        "address": row.address,
        "standing": row.standing.value,
        "id": row.id,
        "status": row.status,
        "since": row.since,
        "ssh": ssh_document(row.reach.ssh),
        "urls": list(row.reach.urls),
        "message": row.message,
    }
