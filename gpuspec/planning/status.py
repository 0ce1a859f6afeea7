"""Recorded and live to how each machine stands; nothing is desired here."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from gpuspec.model.address import Address
from gpuspec.model.live import LiveInstance, Observation, Phase
from gpuspec.model.reach import Reach
from gpuspec.model.state import Instant, OpenIntent, Record, State
from gpuspec.model.status import Standing, Status, StatusRow
from gpuspec.planning.sightings import Sightings, ids_of, is_own, sort_out

_OTHER_KEY = (
    "Another API key is in use than the last time: what is missing may well be in the account of the key of before."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What was looked at, and how.

    Attributes:
        chosen: The addresses that were asked for. A stray is reported whatever was asked for.
        unread: id -> why GET did not tell the ways into a running machine.
        other_key: Another API key is in use than the last time: nothing that is missing is proven gone.
    """

    state: State
    observation: Observation
    chosen: Collection[Address]
    unread: Mapping[str, str] = field(default_factory=dict)
    other_key: bool = False


def status_of(view: View, *, at: Instant) -> Status:
    """How every chosen machine stands, and every stray."""
    state = view.state
    sightings = sort_out(view.observation, state)
    return Status(
        birth=state.birth,
        serial=state.serial,
        at=at,
        rows=(*_recorded(view), *_unresolved(view, sightings), *_ordered(view), *_strays(view, sightings)),
        absent=tuple(
            sorted(
                (tombstone.intent.address, tombstone.judged_at)
                for tombstone in state.tombstones.values()
                if tombstone.intent.address in view.chosen
            )
        ),
        warnings=tuple(_warnings(view)),
    )


def has_other_key(state: State, key_digest: str) -> bool:
    """Whether the API key in use is another than the last time, as far as is known."""
    return bool(state.key_digest and key_digest and state.key_digest != key_digest)


def _recorded(view: View) -> Iterator[StatusRow]:
    records, rows = view.state.records, view.observation.rows
    for address in sorted(records.keys() & set(view.chosen)):
        record = records[address]
        live = rows.get(record.id)
        yield _missing(view, record) if live is None else _seen(view, record, live)
        for id_ in record.outgoing:
            if id_ in rows:
                yield _beside(address, Standing.OUTGOING, rows[id_], "It was replaced and is still to be deleted.")


def _seen(view: View, record: Record, live: LiveInstance) -> StatusRow:
    known = live.phase is not Phase.UNKNOWN
    running = live.phase is Phase.RUNNING
    return StatusRow(
        address=record.address,
        standing=Standing.SEEN if known else Standing.UNKNOWN,
        id=record.id,
        status=live.status,
        since=record.created_at if live.created_at is None else live.created_at,
        # What stopped may show the ways of its last run: they lead nowhere, or to somebody else's machine.
        reach=live.reach if running else Reach(),
        message=live.status_error or ("" if known else _unknown_status(live)) or view.unread.get(record.id, ""),
    )


def _unknown_status(live: LiveInstance) -> str:
    return "gpuspec does not know this status." if live.status else "The service shows no status."


def _missing(view: View, record: Record) -> StatusRow:
    gone = record.id in view.observation.gone
    proven = gone and not view.other_key
    doubt = _OTHER_KEY if gone else view.observation.unproven.get(record.id) or view.observation.incomplete
    return StatusRow(
        address=record.address,
        standing=Standing.GONE if proven else Standing.UNKNOWN,
        id=record.id,
        since=record.created_at,
        message="Missing from a complete list, and not found when asked for twice." if proven else doubt,
    )


def _unresolved(view: View, sightings: Sightings) -> Iterator[StatusRow]:
    intents = [each for each in view.state.intents.values() if each.intent.address in view.chosen]
    for open_intent in sorted(intents, key=lambda each: each.intent.address):
        intent = open_intent.intent
        answer = sightings.answers.get(intent.nonce)
        name = intent.fields.get("name")
        candidates = sightings.candidates(intent.address, name if isinstance(name, str) else "")
        yield StatusRow(
            address=intent.address,
            standing=Standing.UNRESOLVED,
            id="" if answer is None else answer.id,
            status="" if answer is None else answer.status,
            since=intent.at,
            message=_why_open(open_intent, answer, ids_of(candidates)),
        )


def _why_open(open_intent: OpenIntent, answer: LiveInstance | None, candidates: str) -> str:
    if answer is not None:
        return "This machine carries the request's marker; it is not recorded yet."
    reason = open_intent.reason.rstrip(".") or "the run ended before the answer came"
    return f"What became of the request is not known: {reason}." + (
        f" Perhaps it is {candidates}." if candidates else ""
    )


def _ordered(view: View) -> Iterator[StatusRow]:
    """Calls on recorded machines whose outcome is not known; a deletion that was taken only waits for its end."""
    orders = [each for each in view.state.orders.values() if each.order.address in view.chosen]
    for open_order in sorted(orders, key=lambda each: each.order.address):
        order, live = open_order.order, view.observation.rows.get(open_order.order.id)
        taken = open_order.obeyed_at is not None
        reason = open_order.reason.rstrip(".") or "the run ended before the answer came"
        yield StatusRow(
            address=order.address,
            standing=Standing.OUTGOING if taken else Standing.UNRESOLVED,
            id=order.id,
            status="" if live is None else live.status,
            since=order.at,
            message="Its deletion was taken, and it is not proven gone yet."
            if taken
            else f"What became of the request to {order.call.value} it is not known: {reason}.",
        )


def _strays(view: View, sightings: Sightings) -> Iterator[StatusRow]:
    for tombstone, row in sightings.strays:
        words = "It answers a request that was judged to have made nothing."
        yield _beside(tombstone.intent.address, Standing.STRAY, row, words)
    for rows in sightings.strangers.values():
        for row in rows:
            marker = None if row.trace is None else row.trace.marker
            if marker is not None and is_own(view.state.birth, row):
                words = "It carries this state's marker, and the state has no record of it."
                yield _beside(marker.address, Standing.STRAY, row, words)


def _beside(address: Address, standing: Standing, live: LiveInstance, message: str) -> StatusRow:
    return StatusRow(
        address=address,
        standing=standing,
        id=live.id,
        status=live.status,
        since=live.created_at,
        message=message,
    )


def _warnings(view: View) -> Iterator[str]:
    if view.other_key:
        yield _OTHER_KEY
    unproven = view.observation.incomplete or view.observation.hidden
    if unproven:
        yield f"There may be strays that can't be seen: {unproven.rstrip('.')}."
