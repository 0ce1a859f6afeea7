"""The only reader of the list: what is live, and what the answers prove.

A list that is not complete proves no absence. Of a complete one, a marker is absent only if the marker of every row
could be read; an instance is gone only if GET does not find it either, twice and some seconds apart, and if it was made
longer ago than the service may take to show it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import TypeVar, assert_never

from gpuspec.model.live import Listing, LiveInstance, NotFound, Observation, Phase, Seen, Sight, Unreadable
from gpuspec.model.marker import MarkerMode, Trace
from gpuspec.model.settings import Settings
from gpuspec.model.state import State
from gpuspec.ports import Clock, CloudReader

T = TypeVar("T")

_READS_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One walk over the list, with what it proves of markers, but not of recorded instances that are missing.

    `removed` are the rows that the observation leaves out.
    """

    observation: Observation
    removed: Mapping[str, LiveInstance]


@dataclass(slots=True)
class Readings:
    """What GET told of the markers of rows that show no envs, so that a run asks once for each."""

    traces: dict[str, Trace | None] = field(default_factory=dict)


async def observe(
    cloud: CloudReader, *, state: State, clock: Clock, settings: Settings, readings: Readings | None = None
) -> Observation:
    """What is live, with proof of which recorded instances are gone.

    Takes `settings.gone_spacing_s` longer when recorded instances are missing from the list, however many they are.

    Args:
        readings: Kept by a caller that observes again and again.

    Raises:
        CredentialsError: The key was refused, or this client is blocked.
    """
    seen = await look(cloud, state=state, readings=readings)
    observation = seen.observation
    missing = tuple(instance_id for instance_id in held_ids(state) if instance_id not in observation.rows)
    if not missing:
        return observation
    if observation.incomplete:
        return replace(observation, unproven=dict.fromkeys(missing, observation.incomplete))
    first = await sights(cloud, missing)
    spoken_for = [instance_id for instance_id, sight in first.items() if is_missing(sight)]
    second: Mapping[str, Sight] = {}
    young: Set[str] = frozenset()
    if spoken_for:
        await clock.sleep(settings.gone_spacing_s)
        young = _young(state, now=clock.now(), window_s=settings.settle_window_s) - seen.removed.keys()
        second = await sights(cloud, spoken_for)
    return _with_sights(observation, {**first, **second}, young=young)


async def look(cloud: CloudReader, *, state: State, readings: Readings | None = None, markers: bool = True) -> Look:
    """Walk the list once.

    Args:
        readings: Kept by the caller from look to look.
        markers: Whether to read the markers that the list does not show; without, nothing is proven of them.

    Raises:
        CredentialsError: The key was refused, or this client is blocked.
    """
    listing = await cloud.list()
    rows = {row.id: row for row in listing.rows if row.phase is not Phase.REMOVED}
    removed = {row.id: row for row in listing.rows if row.phase is Phase.REMOVED}
    bare = _bare_rows(rows, state)
    hidden = ""
    if bare and markers:
        read, hidden = await _read_markers(cloud, bare, readings=readings or Readings())
        rows |= read
    elif bare:
        hidden = _hidden_words(tuple(bare), "their markers were not asked for")
    observation = Observation(rows=rows, incomplete=_incomplete_words(listing), hidden=hidden)
    return Look(observation=observation, removed=removed)


async def sights(cloud: CloudReader, ids: Iterable[str]) -> Mapping[str, Sight]:
    """Look at each of these instances with GET, a few at a time."""
    return await _each(ids, cloud.get)


def held_ids(state: State) -> Iterable[str]:
    """The ids of all machines that the state holds."""
    for record in state.records.values():
        yield record.id
        yield from record.outgoing


def is_missing(sight: Sight) -> bool:
    """Whether GET says that the instance is not there."""
    match sight:
        case NotFound():
            return True
        case Seen(instance=instance):
            return instance.phase is Phase.REMOVED
        case Unreadable():
            return False
        case _:
            assert_never(sight)


