"""The plan document: one format for `--out`, `--json` and `apply PLAN`; and the receipt that recognises a plan."""

import hashlib
from collections.abc import Sequence

from gpuspec.codec.canonical import canonical
from gpuspec.codec.layout import laid_out
from gpuspec.codec.reading import Damage, Part, parse
from gpuspec.codec.values import decode_value, encode_value
from gpuspec.errors import PlanUnreadable
from gpuspec.model.marker import MarkerMode
from gpuspec.model.plan import Absence, Action, ActionKind, Certainty, Change, Outside, Plan
from gpuspec.model.project import JsonValue
from gpuspec.model.secret import OutOfReach, Secret
from gpuspec.model.state import Birth
from gpuspec.model.values import FieldValue

VERSION = 1

_NOT_AT_HAND: dict[str, JsonValue] = {"secret": "not at hand"}
_PLAN_KEYS = frozenset(
    {
        "version",
        "receipt",
        "lineage",
        "origin",
        "project",
        "environment",
        "marker",
        "serial",
        "madeAt",
        "asked",
        "counts",
        "actions",
        "outside",
        "warnings",
    }
)
_ACTION_KEYS = frozenset(
    {
        "kind",
        "address",
        "id",
        "reason",
        "explanation",
        "changes",
        "drift",
        "restarts",
        "dataLost",
        "prepaid",
        "hint",
        "command",
    }
)
_CHANGE_KEYS = frozenset({"field", "before", "after", "certainty"})
_OUTSIDE_KEYS = frozenset({"count", "lostFiles", "excluded"})
_LOST_FILE_KEYS = frozenset({"file", "count"})


def receipt(birth: Birth, actions: Sequence[Action]) -> str:
    """`sha256:…` over what the plan would do, and to which state; equal for equal deeds, whenever they are planned.

    Covers lineage, action kinds, addresses, ids and changes (secrets as their seals), in no particular order: not
    times, statuses, reasons or the serial. What can't be told causes no call and is left out: a plan made without the
    secrets and one made with them would differ in it alone. A state that is not born yet has an empty lineage here,
    or planning twice would give two receipts.
    """
    deeds = sorted(
        canonical(
            {
                "kind": action.kind.value,
                "address": action.address,
                "id": action.id,
                "changes": [
                    _encode_change(change) for change in action.changes if change.certainty is Certainty.DIFFERENT
                ],
            }
        )
        for action in actions
    )
    whole = b"\n".join([canonical(birth.lineage), *deeds])
    return f"sha256:{hashlib.sha256(whole).hexdigest()}"


def encode_plan(plan: Plan) -> bytes:
    """The plan document's text."""
    return laid_out(plan_document(plan))


def plan_document(plan: Plan) -> dict[str, JsonValue]:
    """The plan as data."""
    return {
        "version": VERSION,
        "receipt": plan.receipt,
        "lineage": plan.birth.lineage,
        "origin": plan.birth.origin,
        "project": plan.birth.project,
        "environment": plan.birth.environment,
        "marker": plan.birth.marker.value,
        "serial": plan.serial,
        "madeAt": plan.made_at,
        "asked": plan.asked,
        "counts": {kind.value: plan.counts[kind] for kind in ActionKind},
        "actions": [_encode_action(action) for action in plan.actions],
        "outside": _encode_outside(plan.outside),
        "warnings": list(plan.warnings),
    }


def decode_plan(content: bytes, *, where: str) -> Plan:
    """The plan in the text of its document.

    Args:
        where: How the file is called in messages.

    Raises:
        PlanUnreadable: It is no plan document, a damaged one, or one of a later version.
    """
    try:
        return _plan(Part(parse(content)))
    except Damage as damage:
        message = f"{where} is no plan that this gpuspec can read. {damage}"
        raise PlanUnreadable(message, hint="make it again with `gpuspec plan --out FILE`") from damage


def _plan(part: Part) -> Plan:
    version = part.integer("version", minimum=1)
    if version > VERSION:
        raise Damage("version", f"is {version}, and this gpuspec reads versions up to {VERSION}")
    part.only(_PLAN_KEYS)
    birth = Birth(
        lineage=part.text("lineage"),
        origin=part.text("origin"),
        project=part.text("project"),
        environment=part.text("environment"),
        marker=part.choice("marker", MarkerMode),
    )
    return Plan(
        birth=birth,
        serial=part.integer("serial"),
        made_at=part.number("madeAt"),
        actions=tuple(_decode_action(action) for action in part.items("actions")),
        receipt=part.text("receipt"),
        outside=_decode_outside(part.part("outside")),
        asked=part.flag("asked"),
        warnings=part.texts("warnings"),
    )


def _encode_action(action: Action) -> dict[str, JsonValue]:
    return {
        "kind": action.kind.value,
        "address": action.address,
        "id": action.id,
        "reason": action.reason,
        "explanation": action.explanation,
        "changes": [_encode_change(change) for change in action.changes],
        "drift": [_encode_change(change) for change in action.drift],
        "restarts": action.restarts,
        "dataLost": action.data_lost,
        "prepaid": action.prepaid,
        "hint": action.hint,
        "command": action.command,
    }


def _decode_action(part: Part) -> Action:
    part.only(_ACTION_KEYS)
    return Action(
        kind=part.choice("kind", ActionKind),
        address=part.text("address"),
        id=part.text("id"),
        reason=part.text("reason"),
        explanation=part.text("explanation"),
        changes=tuple(_decode_change(change) for change in part.items("changes")),
        drift=tuple(_decode_change(change) for change in part.items("drift")),
        restarts=part.flag("restarts"),
        data_lost=part.text("dataLost"),
        prepaid=part.flag("prepaid"),
        hint=part.text("hint"),
        command=part.text("command"),
    )


def _encode_change(change: Change) -> dict[str, JsonValue]:
    return {
        "field": change.field,
        "before": _encode_side(change.field, change.before),
        "after": _encode_side(change.field, change.after),
        "certainty": change.certainty.value,
    }


def _decode_change(part: Part) -> Change:
    part.only(_CHANGE_KEYS)
    field = part.name("field")
    return Change(
        field=field,
        before=_decode_side(field, part, "before"),
        after=_decode_side(field, part, "after"),
        certainty=part.choice("certainty", Certainty),
    )


def _encode_side(field: str, value: FieldValue | Absence) -> JsonValue:
    match value:
        case Absence.ABSENT:
            return None
        case Absence.UNKNOWN:
            return {"unknown": True}
        case OutOfReach() | Secret():
            return _NOT_AT_HAND
        case _:
            return encode_value(field, value)


def _decode_side(field: str, part: Part, key: str) -> FieldValue | Absence:
    value = part.value(key)
    if value is None:
        return Absence.ABSENT
    if value == {"unknown": True}:
        return Absence.UNKNOWN
    if value == _NOT_AT_HAND:
        return OutOfReach(refs=())
    return decode_value(field, value, part=part, key=key)


def _encode_outside(outside: Outside) -> dict[str, JsonValue]:
    return {
        "count": outside.count,
        "lostFiles": [{"file": file, "count": count} for file, count in outside.lost_files],
        "excluded": outside.excluded,
    }


def _decode_outside(part: Part) -> Outside:
    part.only(_OUTSIDE_KEYS)
    lost_files = []
    for item in part.items("lostFiles"):
        item.only(_LOST_FILE_KEYS)
        lost_files.append((item.text("file"), item.integer("count")))
    return Outside(count=part.integer("count"), lost_files=tuple(lost_files), excluded=part.integer("excluded"))
