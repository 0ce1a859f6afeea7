"""An instance that is adopted, as text: what is recorded, and where the spec asks for something else."""

from collections.abc import Iterator

from gpuspec.model.adoption import Adoption
from gpuspec.model.calling import PLAIN, Calling
from gpuspec.planning.compare import wording
from gpuspec.report.text import Line, Span, aligned, hint_lines, line, paragraphs


def found_lines(adoption: Adoption) -> tuple[Line, ...]:
    """What is there, before anybody is asked."""
    record = adoption.record
    found = f"  {record.id} is called `{adoption.name}`, status `{adoption.status}`"
    return (line(Span(record.address, "bold"), found), *_findings(adoption))


def adopted_lines(adoption: Adoption, *, calling: Calling = PLAIN) -> tuple[Line, ...]:
    """What was recorded."""
    record = adoption.record
    lines = (line(Span(record.address, "bold"), f"  recorded as {record.id}"), *_findings(adoption))
    if not adoption.changes:
        return (*lines, line("The spec asks for what is there."))
    return (*lines, *hint_lines("see what apply would make of that", calling.whole("gpuspec plan")))


def _findings(adoption: Adoption) -> Iterator[Line]:
    for note in adoption.notes:
        yield line(Span("warning:", "warning"), f" {note}")
    if adoption.assumed:
        yield line(f"The API does not show {', '.join(adoption.assumed)}: recorded as the spec has it.")
    if adoption.stanza:
        yield line("This goes into the spec:")
        yield from paragraphs(adoption.stanza, indent=2)
    if adoption.changes:
        yield line("The spec asks for something else than what is there:")
        rows = [(Span(change.field, "dim"), Span(words)) for change in adoption.changes for words in wording(change)]
        yield from aligned(rows, indent=2)
