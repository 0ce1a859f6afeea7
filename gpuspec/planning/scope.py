"""Which addresses and records a plan speaks for, by files and globs, and what is asked of them by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase

from gpuspec.model.address import Address


class Claim(Enum):
    """What a plan may say about a record, judged by the record's source."""

    COVERED = "covered"
    OUTSIDE = "outside"
    LOST_FILE = "lost file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a plan speaks for.

    Attributes:
        whole: All specs of the project were read, so that every record is spoken for.
        named: The sources that were read, relative to the project folder. Standard input is none: a plan from it
            speaks for no record that its spec does not have, so it never removes anything.
        existing: Those sources of the records whose files are still there.
        only: Globs; when there are any, an address has to match one of them.
        exclude: Globs; an address must match none of them.
        replace: Addresses whose machine is to be replaced whether or not anything changed.
        refresh_only: Nothing is asked of any machine; the records follow what is live.
        moved: Address -> the one before, as the specs have it: a marker keeps the address of its machine's birth.
    """

    whole: bool = True
    named: frozenset[str] = frozenset()
    existing: frozenset[str] = frozenset()
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    replace: frozenset[Address] = frozenset()
    refresh_only: bool = False
    moved: Mapping[Address, Address] = field(default_factory=dict)

    def considers(self, address: Address) -> bool:
        """Whether the globs let the address in."""
        wanted = not self.only or _matches(address, self.only)
        return wanted and not _matches(address, self.exclude)

    def claim(self, source: str) -> Claim:
        """Whether the plan speaks for records of this source."""
        if self.whole or (source and source in self.named):
            return Claim.COVERED
        return Claim.OUTSIDE if source in self.existing or not source else Claim.LOST_FILE

    def may_move(self, recorded: str, desired: str) -> bool:
        """Whether a record of one source may go over to another: its own file is gone, or was read and lacks it."""
        return recorded == desired or self.claim(recorded) is Claim.COVERED or recorded not in self.existing


def _matches(address: Address, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(address, glob) for glob in globs)
