"""What a shared state's objects hold: lock, head, journal segments. Each has an id that no other object has."""

from dataclasses import dataclass

from gpuspec.codec.canonical import canonical
from gpuspec.codec.reading import Damage, Part, parse
from gpuspec.errors import DamagedState
from gpuspec.ports import Holder
from gpuspec.store.holding import holder_document, holder_in

LOCK_KEY = "lock.json"
HEAD_KEY = "head.json"
JOURNAL_FOLDER = "journal"
SNAPSHOT_FOLDER = "snapshots"

_HINT = "somebody wrote there by hand: restore it from an earlier version of the object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The lock, held or free. It stays where it is when it is given back: only so can that be a condition too."""

    id: str
    holder: Holder | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Which snapshot holds. `segment` is the number of the last journal segment that is in it."""

    id: str
    lineage: str
    serial: int
    snapshot: str
    segment: int


def encode_lock(lock: Lock) -> bytes:
    """The lock object's content."""
    return canonical({"id": lock.id, "holder": None if lock.holder is None else holder_document(lock.holder)})


def decode_lock(content: bytes, *, where: str) -> Lock:
    """The lock in its object.

    Raises:
        DamagedState: It can't be read.
    """
    try:
        part = Part(parse(content))
        held = part.value("holder") is not None
        return Lock(id=part.name("id"), holder=holder_in(part.part("holder")) if held else None)
    except Damage as damage:
        message = f"{where} can't be read. {damage}"
        hint = "if nobody is at work on this state, remove that object; nothing but the lock is in it"
        raise DamagedState(message, hint=hint) from damage


def encode_head(head: Head) -> bytes:
    """The head object's content."""
    return canonical(
        {
            "id": head.id,
            "lineage": head.lineage,
            "serial": head.serial,
            "snapshot": head.snapshot,
            "segment": head.segment,
        }
    )


def decode_head(content: bytes, *, where: str) -> Head:
    """The head in its object.

    Raises:
        DamagedState: It can't be read.
    """
    try:
        part = Part(parse(content))
        return Head(
            id=part.name("id"),
            lineage=part.text("lineage"),
            serial=part.integer("serial"),
            snapshot=part.name("snapshot"),
            segment=part.integer("segment"),
        )
    except Damage as damage:
        raise DamagedState(f"{where} can't be read. {damage}", hint=_HINT) from damage


def encode_segment(segment_id: str, lines: tuple[bytes, ...]) -> bytes:
    """The segment's content: its id alone on the first line, then the journal's lines."""
    return b"".join(line + b"\n" for line in (canonical({"id": segment_id, "lines": len(lines)}), *lines))


def decode_segment(content: bytes, *, where: str) -> tuple[bytes, ...]:
    """The journal's lines in a segment.

    Raises:
        DamagedState: It is not whole.
    """
    first, *lines = content.split(b"\n")
    try:
        count = Part(parse(first)).integer("lines")
    except Damage as damage:
        raise DamagedState(f"{where} can't be read. {damage}", hint=_HINT) from damage
    if len(lines) != count + 1 or lines[-1]:
        message = f"{where} has {max(0, len(lines) - 1)} entries, and says that it has {count}."
        raise DamagedState(message, hint=_HINT)
    return tuple(lines[:-1])
