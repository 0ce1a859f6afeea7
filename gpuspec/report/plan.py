"""A plan as text."""

from collections.abc import Iterator

from gpuspec.model.plan import ActionKind, Basis, Plan
from gpuspec.report.state import moment
from gpuspec.report.text import EMPTY, Line, Span, aligned, hint_lines, line
from gpuspec.report.view import Detail, Entry, Group, plan_view

_INDENT = 6


def plan_lines(plan: Plan, *, full: bool = False) -> tuple[Line, ...]:
    """The plan; the last line is its summary, the one before its receipt.

    Args:
        full: Show every action; else at most 40 of each kind, the rest counted.
    """
    view = plan_view(plan, full=full)
    lines: list[Line] = [line(Span(view.target, "bold")), EMPTY]
    for group in view.groups:
        lines += _group(group)
    lines += [line(remark) for remark in view.remarks]
    lines += [line(Span("warning:", "warning"), f" {warning}") for warning in view.warnings]
    lines += [EMPTY] if view.remarks or view.warnings else []
    lines += [line("Nothing to do.")] if view.idle else []
    lines += [line(f"Beside these: {view.beside}.")] if view.beside else []
    return (*lines, line(Span(f"Receipt: {view.receipt}", "dim")), line(Span(view.summary, "bold")))


def reviewed_lines(plan: Plan, *, full: bool = False) -> tuple[Line, ...]:
    """A plan that was made elsewhere or earlier: when and from what, then as `plan_lines`."""
    return (line(f"Made {made_from(plan)}"), *plan_lines(plan, full=full))


def made_from(plan: Plan) -> str:
    """When the plan was made, and from what."""
    return f"{moment(plan.made_at)} from {_basis(plan.basis)}"


def _basis(basis: Basis) -> str:
    words = [", ".join(basis.files) or "all specs of the project"]
    words += [f"--only {glob}" for glob in basis.only]
    words += [f"--exclude {glob}" for glob in basis.exclude]
    words += [f"--replace {address}" for address in basis.replace]
    words += ["--refresh-only"] if basis.refresh_only else []
    words += ["--recreate-lost"] if basis.recreate_lost else []
    words += ["--allow-empty"] if basis.allow_empty else []
    return ", ".join(words)


def _group(group: Group) -> Iterator[Line]:
    for entry in group.entries:
        yield from _entry(group, entry)
    if group.hidden:
        yield line(f"… and {group.hidden:,} more to {group.verb}" if _is_verb(group) else _more(group), indent=2)
        yield EMPTY


def _entry(group: Group, entry: Entry) -> Iterator[Line]:
    sign = Span(f"{group.sign:<3}", group.style)
    yield line(sign, " ", Span(entry.address, "bold"), f"  {entry.verb}: {entry.reason}", indent=2)
    yield from aligned([_detail(detail) for detail in entry.details], indent=_INDENT)
    yield from hint_lines(entry.hint, entry.command, indent=_INDENT)
    yield EMPTY


def _detail(detail: Detail) -> tuple[Span, ...]:
    remark = (Span(f"({detail.remark})", "warning"),) if detail.remark else ()
    return (Span(detail.field, "dim"), Span(detail.words), *remark)


def _is_verb(group: Group) -> bool:
    return group.kind not in {ActionKind.UNRESOLVED, ActionKind.STRAY, ActionKind.BLOCKED, ActionKind.REFUSED}


def _more(group: Group) -> str:
    return f"… and {group.hidden:,} more {group.verb}"
