"""The receipt that recognises a plan: what it would do, and to which state, as one digest."""

import hashlib
from collections.abc import Sequence

from gpuspec.codec.canonical import canonical
from gpuspec.codec.changes import change_document
from gpuspec.model.plan import Action, Certainty, Change
from gpuspec.model.project import JsonValue
from gpuspec.model.secret import OutOfReach, Revealed, Sealed, Secret
from gpuspec.model.state import Birth

_SECRET: dict[str, JsonValue] = {"secret": True}


def receipt(birth: Birth, actions: Sequence[Action]) -> str:
    """`sha256:…` over what the plan would do, and to which state; equal for equal deeds, whenever they are planned.

    Covers lineage, action kinds, addresses, ids, calls and changes, in no particular order: not times, statuses,
    reasons or the serial. What can't be told causes no call and is left out: a plan made without the secrets and one
    made with them would differ in it alone. A state that is not born yet has an empty lineage here, or planning
    twice would give two receipts.

    A secret that takes the place of another counts as its seal: both seals are of one key, else nothing could be
    told. A secret that is set where none was counts as a secret with its references alone. Its seal would tell who
    had the secret, and which key, when the plan was made: a review is done without them, and before a state's first
    run every plan has a key of its own.
    """
    whole = b"\n".join([canonical(birth.lineage), *sorted(canonical(deed(action)) for action in actions)])
    return f"sha256:{hashlib.sha256(whole).hexdigest()}"


def deed(action: Action) -> dict[str, JsonValue]:
    """What the receipt covers of an action; its changes by field."""
    return {
        "kind": action.kind.value,
        "address": action.address,
        "id": action.id,
        "calls": [call.value for call in action.calls],
        "changes": {change.field: _deed(change) for change in action.changes if change.certainty is _CERTAIN},
    }


_CERTAIN = Certainty.DIFFERENT


def _deed(change: Change) -> dict[str, JsonValue]:
    document = change_document(change)
    is_secret = isinstance(change.after, Secret | Revealed | Sealed | OutOfReach)
    if is_secret and not isinstance(change.before, Sealed):
        document["after"] = _SECRET
    return document
