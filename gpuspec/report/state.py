"""What is recorded, as text: the table of `state list`, and one record in full."""

from collections.abc import Iterator
from datetime import UTC, datetime

from gpuspec.model.fields import FIELDS
from gpuspec.model.state import Instant, OpenOrder, Record, State
from gpuspec.model.values import Fields
from gpuspec.planning.compare import created, in_words
from gpuspec.planning.rebuilding import awaits_spec
from gpuspec.report.text import EMPTY, Line, Span, aligned, counted, line


def state_lines(state: State) -> tuple[Line, ...]:
    """The table of records, then what is open; one row an address, sorted by address."""
    rows = [
        _heading(("ADDRESS", "ID", "MADE", "FILE", "")),
        *(_row(state.records[name]) for name in sorted(state.records)),
    ]
    table = aligned(rows) if state.records else (line("Nothing is recorded."),)
    return (*table, *_open(state), EMPTY, line(Span(_totals(state), "bold")))


def record_lines(record: Record) -> tuple[Line, ...]:
    """One record: what was sent, what the API showed, and what is ours about it."""
    facts = (
        ("address", record.address),
        ("id", record.id),
        ("file", record.source or ("not known" if awaits_spec(record) else "standard input")),
        ("made", moment(record.created_at)),
        ("written", moment(record.updated_at)),
        ("ready", in_words(record.ready)),
        ("marker", record.nonce),
        ("protect", in_words(record.lifecycle.protect)),
        ("onRemove", record.lifecycle.on_remove.value),
        *(("outgoing", id_) for id_ in record.outgoing),
        *((("unknown", ", ".join(name for name in FIELDS if name in record.unknown)),) if record.unknown else ()),
    )
    lines = [*aligned([(Span(name, "dim"), Span(words)) for name, words in facts])]
    lines += [EMPTY, line(Span("sent", "bold")), *_fields(record.fields)]
    if record.shown:
        lines += [EMPTY, line(Span("shown by the API", "bold")), *_fields(record.shown)]
    return tuple(lines)


def moment(at: Instant) -> str:
    """A time as `2026-01-31 09:12:00 UTC`; a document that was edited may hold a number that is none."""
    try:
        return datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, OSError, ValueError):
        return f"{at:g} s after 1970"


def _heading(names: tuple[str, ...]) -> tuple[Span, ...]:
    return tuple(Span(name, "dim") for name in names)


def _row(record: Record) -> tuple[Span, ...]:
    remarks = (
        "" if record.ready else "not ready",
        "protected" if record.lifecycle.protect else "",
        "rebuilt" if awaits_spec(record) else "",
    )
    return (
        Span(record.address, "bold"),
        Span(record.id),
        Span(moment(record.created_at)),
        Span(record.source or "-"),
        Span(", ".join(remark for remark in remarks if remark)),
    )


def _open(state: State) -> Iterator[Line]:
    for nonce, intent in state.intents.items():
        reason = f": {intent.reason}" if intent.reason else ""
        yield line(Span("unresolved:", "warning"), f" {intent.intent.address} (marker {nonce}){reason}")
    for open_order in state.orders.values():
        yield _open_order(open_order)
    for nonce, tombstone in state.tombstones.items():
        at = moment(tombstone.judged_at)
        yield line(Span("judged absent:", "dim"), f" {tombstone.intent.address} (marker {nonce}) at {at}")


def _open_order(held: OpenOrder) -> Line:
    what = f" {held.order.address} ({held.order.call.value} of {held.order.id})"
    if held.obeyed_at is not None:
        return line(Span("leaving:", "warning"), f"{what}, taken at {moment(held.obeyed_at)}")
    return line(Span("unresolved:", "warning"), what + (f": {held.reason}" if held.reason else ""))


def _totals(state: State) -> str:
    birth = state.birth
    return f"{counted(len(state.records), 'record')} of {birth.project}/{birth.environment}, serial {state.serial}"


def _fields(fields: Fields) -> Iterator[Line]:
    known = [(Span(change.field, "dim"), Span(in_words(change.after))) for change in created(fields)]
    yield from aligned(known, indent=2)
