"""Where the first created instance of a state shows its marker."""

from dataclasses import dataclass, replace

from gpuspec.model.address import Address
from gpuspec.model.live import LiveInstance, Seen, Sight
from gpuspec.model.state import MarkerSeen

# The list may lag behind, and an instance that is being made may not show its envs yet.
_LOOKS = 3
_LAST_LOOK = 10

NOWHERE_WARNING = (
    "The service shows no marker on the instance that was made: after a lost answer nothing could be recognised as "
    "ours. With `marker: name` in the project file the marker is part of the name; it can only be chosen before the "
    "first instance of a state is made."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """An instance whose marker is looked for."""

    address: Address
    id: str
    looks: int = 0


def by_row(witness: Witness, row: LiveInstance | None) -> Witness | MarkerSeen:
    """What the list tells: seen there, or one look more without."""
    if row is not None and row.trace is not None:
        return MarkerSeen.LIST
    return replace(witness, looks=witness.looks + 1)


def by_sight(witness: Witness, sight: Sight) -> Witness | MarkerSeen | None:
    """What GET tells after the list showed nothing; None when it is not to be learnt."""
    if isinstance(sight, Seen) and sight.instance.trace is not None:
        return MarkerSeen.GET
    if isinstance(sight, Seen) and witness.looks >= _LOOKS:
        return MarkerSeen.NOWHERE
    return None if witness.looks >= _LAST_LOOK else witness
