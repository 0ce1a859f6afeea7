"""The audit document: whose every machine of the account is."""

from collections import Counter

from gpuspec.model.audit import Audit, Audited, Owner
from gpuspec.model.project import JsonValue

VERSION = 1


def audit_document(audit: Audit) -> dict[str, JsonValue]:
    """The audit as data; `complete` is false when there may be machines that are not in it."""
    counts = Counter(machine.owner for machine in audit.machines)
    return {
        "version": VERSION,
        "command": "audit",
        "exitStatus": audit.exit_status,
        "project": audit.birth.project,
        "environment": audit.birth.environment,
        "origin": audit.birth.origin,
        "serial": audit.serial,
        "at": audit.at,
        "complete": not audit.incomplete,
        "incomplete": audit.incomplete,
        "counts": {owner.value: counts[owner] for owner in Owner},
        "instances": [_document(machine) for machine in audit.machines],
        "warnings": list(audit.warnings),
    }


def _document(machine: Audited) -> dict[str, JsonValue]:
    return {
        "owner": machine.owner.value,
        "id": machine.id,
        "name": machine.name,
        "status": machine.status,
        "createdAt": machine.created_at,
        "address": machine.address,
        "project": machine.project,
        "advice": machine.advice,
    }
