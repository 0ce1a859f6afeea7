"""The note that stands where a state was before it moved to another place; text and back."""

from dataclasses import dataclass

from gpuspec.codec.layout import laid_out
from gpuspec.codec.reading import Damage, Part, parse

_VERSION = 1
_KEY = "movedTo"
_LARGEST_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """Where a state went, and which it was; `serial` is the note's own, as if it were the state's next snapshot."""

    to: str
    lineage: str
    serial: int
    at: float


def encode_forwarding(note: Forwarding) -> bytes:
    """The note's text; no gpuspec takes it for a state."""
    return laid_out(
        {"version": _VERSION, _KEY: note.to, "lineage": note.lineage, "serial": note.serial, "movedAt": note.at}
    )


def forwarding_in(content: bytes) -> Forwarding | None:
    """The note in what stands where a state is looked for; None when it is none, whatever else it is."""
    if len(content) > _LARGEST_BYTES or b'"movedTo"' not in content:
        return None
    try:
        part = Part(parse(content))
        part.integer("version", minimum=1)
        return Forwarding(
            to=part.name(_KEY), lineage=part.name("lineage"), serial=part.integer("serial"), at=part.number("movedAt")
        )
    except Damage:
        return None
