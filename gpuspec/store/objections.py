"""Why a call or a note can't follow what is recorded at its address: a sentence, empty when it can."""

from collections.abc import Mapping

from gpuspec.model.address import Address
from gpuspec.model.state import Call, Intent, Order, Record


def to_intent(intent: Intent, record: Record | None) -> str:
    """Against creating at an address with this record: only what replaces its machine may be made beside it."""
    if record is None and intent.replaces:
        return f"`{intent.address}` is to replace {intent.replaces} and has no record."
    if record is not None and not intent.replaces:
        return f"`{intent.address}` is to be created and has a record."
    if record is not None and record.id != intent.replaces:
        return f"`{intent.address}` is to replace {intent.replaces} and has the record of {record.id}."
    return ""


def to_order(order: Order, record: Record | None) -> str:
    """Against a call on a machine of this address."""
    if order.call is Call.CREATE:
        return f"`{order.address}` is ordered to be created; only an intent does that."
    held = () if record is None else (record.id, *(record.outgoing if order.call is Call.DELETE else ()))
    if record is None or order.id not in held:
        return f"`{order.address}` holds no machine {order.id} that could be told to {order.call.value}."
    if (order.after is None) is not (order.call is Call.DELETE):
        return f"The order {order.nonce} to {order.call.value} says the wrong thing of the record after it."
    if order.after is not None and _identity(order.after) != _identity(record):
        return f"The order {order.nonce} would make `{order.address}` another machine."
    return ""


def to_note(noted: Record, record: Record, order: Order | None) -> str:
    """Against another text of this record while this order is open."""
    if noted.outgoing != record.outgoing:
        return f"A note on `{record.address}` can't say which replaced machines are still there."
    if order is not None and order.after is not None:
        return f"`{record.address}` is noted on while an order is open that would take the note back."
    return ""


def to_adopting(adopted: Record, records: Mapping[Address, Record], *, open_calls: Mapping[Address, str]) -> str:
    """Against recording this machine beside these records; `open_calls` is address -> nonce."""
    if adopted.address in records:
        return f"`{adopted.address}` adopts {adopted.id} and has the record of {records[adopted.address].id}."
    if adopted.address in open_calls:
        return f"`{adopted.address}` adopts {adopted.id} while a call for it is open."
    if adopted.nonce in open_calls.values():
        return f"`{adopted.address}` adopts {adopted.id}, which answers an open call."
    if adopted.outgoing:
        return f"`{adopted.address}` adopts {adopted.id} with {adopted.outgoing[0]}, which it never replaced."
    holder = next((held for held in records.values() if adopted.id in (held.id, *held.outgoing)), None)
    return "" if holder is None else f"`{adopted.address}` adopts {adopted.id}, which `{holder.address}` holds."


def to_moving(
    address: Address, to: Address, records: Mapping[Address, Record], *, open_calls: Mapping[Address, str]
) -> str:
    """Against putting the record of one address under another; `open_calls` is address -> nonce."""
    if to in records:
        return f"`{address}` moves to `{to}`, which has the record of {records[to].id}."
    busy = next((each for each in (address, to) if each in open_calls), "")
    return f"`{address}` moves to `{to}` while a call for `{busy}` is open." if busy else ""


def to_forgetting(record: Record) -> str:
    """Against dropping this record."""
    if record.outgoing:
        return f"`{record.address}` is forgotten while {record.outgoing[0]} is still to be deleted."
    return ""


def _identity(record: Record) -> tuple[object, ...]:
    return (record.address, record.id, record.nonce, record.outgoing)
