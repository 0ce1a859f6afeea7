"""What a shared state needs of an object store: five calls, two of them conditional."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Tells one content of an object from another; which of the two counts is the store's business."""

    e_tag: str = ""
    number: str = ""

    def is_same(self, other: "Version") -> bool:
        """Whether both tell of the same content; a store may name a number in one answer and not in another."""
        return self.e_tag == other.e_tag if self.e_tag and other.e_tag else self.number == other.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object's content and the version that it has."""

    content: bytes
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """It is stored, durably, and has this version."""

    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """The condition didn't hold. It may be this very call that made it so: clients send lost requests again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """No answer that tells: it may be stored, or may be in a moment. `reason` is a sentence."""

    reason: str


Put = Stored | Conflict | Unclear


class Objects(Protocol):
    """A place on an object store. Keys are relative to it.

    Every method returns within bounded time, and raises StateError for an answer that is no matter of luck (wrong
    credentials, no such bucket), reading methods also where the store can't be reached. No error tells a credential.
    """

    @property
    def name(self) -> str:
        """The place in messages: `s3://bucket/prefix`."""
        ...

    def get(self, key: str) -> Found | None:
        """The object; None where there is none. Must show every write that was answered before the call."""
        ...

    def create(self, key: str, content: bytes) -> Put:
        """Store an object where there is none."""
        ...

    def replace(self, key: str, content: bytes, version: Version) -> Put:
        """Store an object in place of this version of it."""
        ...

    def list(self, folder: str) -> Sequence[str]:
        """The keys that begin with the folder's name and a slash, all pages of them, in order."""
        ...

    def delete(self, keys: Sequence[str]) -> None:
        """Remove these objects; one that is not there is no error."""
        ...
