"""How the machines stand, as text: a table, what it leaves open, and what to do next."""

from collections import Counter
from collections.abc import Iterator

from gpuspec.model.calling import PLAIN, Calling
from gpuspec.model.marker import DEFAULT_ENVIRONMENT
from gpuspec.model.reach import Ssh
from gpuspec.model.state import Birth
from gpuspec.model.status import Standing, Status, StatusRow
from gpuspec.report.state import moment
from gpuspec.report.text import EMPTY, Line, Span, aligned, hint_lines, line

_STYLES = {
    Standing.SEEN: "",
    Standing.OUTGOING: "warning",
    Standing.GONE: "bad",
    Standing.UNKNOWN: "warning",
    Standing.UNRESOLVED: "bad",
    Standing.STRAY: "bad",
}
_STATUS_STYLES = {"running": "good", "exited": "dim"}

# What to do next, with {address} and {id} of the first row that stands so.
_NEXT = {
    Standing.UNRESOLVED: (
        "one may be running; have it looked for, or decide with `gpuspec recover {address} --found ID` or `--absent`",
        "gpuspec recover",
    ),
    Standing.STRAY: ("a stray costs money until it is deleted in the console: {id}", ""),
    Standing.GONE: ("apply makes what is gone anew; see first", "gpuspec plan"),
}


def status_lines(status: Status, *, calling: Calling = PLAIN) -> tuple[Line, ...]:
    """The whole table, and what to do next; the last line counts."""
    head = line(Span(f"{target(status.birth)}, state serial {status.serial}", "bold"))
    table = (
        aligned([_heading(), *(_row(row) for row in status.rows)]) if status.rows else (line("Nothing is recorded."),)
    )
    return (head, EMPTY, *table, *_rest(status, calling), EMPTY, line(Span(totals(status), "bold")))


def change_lines(status: Status, before: Status | None) -> tuple[Line, ...]:
    """One line for each row that differs from the look before, with the time; all rows at the first look."""
    known = {} if before is None else {_key(row): row for row in before.rows}
    at = Span(f"{moment(status.at)}  ", "dim")
    rows = [row for row in status.rows if known.get(_key(row)) != row]
    left = [row for key, row in known.items() if key not in {_key(row) for row in status.rows}]
    lines = [(at, *found) for found in aligned([_row(row) for row in rows])]
    lines += [line(at, Span(row.address, "bold"), f"  {row.id}  no longer listed") for row in left]
    told = set() if before is None else set(before.warnings)
    lines += [line(at, Span("warning:", "warning"), f" {text}") for text in status.warnings if text not in told]
    return tuple(lines)


def totals(status: Status) -> str:
    """How many rows stand how, in the order in which they come."""
    counts = Counter(_word(row) for row in status.rows)
    return f"Status: {', '.join(f'{number:,} {word}' for word, number in counts.items()) or 'nothing recorded'}"


def target(birth: Birth) -> str:
    """The project, its environment and where it runs: `demo/prod at https://api.novita.ai`."""
    environment = "" if birth.environment == DEFAULT_ENVIRONMENT else f"/{birth.environment}"
    return f"{birth.project}{environment} at {birth.origin}"


def ssh_words(ssh: Ssh | None) -> str:
    """`root@host:30022`, or a dash."""
    return "-" if ssh is None else f"{ssh.user}@{ssh.host}:{ssh.port}"


def _heading() -> tuple[Span, ...]:
    return tuple(Span(name, "dim") for name in ("ADDRESS", "ID", "STATUS", "SINCE", "SSH", "URLS"))


def _row(row: StatusRow) -> tuple[Span, ...]:
    style = _STYLES[row.standing] or _STATUS_STYLES.get(row.status, "")
    return (
        Span(row.address, "bold"),
        Span(row.id or "-"),
        Span(_word(row), style),
        Span("-" if row.since is None else moment(row.since)),
        Span(ssh_words(row.reach.ssh)),
        Span("  ".join(part for part in (*row.reach.urls, row.message) if part)),
    )


def _word(row: StatusRow) -> str:
    if row.standing is Standing.SEEN:
        return row.status
    return f"{row.standing.value} ({row.status})" if row.status else row.standing.value


def _rest(status: Status, calling: Calling) -> Iterator[Line]:
    for address, at in status.absent:
        yield line(Span("judged absent:", "dim"), f" {address} at {moment(at)}, still looked for")
    if status.warnings:
        yield EMPTY
    for warning in status.warnings:
        yield line(Span("warning:", "warning"), f" {warning}")
    for standing, (hint, command) in _NEXT.items():
        first = next((row for row in status.rows if row.standing is standing), None)
        if first is not None:
            yield EMPTY
            words = calling.whole(hint.format(address=first.address, id=first.id))
            yield from hint_lines(words, calling.whole(command))


def _key(row: StatusRow) -> tuple[str, str, str]:
    return row.address, row.id, "open" if row.standing is Standing.UNRESOLVED else ""
