"""What stands beside the addresses of a plan: strays, what is left alone, what is to be said about the whole."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from gpuspec.model.address import Address
from gpuspec.model.live import LiveInstance
from gpuspec.model.plan import Action, ActionKind, Outside
from gpuspec.model.state import Record
from gpuspec.planning.scope import Claim, Scope
from gpuspec.planning.sightings import Sightings, birthplace, ids_of, is_own
from gpuspec.planning.wording import WORDS


def strays(sightings: Sightings, actions: Iterable[Action], addresses: Collection[Address]) -> Iterator[Action]:
    """Live machines of ours that no address speaks for: they answer a tombstone, or the state lost their record.

    A machine for whose sake an address was not made is reported there.
    """
    late = {action.id for action in actions if action.reason == "answered-late"}
    for tombstone, row in sightings.strays:
        if row.id not in late:
            yield _stray("stray", tombstone.intent.address, row)
    refused = [action.address for action in actions if action.reason == "marker-unrecorded"]
    told = {row.id for address in refused for row in sightings.strangers_of(address)}
    known = {birthplace(sightings.birth, address): address for address in addresses} if sightings.strangers else {}
    for place, rows in sightings.strangers.items():
        for row in rows:
            address = known.get(place) or _address_on(sightings, row)
            if address and row.id not in told and is_own(sightings.birth, row):
                yield _stray("stray-unrecorded", address, row)


def outside(left_alone: Sequence[Record], scope: Scope, *, excluded: int) -> Outside:
    """What the plan leaves alone, counted; records of files that are no longer there by the file's name."""
    lost = Counter(record.source for record in left_alone if scope.claim(record.source) is Claim.LOST_FILE)
    return Outside(count=len(left_alone), lost_files=tuple(sorted(lost.items())), excluded=excluded)


def warnings(
    sightings: Sightings, scope: Scope, addresses: Sequence[Address], *, unresolved: Sequence[Address]
) -> Iterator[str]:
    """Sentences about the whole plan."""
    observation = sightings.observation
    if observation.incomplete:
        yield f"Nothing counts as missing in this run. {observation.incomplete.rstrip('.')}."
    yield from _globs_without_effect(scope, addresses)
    passed_over = [address for address in unresolved if not scope.considers(address)]
    if passed_over:
        yield f"Left out although unresolved, and money may be running: {', '.join(passed_over)}."
    foreign = [row for rows in sightings.strangers.values() for row in rows if not is_own(sightings.birth, row)]
    ours = [row for row in foreign if _address_on(sightings, row, any_lineage=True)]
    if ours:
        yield f"Made under this project's name from another state, and not looked after here: {ids_of(ours)}."


def _stray(code: str, address: Address, row: LiveInstance) -> Action:
    words = WORDS[code]
    told = {"address": address, "id": row.id, "status": row.status}
    return Action(
        kind=ActionKind.STRAY,
        address=address,
        reason=code,
        explanation=words.says.format_map(told),
        id=row.id,
        hint=words.hint.format_map(told),
        command=words.command.format_map(told),
    )


def _address_on(sightings: Sightings, row: LiveInstance, *, any_lineage: bool = False) -> Address:
    """The address that the marker says in words, if it is of this project and environment; else empty."""
    marker = None if row.trace is None else row.trace.marker
    birth = sightings.birth
    if marker is None or (marker.project, marker.environment) != (birth.project, birth.environment):
        return ""
    return marker.address if any_lineage or marker.lineage == birth.lineage8 else ""


def _globs_without_effect(scope: Scope, addresses: Sequence[Address]) -> Iterator[str]:
    for option, globs in (("--only", scope.only), ("--exclude", scope.exclude)):
        for glob in globs:
            if not any(Scope(only=(glob,)).considers(address) for address in addresses):
                yield f"`{option} {glob}` matches no address."
