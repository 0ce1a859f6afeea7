"""The drift document: what drifted, what is pending, what can't be told or verified."""

from gpuspec.codec.changes import change_document
from gpuspec.codec.plan import action_document
from gpuspec.model.drift import Drifted, DriftReport, Unverified
from gpuspec.model.project import JsonValue

VERSION = 1


def drift_document(report: DriftReport) -> dict[str, JsonValue]:
    """The report as data; `pending` and `doubts` are actions as the plan document has them."""
    return {
        "version": VERSION,
        "command": "drift",
        "exitStatus": report.exit_status,
        "project": report.birth.project,
        "environment": report.birth.environment,
        "origin": report.birth.origin,
        "serial": report.serial,
        "at": report.at,
        "inStep": report.in_step,
        "drifted": [_drifted_document(found) for found in report.drifted],
        "pending": [action_document(action) for action in report.pending],
        "doubts": [action_document(action) for action in report.doubts],
        "unverified": [_unverified_document(found) for found in report.unverified],
        "outside": report.outside.count,
        "excluded": report.outside.excluded,
        "warnings": list(report.warnings),
    }


def _drifted_document(found: Drifted) -> dict[str, JsonValue]:
    return {
        "address": found.address,
        "id": found.id,
        "missing": found.missing,
        "changes": [change_document(change) for change in found.changes],
    }


def _unverified_document(found: Unverified) -> dict[str, JsonValue]:
    return {"field": found.field, "why": found.why.value, "addresses": list(found.addresses)}
