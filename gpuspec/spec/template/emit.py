"""What compiled templates call: to print a value, to capture text, to include a file, to count a step."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NoReturn

from jinja2.utils import missing

from gpuspec.errors import Bug
from gpuspec.model.place import Place
from gpuspec.spec.template.bounds import Meter
from gpuspec.spec.template.faults import TemplateFault, misuse
from gpuspec.spec.template.fragment import Data, Fragment, Opaque, Piece, Printed, Raw
from gpuspec.spec.template.missing import Missing, is_forbidden
from gpuspec.spec.template.values import Absent, outward, text_of

_MAX_DEPTH = 100
_LIMIT = 2**63

Refusal = Callable[[], NoReturn]


class Emitter:
    """Makes pieces of values and fragments of pieces, within the bounds of one rendering."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    def emit(self, place: Place, value: object, name: str = "") -> Piece:
        """The piece for what the expression at this place gave; `name` is the variable that it is, if it is one.

        Raises:
            TemplateFault: The value is nothing that a document can hold.
        """
        kind = type(value)
        if (kind is str and value.isascii()) or kind is bool or value is None:  # type: ignore[attr-defined]
            return (place, value)
        if isinstance(value, Fragment) or (isinstance(value, Opaque) and value.secret is None):
            return Printed(place, value)
        if value is missing:
            return (place, Missing(name=name))
        if isinstance(value, Missing):
            return (place, _unless_forbidden(value))
        try:
            return (place, outward(value, self.meter))
        except Absent as absent:
            return (place, _unless_forbidden(absent.value))

    def gather(self, stream: Iterable[Piece]) -> Fragment | Opaque:
        """Captured text: what Jinja calls `concat`."""
        pieces = stream if isinstance(stream, list) else list(stream)
        plain: list[str] = []
        refusal: Refusal | None = None
        weight, depth = len(pieces), 0
        for piece in pieces:
            if isinstance(piece, Printed):
                inner = piece.captured
                weight, depth = weight + inner.weight, max(depth, inner.depth + 1)
            refused = _speak(piece, plain)
            refusal = refusal or refused
        self._weigh(weight, depth, sum(map(len, plain)))
        if refusal is not None:
            return Opaque(refusal, pieces=pieces, weight=weight, depth=depth)
        return Fragment.of("".join(plain), pieces, weight=weight, depth=depth)

    def join(self, parts: Iterable[object]) -> str:
        """What the operator `~` gives; a fragment only if both sides are."""
        values = list(parts)
        if values and all(isinstance(value, Fragment) for value in values):
            return self.chain([value for value in values if isinstance(value, Fragment)])
        texts = [text_of(value) for value in values]
        self.meter.text(sum(map(len, texts)))
        return "".join(texts)

    def chain(self, fragments: Sequence[Fragment]) -> Fragment:
        """Fragments one after another."""
        gathered = self.gather([piece for fragment in fragments for piece in fragment.pieces])
        if not isinstance(gathered, Fragment):
            message = "Fragments with plain text gave one without."
            raise Bug(message)
        return gathered

    def _weigh(self, weight: int, depth: int, characters: int) -> None:
        self.meter.spend(weight >> 4)
        self.meter.text(characters + weight)
        if depth > _MAX_DEPTH:
            message = f"Captured text holds captured text more than {_MAX_DEPTH} deep."
            raise TemplateFault("template-too-deep", message, hint="insert it where it is made.")


def _speak(piece: object, plain: list[str]) -> Refusal | None:
    """Add the piece's plain text; or why it has none."""
    if isinstance(piece, tuple):
        return _speak_value(piece[1], plain)
    if isinstance(piece, Data | Raw):
        plain.append(piece.text)
    elif isinstance(piece, Printed) and isinstance(piece.captured, Fragment):
        plain.append(piece.captured)
    elif isinstance(piece, Printed) and isinstance(piece.captured, Opaque):
        return piece.captured.refuse
    else:
        # Fails closed: a bare string here would be a value that passes for the author's text.
        message = f"A template gave {type(piece).__name__} for a piece."
        raise Bug(message)
    return None


def _speak_value(value: object, plain: list[str]) -> Refusal | None:
    if isinstance(value, str):
        plain.append(value)
        return None
    if value is None or isinstance(value, bool | int | float):
        plain.append(text_of(value))
        return None
    if isinstance(value, Missing):
        return partial(_undefined, value)
    if isinstance(value, list | dict):
        return _contained
    return misuse


def _unless_forbidden(value: Missing) -> Missing:
    if is_forbidden(value):
        _undefined(value)
    return value


def _undefined(value: Missing) -> NoReturn:
    raise value._undefined_exception(value._undefined_message)


def _contained() -> NoReturn:
    raise TemplateFault(
        "value-not-insertable",
        "The captured text holds a list or a map, so it has no text that could be used as a value.",
        hint="assign the value itself: `{% set x = … %}`.",
    )
