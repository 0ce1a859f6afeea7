"""Which live machines a lost state made, told by the markers that they carry."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gpuspec.errors import Refused
from gpuspec.model.address import ADDRESS, Address
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.marker import MarkerMode, name_without_marker
from gpuspec.model.state import Birth
from gpuspec.planning.adopting import all_shown
from gpuspec.planning.sightings import birthplace, ids_of

_SHOWN = 10
_LEAVING = frozenset({Phase.LEAVING, Phase.REMOVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """A machine that carries a marker of this project and environment; one in a name tells no lineage."""

    address: Address
    lineage: str
    row: LiveInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimants:
    """What a lost state may have made: machines that stay, those that are being removed, and those left out by choice.

    `unplaced` carry a marker in their name that fits no address that is known.
    """

    staying: tuple[Claimant, ...]
    leaving: tuple[Claimant, ...] = ()
    passed_over: tuple[Claimant, ...] = ()
    unplaced: tuple[LiveInstance, ...] = ()


def claimants(rows: Iterable[LiveInstance], birth: Birth, addresses: Iterable[Address]) -> Claimants:
    """The machines that carry a marker of this project and environment.

    Args:
        birth: Of the state to be; its lineage is not looked at.
        addresses: Those of the specs: a marker in a name tells its address to whoever knows it. The name itself is
            tried too.
    """
    places = {birthplace(birth, address): address for address in addresses}
    found: list[Claimant] = []
    unplaced: list[LiveInstance] = []
    for row in rows:
        claimant = _claimant(row, birth, places)
        if claimant is not None:
            found.append(claimant)
        elif _is_named(row, birth) and row.phase not in _LEAVING:
            unplaced.append(row)
    return Claimants(
        staying=tuple(one for one in found if one.row.phase not in _LEAVING),
        leaving=tuple(one for one in found if one.row.phase in _LEAVING),
        unplaced=tuple(unplaced),
    )


def looked_at(found: Claimants, shown: Mapping[str, LiveInstance]) -> Claimants:
    """The machines with what GET shows of them, by id: it may know of one that it is being removed."""
    staying = [
        replace(one, row=all_shown(one.row, shown[one.row.id])) if one.row.id in shown else one for one in found.staying
    ]
    return replace(
        found,
        staying=tuple(one for one in staying if one.row.phase not in _LEAVING),
        leaving=(*found.leaving, *(one for one in staying if one.row.phase in _LEAVING)),
    )


def of_lineage(found: Claimants, lineage: str) -> Claimants:
    """Those of one state.

    Args:
        lineage: The first 8 hex digits of the one to take; empty where there is no choice.

    Raises:
        Refused: There is a choice, or there is none like that, or nothing at all.
    """
    groups = _by_lineage(found.staying)
    if not groups:
        raise _nothing(found)
    if (lineage and lineage not in groups) or (not lineage and len(groups) > 1):
        raise _other_lineages(groups, lineage)
    chosen = lineage or next(iter(groups))
    return replace(
        found,
        staying=groups[chosen],
        leaving=tuple(one for one in found.leaving if one.lineage == chosen),
        passed_over=tuple(one for other, group in groups.items() if other != chosen for one in group),
    )


def lineage_after(fresh: str, lineage8: str) -> str:
    """A lineage whose markers are those that are there already; the fresh one where they tell none."""
    return lineage8 + fresh[len(lineage8) :]


def unplaced_words(found: Claimants) -> str:
    """Of machines whose address nobody knows, as a sentence."""
    ids = ids_of(found.unplaced)
    return f"No spec has the address in the marker that these carry in their names; they may be of this project: {ids}."


def named(found: Sequence[Claimant]) -> str:
    """Addresses and ids as a part of a sentence, the first few by name."""
    few = ", ".join(f"`{one.address}` ({one.row.id})" for one in found[:_SHOWN])
    return few if len(found) <= _SHOWN else f"{few} and {len(found) - _SHOWN} more"


def _claimant(row: LiveInstance, birth: Birth, places: Mapping[str, Address]) -> Claimant | None:
    """The machine, if its marker is of this project and environment, and where this project puts its markers."""
    marker = None if row.trace is None else row.trace.marker
    if birth.marker is MarkerMode.NAME:
        address = _address_by_name(row, birth, places) if _is_named(row, birth) else ""
        return Claimant(address=address, lineage="", row=row) if address else None
    if marker is None or (marker.project, marker.environment) != (birth.project, birth.environment):
        return None
    return Claimant(address=marker.address, lineage=marker.lineage, row=row)


def _is_named(row: LiveInstance, birth: Birth) -> bool:
    """Whether its name carries the marker, in a project that puts it there."""
    return birth.marker is MarkerMode.NAME and row.trace is not None and row.trace.marker is None


def _address_by_name(row: LiveInstance, birth: Birth, places: Mapping[str, Address]) -> Address:
    """The address that a marker in the name was made for; empty where it is none that is known."""
    assert row.trace is not None
    name = name_without_marker(row.name)
    if ADDRESS.fullmatch(name) and birthplace(birth, name) == row.trace.birthplace:
        return name
    return places.get(row.trace.birthplace, "")


def _by_lineage(found: Iterable[Claimant]) -> Mapping[str, tuple[Claimant, ...]]:
    groups: dict[str, list[Claimant]] = {}
    for one in sorted(found, key=lambda one: (one.lineage, one.address, one.row.id)):
        groups.setdefault(one.lineage, []).append(one)
    return {lineage: tuple(group) for lineage, group in groups.items()}


def _nothing(found: Claimants) -> Refused:
    message = "No instance that stays carries a marker of this project and environment."
    if found.leaving:
        message += f" Being removed: {ids_of([one.row for one in found.leaving])}."
    if found.unplaced:
        message += f" {unplaced_words(found)}"
    hint = "compare API key, endpoint, `-e`, and `project` and `marker` of the project file; whose instances there are:"
    return Refused(message, reason="no-markers", hint=hint, command="gpuspec audit")


def _other_lineages(groups: Mapping[str, tuple[Claimant, ...]], wanted: str) -> Refused:
    head = f"No marker is of the lineage {wanted}." if wanted else f"Their markers are of {len(groups)} states."
    told = (f"{lineage}: {named(group)}." for lineage, group in groups.items())
    hint = "say which state is to be rebuilt with `--lineage LINEAGE`; the rest stays another's, see `gpuspec audit`"
    reason = "no-such-lineage" if wanted else "several-lineages"
    return Refused("\n".join((head, *told)), reason=reason, hint=hint)
