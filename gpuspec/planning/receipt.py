"""What a reviewer approved, as one digest: lineage, action kinds, addresses, ids and changes."""

import hashlib
import json
from collections.abc import Iterable
from typing import assert_never

from gpuspec.model.plan import Absence, Action, Change
from gpuspec.model.secret import OutOfReach, Revealed, Sealed, Secret
from gpuspec.model.state import Birth
from gpuspec.model.values import Env, Mount, Port, Tool
from gpuspec.planning.normal import Compared

Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]


def receipt(birth: Birth, actions: Iterable[Action]) -> str:
    """`sha256:…` that is equal exactly when the same would be done to the same machines.

    No times, statuses, serials, explanations or drift: they may move between a review and its apply. A secret counts
    with its seal, or, where it was not at hand, with what it refers to.
    """
    digest = hashlib.sha256(birth.lineage.encode())
    for action in actions:
        changes: list[Plain] = [_plain_change(change) for change in action.changes]
        line: list[Plain] = [action.kind.value, action.address, action.id, changes]
        digest.update(b"\n" + json.dumps(line, sort_keys=True, ensure_ascii=True).encode())
    return f"sha256:{digest.hexdigest()}"


def _plain_change(change: Change) -> Plain:
    return [change.field, _plain(change.before), _plain(change.after), change.certainty.value]


def _plain(value: Compared) -> Plain:
    match value:
        case Absence():
            return None
        case Sealed():
            return {"sealed": value.digest, "key": value.key_id}
        case Secret() | OutOfReach():
            return {"secret": [str(ref) for ref in value.refs]}
        case Revealed():
            return {"secret": []}
        case tuple():
            # Lists are sets to the API: the order in which the spec has them is no part of what was approved.
            return sorted((_plain_item(item) for item in value), key=json.dumps)
        case str() | int():
            return value
        case _:
            assert_never(value)


def _plain_item(item: Port | Env | Tool | Mount) -> Plain:
    match item:
        case Port():
            return [item.number, item.protocol]
        case Env():
            return [item.key, _plain(item.value)]
        case Tool():
            return [item.name, item.port, item.type]
        case Mount():
            return [item.id, item.mount_point]
        case _:
            assert_never(item)
