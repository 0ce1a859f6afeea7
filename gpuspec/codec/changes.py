"""Changes as data: what a plan, a receipt and a drift report say of one field."""

from gpuspec.codec.reading import Damage, Part
from gpuspec.codec.values import decode_value, encode_value
from gpuspec.model.plan import Absence, Certainty, Change
from gpuspec.model.project import JsonValue
from gpuspec.model.secret import OutOfReach, Secret, SecretRef
from gpuspec.model.values import FieldValue

_NOT_AT_HAND: dict[str, JsonValue] = {"secret": "not at hand"}
_CHANGE_KEYS = frozenset({"field", "before", "after", "certainty", "references"})


def change_document(change: Change) -> dict[str, JsonValue]:
    """One change; null for what is absent, a digest for what is secret."""
    document: dict[str, JsonValue] = {
        "field": change.field,
        "before": _encode_side(change.field, change.before),
        "after": _encode_side(change.field, change.after),
        "certainty": change.certainty.value,
    }
    if change.references:
        document["references"] = [str(reference) for reference in change.references]
    return document


def decode_change(part: Part) -> Change:
    """The change in a map.

    Raises:
        Damage: It is none.
    """
    part.only(_CHANGE_KEYS)
    field = part.name("field")
    return Change(
        field=field,
        before=_decode_side(field, part, "before"),
        after=_decode_side(field, part, "after"),
        certainty=part.choice("certainty", Certainty),
        references=_decode_references(part) if part.has("references") else (),
    )


def _decode_references(part: Part) -> tuple[SecretRef, ...]:
    references = []
    for text in part.texts("references"):
        kind, colon, name = text.partition(":")
        if not colon:
            raise Damage(part.path("references"), "holds what is no reference to a secret")
        references.append(SecretRef(kind=kind, name=name))
    return tuple(references)


def _encode_side(field: str, value: FieldValue | Absence) -> JsonValue:
    match value:
        case str() | int():
            return value
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
