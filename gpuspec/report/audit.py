"""Whose every machine of the account is, as text: a table, the weightiest first, with what to do in words."""

from collections import Counter
from collections.abc import Iterator

from gpuspec.model.audit import Audit, Audited, Owner
from gpuspec.model.calling import PLAIN, Calling
from gpuspec.model.state import Instant
from gpuspec.report.events import duration
from gpuspec.report.status import target
from gpuspec.report.text import EMPTY, Line, Span, aligned, hint_lines, line

_DAY_S = 24 * 3600
_STYLES = {
    Owner.STRAY: "bad",
    Owner.LOST: "bad",
    Owner.UNRESOLVED: "bad",
    Owner.UNKNOWN: "warning",
    Owner.MISSING: "warning",
    Owner.MANAGED: "good",
    Owner.LET_GO: "dim",
    Owner.ELSEWHERE: "dim",
    Owner.UNMANAGED: "",
}
_IMPORTABLE = frozenset({Owner.LOST, Owner.LET_GO, Owner.UNMANAGED})


def audit_lines(audit: Audit, *, calling: Calling = PLAIN) -> tuple[Line, ...]:
    """Every machine; what makes the table doubtful stands above it and again below."""
    head = line(Span(f"{target(audit.birth)}, state serial {audit.serial}", "bold"))
    rows = [_heading(), *(_row(machine, audit.at) for machine in audit.machines)]
    table = aligned(rows) if audit.machines else (line("The account shows no instance."),)
    doubts = tuple(_doubts(audit))
    again = (EMPTY, *_incomplete(audit)) if audit.incomplete else ()
    return (head, EMPTY, *doubts, *table, *_way_on(audit, calling), *again, EMPTY, line(Span(totals(audit), "bold")))


def totals(audit: Audit) -> str:
    """How many machines are whose, in the order of the table."""
    counts = Counter(machine.owner for machine in audit.machines)
    counted = ", ".join(f"{counts[owner]:,} {owner.value}" for owner in Owner if counts[owner])
    return f"Audit: {counted or 'nothing'}{' (incomplete)' if audit.incomplete else ''}"


def age(seconds: float) -> str:
    """`3 d 4 h` from a day on, else as a duration."""
    if seconds < _DAY_S:
        return duration(max(seconds, 0.0))
    days, rest = divmod(int(seconds), _DAY_S)
    return f"{days:,} d {rest // 3600} h"


def _doubts(audit: Audit) -> Iterator[Line]:
    yield from _incomplete(audit)
    for warning in audit.warnings:
        yield line(Span("warning:", "warning"), f" {warning}")
    if audit.incomplete or audit.warnings:
        yield EMPTY


def _incomplete(audit: Audit) -> Iterator[Line]:
    if audit.incomplete:
        words = f" there may be machines that are not shown here. {audit.incomplete}"
        yield line(Span("INCOMPLETE:", "error"), words)


def _way_on(audit: Audit, calling: Calling) -> Iterator[Line]:
    if any(machine.owner in _IMPORTABLE for machine in audit.machines):
        yield EMPTY
        words = "gpuspec deletes only what is recorded; once one is imported (`--write FILE` adds it to a spec)"
        yield from hint_lines(words, calling.whole("gpuspec destroy --only ADDRESS"))


def _heading() -> tuple[Span, ...]:
    return tuple(Span(name, "dim") for name in ("OWNER", "ADDRESS", "ID", "NAME", "STATUS", "AGE", "WHAT TO DO"))


def _row(machine: Audited, at: Instant) -> tuple[Span, ...]:
    where = " of ".join(part for part in (machine.address, _project(machine)) if part)
    return (
        Span(machine.owner.value, _STYLES[machine.owner]),
        Span(where or "-", "bold"),
        Span(machine.id or "-"),
        Span(machine.name or "-"),
        Span(machine.status or "-"),
        Span("-" if machine.created_at is None else age(at - machine.created_at)),
        Span(machine.advice),
    )


def _project(machine: Audited) -> str:
    """Only where it is not this one."""
    return machine.project if machine.owner is Owner.ELSEWHERE else ""
