"""What became of recorded instances without us: drift, what the spec still waits for, and what can't be told."""

from dataclasses import dataclass
from enum import Enum

from gpuspec.model.address import Address
from gpuspec.model.plan import Action, ActionKind, Change, Outside
from gpuspec.model.state import Birth, Instant


class Unseen(Enum):
    """Why a field that the spec names could not be verified."""

    NEVER_SHOWN = "the API never shows it"
    NOT_SHOWN_THEN = "it was not shown when it was last read back"
    NOT_SHOWN_NOW = "it is not shown now"
    SECRET = "its secret is not at hand, or was sealed with another key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """An instance that the API shows otherwise than it did; `missing` when it is proven gone.

    A change's `before` is what was shown when we last wrote, `after` what is live.
    """

    address: Address
    id: str
    changes: tuple[Change, ...] = ()
    missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """A field that could not be compared, with every address where that is so; `envs.KEY` for one variable."""

    field: str
    why: Unseen
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """All that was found, addresses in the order of the plan.

    Attributes:
        pending: What the next apply would do, or refuse to do: the spec is not applied, which is no drift.
        doubts: What is unresolved, a stray, or can't be told now.
        in_step: How many recorded instances show no drift.
        outside: What was not looked at.
    """

    birth: Birth
    serial: int
    at: Instant
    drifted: tuple[Drifted, ...]
    pending: tuple[Action, ...]
    doubts: tuple[Action, ...]
    unverified: tuple[Unverified, ...]
    in_step: int
    outside: Outside
    warnings: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """7 when something is unresolved or a stray is live, 4 when something can't be told, 8 on drift, else 0."""
        kinds = {action.kind for action in self.doubts}
        if kinds & {ActionKind.UNRESOLVED, ActionKind.STRAY}:
            return 7
        if kinds:
            return 4
        return 8 if self.drifted else 0
