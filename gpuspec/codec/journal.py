"""Journal entries to lines and back: `{"seq":…,"sum":…,"entry":{…}}`, a checksum a line.

The checksum covers the bytes of the entry and its sequence number, so that a line can be checked without being
understood: a medium needs `opened`, only the rules need `decode_line`.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import assert_never

from gpuspec.codec.canonical import canonical
from gpuspec.codec.reading import Damage, Part, parse
from gpuspec.codec.records import (
    decode_intent,
    decode_order,
    decode_record,
    encode_intent,
    encode_order,
    encode_record,
)
from gpuspec.errors import DamagedState
from gpuspec.model.journal import (
    Absent,
    Adopted,
    Doubted,
    Entry,
    Forgotten,
    How,
    Intended,
    Judge,
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
from gpuspec.model.project import JsonValue
from gpuspec.model.state import MarkerSeen

_OfNonce = Doubted | Made | Obeyed | Undone | Absent | TombstoneCleared

_LINE = re.compile(rb'\{"seq":([1-9][0-9]{0,17}),"sum":"([0-9a-f]{16})","entry":(\{.*\})\}', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A journal line whose checksum fits; `entry` is the JSON text of what it holds."""

    seq: int
    entry: bytes


def encode_line(entry: Entry, *, seq: int) -> bytes:
    """The line, without a newline; secrets must be sealed."""
    content = canonical(encode_entry(entry))
    return b'{"seq":%d,"sum":"%s","entry":%s}' % (seq, _checksum(content, seq), content)


def opened(line: bytes) -> Line | None:
    """The line's sequence number and content; None when it is no line of a journal or its checksum doesn't fit."""
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    seq, content = int(match[1]), match[3]
    return Line(seq=seq, entry=content) if match[2] == _checksum(content, seq) else None


def decode_line(line: bytes, *, where: str) -> tuple[int, Entry]:
    """The sequence number and the entry.

    Args:
        where: How the journal is called in messages.

    Raises:
        DamagedState: The line can't be read; the message says what is wrong.
    """
    content = opened(line)
    if content is None:
        message = f"A line of {where} doesn't fit its checksum."
        raise DamagedState(message)
    try:
        return content.seq, decode_entry(Part(parse(content.entry)))
    except Damage as damage:
        message = f"Entry {content.seq} of {where} can't be read. {damage}"
        raise DamagedState(message, hint="use the gpuspec that wrote it, or a later one") from damage


def encode_entry(entry: Entry) -> dict[str, JsonValue]:
    """The entry as data; `kind` tells which it is."""
    match entry:
        case Intended():
            return {"kind": "intended", "nonce": entry.intent.nonce, "intent": encode_intent(entry.intent)}
        case Ordered():
            return {"kind": "ordered", "nonce": entry.order.nonce, "order": encode_order(entry.order)}
        case Noted() | Adopted():
            kind = "noted" if isinstance(entry, Noted) else "adopted"
            return {"kind": kind, "address": entry.record.address, "record": encode_record(entry.record)}
        case Moved():
            return {"kind": "moved", "address": entry.address, "to": entry.to, "id": entry.id, "at": entry.at}
        case Forgotten() | OutgoingGone():
            kind = "forgotten" if isinstance(entry, Forgotten) else "outgoing-gone"
            return {"kind": kind, "address": entry.address, "id": entry.id, "at": entry.at, "reason": entry.reason}
        case MarkerWitnessed():
            return {"kind": "marker-witnessed", "seen": entry.seen.value}
        case KeyUsed():
            return {"kind": "key-used", "keyDigest": entry.key_digest}
        case Doubted() | Made() | Obeyed() | Undone() | Absent() | TombstoneCleared():
            return {"nonce": entry.nonce, "at": entry.at, **_encode_outcome(entry)}
        case _:
            assert_never(entry)


def decode_entry(part: Part) -> Entry:
    """The entry in a map.

    Raises:
        Damage: It is none.
    """
    kind = part.text("kind")
    if kind not in _KEYS:
        raise Damage("kind", f"is `{kind}`, which this gpuspec doesn't know")
    part.only(_KEYS[kind])
    match kind:
        case "intended":
            return Intended(intent=decode_intent(part.part("intent"), nonce=part.name("nonce")))
        case "noted" | "adopted":
            of_record = Noted if kind == "noted" else Adopted
            return of_record(record=decode_record(part.part("record"), address=part.name("address")))
        case "moved":
            return Moved(address=part.name("address"), to=part.name("to"), id=part.name("id"), at=part.number("at"))
        case "ordered":
            return Ordered(order=decode_order(part.part("order"), nonce=part.name("nonce")))
        case "forgotten" | "outgoing-gone":
            made = Forgotten if kind == "forgotten" else OutgoingGone
            return made(
                address=part.name("address"), id=part.name("id"), at=part.number("at"), reason=part.text("reason")
            )
        case "marker-witnessed":
            return MarkerWitnessed(seen=part.choice("seen", MarkerSeen))
        case "key-used":
            return KeyUsed(key_digest=part.text("keyDigest"))
        case _:
            return _decode_outcome(kind, part)


def _encode_outcome(outcome: _OfNonce) -> dict[str, JsonValue]:
    match outcome:
        case Doubted():
            return {"kind": "doubted", "reason": outcome.reason}
        case Made():
            return {"kind": "made", "id": outcome.id, "how": outcome.how.value}
        case Obeyed():
            return {"kind": "obeyed"}
        case Undone():
            return {"kind": "undone", "reason": outcome.reason}
        case Absent():
            return {"kind": "absent", "judge": outcome.judge.value}
        case TombstoneCleared():
            return {"kind": "tombstone-cleared"}
        case _:
            assert_never(outcome)


def _decode_outcome(kind: str, part: Part) -> Entry:
    nonce, at = part.name("nonce"), part.number("at")
    match kind:
        case "doubted":
            return Doubted(nonce=nonce, at=at, reason=part.text("reason"))
        case "made":
            return Made(nonce=nonce, id=part.name("id"), at=at, how=part.choice("how", How))
        case "obeyed":
            return Obeyed(nonce=nonce, at=at)
        case "undone":
            return Undone(nonce=nonce, at=at, reason=part.text("reason"))
        case "absent":
            return Absent(nonce=nonce, at=at, judge=part.choice("judge", Judge))
        case _:
            return TombstoneCleared(nonce=nonce, at=at)


_KEYS = {
    "intended": frozenset({"kind", "nonce", "intent"}),
    "ordered": frozenset({"kind", "nonce", "order"}),
    "obeyed": frozenset({"kind", "nonce", "at"}),
    "doubted": frozenset({"kind", "nonce", "at", "reason"}),
    "made": frozenset({"kind", "nonce", "id", "at", "how"}),
    "undone": frozenset({"kind", "nonce", "at", "reason"}),
    "absent": frozenset({"kind", "nonce", "at", "judge"}),
    "noted": frozenset({"kind", "address", "record"}),
    "adopted": frozenset({"kind", "address", "record"}),
    "moved": frozenset({"kind", "address", "to", "id", "at"}),
    "forgotten": frozenset({"kind", "address", "id", "at", "reason"}),
    "outgoing-gone": frozenset({"kind", "address", "id", "at", "reason"}),
    "tombstone-cleared": frozenset({"kind", "nonce", "at"}),
    "marker-witnessed": frozenset({"kind", "seen"}),
    "key-used": frozenset({"kind", "keyDigest"}),
}


def _checksum(content: bytes, seq: int) -> bytes:
    return hashlib.sha256(b"%d\n" % seq + content).hexdigest()[:16].encode()