def _bare_rows(rows: Mapping[str, LiveInstance], state: State) -> Mapping[str, LiveInstance]:
    """The rows that could be ours but show nothing that tells.

    Only an env marker can hide: a name is always there, and without markers there is nothing to be read.
    """
    if state.birth.marker is not MarkerMode.ENV:
        return {}
    accounted_for = frozenset(held_ids(state)) | state.let_go
    return {
        instance_id: row
        for instance_id, row in rows.items()
        if row.trace is None and not row.envs_shown and instance_id not in accounted_for
    }


async def _read_markers(
    cloud: CloudReader, bare: Mapping[str, LiveInstance], *, readings: Readings
) -> tuple[Mapping[str, LiveInstance], str]:
    """The bare rows with what GET told of their markers, and why some could still be there unread."""
    found = await sights(cloud, [instance_id for instance_id in bare if instance_id not in readings.traces])
    traces = {instance_id: readings.traces[instance_id] for instance_id in bare if instance_id in readings.traces}
    unread: dict[str, str] = {}
    for instance_id, sight in found.items():
        match sight:
            case Seen(instance=instance) if instance.envs_shown or instance.trace is not None:
                traces[instance_id] = instance.trace
                # An instance that is being made may not show all of its envs yet: it is asked again.
                if instance.trace is not None or instance.phase in {Phase.RUNNING, Phase.STOPPED}:
                    readings.traces[instance_id] = instance.trace
            case Seen():
                unread[instance_id] = "GET shows no envs either"
            case NotFound():
                unread[instance_id] = "GET does not find what the list shows"
            case Unreadable(reason=reason):
                unread[instance_id] = reason
            case _:
                assert_never(sight)
    read = {
        instance_id: replace(bare[instance_id], trace=trace, envs_shown=True) for instance_id, trace in traces.items()
    }
    return read, _hidden_words(tuple(unread), next(iter(unread.values()))) if unread else ""


def _young(state: State, *, now: float, window_s: float) -> frozenset[str]:
    """The recorded instances that the service may not show yet: not seeing them proves nothing."""
    return frozenset(record.id for record in state.records.values() if now - record.created_at < window_s)


def _with_sights(observation: Observation, sights: Mapping[str, Sight], *, young: Set[str]) -> Observation:
    """The observation with the last sight of each recorded instance that the list did not show."""
    rows = dict(observation.rows)
    gone: set[str] = set()
    unproven: dict[str, str] = {}
    for instance_id, sight in sights.items():
        match sight:
            case Seen(instance=instance) if instance.phase is not Phase.REMOVED:
                rows[instance_id] = instance
            case NotFound() if instance_id in young:
                unproven[instance_id] = "it was made a short while ago, and the service may not show it yet"
            case Seen() | NotFound():
                gone.add(instance_id)
            case Unreadable(reason=reason):
                unproven[instance_id] = reason
            case _:
                assert_never(sight)
    return replace(observation, rows=rows, gone=frozenset(gone), unproven=unproven)


def _incomplete_words(listing: Listing) -> str:
    ids = {row.id for row in listing.rows}
    if not listing.incomplete and len(ids) != len(listing.rows):
        return "The list shows an instance twice."
    return listing.incomplete


def _hidden_words(ids: tuple[str, ...], why: str) -> str:
    count = "1 instance shows" if len(ids) == 1 else f"{len(ids)} instances show"
    return f"{count} no envs in the list, such as {ids[0]}: {why.rstrip('.')}."


async def _each(ids: Iterable[str], read: Callable[[str], Awaitable[T]]) -> Mapping[str, T]:
    """What each read gives, in the order of the ids; a failure ends the others before it is raised."""
    answers: dict[str, T | None] = dict.fromkeys(ids)
    queue = list(reversed(answers))

    async def reader() -> None:
        while queue:
            instance_id = queue.pop()
            answers[instance_id] = await read(instance_id)

    readers = [asyncio.ensure_future(reader()) for _ in range(min(_READS_AT_ONCE, len(queue)))]
    try:
        await asyncio.gather(*readers)
    finally:
        for task in readers:
            task.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    return {instance_id: answer for instance_id, answer in answers.items() if answer is not None}
