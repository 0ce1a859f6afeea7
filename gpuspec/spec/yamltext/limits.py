"""How much a document may hold."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one document, so that a small file can't become a large tree.

    `depth` counts lists and maps inside one another. `nodes` counts keys, values, lists and maps as written,
    `repeated` those that aliases and merge keys stand for, at full length.
    """

    depth: int = 64
    nodes: int = 5_000_000
    repeated: int = 1_000_000
