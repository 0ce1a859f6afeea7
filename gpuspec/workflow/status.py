"""`status`: how every recorded machine stands, once or again and again. Takes no lock and writes nothing."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from gpuspec.engine.halt import Halt, heeding
from gpuspec.engine.observe import Readings, observe
from gpuspec.engine.work import Interruption
from gpuspec.errors import UsageError
from gpuspec.model.address import Address
from gpuspec.model.live import Observation, Phase
from gpuspec.model.outcome import Stop
from gpuspec.model.reach import Reach
from gpuspec.model.state import State
from gpuspec.model.status import Status
from gpuspec.planning.status import View, has_other_key, status_of
from gpuspec.ports import CloudReader
from gpuspec.workflow.reach import Closer, look_closer
from gpuspec.workflow.recorded import recorded
from gpuspec.workflow.session import Reading

# Where SSH listens changes at each start, and a start between two looks is not seen.
WAYS_HOLD_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for: addresses or globs, none for all. `ways` is whether to ask how each machine is reached."""

    addresses: tuple[str, ...] = ()
    ways: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How a watch ended: its last look, None when there was none, and the signal's kind."""

    last: Status | None
    stop: Stop


@dataclass(slots=True)
class Memory:
    """What a watch keeps from look to look, so that each asks for little."""

    readings: Readings = field(default_factory=Readings)
    ways: Mapping[str, Reach] = field(default_factory=dict)
    forget_at: float = float("-inf")


async def status(reading: Reading, wanted: Wanted) -> Status:
    """Look once.

    Raises:
        StateError: The state can't be used.
        UsageError: Nothing is recorded at an address that was asked for.
        CredentialsError: The key was refused.
    """
    async with reading.connect() as cloud:
        return await _look(reading, cloud, wanted, memory=Memory())


async def watch(
    reading: Reading, wanted: Wanted, *, interval_s: float, interruption: Interruption, show: Callable[[Status], None]
) -> Watched:
    """Look and show every `interval_s`, until a signal asks for the end; a look that is under way is broken off.

    Raises:
        As `status`, at any look.
    """
    clock = reading.offline.clock
    halt, memory, last = Halt(clock), Memory(), None
    async with reading.connect() as cloud, heeding(interruption, halt):
        while not halt:
            seen = await halt.unless_called(_look(reading, cloud, wanted, memory=memory))
            if seen is not None:
                last = seen
                show(seen)
            await halt.sleep(interval_s)
    return Watched(last=last, stop=halt.stop)


def chosen(state: State, addresses: tuple[str, ...]) -> Collection[Address]:
    """The addresses that these names and globs mean; without any, all that the state knows.

    Raises:
        UsageError: The state knows nothing of one of them.
    """
    intents = (open_intent.intent for open_intent in state.intents.values())
    judged = (tombstone.intent for tombstone in state.tombstones.values())
    known = {*state.records, *(intent.address for intent in intents), *(intent.address for intent in judged)}
    if not addresses:
        return known
    found: set[Address] = set()
    for name in addresses:
        matching = {name} & known or {address for address in known if fnmatchcase(address, name)}
        if not matching:
            message = f"Nothing is recorded at `{name}`."
            raise UsageError(message, hint="see what is:", command="gpuspec state list")
        found |= matching
    return found


async def _look(reading: Reading, cloud: CloudReader, wanted: Wanted, *, memory: Memory) -> Status:
    offline = reading.offline
    state = recorded(offline, origin=reading.origin)
    addresses = chosen(state, wanted.addresses)
    observation = await _observed(reading, cloud, state, memory=memory)
    ids = [state.records[address].id for address in addresses if address in state.records]
    closer = Closer(observation=observation)
    if wanted.ways:
        closer = await look_closer(cloud, observation, ids, known=_remembered(memory, offline.clock.monotonic()))
        memory.ways = _ways(closer.observation)
    view = View(
        state=state,
        observation=closer.observation,
        chosen=addresses,
        unread=closer.unread,
        other_key=has_other_key(state, reading.key_digest),
    )
    return status_of(view, at=offline.clock.now())


async def _observed(reading: Reading, cloud: CloudReader, state: State, *, memory: Memory) -> Observation:
    if not state.birth.lineage:
        return Observation(rows={})
    clock, settings = reading.offline.clock, reading.settings
    return await observe(cloud, state=state, clock=clock, settings=settings, readings=memory.readings)


def _remembered(memory: Memory, now: float) -> Mapping[str, Reach]:
    if now < memory.forget_at:
        return memory.ways
    memory.forget_at = now + WAYS_HOLD_S
    return {}


def _ways(observation: Observation) -> Mapping[str, Reach]:
    rows = observation.rows.values()
    return {row.id: row.reach for row in rows if row.phase is Phase.RUNNING and row.reach.ssh is not None}
