"""The rules that hold on every medium: reading, beginning, being born, ending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gpuspec.codec.forwarding import Forwarding, forwarding_in
from gpuspec.codec.journal import decode_line
from gpuspec.codec.state import decode_state
from gpuspec.errors import DamagedState, StateError, StateMoved
from gpuspec.model.state import Birth, State
from gpuspec.ports import Holder, Journal, StateStore
from gpuspec.store.fit import Expected, fitting
from gpuspec.store.replay import Contradiction, Recording, replayed
from gpuspec.store.snapshot import SNAPSHOT_EVERY, put_snapshot

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Unborn:
    """There is no state yet, and no journal either."""


def peek(store: StateStore, expected: Expected) -> State | Unborn:
    """What is recorded, read without the lock and without writing anything.

    Raises:
        StateError: It can't be read, belongs to something else, or is being rewritten all the time.
    """
    # Read first: a run at work writes the state before it remembers its serial.
    remembered = store.remembered()
    snapshot = store.snapshot()
    for _ in range(_TRIES):
        try:
            lines, damage = store.read_since(0), None
        except DamagedState as error:
            lines, damage = (), error
        again = store.snapshot()
        if again == snapshot:
            if damage is not None:
                raise damage
            return _fitting(store, state_in(store.name, snapshot, lines), expected, remembered=remembered)
        # A run wrote a snapshot and cut the journal between the two readings: they don't belong together.
        snapshot = again
    message = f"{store.name} changed {_TRIES} times while it was read."
    raise StateError(message, hint="try again when the run that is at work has ended")


class Session:
    """A state whose lock is held, from `begin` to `end`."""

    def __init__(self, store: StateStore, recording: Recording, *, snapshot_every: int) -> None:
        # Imported here: what only looks at a state starts without the writer's event loop.
        from gpuspec.store.writer import JournalWriter

        self._store = store
        self._recording = recording
        self._writer = JournalWriter(store, recording, snapshot_every=snapshot_every)

    @property
    def state(self) -> State:
        """What is recorded now; a copy, so ask once a step and not once an instance."""
        return self._recording.frozen()

    @property
    def journal(self) -> Journal:
        """Where the run's facts become durable."""
        return self._writer

    async def end(self) -> State:
        """Write what is not in the snapshot yet, and give the lock back; a run that changed nothing writes nothing.

        Returns:
            The state that the run leaves.

        Raises:
            StoreFailed: The snapshot could not be written. Nothing is lost: the journal has it.
        """
        try:
            await self._writer.finish()
        finally:
            self._store.release()
        return self.state


class Vacant:
    """A lock that is held where there is no state yet."""

    def __init__(self, store: StateStore, *, snapshot_every: int) -> None:
        self._store = store
        self._snapshot_every = snapshot_every

    def bear(self, birth: Birth) -> Session:
        """Write the first snapshot, serial 1: from here on there is a state, before any intent is.

        Raises:
            StoreFailed: It was not written; the lock is given back.
        """
        return self.restore(State(birth=birth))

    def restore(self, state: State) -> Session:
        """Write a state that was put together again as the first snapshot, serial 1, whole or not at all.

        Raises:
            StoreFailed: It was not written; the lock is given back.
        """
        recording = Recording.of(state)
        try:
            put_snapshot(self._store, recording)
        except BaseException:
            self._store.release()
            raise
        return Session(self._store, recording, snapshot_every=self._snapshot_every)

    def end(self) -> None:
        """Give the lock back; nothing is born."""
        self._store.release()


def begin(
    store: StateStore,
    holder: Holder,
    *,
    expected: Expected,
    timeout_s: float,
    snapshot_every: int = SNAPSHOT_EVERY,
) -> Session | Vacant:
    """Take the lock and read what is recorded. Blocks while it waits for the lock.

    What a run before left in the journal alone is written as a snapshot at once: so it is synced anew, whatever
    became of that run's last sync.

    Raises:
        Locked: Somebody else held it for all of `timeout_s`.
        StateError: It can't be read, belongs to something else, or can't be written; the lock is given back.
    """
    store.acquire(holder, timeout_s=timeout_s)
    try:
        return _begun(store, expected, snapshot_every=snapshot_every)
    except BaseException:
        store.release()
        raise


def _begun(store: StateStore, expected: Expected, *, snapshot_every: int) -> Session | Vacant:
    lines = store.read_since(0)
    recorded = state_in(store.name, store.snapshot(), lines)
    state = _fitting(store, recorded, expected, remembered=store.remembered())
    if isinstance(state, Unborn):
        return Vacant(store, snapshot_every=snapshot_every)
    recording = Recording.of(state)
    if lines or state is not recorded:
        put_snapshot(store, recording)
    return Session(store, recording, snapshot_every=snapshot_every)


def state_in(name: str, snapshot: bytes | None, lines: Sequence[bytes]) -> State | Unborn:
    """The state that a snapshot and the journal's lines add up to.

    Args:
        name: How the state is called in messages.

    Raises:
        StateMoved: A note stands in place of the snapshot.
        StateError: They can't be read, or don't belong together.
    """
    if snapshot is None:
        _refuse_orphans(name, lines)
        return Unborn()
    note = forwarding_in(snapshot)
    if note is not None:
        raise moved_away(name, note)
    where = f"the journal of {name}"
    state = decode_state(snapshot, where=name)
    try:
        entries = [decode_line(line, where=where) for line in lines]
        _refuse_overlap(state, [seq for seq, _ in entries])
        return replayed(state, entries)
    except Contradiction as contradiction:
        message = f"{name} and its journal don't belong together. {contradiction}"
        hint = "one of them was put there from elsewhere: restore the two that were written together"
        raise DamagedState(message, hint=hint) from contradiction


def moved_away(name: str, note: Forwarding) -> StateMoved:
    """The error for whoever looks for a state where it was before."""
    message = f"{name} moved to {note.to}, with serial {note.serial}."
    hint = "say in the project file where it is now (`state: …`), or name it for this once with `--state`"
    return StateMoved(message, hint=hint)


def _refuse_overlap(state: State, seqs: Sequence[int]) -> None:
    """Refuse a journal of which the snapshot has some numbers, but not just all.

    A snapshot has all that was journaled before it, and the journal is cut next: a run that died between the two leaves
    a journal that ends where the snapshot does. Any other overlap means that the snapshot came from elsewhere (version
    control, another clone) and has other entries under these numbers; skipping ours would forget their machines.
    """
    if seqs and seqs[0] <= state.seq != seqs[-1]:
        message = f"The state ends with entry {state.seq}, and the journal has the entries {seqs[0]} to {seqs[-1]}."
        raise Contradiction(message)


def _fitting(
    store: StateStore, recorded: State | Unborn, expected: Expected, *, remembered: Mapping[str, int]
) -> State | Unborn:
    if isinstance(recorded, Unborn):
        return recorded
    return fitting(recorded, expected, store.name, remembered=remembered)


def _refuse_orphans(name: str, lines: Sequence[bytes]) -> None:
    if lines:
        message = f"{name} is not there, and its journal has entries ({len(lines)}): the state was lost."
        hint = "restore it, from `.gpuspec/backups` or version control: its instances may be running"
        raise DamagedState(message, hint=hint)
