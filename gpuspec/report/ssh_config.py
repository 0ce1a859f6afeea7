"""The ways into running machines as a part of an ssh_config file."""

from collections.abc import Iterator

from gpuspec.model.address import ADDRESS, SLUG, Address
from gpuspec.model.marker import DEFAULT_ENVIRONMENT
from gpuspec.model.reach import Way
from gpuspec.model.state import Birth
from gpuspec.model.status import Standing, Status, StatusRow
from gpuspec.report.state import moment
from gpuspec.report.status import target
from gpuspec.report.text import EMPTY, Line, Span, line


def ssh_config_lines(status: Status) -> tuple[Line, ...]:
    """A stanza for every machine that can be reached; host and port hold until its next start."""
    head = line(f"# {target(status.birth)}, {moment(status.at)}; ports change at each start.")
    return (head, *(each for way in ways(status) for each in _stanza(status.birth, way)))


def left_out_lines(status: Status) -> tuple[Line, ...]:
    """Who has no stanza, and why."""
    reached = {way.id for way in ways(status)}
    rows = [row for row in status.rows if row.id not in reached or row.standing is not Standing.SEEN]
    return tuple(line(Span("left out:", "warning"), f" {row.address}: {_why(row)}") for row in rows)


def ways(status: Status) -> Iterator[Way]:
    """The ways in that are known and can stand in the file, in the order of the rows."""
    for row in status.rows:
        if row.standing is Standing.SEEN and row.reach.ssh is not None and _can_be_named(status.birth, row.address):
            yield Way(address=row.address, id=row.id, ssh=row.reach.ssh)


def host_name(birth: Birth, address: Address) -> str:
    """What to call a machine: `demo-trainer`, or `demo-prod-trainer` in the environment `prod`."""
    environment = "" if birth.environment == DEFAULT_ENVIRONMENT else f"{birth.environment}-"
    return f"{birth.project}-{environment}{address}"


def _stanza(birth: Birth, way: Way) -> tuple[Line, ...]:
    return (
        EMPTY,
        line(f"Host {host_name(birth, way.address)}"),
        line(f"HostName {way.ssh.host}", indent=2),
        line(f"Port {way.ssh.port}", indent=2),
        line(f"User {way.ssh.user}", indent=2),
        line(f"HostKeyAlias {way.host_key_alias}", indent=2),
    )


def _can_be_named(birth: Birth, address: Address) -> bool:
    """False for what only a state that was edited by hand can hold: it could end the stanza's line, or match more."""
    names = (birth.project, birth.environment)
    return ADDRESS.fullmatch(address) is not None and all(SLUG.fullmatch(name) for name in names)


def _why(row: StatusRow) -> str:
    if row.standing is not Standing.SEEN:
        return str(row.standing.value)
    if row.reach.ssh is not None:
        return "its address can't be the name of a host"
    return row.message or ("no endpoint yet" if row.status == "running" else row.status)
