"""A fault of a spec: what, where, how to mend it."""

from dataclasses import dataclass
from enum import Enum

from gpuspec.model.place import Place
from gpuspec.model.problem_codes import SUMMARIES

# So many errors of one file are told, and no more looked for: what a loop or a generator repeats is understood by then,
# and a file of a few megabytes could have millions.
MOST_ERRORS = 1_000


class Severity(Enum):
    """How much a problem matters: an error stops the command, a warning is only shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that belongs to a problem, with what it has to do with it (`first written here`)."""

    label: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault, ready to be shown; no text of it holds a secret.

    `code` is a row of `model.problem_codes`. `path` is dotted (`instances.trainer.imageUlr`), empty where there
    is none. `place` is None only where no file has the fault (a variable given on the command line).
    `excerpt` is the text of the place's line, already masked, empty until `spec.excerpt` has set it;
    `excerpt_column` is the place's column within it, from 1: masking and cutting move it.
    `count` says how often the same fault came from the same place (a loop's body).
    """

    code: str
    message: str
    place: Place | None = None
    path: str = ""
    hint: str = ""
    severity: Severity = Severity.ERROR
    excerpt: str = ""
    excerpt_column: int = 0
    related: tuple[Related, ...] = ()
    count: int = 1

    @property
    def summary(self) -> str:
        """The fixed words for this code: no user data, so that they can be searched for."""
        return SUMMARIES[self.code]


def too_many(place: Place | None) -> Problem:
    """Says that no more was looked for from here on."""
    message = f"gpuspec stopped looking here: it tells the first {MOST_ERRORS:,} faults of a file."
    return Problem(code="too-many-faults", message=message, place=place, hint="mend these first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """What a step returns in place of its result when faults leave none; never empty."""

    items: tuple[Problem, ...]
