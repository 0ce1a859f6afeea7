"""Live machines to the records of a lost state: whose markers they carry, and what is still known of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gpuspec.errors import Refused
from gpuspec.model.address import ADDRESS, Address
from gpuspec.model.field import Field, Kind, Unset
from gpuspec.model.fields import FIELDS, MAY_BE_SECRET
from gpuspec.model.instance import Lifecycle
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.marker import MarkerMode, name_without_marker
from gpuspec.model.plan import Absence, Action
from gpuspec.model.rebuilding import Rebuilding, Recognised, Twins
from gpuspec.model.state import Birth, Instant, Record, State
from gpuspec.model.values import Env, FieldValue, Text
from gpuspec.planning.adopting import all_shown
from gpuspec.planning.compare import shown_of
from gpuspec.planning.normal import Seal, env_values, present
from gpuspec.planning.sightings import birthplace, ids_of

_SHOWN = 10
_LEAVING = frozenset({Phase.LEAVING, Phase.REMOVED})
# A machine without a private network shows an empty id; other texts that can't be empty were left out.
# Source: Novita API reference, get instance: `network`.
_MAY_BE_NONE = frozenset({"networkId"})

_NOT_FROM_MARKERS = (
    "Markers don't tell what only the lost state knew: an instance that was let go with `state rm` is recorded again, "
    "one that was moved stands where it was made, and one that was imported may be missing."
)


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


def rebuilding(found: Claimants, birth: Birth, *, at: Instant, seal: Seal) -> Rebuilding:
    """The records of these machines, by address.

    Args:
        found: Of one lineage, with all that list and GET show of each.

    Raises:
        Refused: Each of their addresses has several.
    """
    groups: dict[Address, list[Claimant]] = {}
    for one in found.staying:
        groups.setdefault(one.address, []).append(one)
    twins = tuple(
        Twins(address=address, ids=tuple(one.row.id for one in group))
        for address, group in sorted(groups.items())
        if len(group) > 1
    )
    singles = [group[0] for _, group in sorted(groups.items()) if len(group) == 1]
    if not singles:
        raise _only_twins(twins)
    return Rebuilding(
        birth=birth,
        at=at,
        recognised=tuple(
            Recognised(record=_record(one, at=at, seal=seal), name=one.row.name, status=one.row.status)
            for one in singles
        ),
        twins=twins,
        notes=tuple(_notes(found)),
    )


def lineage_after(fresh: str, lineage8: str) -> str:
    """A lineage whose markers are those that are there already; the fresh one where they tell none."""
    return lineage8 + fresh[len(lineage8) :]


def awaits_spec(record: Record) -> bool:
    """Whether no spec has spoken for this record since it was rebuilt: each that did named some fields."""
    return bool(record.unknown) and not record.named


def told(actions: Sequence[Action], state: State) -> tuple[Action, ...]:
    """The actions, those that refuse to touch a rebuilt machine with the way on."""
    if not any(awaits_spec(record) for record in state.records.values()):
        return tuple(actions)
    return tuple(
        _told(action) if action.reason == "removed-protected" and awaits_spec(state.records[action.address]) else action
        for action in actions
    )


def _told(action: Action) -> Action:
    explanation = (
        f"no spec has it, and its record was rebuilt: {action.id} is not touched until an apply has seen its lines"
    )
    hint = (
        f"write it into a spec; or let go of it with `gpuspec state rm {action.address}`, and it goes on; "
        f"or have the rest with `--exclude '{action.address}'`"
    )
    return replace(action, explanation=explanation, hint=hint)


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
        message += f" {_unplaced_words(found)}"
    hint = "compare API key, endpoint, `-e`, and `project` and `marker` of the project file; whose instances there are:"
    return Refused(message, reason="no-markers", hint=hint, command="gpuspec audit")


def _other_lineages(groups: Mapping[str, tuple[Claimant, ...]], wanted: str) -> Refused:
    head = f"No marker is of the lineage {wanted}." if wanted else f"Their markers are of {len(groups)} states."
    told = (f"{lineage}: {_named(group)}." for lineage, group in groups.items())
    hint = "say which state is to be rebuilt with `--lineage LINEAGE`; the rest stays another's, see `gpuspec audit`"
    reason = "no-such-lineage" if wanted else "several-lineages"
    return Refused("\n".join((head, *told)), reason=reason, hint=hint)


def _only_twins(twins: tuple[Twins, ...]) -> Refused:
    told = "; ".join(f"`{each.address}`: {', '.join(each.ids)}" for each in twins)
    message = f"Each address has several instances with its marker, and a record holds one. {told}."
    refused = Refused(message, reason="twins", hint="delete those that are not wanted in the console, then try again")
    # One of them costs money for nothing.
    refused.exit_status = 7
    return refused


def _notes(found: Claimants) -> Iterator[str]:
    for one in found.leaving:
        yield f"`{one.address}` is not recorded: {one.row.id} is being removed (status `{one.row.status}`)."
    if found.passed_over:
        yield f"Left to another state, by its lineage: {_named(found.passed_over)}."
    if found.unplaced:
        yield _unplaced_words(found)
    yield _NOT_FROM_MARKERS


def _unplaced_words(found: Claimants) -> str:
    return f"Whose address no spec has, if they are of this project at all: {ids_of(found.unplaced)}."


def _named(found: Sequence[Claimant]) -> str:
    named = ", ".join(f"`{one.address}` ({one.row.id})" for one in found[:_SHOWN])
    return named if len(found) <= _SHOWN else f"{named} and {len(found) - _SHOWN} more"


def _record(one: Claimant, *, at: Instant, seal: Seal) -> Record:
    """What is still known of a machine; protected, since nobody has said yet that it may go."""
    row = one.row
    assert row.trace is not None
    fields = {
        name: _sealed(field, value, seal) for name, field in FIELDS.items() if (value := _shown(field, row)) is not None
    }
    return Record(
        address=one.address,
        id=row.id,
        nonce=row.trace.nonce,
        # No spec has this name, so none is taken for its file, and none for lost.
        source="",
        fields=fields,
        named=frozenset(),
        lifecycle=Lifecycle(protect=True),
        created_at=at if row.created_at is None else float(row.created_at),
        updated_at=at,
        shown=shown_of(row.fields, fields, seal=seal),
        ready=row.phase in {Phase.RUNNING, Phase.STOPPED},
        unknown=frozenset(FIELDS.keys() - fields.keys()),
    )


def _shown(field: Field, row: LiveInstance) -> FieldValue | None:
    """What the API shows of a field; None when that tells nothing."""
    value = row.fields.get(field.name)
    if value is None or (field.kind is Kind.ENVS and not row.envs_shown):
        return None
    blank = field.unset is Unset.KEEP and present(value) is Absence.ABSENT
    return None if blank and field.name not in _MAY_BE_NONE else value


def _sealed(field: Field, value: FieldValue, seal: Seal) -> FieldValue:
    """The value with every text sealed that may be a secret: only the spec would tell which is."""
    if field.name not in MAY_BE_SECRET:
        return value
    if field.kind is Kind.ENVS:
        return tuple(Env(key=key, value=_sealed_text(text, seal)) for key, text in env_values(value).items())
    return _sealed_text(value, seal) if isinstance(value, str) else value


def _sealed_text(text: Text, seal: Seal) -> Text:
    return seal(text) if isinstance(text, str) and text else text
