"""Drift as text: what drifted first, then what can't be told, what is merely pending, what can't be verified."""

from collections.abc import Iterable, Iterator, Sequence

from gpuspec.model.drift import Drifted, DriftReport, Unverified
from gpuspec.model.plan import Action, ActionKind, Certainty, Change, Outside
from gpuspec.planning.compare import wording
from gpuspec.report.status import target
from gpuspec.report.text import EMPTY, Line, Span, aligned, counted, hint_lines, line
from gpuspec.report.view import SIGNS

SHOWN = 40
_NAMED = 3
_INDENT = 6


def drift_lines(report: DriftReport, *, full: bool = False) -> tuple[Line, ...]:
    """The report; the last line counts.

    Args:
        full: Show every entry; else at most 40 of each part, the rest counted.
    """
    lines: list[Line] = [line(Span(f"{target(report.birth)}, state serial {report.serial}", "bold")), EMPTY]
    lines += _part("drifted", [tuple(_drifted(found)) for found in report.drifted], full=full)
    lines += _part("open", [tuple(_action(action)) for action in report.doubts], full=full)
    lines += _part("pending, no drift", [tuple(_action(action)) for action in report.pending], full=full)
    lines += _unverified(report.unverified)
    lines += _remarks(report)
    return (*lines, line(Span(totals(report), "bold")))


def totals(report: DriftReport) -> str:
    """The line that ends every report."""
    missing = sum(found.missing for found in report.drifted)
    open_kinds = [action.kind for action in report.doubts]
    unresolved = open_kinds.count(ActionKind.UNRESOLVED)
    strays = open_kinds.count(ActionKind.STRAY)
    return (
        f"Drift: {len(report.drifted) - missing:,} drifted, {missing:,} missing, {report.in_step:,} in step; "
        f"{len(report.pending):,} pending, {unresolved:,} unresolved, {strays:,} stray, "
        f"{len(open_kinds) - unresolved - strays:,} can't be told"
    )


def certain(changes: Iterable[Change]) -> list[Change]:
    """Those that are known to differ."""
    return [change for change in changes if change.certainty is Certainty.DIFFERENT]


def explained(action: Action) -> str:
    """What the next apply would do, and why; what differs says so itself."""
    return f"{SIGNS[action.kind][2]}: {action.explanation}"


def missing_words(found: Drifted) -> str:
    """What is known of an instance that is proven gone."""
    return f"{found.id} is missing: not in a complete list, and not found when asked for twice"


def outside_words(outside: Outside) -> Iterator[str]:
    """What the report leaves out, a sentence each."""
    if outside.count:
        yield f"Not looked at: {counted(outside.count, 'record')} whose file was not named."
    if outside.excluded:
        yield f"Left out by `--only` and `--exclude`: {counted(outside.excluded, 'address', 'addresses')}."


def _part(title: str, entries: Sequence[tuple[Line, ...]], *, full: bool) -> Iterator[Line]:
    if not entries:
        return
    yield line(Span(f"{title}:", "dim"))
    for entry in entries if full else entries[:SHOWN]:
        yield from entry
    if len(entries) > SHOWN and not full:
        yield line(f"… and {len(entries) - SHOWN:,} more", indent=2)
    yield EMPTY


def _drifted(found: Drifted) -> Iterator[Line]:
    address = Span(found.address, "bold")
    if found.missing:
        yield line(Span("-  ", "remove"), " ", address, f"  {missing_words(found)}", indent=2)
        return
    yield line(Span("~  ", "change"), " ", address, f"  {found.id}", indent=2)
    yield from _changes(found.changes)


def _changes(changes: Iterable[Change]) -> Iterable[Line]:
    rows = [(Span(change.field, "dim"), Span(words)) for change in certain(changes) for words in wording(change)]
    return aligned(rows, indent=_INDENT)


def _action(action: Action) -> Iterator[Line]:
    sign, style, _ = SIGNS[action.kind]
    yield line(Span(f"{sign:<3}", style), " ", Span(action.address, "bold"), f"  {explained(action)}", indent=2)
    if action.kind is not ActionKind.CREATE:
        yield from _changes(action.changes)
    if action.kind in {ActionKind.UNRESOLVED, ActionKind.STRAY}:
        yield from hint_lines(action.hint, action.command, indent=_INDENT)


def _unverified(found: Sequence[Unverified]) -> Iterator[Line]:
    if not found:
        return
    yield line(Span("can't be verified:", "dim"))
    rows = [(Span(each.field), Span(each.why.value), Span(some(each.addresses), "dim")) for each in found]
    yield from aligned(rows, indent=2)
    yield EMPTY


def some(addresses: Sequence[str]) -> str:
    """The first of them by name, the rest by number."""
    named = ", ".join(addresses[:_NAMED])
    return named if len(addresses) <= _NAMED else f"{named} and {len(addresses) - _NAMED:,} more"


def _remarks(report: DriftReport) -> Iterable[Line]:
    lines = [line(words) for words in outside_words(report.outside)]
    lines += [line(Span("warning:", "warning"), f" {warning}") for warning in report.warnings]
    return [*lines, EMPTY] if lines else lines
