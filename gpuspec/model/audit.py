"""Whose the machines of an account are, seen from one state."""

from dataclasses import dataclass
from enum import Enum

from gpuspec.model.address import Address
from gpuspec.model.state import Birth, Instant


class Owner(Enum):
    """Whose a machine is, the weightiest first."""

    STRAY = "stray"
    LOST = "ours, not recorded"
    UNRESOLVED = "unresolved"
    UNKNOWN = "can't tell"
    MISSING = "missing"
    MANAGED = "managed"
    LET_GO = "let go"
    ELSEWHERE = "another project's"
    UNMANAGED = "unmanaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One machine of the account, or one that should be in it (`MISSING`, and `UNRESOLVED` without an id).

    `name` is as the API shows it. `address` is what the record or the marker says; `project` is the marker's, with its
    environment. `advice` says what to do with it, as a sentence; empty for nothing.
    """

    owner: Owner
    id: str = ""
    name: str = ""
    status: str = ""
    created_at: Instant | None = None
    address: Address = ""
    project: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Every machine of the account, by owner. `incomplete` says why there may be others; empty when there are none."""

    birth: Birth
    serial: int
    at: Instant
    machines: tuple[Audited, ...]
    incomplete: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """7 with strays, machines of ours without a record or open requests, 4 when something can't be told, else 0."""
        owners = {machine.owner for machine in self.machines}
        if owners & {Owner.STRAY, Owner.LOST, Owner.UNRESOLVED}:
            return 7
        return 4 if self.incomplete or owners & {Owner.UNKNOWN, Owner.MISSING} else 0
