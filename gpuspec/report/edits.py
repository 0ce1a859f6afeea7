"""What became of an edit of the state, and of a check of it, as text."""

from collections.abc import Sequence

from gpuspec.model.state import Record, State
from gpuspec.report.text import EMPTY, Line, Span, counted, hint_lines, line


def moved_lines(record: Record, to: str) -> tuple[Line, ...]:
    """Where the record stands now; `record` is as it was before."""
    words = f"  {record.id}, until now at `{record.address}`"
    return (
        line(Span(to, "bold"), words),
        *hint_lines("call it so in the spec too, or the next plan takes it for removed"),
    )


def released_lines(records: Sequence[Record]) -> tuple[Line, ...]:
    """Which records would be dropped."""
    return tuple(line(Span(record.address, "bold"), f"  {record.id}") for record in records)


def removed_lines(records: Sequence[Record]) -> tuple[Line, ...]:
    """Which records were dropped, and what that means."""
    lines = [
        line(Span(record.address, "bold"), f"  forgotten; {record.id} goes on, and costs money until it is deleted")
        for record in records
    ]
    return (*lines, *hint_lines("take it out of the spec too, or the next apply makes another"))


def verified_lines(state: State, faults: Sequence[str]) -> tuple[Line, ...]:
    """What is wrong with a state, and how much of it was looked at."""
    birth = state.birth
    whose = f"{counted(len(state.records), 'record')} of {birth.project}/{birth.environment}, serial {state.serial}"
    if not faults:
        return (line(Span(f"Nothing is wrong: {whose}", "bold")),)
    return (
        *(line(Span("fault:", "error"), f" {fault}") for fault in faults),
        *hint_lines("restore the state from `.gpuspec/backups` or version control"),
        EMPTY,
        line(Span(f"{counted(len(faults), 'fault')} found: {whose}", "bold")),
    )
