"""A rebuilt state as data: what was recorded, what was not, and why."""

from gpuspec.model.project import JsonValue
from gpuspec.model.rebuilding import Rebuilding


def rebuilding_document(rebuilding: Rebuilding) -> dict[str, JsonValue]:
    """What `state rebuild --json` prints."""
    birth = rebuilding.birth
    return {
        "version": 1,
        "command": "state rebuild",
        "exitStatus": rebuilding.exit_status,
        "project": birth.project,
        "environment": birth.environment,
        "origin": birth.origin,
        "lineage": birth.lineage,
        "recorded": [
            {
                "address": one.record.address,
                "id": one.record.id,
                "name": one.name,
                "status": one.status,
                "createdAt": one.record.created_at,
                "unknown": [*sorted(one.record.unknown)],
            }
            for one in rebuilding.recognised
        ],
        "notRecorded": [{"address": each.address, "ids": [*each.ids]} for each in rebuilding.twins],
        "notes": [*rebuilding.notes],
    }
