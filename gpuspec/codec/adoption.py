"""An adopted instance as data."""

from gpuspec.codec.changes import change_document
from gpuspec.model.adoption import Adoption
from gpuspec.model.project import JsonValue


def adoption_document(adoption: Adoption) -> dict[str, JsonValue]:
    """What `import --json` prints."""
    return {
        "version": 1,
        "command": "import",
        "address": adoption.record.address,
        "id": adoption.record.id,
        "name": adoption.name,
        "status": adoption.status,
        "assumed": list(adoption.assumed),
        "changes": [change_document(change) for change in adoption.changes],
        "notes": list(adoption.notes),
        "stanza": adoption.stanza,
    }
