"""The pieces that rendered text is made of, and captured text, which is a string to everyone but the printer.

A compiled template yields pieces, not strings, so no value can ever be taken for the author's text.
"""

from collections.abc import Callable, Sequence
from typing import NoReturn

from gpuspec.model.place import Place
from gpuspec.model.secret import Secret


class Data:
    """Text that the author wrote, in one run from its place on."""

    __slots__ = ("place", "text")

    def __init__(self, place: Place, text: str) -> None:
        self.place = place
        self.text = text


class Raw:
    """Text that `| safe` lets in; all of it stands where it is printed."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Printed:
    """Captured text, printed by the expression at this place."""

    __slots__ = ("captured", "place")

    def __init__(self, place: Place, captured: "Fragment | Opaque") -> None:
        self.place = place
        self.captured = captured


# A value that an expression gave: it becomes a token. A bare tuple, since a spec may have a million of them.
Put = tuple[Place, object]
Piece = Data | Raw | Printed | Put


class Fragment(str):
    """Captured text (macro, `set` block, `call`, `filter`, `super()`): its plain text, and the pieces it is made of.

    Comparing, slicing, filtering and joining see the plain text and give ordinary strings. `weight` is the number of
    pieces, those of inner fragments included; `depth` is how deep fragments lie in it.
    """

    __slots__ = ("depth", "pieces", "weight")
    pieces: Sequence[Piece]
    weight: int
    depth: int

    @classmethod
    def of(cls, plain: str, pieces: Sequence[Piece], *, weight: int, depth: int) -> "Fragment":
        """A fragment of these pieces, whose plain text is already known."""
        fragment = cls(plain)
        fragment.pieces, fragment.weight, fragment.depth = pieces, weight, depth
        return fragment


class Opaque:
    """Something that may be printed and nothing else: a secret, or captured text that has no plain form.

    `refuse` raises the fault that any other use is. Every operator leads there, so that no filter, test or method
    can take it for a value; `secret` is None for captured text.
    """

    __slots__ = ("depth", "pieces", "refuse", "secret", "weight")

    def __init__(
        self,
        refuse: Callable[[], NoReturn],
        *,
        secret: Secret | None = None,
        pieces: Sequence[Piece] = (),
        weight: int = 0,
        depth: int = 0,
    ) -> None:
        self.refuse = refuse
        self.secret = secret
        self.pieces = pieces
        self.weight = weight
        self.depth = depth

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        self.refuse()

    __str__ = __repr__ = __format__ = __bool__ = __hash__ = __len__ = __iter__ = __contains__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _refuse
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = _refuse
    __neg__ = __pos__ = __abs__ = __int__ = __float__ = __index__ = __round__ = _refuse
    __getitem__ = __call__ = __reversed__ = __html__ = _refuse
