"""The state to the text of its file and back."""

from collections.abc import Callable, Sequence

from gpuspec.codec.collector import collector_paused
from gpuspec.codec.layout import laid_out
from gpuspec.codec.reading import Damage, Part, parse
from gpuspec.codec.records import (
    decode_intent,
    decode_order,
    decode_record,
    encode_intent,
    encode_order,
    encode_record,
)
from gpuspec.errors import DamagedState, NewerState
from gpuspec.model.marker import MarkerMode
from gpuspec.model.project import JsonValue
from gpuspec.model.state import Birth, MarkerSeen, OpenIntent, OpenOrder, Released, State, Tombstone

Upgrade = Callable[[dict[str, JsonValue]], dict[str, JsonValue]]

# The first turns a document of version 1 into one of version 2, and so on.
UPGRADES: tuple[Upgrade, ...] = ()
VERSION = 1 + len(UPGRADES)

_STATE_KEYS = frozenset(
    {
        "version",
        "lineage",
        "origin",
        "project",
        "environment",
        "marker",
        "serial",
        "seq",
        "keyDigest",
        "markerSeen",
        "records",
        "released",
        "intents",
        "orders",
        "tombstones",
    }
)
_RELEASED_KEYS = frozenset({"address", "at", "reason"})
_OPEN_KEYS = frozenset({"intent", "doubtedAt", "reason"})
_OPEN_ORDER_KEYS = frozenset({"order", "doubtedAt", "obeyedAt", "reason"})
_TOMBSTONE_KEYS = frozenset({"intent", "judgedAt"})


def encode_state(state: State) -> bytes:
    """The text of the state file: keys sorted, one field a line, a newline at its end."""
    with collector_paused():
        return laid_out(state_document(state))


def state_document(state: State) -> dict[str, JsonValue]:
    """The state as data."""
    return {
        "version": VERSION,
        "lineage": state.birth.lineage,
        "origin": state.birth.origin,
        "project": state.birth.project,
        "environment": state.birth.environment,
        "marker": state.birth.marker.value,
        "serial": state.serial,
        "seq": state.seq,
        "keyDigest": state.key_digest,
        "markerSeen": state.marker_seen.value,
        "records": {address: encode_record(record) for address, record in state.records.items()},
        "released": {
            id_: {"address": released.address, "at": released.at, "reason": released.reason}
            for id_, released in state.released.items()
        },
        "intents": {nonce: _encode_open(open_intent) for nonce, open_intent in state.intents.items()},
        "orders": {nonce: _encode_open_order(open_order) for nonce, open_order in state.orders.items()},
        "tombstones": {
            nonce: {"intent": encode_intent(tombstone.intent), "judgedAt": tombstone.judged_at}
            for nonce, tombstone in state.tombstones.items()
        },
    }


def decode_state(content: bytes, *, where: str, upgrades: Sequence[Upgrade] = UPGRADES) -> State:
    """The state in the text of its file, of this version or an earlier one.

    Args:
        where: How the state is called in messages.

    Raises:
        NewerState: A later gpuspec wrote it.
        DamagedState: It can't be read; the message says what is wrong and where.
    """
    try:
        with collector_paused():
            return _state(_upgraded(Part(parse(content)), where=where, upgrades=upgrades))
    except Damage as damage:
        message = f"{where} can't be read. {damage}"
        hint = "restore it from `.gpuspec/backups`, from version control or from a backup of your own"
        raise DamagedState(message, hint=hint) from damage


def _upgraded(part: Part, *, where: str, upgrades: Sequence[Upgrade]) -> Part:
    version = part.integer("version", minimum=1)
    latest = 1 + len(upgrades)
    if version > latest:
        message = f"{where} has version {version} of the format, and this gpuspec reads versions up to {latest}."
        raise NewerState(message, hint="use the gpuspec that wrote it, or a later one")
    data = dict(part.entries())
    for upgrade in upgrades[version - 1 :]:
        data = upgrade(data)
    return Part(data)


def _state(part: Part) -> State:
    part.only(_STATE_KEYS)
    return State(
        birth=_birth(part),
        serial=part.integer("serial"),
        seq=part.integer("seq"),
        key_digest=part.text("keyDigest"),
        marker_seen=part.choice("markerSeen", MarkerSeen),
        records={address: decode_record(entry, address=address) for address, entry in part.parts("records")},
        released={id_: _decode_released(entry, id_) for id_, entry in part.parts("released")},
        intents={nonce: _decode_open(entry, nonce) for nonce, entry in part.parts("intents")},
        orders={nonce: _decode_open_order(entry, nonce) for nonce, entry in part.parts("orders")},
        tombstones={nonce: _decode_tombstone(entry, nonce) for nonce, entry in part.parts("tombstones")},
    )


def _birth(part: Part) -> Birth:
    return Birth(
        lineage=part.name("lineage"),
        origin=part.name("origin"),
        project=part.name("project"),
        environment=part.name("environment"),
        marker=part.choice("marker", MarkerMode),
    )


def _encode_open(open_intent: OpenIntent) -> dict[str, JsonValue]:
    return {
        "intent": encode_intent(open_intent.intent),
        "doubtedAt": open_intent.doubted_at,
        "reason": open_intent.reason,
    }


def _decode_open(part: Part, nonce: str) -> OpenIntent:
    part.only(_OPEN_KEYS)
    return OpenIntent(
        intent=decode_intent(part.part("intent"), nonce=nonce),
        doubted_at=_instant(part, "doubtedAt"),
        reason=part.text("reason"),
    )


def _encode_open_order(open_order: OpenOrder) -> dict[str, JsonValue]:
    return {
        "order": encode_order(open_order.order),
        "doubtedAt": open_order.doubted_at,
        "obeyedAt": open_order.obeyed_at,
        "reason": open_order.reason,
    }


def _decode_open_order(part: Part, nonce: str) -> OpenOrder:
    part.only(_OPEN_ORDER_KEYS)
    order, obeyed_at = decode_order(part.part("order"), nonce=nonce), _instant(part, "obeyedAt")
    if obeyed_at is not None and order.after is not None:
        raise Damage(part.path("obeyedAt"), "is set, and only a `delete` stays open once it was obeyed")
    return OpenOrder(
        order=order, doubted_at=_instant(part, "doubtedAt"), obeyed_at=obeyed_at, reason=part.text("reason")
    )


def _instant(part: Part, key: str) -> float | None:
    return None if part.value(key) is None else part.number(key)


def _decode_released(part: Part, id_: str) -> Released:
    part.only(_RELEASED_KEYS)
    return Released(id=id_, address=part.text("address"), at=part.number("at"), reason=part.text("reason"))


def _decode_tombstone(part: Part, nonce: str) -> Tombstone:
    part.only(_TOMBSTONE_KEYS)
    return Tombstone(intent=decode_intent(part.part("intent"), nonce=nonce), judged_at=part.number("judgedAt"))
