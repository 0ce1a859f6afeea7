"""Regular expressions from a project file, matched in time that grows with the text and never explodes.

Python's `re` tries alternatives one after the other: `(a+)+b` takes years on forty letters, and a project file comes
from somebody else. Here all alternatives go forward together, one character at a time. What can't be done that way
(references back, looking ahead or behind) is refused. Single characters and sets are still read by `re`.
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

MOST_STEPS = 1_000
LONGEST_TEXT = 4_096
LONGEST_PATTERN = 500

_SET = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[^0-9A-Za-z]|[dDsSwWnrtfvaAZ])", re.DOTALL)
_REPEAT = re.compile(r"[*+?]|\{([0-9]*)(,?)([0-9]*)\}")
_GROUP = re.compile(r"\((?!\?)|\(\?:|\(\?P<[A-Za-z_]\w*>")
# These stand for themselves where they begin nothing.
_PLAIN_HERE = frozenset("{}]")
_BEGINNINGS, _ENDINGS = frozenset({"^", r"\A"}), frozenset({"$", r"\Z"})


class _Kind(Enum):
    CHARACTER = auto()
    SPLIT = auto()
    JUMP = auto()
    BEGINNING = auto()
    END = auto()


class _Step(NamedTuple):
    """`first` and `second` are where to go on, counted from here."""

    kind: _Kind
    first: int = 1
    second: int = 1
    fits: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadPattern:
    """Why a pattern can't be used: what goes on after "the pattern"."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern, ready to be matched."""

    steps: Sequence[_Step]

    def fits(self, text: str) -> bool:
        """Whether the whole text fits. A text longer than `LONGEST_TEXT` never does."""
        return len(text) <= LONGEST_TEXT and self.fits_however_long(text)

    def fits_however_long(self, text: str) -> bool:
        """The same, for whoever bounds the time otherwise."""
        here = self._reached([0], at_beginning=True, at_end=not text)
        for at, character in enumerate(text, start=1):
            onward = [step + 1 for step in here if self._takes(step, character)]
            here = self._reached(onward, at_beginning=False, at_end=at == len(text))
            if not here:
                return False
        return len(self.steps) in here

    def _takes(self, step: int, character: str) -> bool:
        fits = self.steps[step].fits if step < len(self.steps) else None
        return fits is not None and fits.fullmatch(character) is not None

    def _reached(self, starts: Sequence[int], *, at_beginning: bool, at_end: bool) -> set[int]:
        """Every step that can be come to without a character."""
        reached: set[int] = set()
        waiting = list(starts)
        while waiting:
            at = waiting.pop()
            if at in reached:
                continue
            reached.add(at)
            step = self.steps[at] if at < len(self.steps) else None
            match step.kind if step else None:
                case _Kind.SPLIT if step:
                    waiting += (at + step.first, at + step.second)
                case _Kind.JUMP if step:
                    waiting.append(at + step.first)
                case _Kind.BEGINNING if at_beginning:
                    waiting.append(at + 1)
                case _Kind.END if at_end:
                    waiting.append(at + 1)
        return reached


class _Refused(Exception):
    """The pattern can't be used."""


def compiled(text: str) -> Pattern | BadPattern:
    """The pattern, or why it can't be used."""
    if len(text) > LONGEST_PATTERN:
        return BadPattern(reason=f"has more than {LONGEST_PATTERN} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text)
            return Pattern(steps=_Parser(text).whole())
    except re.error as error:
        return BadPattern(reason=f"can't be read: {error.msg} (character {(error.pos or 0) + 1})")
    except (RecursionError, OverflowError):
        return BadPattern(reason="is nested too deeply, or repeats too often")
    except _Refused as refused:
        return BadPattern(reason=str(refused))


def searching(text: str) -> Pattern | BadPattern:
    """A pattern that fits every text in which this one is found, as `re.search` does; or why it can't be used."""
    found = compiled(text)
    if isinstance(found, BadPattern):
        return found
    anything = _repeat([_Step(_Kind.CHARACTER, fits=re.compile(r"[\s\S]"))], 0, None)
    return Pattern(steps=(*anything, *found.steps, *anything))


@dataclass(slots=True)
class _Parser:
    """Reads a pattern that `re` has accepted."""

    text: str
    at: int = 0

    def whole(self) -> tuple[_Step, ...]:
        """The steps of all of it."""
        return tuple(self._alternatives())

    def _alternatives(self) -> list[_Step]:
        steps = self._sequence()
        while self._next() == "|":
            self.at += 1
            other = self._sequence()
            ahead = _Step(_Kind.SPLIT, 1, len(steps) + 2)
            steps = _bounded([ahead, *steps, _Step(_Kind.JUMP, len(other) + 1), *other])
        return steps

    def _sequence(self) -> list[_Step]:
        steps: list[_Step] = []
        while self._next() not in {"", "|", ")"}:
            steps = _bounded([*steps, *self._repeated(self._atom())])
        return steps

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _atom(self) -> list[_Step]:
        group = _GROUP.match(self.text, self.at)
        if group:
            self.at = group.end()
            steps = self._alternatives()
            self.at += 1
            return steps
        single = self._single()
        self.at += len(single)
        if single in _BEGINNINGS:
            return [_Step(_Kind.BEGINNING)]
        if single in _ENDINGS:
            return [_Step(_Kind.END)]
        return [_Step(_Kind.CHARACTER, fits=re.compile(re.escape(single) if single in _PLAIN_HERE else single))]

    def _single(self) -> str:
        """The text of one character, set, escape or anchor."""
        character = self._next()
        if character == "(":
            raise _Refused("looks ahead or behind, or sets flags, which is not supported")
        expression = {"[": _SET, "\\": _ESCAPE}.get(character)
        if expression is None:
            return character
        found = expression.match(self.text, self.at)
        if found is None:
            raise _Refused(f"has `{self.text[self.at : self.at + 2]}`, which is not supported")
        return found.group()

    def _repeated(self, steps: list[_Step]) -> list[_Step]:
        found = _REPEAT.match(self.text, self.at)
        if found is None or found.group() in {"{}", "{,}"}:
            return steps
        self.at = found.end()
        if self._next() == "?":
            self.at += 1
        elif self._next() == "+":
            raise _Refused("holds on to what it took (`++`, `*+`), which is not supported")
        return _repeat(steps, *_counts(found))


def _counts(found: re.Match[str]) -> tuple[int, int | None]:
    """At least how often, and at most; None for any number."""
    if found.group() in {"*", "+", "?"}:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[found.group()]
    least, comma, most = found.groups()
    return int(least or 0), (int(least) if not comma else int(most) if most else None)


def _repeat(steps: list[_Step], least: int, most: int | None) -> list[_Step]:
    if len(steps) * max(least, most or 0) > MOST_STEPS:
        raise _Refused("repeats too often")
    size = len(steps)
    always = steps * least
    if most is None:
        return _bounded([*always, _Step(_Kind.SPLIT, 1, size + 2), *steps, _Step(_Kind.JUMP, -size - 1)])
    perhaps: list[_Step] = []
    for left in range(most - least, 0, -1):
        perhaps += [_Step(_Kind.SPLIT, 1, left * (size + 1)), *steps]
    return _bounded([*always, *perhaps])


def _bounded(steps: list[_Step]) -> list[_Step]:
    if len(steps) > MOST_STEPS:
        raise _Refused("is too large")
    return steps
