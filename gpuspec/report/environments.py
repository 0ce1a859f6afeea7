"""The list of environments as text."""

from collections.abc import Iterator

from gpuspec.model.environments import EnvironmentList, EnvironmentRow
from gpuspec.report.text import EMPTY, Line, Span, aligned, line


def environments_lines(found: EnvironmentList) -> tuple[Line, ...]:
    """One row an environment, in the order of the project file."""
    heading = [Span(name, "dim") for name in ("ENVIRONMENT", "EXTENDS", "CLOUD", "STATE", "INSTANCES")]
    table = aligned([heading, *(tuple(_row(row)) for row in found.rows)])
    if [row.name for row in found.rows] == [""]:
        return (*table, EMPTY, line(f"The project `{found.project}` declares no environments."))
    return table


def _row(row: EnvironmentRow) -> Iterator[Span]:
    yield Span(row.name or "-", "bold")
    yield Span(row.extends or "-")
    yield Span(row.cloud + (f" at {row.endpoint}" if row.endpoint else ""))
    yield Span(row.state or "-")
    if row.abstract:
        yield Span("abstract", "dim")
    elif row.instances is None:
        yield Span(row.trouble, "warning")
    else:
        yield Span(f"{row.instances:,}")
