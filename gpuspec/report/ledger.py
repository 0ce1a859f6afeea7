"""The ledger at the end of a run: what became of every address, and what to do next."""

from collections import Counter
from collections.abc import Iterable, Iterator

from gpuspec.model.calling import PLAIN, Calling
from gpuspec.model.outcome import OUTGOING, Ledger, Outcome, Result, Stop
from gpuspec.report.text import EMPTY, Line, Span, aligned, hint_lines, line, paragraphs

SHOWN = 40

_STYLES = {
    Result.DONE: "good",
    Result.DELETED: "good",
    Result.FOUND: "good",
    Result.ABSENT: "good",
    Result.KEPT: "dim",
    Result.NOTED: "dim",
    Result.FAILED: "bad",
    Result.NOT_READY: "warning",
    Result.UNRESOLVED: "bad",
    Result.STRAY: "bad",
    Result.BLOCKED: "warning",
    Result.REFUSED: "bad",
    Result.NOT_STARTED: "warning",
}
# Of these only the first are listed, in a big fleet; of all others every single one.
_WELL = (Result.DONE, Result.DELETED, Result.KEPT, Result.NOTED)

# What to do next, where a run left something open; with {address} and {id} of the first that is. After a `destroy`, an
# `apply` would make again what is gone.
_AGAIN = "gpuspec {command}"
_NEXT = {
    Result.UNRESOLVED: (
        "money may run; let it be settled, or decide on a create: `gpuspec recover {address} --found ID` or `--absent`",
        _AGAIN,
    ),
    Result.STRAY: ("a stray costs money until it is deleted in the console: {id}", ""),
    Result.NOT_READY: ("it is made and recorded; the next apply waits for it again", "gpuspec apply"),
    Result.FAILED: ("what failed is not done; mend the reason and {verb} again", _AGAIN),
    Result.BLOCKED: ("nothing was done where it could not be told what is there; try again later", _AGAIN),
    Result.NOT_STARTED: ("nothing was sent for what was not started", _AGAIN),
}
_OUTGOING = "money runs twice; the next apply deletes the machine that was replaced"


def ledger_lines(ledger: Ledger, *, command: str = "apply", calling: Calling = PLAIN) -> tuple[Line, ...]:
    """Every outcome that matters, why the run stopped, the counts, and the next steps.

    Args:
        command: What does again what this run left undone.
        calling: How the next commands have to be given.
    """
    lines = [*aligned([_row(outcome) for outcome in _listed(ledger.outcomes)], indent=2), *_not_listed(ledger.outcomes)]
    lines += [EMPTY] if lines else []
    lines += _stop(ledger)
    lines += [line(Span("warning:", "warning"), f" {warning}") for warning in ledger.warnings]
    lines += _unrecorded(ledger)
    lines += _next_steps(ledger.outcomes, command, calling)
    return (*lines, line(Span(totals(ledger), "bold")))


def totals(ledger: Ledger) -> str:
    """How many addresses there are of each result, in a fixed order."""
    counts = Counter(outcome.result for outcome in ledger.outcomes)
    counted = ", ".join(f"{counts[result]:,} {result.value}" for result in Result if counts[result])
    return f"Ledger: {counted or 'nothing to do'}"


def _listed(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    seen: Counter[Result] = Counter()
    for outcome in outcomes:
        seen[outcome.result] += 1
        if outcome.result not in _WELL or seen[outcome.result] <= SHOWN:
            yield outcome


def _row(outcome: Outcome) -> tuple[Span, ...]:
    said = ": ".join(part for part in (outcome.reason, outcome.message) if part)
    rest = "  ".join(part for part in (outcome.status, *outcome.endpoints, said) if part)
    return (
        Span(outcome.result.value, _STYLES[outcome.result]),
        Span(outcome.address, "bold"),
        Span(outcome.id or "-"),
        Span(rest),
    )


def _not_listed(outcomes: Iterable[Outcome]) -> Iterator[Line]:
    counts = Counter(outcome.result for outcome in outcomes)
    for result in _WELL:
        if counts[result] > SHOWN:
            yield line(f"… and {counts[result] - SHOWN:,} more {result.value}", indent=2)


def _stop(ledger: Ledger) -> Iterator[Line]:
    if ledger.stop is not Stop.NONE:
        yield line(Span("stopped:", "error"), f" {ledger.stop.value}")
        yield from paragraphs(ledger.stop_message, indent=2)
        yield EMPTY


def _unrecorded(ledger: Ledger) -> Iterator[Line]:
    if not ledger.unrecorded:
        return
    yield line(Span("not recorded:", "error"), " these machines run, and their ids could not be written down.")
    yield from aligned([(Span(address, "bold"), Span(id_)) for address, id_ in ledger.unrecorded], indent=2)
    yield from hint_lines("keep these ids; the next apply looks for the machines by their markers")
    yield EMPTY


def _next_steps(outcomes: tuple[Outcome, ...], command: str, calling: Calling) -> Iterator[Line]:
    outgoing = any(_is_outgoing(outcome) for outcome in outcomes)
    if outgoing:
        yield from hint_lines(f"replaced: {_OUTGOING}", calling.whole("gpuspec apply"))
    firsts = {outcome.result: outcome for outcome in reversed(outcomes) if not _is_outgoing(outcome)}
    for result, (hint, next_command) in _NEXT.items():
        if result in firsts:
            first, verb = firsts[result], command.partition(" ")[0]
            words = calling.whole(hint.format(address=first.address, id=first.id, verb=verb))
            yield from hint_lines(f"{result.value}: {words}", calling.whole(next_command.format(command=command)))
    if outgoing or firsts.keys() & _NEXT.keys():
        yield EMPTY


def _is_outgoing(outcome: Outcome) -> bool:
    """Whether all that is left is to delete the machine that was replaced."""
    return outcome.result is Result.UNRESOLVED and outcome.reason == OUTGOING
