"""Scalars to values and keys: types, tokens, and what may not be one."""

import sys
from typing import Any

from gpuspec.model.problem import Severity
from gpuspec.spec.rendered import TOKEN_OPEN, Rendered
from gpuspec.spec.tree import HOLE, Data
from gpuspec.spec.yamltext import wording
from gpuspec.spec.yamltext.faults import Faults
from gpuspec.spec.yamltext.frames import DROPPED, MERGE, Pending
from gpuspec.spec.yamltext.insert import Landed, landed, landed_key
from gpuspec.spec.yamltext.resolve import NumberFault, looks_octal, resolved
from gpuspec.spec.yamltext.values import Room

# A scalar event of libyaml's, which comes from a C extension that has no types.
Scalar = Any
BLOCKS = frozenset("|>")


class Scalars:
    """Reads the scalars of one text; what is wrong with them goes to `faults`."""

    def __init__(self, rendered: Rendered, faults: Faults) -> None:
        self._text = rendered.text
        self._inserted = rendered.inserted
        self._faults = faults
        self._plain_keys: dict[str, str] = {}

    def written(self, event: Scalar, start: int, end: int) -> Data:
        """The value of a scalar without tokens; a HOLE if it has none that is allowed."""
        if event.ctag:
            self._faults.tag(start)
            return HOLE
        text: str = event.value
        if event.style:
            return text
        value = resolved(text)
        if type(value) is int and looks_octal(text):
            self._faults.add("octal-looking", wording.OCTAL, start, end, severity=Severity.WARNING)
        if isinstance(value, NumberFault):
            self._faults.add("yaml-number", wording.number(value), start, end)
            return HOLE
        return value

    def inserted(self, event: Scalar, start: int, end: int, *, room: Room) -> tuple[Data, int]:
        """The value of a scalar with tokens, and how many values it holds."""
        if event.ctag:
            self._faults.tag(start)
            return HOLE, 0
        got = landed(event.value, self._inserted, room=None if event.style in BLOCKS else room)
        return self._genuine(got, event.value, start, end), got.nodes

    def key(self, event: Scalar, start: int, end: int) -> str | Pending:
        """A key's text; MERGE for a merge key, DROPPED for one that was refused."""
        text: str = event.value
        if event.ctag:
            self._faults.tag(start)
            return DROPPED
        if TOKEN_OPEN in text:
            value = self._genuine(landed_key(text, self._inserted), text, start, end)
            return value if isinstance(value, str) else DROPPED
        if event.style:
            return sys.intern(text)
        return self._plain_keys.get(text) or self._plain_key(text, start, end)

    def _plain_key(self, text: str, start: int, end: int) -> str | Pending:
        if text == "<<":
            return MERGE
        if not isinstance(resolved(text), str):
            self._faults.add("key-not-a-string", wording.plain_key(text), start, end)
            return DROPPED
        return self._plain_keys.setdefault(text, sys.intern(text))

    def _genuine(self, got: Landed, value: str, start: int, end: int) -> Data:
        """The value, unless an escape forged a token: each one has to stand in the text itself."""
        if wording.forged(value, self._text[start:end]):
            self._faults.add("bad-character", wording.FORGED, start, end)
            return HOLE
        if got.problems:
            self._faults.add_all(got.problems, start, end)
        return got.value
