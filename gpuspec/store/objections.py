"""Why a call or a note can't follow what is recorded at its address: a sentence, empty when it can."""

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


def to_forgetting(record: Record) -> str:
    """Against dropping this record."""
    if record.outgoing:
        return f"`{record.address}` is forgotten while {record.outgoing[0]} is still to be deleted."
    return ""


def _identity(record: Record) -> tuple[object, ...]:
    return (record.address, record.id, record.nonce, record.outgoing)
