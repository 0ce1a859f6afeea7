"""Secrets, in the four forms they take on their way: referred to, revealed, sealed, out of reach."""

from dataclasses import dataclass, field

# Shorter texts stand in messages for other reasons.
SHORTEST_PIECE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Where a secret is kept: `env:NAME` or `file:path`; safe to show."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """Text of a secret that stands in the spec itself; never shown."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A scalar that holds a secret, as desired: text and references in order.

    A scalar that a secret touches is secret as a whole, so the text parts are never shown either.
    """

    parts: tuple[SecretRef | Literal, ...]

    @property
    def refs(self) -> tuple[SecretRef, ...]:
        """What has to be read to know the secret, in order."""
        return tuple(part for part in self.parts if isinstance(part, SecretRef))

    def __str__(self) -> str:
        return "(secret)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """A secret's text, on its way into a request body and nowhere else; `pieces` are what it was put together of."""

    text: str = field(repr=False)
    pieces: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def telling(self) -> tuple[str, ...]:
        """What must not be repeated: the whole, and each piece of it that is long enough to be no common word."""
        return tuple(
            text for text in (self.text, *(each for each in self.pieces if len(each) >= SHORTEST_PIECE)) if text
        )

    def __str__(self) -> str:
        return "(secret)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A keyed digest that stands for a secret in state, plan and journal.

    Two seals tell "equal" or "different" only when `key_id` agrees; otherwise nothing can be told.
    """

    key_id: str
    digest: str

    def __str__(self) -> str:
        return "(secret)"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfReach:
    """A desired secret that could not be read: it can't be compared, and is never a change."""

    refs: tuple[SecretRef, ...]

    def __str__(self) -> str:
        return "(secret, not at hand)"


AnySecret = Secret | Revealed | Sealed | OutOfReach
