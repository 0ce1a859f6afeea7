"""Our `indent` and `trim`: of captured text they keep structure, values and places."""

from collections.abc import Iterable, Sequence

from gpuspec.model.place import Place
from gpuspec.spec.template.emit import Emitter
from gpuspec.spec.template.fragment import Data, Fragment, Opaque, Piece, Printed, Raw


class Indenter:
    """Puts padding before lines; a line may begin in one piece and go on in another."""

    def __init__(self, emitter: Emitter, padding: str, *, blank: bool = False) -> None:
        self._emitter = emitter
        self._padding = padding
        self._blank = blank
        self._due = False

    def indented(self, pieces: Iterable[Piece], *, first: bool) -> list[Piece]:
        """The pieces with each line but the first indented, empty ones only with `blank`; a value is one line."""
        self._due = self._due or first
        return [part for piece in pieces for part in self._parts(piece)]

    def _parts(self, piece: Piece) -> Iterable[Piece]:
        if isinstance(piece, Data):
            return self._lines(piece.text, piece.place)
        if isinstance(piece, Raw):
            return self._lines(piece.text, None)
        if isinstance(piece, Printed):
            inner = self.indented(piece.captured.pieces, first=False)
            return (Printed(piece.place, self._emitter.gather(inner)),)
        if not self._due or _is_empty(piece):
            return (piece,)
        self._due = False
        return (Data(piece[0], self._padding), piece)

    def _lines(self, text: str, place: Place | None) -> Iterable[Piece]:
        for line in text.splitlines(keepends=True):
            if self._due and (self._blank or line != "\n"):
                yield _piece(self._padding, place)
            yield _piece(line, place)
            self._due = line.endswith("\n")
            place = place and moved(place, line)


def trimmed(emitter: Emitter, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces without blanks and newlines at either end; a value ends the trimming."""
    return _trimmed(emitter, _trimmed(emitter, pieces, left=True), left=False)


def moved(place: Place, text: str) -> Place:
    """The place after this text of the author's, which begins at `place`."""
    lines = text.count("\n")
    column = place.column + len(text) if not lines else len(text) - text.rfind("\n")
    return Place(file=place.file, line=place.line + lines, column=column)


def _trimmed(emitter: Emitter, pieces: Sequence[Piece], *, left: bool) -> list[Piece]:
    rest = list(pieces) if left else list(reversed(pieces))
    kept: list[Piece] = []
    for index, piece in enumerate(rest):
        stripped, done = _stripped(emitter, piece, left=left)
        kept += [stripped] if stripped is not None else []
        if done:
            kept += rest[index + 1 :]
            break
    return kept if left else kept[::-1]


def _stripped(emitter: Emitter, piece: Piece, *, left: bool) -> tuple[Piece | None, bool]:
    """What is left of the piece, and whether trimming ends in it."""
    if isinstance(piece, Printed):
        inner = emitter.gather(_trimmed(emitter, piece.captured.pieces, left=left))
        return Printed(piece.place, inner), not (isinstance(inner, Fragment) and inner == "")
    if not isinstance(piece, Data | Raw):
        return piece, not _is_empty(piece)
    text = piece.text.lstrip() if left else piece.text.rstrip()
    if isinstance(piece, Raw):
        return Raw(text), bool(text)
    gone = piece.text[: len(piece.text) - len(text)] if left else ""
    return (Data(moved(piece.place, gone), text), True) if text else (None, False)


def _is_empty(piece: Piece) -> bool:
    """Whether the piece is a value without any text; its token stays, but it stands for nothing."""
    return isinstance(piece, tuple) and (piece[1] is None or piece[1] == "")


def _piece(text: str, place: Place | None) -> Piece:
    return Raw(text) if place is None else Data(place, text)


def captured(value: object) -> Fragment | Opaque | None:
    """The value as captured text, if it is any."""
    if isinstance(value, Fragment) or (isinstance(value, Opaque) and value.secret is None):
        return value
    return None


def ended(pieces: list[Piece]) -> list[Piece]:
    """The pieces with a newline at their end, unless they are empty."""
    if not pieces or _ends_line(pieces[-1]):
        return pieces
    return [*pieces, Raw("\n")]


def _ends_line(piece: Piece) -> bool:
    if isinstance(piece, Printed):
        return bool(piece.captured.pieces) and _ends_line(piece.captured.pieces[-1])
    return isinstance(piece, Data | Raw) and piece.text.endswith("\n")
