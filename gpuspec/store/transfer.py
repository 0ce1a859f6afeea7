"""A state's place taken as a whole: to put a state there from elsewhere, or to leave a note."""

from dataclasses import dataclass

from gpuspec.codec.forwarding import Forwarding, encode_forwarding, forwarding_in
from gpuspec.codec.state import encode_state
from gpuspec.model.state import State
from gpuspec.ports import Holder, StateStore
from gpuspec.store.state_store import Unborn, moved_away, state_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place whose lock is held until `leave`.

    Attributes:
        found: The state that is there; a note, where it moved away; or nothing.
        journaled: How many entries of the journal are in no snapshot; `found` has them.
    """

    store: StateStore
    found: State | Forwarding | Unborn
    journaled: int

    @property
    def state(self) -> State | None:
        """The state that is there.

        Raises:
            StateMoved: It moved away.
        """
        if isinstance(self.found, Forwarding):
            raise moved_away(self.store.name, self.found)
        return None if isinstance(self.found, Unborn) else self.found

    def put(self, state: State) -> None:
        """Let this state be there, whatever was; durable on return.

        Raises:
            StoreFailed: It is not durable; what was there is there still.
        """
        self.store.put_snapshot(encode_state(state), lineage=state.birth.lineage, serial=state.serial)
        self.store.cut(max(state.seq, self._seq))

    def forward(self, note: Forwarding) -> None:
        """Leave a note in place of the state; durable on return.

        Raises:
            StoreFailed: It is not durable; the state is there still.
        """
        self.store.put_snapshot(encode_forwarding(note), lineage=note.lineage, serial=note.serial)
        self.store.cut(self._seq)

    def leave(self) -> None:
        """Give the lock back."""
        self.store.release()

    @property
    def _seq(self) -> int:
        return self.found.seq if isinstance(self.found, State) else 0


def occupy(store: StateStore, holder: Holder, *, timeout_s: float) -> Site:
    """Take the lock of a place and look at what is there.

    Raises:
        Locked: Somebody else held it for all of `timeout_s`.
        StateError: What is there can't be read; the lock is given back.
    """
    store.acquire(holder, timeout_s=timeout_s)
    try:
        lines, snapshot = store.read_since(0), store.snapshot()
        note = None if snapshot is None else forwarding_in(snapshot)
        found = note or state_in(store.name, snapshot, lines)
    except BaseException:
        store.release()
        raise
    return Site(store=store, found=found, journaled=len(lines))
