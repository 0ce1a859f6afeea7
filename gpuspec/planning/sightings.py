"""What an observation shows beside the recorded machines: strangers with our marker, same names, strays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from gpuspec.model.address import Address
from gpuspec.model.live import LiveInstance, Observation, Phase
from gpuspec.model.marker import Marker, MarkerMode
from gpuspec.model.state import Birth, Record, State, Tombstone
from gpuspec.planning.table import Evidence, Marks

_NOBODY = "0" * 16
_NOTHING_MOVED: Mapping[Address, Address] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """An observation, sorted by what it means to a state; made once a plan.

    Attributes:
        strangers: birthplace -> live machines with a marker that no record, id let go, open intent or tombstone
            accounts for.
        names: name -> live machines that the state does not know; only where markers are off.
        strays: Live machines that answer a tombstone.
        answers: nonce of an open intent -> the live machine that carries it.
        moved: Address -> the one before, as the specs have it.
    """

    birth: Birth
    observation: Observation
    strangers: Mapping[str, tuple[LiveInstance, ...]]
    names: Mapping[str, tuple[LiveInstance, ...]]
    strays: tuple[tuple[Tombstone, LiveInstance], ...]
    answers: Mapping[str, LiveInstance]
    moved: Mapping[Address, Address] = field(default_factory=dict)

    def evidence(self, record: Record | None) -> Evidence:
        """What is known of the record's machine."""
        if record is None:
            return Evidence.NO_RECORD
        if not self.observation.asked:
            return Evidence.UNASKED
        row = self.observation.rows.get(record.id)
        if row is None:
            return Evidence.GONE if record.id in self.observation.gone else Evidence.UNPROVEN
        return _evidence_of(row.phase)

    def strangers_of(self, address: Address) -> tuple[LiveInstance, ...]:
        """Live machines that nothing accounts for, with the marker of this address or of the one before it."""
        if not self.strangers:
            return ()
        places = (birthplace(self.birth, each) for each in (address, self.moved.get(address)) if each is not None)
        return tuple(row for place in places for row in self.strangers.get(place, ()))

    def candidates(self, address: Address, name: str) -> tuple[LiveInstance, ...]:
        """Live machines that may be this address's: by marker, or by name where markers are off."""
        return self.strangers_of(address) or self.names.get(name, ())

    def late_answers(self, address: Address) -> tuple[LiveInstance, ...]:
        """Live machines that answer a request for this address which was judged to have made nothing."""
        return tuple(row for tombstone, row in self.strays if tombstone.intent.address == address)

    def marks(self, address: Address, name: str) -> Marks:
        """What is known of machines of this address that the state does not know."""
        if not self.observation.asked:
            return Marks.NONE
        strangers = self.strangers_of(address)
        if strangers:
            return Marks.UNRECORDED if any(is_own(self.birth, row) for row in strangers) else Marks.ELSEWHERE
        if self.late_answers(address):
            return Marks.LATE_ANSWER
        if name in self.names:
            return Marks.SAME_NAME
        return Marks.NONE if self._proves_absence else Marks.UNPROVEN

    @property
    def _proves_absence(self) -> bool:
        if self.birth.marker is MarkerMode.OFF:
            return not self.observation.incomplete
        return self.observation.proves_absence


def sort_out(observation: Observation, state: State, moved: Mapping[Address, Address] = _NOTHING_MOVED) -> Sightings:
    """Sort an observation by what it means to this state, and to a spec that moved these."""
    known = {record.id for record in state.records.values()} | state.let_go
    known |= {id_ for record in state.records.values() for id_ in record.outgoing}
    unknown = tuple(row for row in observation.rows.values() if row.id not in known)
    settled_elsewhere = state.intents.keys() | state.tombstones.keys()
    marked = tuple((row.trace, row) for row in unknown if row.trace is not None)
    off = state.birth.marker is MarkerMode.OFF
    return Sightings(
        birth=state.birth,
        observation=observation,
        strangers=_grouped((trace.birthplace, row) for trace, row in marked if trace.nonce not in settled_elsewhere),
        names=_grouped((row.name, row) for row in unknown) if off else {},
        strays=tuple((state.tombstones[trace.nonce], row) for trace, row in marked if trace.nonce in state.tombstones),
        answers={trace.nonce: row for trace, row in marked if trace.nonce in state.intents},
        moved=moved,
    )


def birthplace(birth: Birth, address: Address) -> str:
    """What a marker of this address has for a birthplace, whichever state made it."""
    place = Marker(
        lineage=birth.lineage8,
        project=birth.project,
        environment=birth.environment,
        address=address,
        nonce=_NOBODY,
    )
    return place.birthplace


def is_own(birth: Birth, row: LiveInstance) -> bool:
    """Whether a marker is of this state's lineage; a marker in a name does not say, and counts as ours."""
    marker = None if row.trace is None else row.trace.marker
    return marker is None or marker.lineage == birth.lineage8


def ids_of(rows: Sequence[LiveInstance]) -> str:
    """The ids of live machines as a part of a sentence, at most three by name."""
    named = ", ".join(row.id for row in rows[:3])
    return named if len(rows) <= 3 else f"{named} and {len(rows) - 3} more"


def _evidence_of(phase: Phase) -> Evidence:
    match phase:
        case Phase.LEAVING | Phase.REMOVED:
            return Evidence.LEAVING
        case Phase.UNKNOWN:
            return Evidence.UNKNOWN_STATUS
        case Phase.RUNNING | Phase.STOPPED | Phase.BUSY:
            return Evidence.THERE


def _grouped(pairs: Iterable[tuple[str, LiveInstance]]) -> dict[str, tuple[LiveInstance, ...]]:
    groups: dict[str, list[LiveInstance]] = {}
    for key, row in pairs:
        groups.setdefault(key, []).append(row)
    return {key: tuple(rows) for key, rows in groups.items()}
