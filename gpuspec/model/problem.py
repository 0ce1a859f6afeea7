"""A fault of a spec: what, where, how to mend it."""

from dataclasses import dataclass
from enum import Enum

from gpuspec.model.place import Place
from gpuspec.model.problem_codes import SUMMARIES


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """What a step returns in place of its result when faults leave none; never empty."""

    items: tuple[Problem, ...]
