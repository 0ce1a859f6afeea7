"""A state in memory: for tests, and as the shortest proof of what a store owes."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gpuspec.ports import Holder
from gpuspec.store.holding import locked


@dataclass(slots=True, kw_only=True)
class Medium:
    """What outlives a store: two stores on one medium are two processes on one state."""

    name: str = "the state in memory"
    lock: threading.Lock = field(default_factory=threading.Lock)
    holder: Holder | None = None
    snapshot: bytes | None = None
    serials: dict[str, int] = field(default_factory=dict)
    lines: list[tuple[int, bytes]] = field(default_factory=list)


class MemoryStore:
    """A `StateStore` on a `Medium`."""

    def __init__(self, medium: Medium | None = None) -> None:
        self.medium = Medium() if medium is None else medium
        self._holds = False

    @property
    def name(self) -> str:
        """What the medium is called."""
        return self.medium.name

    def acquire(self, holder: Holder, *, timeout_s: float) -> None:
        """Take the lock; see `StateStore`."""
        if not self.medium.lock.acquire(timeout=max(0.0, timeout_s)):
            raise locked(self.medium.holder, wanted_by=holder, waited_s=timeout_s)
        self._holds = True
        self.medium.holder = holder

    def holder(self) -> Holder | None:
        """Who holds the lock."""
        return self.medium.holder

    def release(self) -> None:
        """Give the lock back."""
        if self._holds:
            self._holds = False
            self.force_release()

    def force_release(self) -> None:
        """Take the lock from whoever has it."""
        if self.medium.lock.locked():
            self.medium.holder = None
            self.medium.lock.release()

    def snapshot(self) -> bytes | None:
        """The last snapshot."""
        return self.medium.snapshot

    def put_snapshot(self, content: bytes, *, lineage: str, serial: int) -> None:
        """Replace the snapshot."""
        self.medium.snapshot = content
        self.medium.serials[lineage] = max(serial, self.medium.serials.get(lineage, 0))

    def remembered(self) -> Mapping[str, int]:
        """Lineage -> the highest serial that was put here."""
        return dict(self.medium.serials)

    def read_since(self, seq: int) -> Sequence[bytes]:
        """The journal's lines after this number."""
        return tuple(line for number, line in self.medium.lines if number > seq)

    def append(self, lines: Sequence[bytes], *, first_seq: int) -> None:
        """Add lines to the journal."""
        self.medium.lines.extend(enumerate(lines, start=first_seq))

    def cut(self, seq: int) -> None:
        """Drop the journal's lines up to this number."""
        self.medium.lines = [(number, line) for number, line in self.medium.lines if number > seq]
