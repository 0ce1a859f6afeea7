"""Pieces to `Rendered`: text with tokens, and the source map."""

from array import array
from collections.abc import Collection, Iterable
from typing import cast

from gpuspec.errors import Bug
from gpuspec.model.place import Place
from gpuspec.model.problem import Problem
from gpuspec.spec.rendered import TOKEN_CLOSE, TOKEN_OPEN, Calls, Insertions, Origins, Rendered, Undefined, Value
from gpuspec.spec.template.bounds import Meter
from gpuspec.spec.template.faults import placed
from gpuspec.spec.template.fragment import Data, Piece, Printed, Raw
from gpuspec.spec.template.missing import Missing, explained
from gpuspec.spec.text import RESERVED_ESCAPE


class Weaver:
    """Joins pieces as they come and notes where each came from."""

    def __init__(self, file: str, *, meter: Meter, known: Collection[str]) -> None:
        self._file = file
        self._meter = meter
        self._known = known
        self._parts: list[str] = []
        self._offset = 0
        self._calls = Calls()
        self._starts = array("q")
        self._origins: list[Place] = []
        self._chains = array("q")
        self._fixed: list[int] = []
        self._values: list[Value | Undefined] = []
        self._sites: list[Place] = []
        self._site_chains = array("q")

    def add(self, stream: Iterable[Piece], chain: int = 0) -> None:
        """Add pieces that the chain of calls printed."""
        for piece in stream:
            if type(piece) is Data:
                self._append(piece.text, piece.place, chain)
            elif type(piece) is tuple:
                self._put(piece[0], piece[1], chain)
            elif type(piece) is Printed:
                self.add(piece.captured.pieces, self._calls.link(piece.place, chain))
            elif type(piece) is Raw:
                self._fixed.append(len(self._starts))
                place, outer = self._calls.links[chain]
                self._append(piece.text, place, outer)
            else:
                message = f"A template gave {type(piece).__name__} for a piece."
                raise Bug(message)

    def rendered(self) -> Rendered:
        """All that was added."""
        if not self._starts:
            self._append("", Place(file=self._file, line=1, column=1), 0)
        rendered = Rendered(
            file=self._file,
            text="".join(self._parts),
            inserted=Insertions(self._values, Origins(self._sites, self._site_chains, self._calls)),
            starts=self._starts,
            origins=Origins(self._origins, self._chains, self._calls),
            fixed=frozenset(self._fixed),
        )
        _refuse_forged(rendered)
        return rendered

    def _append(self, text: str, place: Place, chain: int) -> None:
        self._parts.append(text)
        self._starts.append(self._offset)
        self._origins.append(place)
        self._chains.append(chain)
        self._offset += len(text)
        if self._offset > self._meter.bounds.max_output:
            self._meter.text(self._offset)

    def _put(self, place: Place, value: object, chain: int) -> None:
        self._append(f"{TOKEN_OPEN}{len(self._values)}{TOKEN_CLOSE}", place, chain)
        if isinstance(value, Missing):
            message, hint = explained(value, self._known)
            at = self._calls.placed(place, chain)
            value = Undefined(problem=Problem(code="undefined-variable", message=message, place=at, hint=hint))
        self._values.append(cast("Value | Undefined", value))
        self._sites.append(place)
        self._site_chains.append(chain)


def _refuse_forged(rendered: Rendered) -> None:
    """A YAML escape for a token's character may have been put together of parts that were harmless each."""
    forged = RESERVED_ESCAPE.search(rendered.text)
    if forged is not None:
        message = f"The rendered text holds the escape `{forged.group()}`, which may not stand in a spec."
        raise placed("bad-character", message, rendered.place(forged.start()), hint="insert the character as a value.")
