"""The ledger document: how a run ended, address by address."""

from gpuspec.model.outcome import Ledger, Outcome
from gpuspec.model.project import JsonValue

VERSION = 1


def ledger_document(ledger: Ledger, *, command: str) -> dict[str, JsonValue]:
    """The ledger as data: outcomes in plan order, and the exit status that follows from them."""
    return {
        "version": VERSION,
        "command": command,
        "exitStatus": ledger.exit_status,
        "stop": ledger.stop.value,
        "stopMessage": ledger.stop_message,
        "outcomes": [_outcome_document(outcome) for outcome in ledger.outcomes],
        "unrecorded": [{"address": address, "id": id_} for address, id_ in ledger.unrecorded],
        "warnings": list(ledger.warnings),
    }


def _outcome_document(outcome: Outcome) -> dict[str, JsonValue]:
    return {
        "address": outcome.address,
        "result": outcome.result.value,
        "id": outcome.id,
        "status": outcome.status,
        "reason": outcome.reason,
        "message": outcome.message,
        "endpoints": list(outcome.endpoints),
    }
