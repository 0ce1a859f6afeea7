"""The plan document: one format for `--out`, `--json` and `apply PLAN`."""

import re

from gpuspec.codec.changes import change_document, decode_change
from gpuspec.codec.layout import laid_out
from gpuspec.codec.reading import Damage, Part, parse
from gpuspec.codec.receipt import receipt
from gpuspec.errors import PlanUnreadable
from gpuspec.model.marker import MarkerMode
from gpuspec.model.plan import Action, ActionKind, Basis, Outside, Plan
from gpuspec.model.project import JsonValue
from gpuspec.model.state import Birth, Call

VERSION = 1
# Names the format, as its JSON Schema does; the first key of the document, whoever sorts it, so that it is known by it.
SCHEMA = f"urn:gpuspec:schema:plan:{VERSION}"
HEAD_BYTES = 512

_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"\$schema"\s*:\s*"urn:gpuspec:schema:plan:')
_PLAN_KEYS = frozenset(
    {
        "$schema",
        "version",
        "receipt",
        "lineage",
        "origin",
        "project",
        "environment",
        "marker",
        "serial",
        "madeAt",
        "basis",
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
        "calls",
        "changes",
        "drift",
        "restarts",
        "dataLost",
        "prepaid",
        "hint",
        "command",
    }
)
_BASIS_KEYS = frozenset({"files", "only", "exclude", "replace", "refreshOnly", "recreateLost", "allowEmpty"})
_OUTSIDE_KEYS = frozenset({"count", "lostFiles", "excluded"})
_LOST_FILE_KEYS = frozenset({"file", "count"})


def is_plan(head: bytes) -> bool:
    """Whether a file that begins like this is meant as a plan document, in one piece or not.

    Args:
        head: Its first `HEAD_BYTES` bytes, or all of it. A spec, JSON or YAML, never begins so.
    """
    return _HEAD.match(head) is not None


def encode_plan(plan: Plan) -> bytes:
    """The plan document's text."""
    return laid_out(plan_document(plan))


def plan_document(plan: Plan) -> dict[str, JsonValue]:
    """The plan as data."""
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "receipt": plan.receipt,
        "lineage": plan.birth.lineage,
        "origin": plan.birth.origin,
        "project": plan.birth.project,
        "environment": plan.birth.environment,
        "marker": plan.birth.marker.value,
        "serial": plan.serial,
        "madeAt": plan.made_at,
        "basis": _encode_basis(plan.basis),
        "asked": plan.asked,
        "counts": {kind.value: plan.counts[kind] for kind in ActionKind},
        "actions": [action_document(action) for action in plan.actions],
        "outside": _encode_outside(plan.outside),
        "warnings": list(plan.warnings),
    }


def decode_plan(content: bytes, *, where: str) -> Plan:
    """The plan in the text of its document.

    Args:
        where: How the file is called in messages.

    Raises:
        PlanUnreadable: It is no plan document, a damaged one, one of a later version, or its receipt is of other
            actions than those in it.
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
    if part.text("$schema") != SCHEMA:
        raise Damage("$schema", f"is not `{SCHEMA}`")
    birth = Birth(
        lineage=part.text("lineage"),
        origin=part.text("origin"),
        project=part.text("project"),
        environment=part.text("environment"),
        marker=part.choice("marker", MarkerMode),
    )
    actions = tuple(_decode_action(action) for action in part.items("actions"))
    if part.text("receipt") != receipt(birth, actions):
        raise Damage("receipt", "is not the receipt of these actions: the document was edited")
    return Plan(
        birth=birth,
        serial=part.integer("serial"),
        made_at=part.number("madeAt"),
        actions=actions,
        receipt=part.text("receipt"),
        basis=_decode_basis(part.part("basis")),
        outside=_decode_outside(part.part("outside")),
        asked=part.flag("asked"),
        warnings=part.texts("warnings"),
    )


def action_document(action: Action) -> dict[str, JsonValue]:
    """One action of a plan."""
    return {
        "kind": action.kind.value,
        "address": action.address,
        "id": action.id,
        "reason": action.reason,
        "explanation": action.explanation,
        "calls": [call.value for call in action.calls],
        "changes": [change_document(change) for change in action.changes],
        "drift": [change_document(change) for change in action.drift],
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
        calls=part.choices("calls", Call),
        changes=tuple(decode_change(change) for change in part.items("changes")),
        drift=tuple(decode_change(change) for change in part.items("drift")),
        restarts=part.flag("restarts"),
        data_lost=part.text("dataLost"),
        prepaid=part.flag("prepaid"),
        hint=part.text("hint"),
        command=part.text("command"),
    )


def _encode_basis(basis: Basis) -> dict[str, JsonValue]:
    return {
        "files": list(basis.files),
        "only": list(basis.only),
        "exclude": list(basis.exclude),
        "replace": list(basis.replace),
        "refreshOnly": basis.refresh_only,
        "recreateLost": basis.recreate_lost,
        "allowEmpty": basis.allow_empty,
    }


def _decode_basis(part: Part) -> Basis:
    part.only(_BASIS_KEYS)
    return Basis(
        files=part.texts("files"),
        only=part.texts("only"),
        exclude=part.texts("exclude"),
        replace=part.texts("replace"),
        refresh_only=part.flag("refreshOnly"),
        recreate_lost=part.flag("recreateLost"),
        allow_empty=part.flag("allowEmpty"),
    )


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
