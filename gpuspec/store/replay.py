"""What each journal entry does to a state; pure but for the recording that it fills."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from gpuspec.model.address import Address
from gpuspec.model.journal import (
    Absent,
    Doubted,
    Entry,
    Forgotten,
    Intended,
    KeyUsed,
    Made,
    MarkerWitnessed,
    Noted,
    TombstoneCleared,
    Undone,
)
from gpuspec.model.state import Birth, Intent, MarkerSeen, OpenIntent, Record, Released, State, Tombstone


class Contradiction(Exception):
    """An entry that can't follow what was recorded before it; says why in a sentence."""


@dataclass(slots=True, kw_only=True)
class Recording:
    """A state that takes entries, each in constant time; `frozen` gives the state."""

    birth: Birth
    serial: int
    seq: int
    key_digest: str
    marker_seen: MarkerSeen
    records: dict[Address, Record]
    released: dict[str, Released]
    intents: dict[str, OpenIntent]
    tombstones: dict[str, Tombstone]
    # Address -> nonce of its open intent: one address has at most one.
    doubtful: dict[Address, str]

    @classmethod
    def of(cls, state: State) -> "Recording":
        """A recording that begins with this state."""
        return cls(
            birth=state.birth,
            serial=state.serial,
            seq=state.seq,
            key_digest=state.key_digest,
            marker_seen=state.marker_seen,
            records=dict(state.records),
            released=dict(state.released),
            intents=dict(state.intents),
            tombstones=dict(state.tombstones),
            doubtful={one.intent.address: nonce for nonce, one in state.intents.items()},
        )

    def frozen(self) -> State:
        """The state as it is now; later entries don't change it."""
        return State(
            birth=self.birth,
            serial=self.serial,
            seq=self.seq,
            key_digest=self.key_digest,
            marker_seen=self.marker_seen,
            records=dict(self.records),
            released=dict(self.released),
            intents=dict(self.intents),
            tombstones=dict(self.tombstones),
        )

    def apply(self, entry: Entry) -> bool:
        """Take an entry; whether it changed anything.

        Raises:
            Contradiction: It can't follow what was recorded; nothing was changed.
        """
        match entry:
            case Intended():
                return self._intend(entry.intent)
            case Made():
                return self._make(entry)
            case Doubted() | Undone() | Absent():
                return self._judge(entry)
            case Noted() | Forgotten():
                return self._amend(entry)
            case TombstoneCleared():
                return self._clear(entry.nonce)
            case MarkerWitnessed():
                before, self.marker_seen = self.marker_seen, entry.seen
                return before is not entry.seen
            case KeyUsed():
                known, self.key_digest = self.key_digest, entry.key_digest
                return known != entry.key_digest
            case _:
                assert_never(entry)

    def _intend(self, intent: Intent) -> bool:
        if intent.marker.lineage != self.birth.lineage8:
            raise Contradiction(
                f"The intent {intent.nonce} is of the lineage {intent.marker.lineage}, not of this one."
            )
        if intent.nonce in self.intents or intent.nonce in self.tombstones:
            raise Contradiction(f"The nonce {intent.nonce} was used before.")
        if intent.address in self.records:
            raise Contradiction(f"`{intent.address}` is to be created and has a record.")
        if intent.address in self.doubtful:
            raise Contradiction(f"`{intent.address}` is to be created while another call for it is open.")
        self.intents[intent.nonce] = OpenIntent(intent=intent)
        self.doubtful[intent.address] = intent.nonce
        return True

    def _make(self, made: Made) -> bool:
        intent = self._intent_of(made.nonce)
        if intent.address in self.records:
            raise Contradiction(f"`{intent.address}` was made as {made.id} and has a record.")
        if self.doubtful.get(intent.address, made.nonce) != made.nonce:
            raise Contradiction(f"`{intent.address}` was made as {made.id} while another call for it is open.")
        self._close(made.nonce)
        self.tombstones.pop(made.nonce, None)
        self.records[intent.address] = record_of(intent, made)
        return True

    def _judge(self, outcome: Doubted | Undone | Absent) -> bool:
        open_intent = self.intents.get(outcome.nonce)
        if open_intent is None:
            raise Contradiction(f"There is no open intent {outcome.nonce}.")
        match outcome:
            case Doubted():
                return self._doubt(open_intent, outcome)
            case Undone():
                self._close(outcome.nonce)
            case Absent():
                self._close(outcome.nonce)
                self.tombstones[outcome.nonce] = Tombstone(intent=open_intent.intent, judged_at=outcome.at)
            case _:
                assert_never(outcome)
        return True

    def _doubt(self, open_intent: OpenIntent, doubted: Doubted) -> bool:
        # The settle window counts from when the answer was given up, not from the last time that somebody said so.
        first_at = doubted.at if open_intent.doubted_at is None else open_intent.doubted_at
        after = dataclasses.replace(open_intent, doubted_at=first_at, reason=doubted.reason)
        self.intents[doubted.nonce] = after
        return after != open_intent

    def _amend(self, entry: Noted | Forgotten) -> bool:
        address, id_ = (
            (entry.record.address, entry.record.id) if isinstance(entry, Noted) else (entry.address, entry.id)
        )
        record = self.records.get(address)
        if record is None or record.id != id_:
            raise Contradiction(f"`{address}` has no record with the id {id_}.")
        match entry:
            case Noted():
                self.records[address] = entry.record
                return entry.record != record
            case Forgotten():
                del self.records[address]
                self.released[id_] = Released(id=id_, address=address, at=entry.at, reason=entry.reason)
                return True
            case _:
                assert_never(entry)

    def _clear(self, nonce: str) -> bool:
        if self.tombstones.pop(nonce, None) is None:
            raise Contradiction(f"There is no tombstone {nonce}.")
        return True

    def _intent_of(self, nonce: str) -> Intent:
        held = self.intents.get(nonce) or self.tombstones.get(nonce)
        if held is None:
            raise Contradiction(f"There is no intent {nonce}.")
        return held.intent

    def _close(self, nonce: str) -> None:
        open_intent = self.intents.pop(nonce, None)
        if open_intent is not None:
            del self.doubtful[open_intent.intent.address]


def record_of(intent: Intent, made: Made) -> Record:
    """The record of an intent that made an instance."""
    return Record(
        address=intent.address,
        id=made.id,
        nonce=intent.nonce,
        source=intent.source,
        fields=intent.fields,
        named=intent.named,
        lifecycle=intent.lifecycle,
        created_at=made.at,
        updated_at=made.at,
    )


def replayed(state: State, entries: Iterable[tuple[int, Entry]]) -> State:
    """The state after these numbered entries; those that it has already are skipped.

    Raises:
        Contradiction: A number is missing, or an entry can't follow what is before it.
    """
    recording = Recording.of(state)
    for seq, entry in entries:
        if seq <= recording.seq:
            continue
        if seq != recording.seq + 1:
            raise Contradiction(f"Entry {seq} is there and entry {recording.seq + 1} is missing.")
        try:
            recording.apply(entry)
        except Contradiction as contradiction:
            message = f"Entry {seq} can't be: {contradiction}"
            raise Contradiction(message) from contradiction
        recording.seq = seq
    return recording.frozen()
