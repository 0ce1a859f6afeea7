"""How the machines of a state stand: one row a machine, or a request whose outcome is not known."""

from dataclasses import dataclass
from enum import Enum

from gpuspec.model.address import Address
from gpuspec.model.reach import Reach
from gpuspec.model.state import Birth, Instant


class Standing(Enum):
    """What is known of a machine."""

    SEEN = "seen"
    OUTGOING = "replaced"
    GONE = "gone"
    UNKNOWN = "can't tell"
    UNRESOLVED = "unresolved"
    STRAY = "stray"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One machine. `status` is the service's own word, empty where it showed none.

    `since` is when the machine was made; for an unresolved request, when it was sent. `message` is a sentence or empty.
    """

    address: Address
    standing: Standing
    id: str = ""
    status: str = ""
    since: Instant | None = None
    reach: Reach = Reach()  # noqa: RUF009 - frozen
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All rows: recorded ones by address, then what is unresolved, then strays.

    `absent` are the addresses of requests that were judged to have made nothing and are still looked for.
    """

    birth: Birth
    serial: int
    at: Instant
    rows: tuple[StatusRow, ...]
    absent: tuple[tuple[Address, Instant], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """7 when a request is unresolved or a stray is live, 4 when a machine is gone or can't be told of, else 0.

        A machine that is stopped or busy has told how it stands.
        """
        standings = {row.standing for row in self.rows}
        if standings & {Standing.UNRESOLVED, Standing.STRAY}:
            return 7
        return 4 if standings & {Standing.GONE, Standing.UNKNOWN} else 0
