"""A state about to be made from markers alone: what would be recorded, and what would not."""

from dataclasses import dataclass

from gpuspec.model.address import Address
from gpuspec.model.state import Birth, Instant, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A machine that carries the marker of one address, with the record made of it; name and status are the API's."""

    record: Record
    name: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Several live machines that carry the marker of one address: none of them is recorded."""

    address: Address
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilding:
    """What a person is asked about before a state is rebuilt, and told afterwards.

    `notes` are sentences about what is not recorded, or not as it was.
    """

    birth: Birth
    at: Instant
    recognised: tuple[Recognised, ...]
    twins: tuple[Twins, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """7 while machines are left out of which one costs money for nothing, else 0."""
        return 7 if self.twins else 0
