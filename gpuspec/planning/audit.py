"""Recorded and live to whose each machine of the account is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gpuspec.model.address import Address
from gpuspec.model.audit import Audit, Audited, Owner
from gpuspec.model.live import LiveInstance, Observation
from gpuspec.model.marker import Marker, MarkerMode, Trace
from gpuspec.model.state import Birth, Instant, State
from gpuspec.planning.sightings import birthplace

_OTHER_KEY = "Another API key is in use than the last time: this may be another account than the recorded one."
_CONSOLE = "look after it in the console"
_ORDER = {owner: at for at, owner in enumerate(Owner)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What a state knows, by what a machine shows. `held` is id -> address, `places` birthplace -> address."""

    state: State
    held: Mapping[str, Address]
    places: Mapping[str, Address]

    @property
    def birth(self) -> Birth:
        """The state's own."""
        return self.state.birth


def audit_of(state: State, observation: Observation, *, at: Instant, other_key: bool) -> Audit:
    """Whose every machine is, the weightiest first, then by address, name and id."""
    books = _books(state)
    machines = [_audited(row, books) for row in observation.rows.values()]
    machines += _not_seen(books, observation, other_key=other_key)
    return Audit(
        birth=state.birth,
        serial=state.serial,
        at=at,
        machines=tuple(sorted(machines, key=lambda each: (_ORDER[each.owner], each.address, each.name, each.id))),
        incomplete=observation.incomplete,
        warnings=(_OTHER_KEY,) if other_key else (),
    )


def _books(state: State) -> Books:
    held = {record.id: address for address, record in state.records.items()}
    held |= {id_: address for address, record in state.records.items() for id_ in record.outgoing}
    addresses = {
        *state.records,
        *(open_intent.intent.address for open_intent in state.intents.values()),
        *(tombstone.intent.address for tombstone in state.tombstones.values()),
        *(released.address for released in state.released.values()),
    }
    return Books(state=state, held=held, places={birthplace(state.birth, each): each for each in addresses})


def _audited(row: LiveInstance, books: Books) -> Audited:
    return replace(
        _owned(row, books) or _marked(row, books),
        id=row.id,
        name=row.name,
        status=row.status,
        created_at=row.created_at,
    )


def _owned(row: LiveInstance, books: Books) -> Audited | None:
    """What the state itself knows of a machine, by id or by nonce."""
    state = books.state
    nonce = "" if row.trace is None else row.trace.nonce
    if row.id in books.held:
        address = books.held[row.id]
        replaced = state.records[address].id != row.id
        advice = "replaced; the state has it to be deleted" if replaced else ""
        return Audited(owner=Owner.MANAGED, address=address, advice=advice)
    if row.id in state.let_go:
        address = state.released[row.id].address
        advice = f"let go: take it back with `{_import(row, address)}`, or {_CONSOLE}"
        return Audited(owner=Owner.LET_GO, address=address, advice=advice)
    if nonce in state.tombstones:
        address = state.tombstones[nonce].intent.address
        return Audited(owner=Owner.STRAY, address=address, advice=_stray_advice(row, address, books))
    if nonce in state.intents:
        address = state.intents[nonce].intent.address
        return Audited(owner=Owner.UNRESOLVED, address=address, advice="`gpuspec recover` records it")
    if row.id in state.released:
        address = state.released[row.id].address
        return Audited(owner=Owner.LOST, address=address, advice="it was taken for gone; delete it in the console")
    return None


def _stray_advice(row: LiveInstance, address: Address, books: Books) -> str:
    if address in books.state.records:
        return "it runs beside the recorded one: delete it in the console"
    return f"record it with `gpuspec recover {address} --found {row.id}`, or delete it in the console"


def _marked(row: LiveInstance, books: Books) -> Audited:
    """What a machine says of itself that the state does not know."""
    if row.trace is None:
        return _unmarked(row, books)
    marker = row.trace.marker
    return _by_birthplace(row, row.trace, books=books) if marker is None else _by_marker(row, marker, books=books)


def _by_marker(row: LiveInstance, marker: Marker, *, books: Books) -> Audited:
    birth = books.birth
    project = f"{marker.project}/{marker.environment}"
    if (marker.project, marker.environment) != (birth.project, birth.environment):
        advice = "leave it to that project"
        return Audited(owner=Owner.ELSEWHERE, address=marker.address, project=project, advice=advice)
    if marker.lineage == birth.lineage8:
        which, options = "the latest state file", ""
    else:
        which, options = (
            "the state file that it was made from or make it again (`gpuspec state rebuild`)",
            " --take-over",
        )
    advice = (
        f"bring back {which}, record it with `{_import(row, marker.address)}{options}`, or delete it in the console"
    )
    return Audited(owner=Owner.LOST, address=marker.address, project=project, advice=advice)


def _by_birthplace(row: LiveInstance, trace: Trace, *, books: Books) -> Audited:
    address = books.places.get(trace.birthplace)
    if address is None:
        advice = "made by gpuspec; a marker in a name does not say by which project"
        return Audited(owner=Owner.ELSEWHERE, advice=advice)
    advice = f"bring back the latest state file, record it with `{_import(row, address)}`, or delete it in the console"
    return Audited(owner=Owner.LOST, address=address, advice=advice)


def _unmarked(row: LiveInstance, books: Books) -> Audited:
    if books.birth.marker is MarkerMode.OFF:
        return Audited(owner=Owner.UNKNOWN, advice="markers are off, so nothing tells whether it is ours")
    if not row.envs_shown:
        return Audited(owner=Owner.UNKNOWN, advice="it shows no envs, so a marker could be there unread")
    return Audited(owner=Owner.UNMANAGED, advice=f"record it with `{_import(row, 'ADDRESS')}`, or {_CONSOLE}")


def _import(row: LiveInstance, address: Address) -> str:
    """The command that records a machine; `--write FILE` puts it into a spec as well."""
    return f"gpuspec import {address} {row.id}"


def _not_seen(books: Books, observation: Observation, *, other_key: bool) -> Iterator[Audited]:
    """Recorded machines that the account does not show, and requests that nothing answers."""
    state, rows = books.state, observation.rows
    for address, record in state.records.items():
        if record.id in rows:
            continue
        proven = record.id in observation.gone and not other_key
        why = "recorded, and proven gone: `gpuspec plan` shows what apply would do"
        doubt = "recorded, and not seen; whether it is there can't be told"
        yield Audited(
            owner=Owner.MISSING if proven else Owner.UNKNOWN,
            id=record.id,
            address=address,
            created_at=record.created_at,
            advice=why if proven else doubt,
        )
    answered = {row.trace.nonce for row in rows.values() if row.trace is not None}
    for nonce, open_intent in state.intents.items():
        if nonce not in answered:
            advice = "what became of the request is not known: `gpuspec recover`"
            intent = open_intent.intent
            yield Audited(owner=Owner.UNRESOLVED, address=intent.address, created_at=intent.at, advice=advice)
