"""What each journal entry does to a state; pure but for the recording that it fills."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from gpuspec.model.address import Address
from gpuspec.model.journal import (
    Absent,
    Adopted,
    Doubted,
    Entry,
    Forgotten,
    Intended,
    KeyUsed,
    Made,
    MarkerWitnessed,
    Moved,
    Noted,
    Obeyed,
    Ordered,
    OutgoingGone,
    TombstoneCleared,
    Undone,
)
from gpuspec.model.state import (
    Birth,
    Intent,
    MarkerSeen,
    OpenIntent,
    OpenOrder,
    Order,
    Record,
    Released,
    State,
    Tombstone,
)
from gpuspec.store import objections


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
    orders: dict[str, OpenOrder]
    tombstones: dict[str, Tombstone]
    # Address -> nonce of its open intent or order: one address has at most one.
    calls: dict[Address, str]

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
            orders=dict(state.orders),
            tombstones=dict(state.tombstones),
            calls={
                **{one.intent.address: nonce for nonce, one in state.intents.items()},
                **{one.order.address: nonce for nonce, one in state.orders.items()},
            },
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
            orders=dict(self.orders),
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
            case Ordered():
                return self._order(entry.order)
            case Made():
                return self._make(entry)
            case Obeyed():
                return self._obey(entry)
            case Doubted() | Undone() | Absent():
                return self._judge(entry)
            case Noted() | Adopted() | Moved() | Forgotten() | OutgoingGone():
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
        self._open(intent.nonce, intent.address, objections.to_intent(intent, self.records.get(intent.address)))
        self.intents[intent.nonce] = OpenIntent(intent=intent)
        return True

    def _order(self, order: Order) -> bool:
        self._open(order.nonce, order.address, objections.to_order(order, self.records.get(order.address)))
        self.orders[order.nonce] = OpenOrder(order=order)
        return True

    def _open(self, nonce: str, address: Address, objection: str) -> None:
        if nonce in self.intents or nonce in self.orders or nonce in self.tombstones:
            raise Contradiction(f"The nonce {nonce} was used before.")
        if objection:
            raise Contradiction(objection)
        if address in self.calls:
            raise Contradiction(f"A call for `{address}` begins while another call for it is open.")
        self.calls[address] = nonce

    def _make(self, made: Made) -> bool:
        intent = self._intent_of(made.nonce)
        before = self.records.get(intent.address)
        if before is not None and before.id != intent.replaces:
            raise Contradiction(f"`{intent.address}` was made as {made.id} and has a record.")
        if self.calls.get(intent.address, made.nonce) != made.nonce:
            raise Contradiction(f"`{intent.address}` was made as {made.id} while another call for it is open.")
        self._close(made.nonce)
        self.tombstones.pop(made.nonce, None)
        self.records[intent.address] = record_of(intent, made, before=before)
        return True

    def _obey(self, obeyed: Obeyed) -> bool:
        open_order = self.orders.get(obeyed.nonce)
        if open_order is None:
            raise Contradiction(f"There is no open order {obeyed.nonce}.")
        after = open_order.order.after
        if after is not None:
            self._close(obeyed.nonce)
            before = self.records.get(after.address)
            # A replaced machine may be proven gone while the order is under way.
            outgoing = after.outgoing if before is None else before.outgoing
            self.records[after.address] = dataclasses.replace(after, outgoing=outgoing)
            return True
        if open_order.obeyed_at is not None:
            return False
        self.orders[obeyed.nonce] = OpenOrder(order=open_order.order, obeyed_at=obeyed.at)
        return True

    def _judge(self, outcome: Doubted | Undone | Absent) -> bool:
        held = self.intents.get(outcome.nonce) or self.orders.get(outcome.nonce)
        if held is None:
            raise Contradiction(f"There is no open intent or order {outcome.nonce}.")
        match outcome:
            case Doubted():
                return self._doubt(held, outcome)
            case Undone():
                self._close(outcome.nonce)
            case Absent():
                if isinstance(held, OpenOrder):
                    raise Contradiction(f"The order {outcome.nonce} is judged as if it could have made a machine.")
                self._close(outcome.nonce)
                self.tombstones[outcome.nonce] = Tombstone(intent=held.intent, judged_at=outcome.at)
            case _:
                assert_never(outcome)
        return True

    def _doubt(self, held: OpenIntent | OpenOrder, doubted: Doubted) -> bool:
        # The settle window counts from when the answer was given up, not from the last time that somebody said so.
        first_at = doubted.at if held.doubted_at is None else held.doubted_at
        if isinstance(held, OpenIntent):
            intent = dataclasses.replace(held, doubted_at=first_at, reason=doubted.reason)
            self.intents[doubted.nonce] = intent
            return intent != held
        if held.obeyed_at is not None:
            raise Contradiction(f"The order {doubted.nonce} is in doubt after it was obeyed.")
        order = dataclasses.replace(held, doubted_at=first_at, reason=doubted.reason)
        self.orders[doubted.nonce] = order
        return order != held

    def _amend(self, entry: Noted | Adopted | Moved | Forgotten | OutgoingGone) -> bool:
        match entry:
            case Noted():
                return self._note(entry.record)
            case Adopted():
                return self._adopt(entry.record)
            case Moved():
                return self._move(entry)
            case Forgotten():
                return self._forget(entry)
            case OutgoingGone():
                return self._lose_outgoing(entry)
            case _:
                assert_never(entry)

    def _note(self, noted: Record) -> bool:
        record = self._record(noted.address, noted.id)
        open_order = self._order_at(noted.address)
        objection = objections.to_note(noted, record, None if open_order is None else open_order.order)
        if objection:
            raise Contradiction(objection)
        self.records[noted.address] = noted
        return noted != record

    def _adopt(self, adopted: Record) -> bool:
        objection = objections.to_adopting(adopted, self.records, open_calls=self.calls)
        if objection:
            raise Contradiction(objection)
        self.records[adopted.address] = adopted
        self.released.pop(adopted.id, None)
        self.tombstones.pop(adopted.nonce, None)
        return True

    def _move(self, moved: Moved) -> bool:
        record = self._record(moved.address, moved.id)
        objection = objections.to_moving(moved.address, moved.to, self.records, open_calls=self.calls)
        if objection:
            raise Contradiction(objection)
        del self.records[moved.address]
        self.records[moved.to] = dataclasses.replace(record, address=moved.to, updated_at=moved.at)
        return True

    def _forget(self, forgotten: Forgotten) -> bool:
        objection = objections.to_forgetting(self._record(forgotten.address, forgotten.id))
        if objection:
            raise Contradiction(objection)
        del self.records[forgotten.address]
        self._release(forgotten)
        return True

    def _lose_outgoing(self, gone: OutgoingGone) -> bool:
        record = self.records.get(gone.address)
        if record is None or gone.id not in record.outgoing:
            raise Contradiction(f"`{gone.address}` has no replaced machine {gone.id}.")
        left = tuple(id_ for id_ in record.outgoing if id_ != gone.id)
        self.records[gone.address] = dataclasses.replace(record, outgoing=left)
        self._release(gone)
        return True

    def _release(self, entry: Forgotten | OutgoingGone) -> None:
        """The machine is ours no more, and with it goes what was ordered of it."""
        self.released[entry.id] = Released(id=entry.id, address=entry.address, at=entry.at, reason=entry.reason)
        open_order = self._order_at(entry.address)
        if open_order is not None and open_order.order.id == entry.id:
            self._close(open_order.order.nonce)

    def _record(self, address: Address, id_: str) -> Record:
        record = self.records.get(address)
        if record is None or record.id != id_:
            raise Contradiction(f"`{address}` has no record with the id {id_}.")
        return record

    def _order_at(self, address: Address) -> OpenOrder | None:
        return self.orders.get(self.calls.get(address, ""))

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
        open_intent, open_order = self.intents.pop(nonce, None), self.orders.pop(nonce, None)
        if open_intent is not None:
            self.calls.pop(open_intent.intent.address, None)
        if open_order is not None:
            self.calls.pop(open_order.order.address, None)


def record_of(intent: Intent, made: Made, *, before: Record | None = None) -> Record:
    """The record of an intent that made an instance; the machine of the record before is outgoing."""
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
        outgoing=() if before is None else (before.id, *before.outgoing),
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
