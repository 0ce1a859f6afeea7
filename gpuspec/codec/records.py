"""What state and journal have in common: records, intents, orders, lifecycles, markers."""

from gpuspec.codec.reading import Damage, Part
from gpuspec.codec.values import decode_fields, encode_fields
from gpuspec.model.address import Address
from gpuspec.model.instance import Lifecycle, OnRemove, Power
from gpuspec.model.marker import Marker
from gpuspec.model.project import JsonValue
from gpuspec.model.state import Call, Intent, Order, Record

_LIFECYCLE_KEYS = frozenset({"protect", "onRemove", "desired"})
_MARKER_KEYS = frozenset({"lineage", "project", "environment", "address", "nonce"})
_RECORD_KEYS = frozenset(
    {
        "id",
        "nonce",
        "source",
        "fields",
        "named",
        "lifecycle",
        "createdAt",
        "updatedAt",
        "shown",
        "ready",
        "outgoing",
        "unknown",
    }
)
_INTENT_KEYS = frozenset(
    {
        "call",
        "address",
        "marker",
        "digest",
        "at",
        "timeoutSeconds",
        "source",
        "fields",
        "named",
        "lifecycle",
        "replaces",
    }
)
_ORDER_KEYS = frozenset({"call", "address", "id", "at", "timeoutSeconds", "digest", "after"})


def encode_record(record: Record) -> dict[str, JsonValue]:
    """All of a record but its address, which is the key that it stands under."""
    return {
        **({"unknown": [*sorted(record.unknown)]} if record.unknown else {}),
        "id": record.id,
        "nonce": record.nonce,
        "source": record.source,
        "fields": encode_fields(record.fields),
        "named": [*sorted(record.named)],
        "lifecycle": _encode_lifecycle(record.lifecycle),
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
        "shown": encode_fields(record.shown),
        "ready": record.ready,
        "outgoing": list(record.outgoing),
    }


def decode_record(part: Part, *, address: Address) -> Record:
    """The record at this address."""
    part.only(_RECORD_KEYS)
    return Record(
        address=address,
        id=part.name("id"),
        nonce=part.text("nonce"),
        source=part.text("source"),
        fields=decode_fields(part.part("fields")),
        named=frozenset(part.texts("named")),
        lifecycle=_decode_lifecycle(part.part("lifecycle")),
        created_at=part.number("createdAt"),
        updated_at=part.number("updatedAt"),
        shown=decode_fields(part.part("shown")),
        ready=part.flag("ready"),
        outgoing=part.texts("outgoing"),
        # Only a rebuilt record has any.
        unknown=frozenset(part.texts("unknown")) if part.has("unknown") else frozenset(),
    )


def encode_intent(intent: Intent) -> dict[str, JsonValue]:
    """All of an intent but its nonce, which is the key that it stands under."""
    return {
        "call": intent.call.value,
        "address": intent.address,
        "marker": _encode_marker(intent.marker),
        "digest": intent.digest,
        "at": intent.at,
        "timeoutSeconds": intent.timeout_s,
        "source": intent.source,
        "fields": encode_fields(intent.fields),
        "named": [*sorted(intent.named)],
        "lifecycle": _encode_lifecycle(intent.lifecycle),
        "replaces": intent.replaces,
    }


def decode_intent(part: Part, *, nonce: str) -> Intent:
    """The intent with this nonce."""
    part.only(_INTENT_KEYS)
    call = part.choice("call", Call)
    if call is not Call.CREATE:
        raise Damage(part.path("call"), f"is `{call.value}`, which has an order and no intent")
    return Intent(
        nonce=nonce,
        call=call,
        address=part.name("address"),
        marker=_decode_marker(part.part("marker")),
        digest=part.text("digest"),
        at=part.number("at"),
        timeout_s=part.number("timeoutSeconds"),
        source=part.text("source"),
        fields=decode_fields(part.part("fields")),
        named=frozenset(part.texts("named")),
        lifecycle=_decode_lifecycle(part.part("lifecycle")),
        replaces=part.text("replaces"),
    )


def encode_order(order: Order) -> dict[str, JsonValue]:
    """All of an order but its nonce, which is the key that it stands under."""
    return {
        "call": order.call.value,
        "address": order.address,
        "id": order.id,
        "at": order.at,
        "timeoutSeconds": order.timeout_s,
        "digest": order.digest,
        "after": None if order.after is None else encode_record(order.after),
    }


def decode_order(part: Part, *, nonce: str) -> Order:
    """The order with this nonce."""
    part.only(_ORDER_KEYS)
    call, address = part.choice("call", Call), part.name("address")
    if call is Call.CREATE:
        raise Damage(part.path("call"), "is `create`, which has an intent and no order")
    if (part.value("after") is None) is not (call is Call.DELETE):
        raise Damage(part.path("after"), "is null for every `delete`, and for nothing else")
    return Order(
        nonce=nonce,
        call=call,
        address=address,
        id=part.name("id"),
        at=part.number("at"),
        timeout_s=part.number("timeoutSeconds"),
        digest=part.text("digest"),
        after=None if call is Call.DELETE else decode_record(part.part("after"), address=address),
    )


def _encode_lifecycle(lifecycle: Lifecycle) -> dict[str, JsonValue]:
    return {
        "protect": lifecycle.protect,
        "onRemove": lifecycle.on_remove.value,
        "desired": None if lifecycle.desired is None else lifecycle.desired.value,
    }


def _decode_lifecycle(part: Part) -> Lifecycle:
    part.only(_LIFECYCLE_KEYS)
    return Lifecycle(
        protect=part.flag("protect"),
        on_remove=part.choice("onRemove", OnRemove),
        desired=None if part.value("desired") is None else part.choice("desired", Power),
    )


def _encode_marker(marker: Marker) -> dict[str, JsonValue]:
    return {
        "lineage": marker.lineage,
        "project": marker.project,
        "environment": marker.environment,
        "address": marker.address,
        "nonce": marker.nonce,
    }


def _decode_marker(part: Part) -> Marker:
    part.only(_MARKER_KEYS)
    return Marker(
        lineage=part.text("lineage"),
        project=part.text("project"),
        environment=part.text("environment"),
        address=part.text("address"),
        nonce=part.text("nonce"),
    )
