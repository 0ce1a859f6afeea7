"""A state that is rebuilt, as text: what is recorded with what is unknown of it, and what is not recorded."""

from collections.abc import Iterator
from functools import reduce

from gpuspec.model.calling import PLAIN, Calling
from gpuspec.model.fields import FIELDS
from gpuspec.model.rebuilding import Rebuilding, Recognised
from gpuspec.report.audit import age
from gpuspec.report.status import target
from gpuspec.report.text import EMPTY, Line, Span, aligned, counted, hint_lines, line


def recognised_lines(rebuilding: Rebuilding, *, calling: Calling = PLAIN) -> tuple[Line, ...]:
    """What would be recorded, before anybody is asked."""
    unknown = _unknown_everywhere(rebuilding)
    heading = tuple(Span(name, "dim") for name in ("ADDRESS", "ID", "STATUS", "AGE", "ALSO UNKNOWN"))
    rows = [_row(one, rebuilding.at, beyond=unknown) for one in rebuilding.recognised]
    shown = heading if any(row[-1].text for row in rows) else heading[:-1]
    return (
        line(Span(target(rebuilding.birth), "bold")),
        EMPTY,
        *aligned([shown, *rows]),
        EMPTY,
        line(f"Unknown until the next apply takes it from the spec: {_named(unknown)}."),
        *_doubts(rebuilding, calling),
    )


def rebuilt_lines(rebuilding: Rebuilding, *, calling: Calling = PLAIN) -> tuple[Line, ...]:
    """What was recorded."""
    return (
        *recognised_lines(rebuilding, calling=calling),
        EMPTY,
        line(Span(f"Rebuilt: {counted(len(rebuilding.recognised), 'record')}, each protected for now", "bold")),
        *hint_lines(
            "see what the next apply would make of it; only notes, if the specs are as they were",
            calling.whole("gpuspec plan"),
        ),
    )


def _unknown_everywhere(rebuilding: Rebuilding) -> frozenset[str]:
    return reduce(frozenset.intersection, (one.record.unknown for one in rebuilding.recognised))


def _row(one: Recognised, at: float, *, beyond: frozenset[str]) -> tuple[Span, ...]:
    record = one.record
    return (
        Span(record.address, "bold"),
        Span(record.id),
        Span(one.status),
        Span(age(at - record.created_at)),
        Span(_named(record.unknown - beyond), "warning"),
    )


def _named(names: frozenset[str]) -> str:
    return ", ".join(name for name in FIELDS if name in names)


def _doubts(rebuilding: Rebuilding, calling: Calling) -> Iterator[Line]:
    for note in rebuilding.notes:
        yield line(Span("warning:", "warning"), f" {note}")
    for each in rebuilding.twins:
        words = f" `{each.address}` is not recorded: {', '.join(each.ids)} all carry its marker, and each costs money."
        yield line(Span("NOT RECORDED:", "error"), words)
    if rebuilding.twins:
        yield from hint_lines(
            "delete those that are not wanted in the console, and record the one that is",
            calling.whole("gpuspec import ADDRESS ID"),
        )
