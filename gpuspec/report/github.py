"""Problems and plans as annotations of GitHub Actions: workflow commands, each with file, line and column.

GitHub shows ten of each level per step and drops the rest without a word: the weightiest come first, the last counts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from gpuspec.errors import GpuspecError
from gpuspec.model.place import Place
from gpuspec.model.plan import Action, ActionKind, Plan
from gpuspec.model.problem import Problem, Severity
from gpuspec.report.clean import clean
from gpuspec.report.view import Entry, entry_of, is_told, summary

SHOWN = 10
_LONGEST = 2_000
_TITLE = "gpuspec"

PlaceOf = Callable[[str, str], Place | None]
PathOf = Callable[[str], str]


class Level(IntEnum):
    """GitHub's levels; the weightiest first."""

    ERROR = 0
    WARNING = 1
    NOTICE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What is said at a place of a file, or of the whole run where no file has it."""

    level: Level
    title: str
    message: str
    place: Place | None = None


# The weightiest first within a level. A kind that isn't here is not told.
_LEVELS = {
    ActionKind.REFUSED: Level.ERROR,
    ActionKind.UNRESOLVED: Level.ERROR,
    ActionKind.STRAY: Level.ERROR,
    ActionKind.REPLACE: Level.WARNING,
    ActionKind.DELETE: Level.WARNING,
    ActionKind.BLOCKED: Level.WARNING,
    ActionKind.WAIT: Level.WARNING,
    ActionKind.UPDATE: Level.NOTICE,
    ActionKind.CREATE: Level.NOTICE,
    ActionKind.FORGET: Level.NOTICE,
    ActionKind.NOTE: Level.NOTICE,
    ActionKind.KEEP: Level.NOTICE,
}
_WEIGHTS = {kind: weight for weight, kind in enumerate(_LEVELS)}


def problem_annotations(problems: Sequence[Problem]) -> Iterator[Annotation]:
    """Each problem where it stands."""
    for problem in problems:
        yield Annotation(
            level=Level.ERROR if problem.severity is Severity.ERROR else Level.WARNING,
            title=problem.summary,
            message=_paragraphs(problem.message, f"hint: {problem.hint}" if problem.hint else ""),
            place=problem.place,
        )


def error_annotations(errors: Sequence[GpuspecError]) -> Iterator[Annotation]:
    """What stands in the way of the whole run."""
    for error in errors:
        hint = f"hint: {error.hint}" if error.hint else ""
        yield Annotation(
            level=Level.ERROR, title=error.summary, message=_paragraphs(error.message, hint, error.command)
        )


def plan_annotations(plan: Plan, place_of: PlaceOf) -> Iterator[Annotation]:
    """The summary, the plan's warnings, then each action that has something to say, at its stanza or changed field.

    Args:
        place_of: Where an address and one of its fields are written, as `SpecSet.place` tells; the field may be empty.
    """
    yield Annotation(level=Level.NOTICE, title=f"{_TITLE} plan", message=summary(plan))
    for warning in plan.warnings:
        yield Annotation(level=Level.WARNING, title=f"{_TITLE} plan", message=warning)
    for action in sorted(filter(is_told, plan.actions), key=lambda action: _WEIGHTS[action.kind]):
        entry = entry_of(action)
        yield Annotation(
            level=_LEVELS[action.kind],
            title=f"{entry.verb} {entry.address}",
            message=_says(entry),
            place=place_of(action.address, _field(action)),
        )


def annotation_text(annotations: Iterable[Annotation], *, path_of: PathOf = str) -> str:
    """The workflow commands, a line each, errors first, at most ten of a level.

    Args:
        path_of: A file as places name it -> its path from the root of the repository.
    """
    by_level: dict[Level, list[Annotation]] = {level: [] for level in Level}
    for annotation in annotations:
        by_level[annotation.level].append(annotation)
    chosen = (one for found in by_level.values() for one in _bounded(found))
    return "".join(f"{_command(one, path_of)}\n" for one in chosen)


def _bounded(found: Sequence[Annotation]) -> Iterator[Annotation]:
    if len(found) <= SHOWN:
        yield from found
        return
    yield from found[: SHOWN - 1]
    message = f"… and {len(found) - SHOWN + 1:,} more of this level, which GitHub would not show."
    yield replace(found[0], title=_TITLE, message=message, place=None)


def _field(action: Action) -> str:
    """What the reader should look at: the first field that changes; the stanza where all of it is meant."""
    return action.changes[0].field if action.changes and action.kind is not ActionKind.CREATE else ""


def _says(entry: Entry) -> str:
    details = (f"{detail.field}: {detail.words}" for detail in entry.details)
    return _paragraphs(entry.reason, *details, f"hint: {entry.hint}" if entry.hint else "", entry.command)


def _paragraphs(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _command(annotation: Annotation, path_of: PathOf) -> str:
    facts = {**_where(annotation.place, path_of), "title": annotation.title}
    properties = ",".join(f"{name}={_property(value)}" for name, value in facts.items() if value)
    return f"::{annotation.level.name.lower()} {properties}::{_data(annotation.message)}"


def _where(place: Place | None, path_of: PathOf) -> dict[str, str]:
    if place is None or place.file.startswith("<"):
        return {}
    at = {"line": str(place.line), "col": str(place.column)} if place.line else {}
    return {"file": path_of(place.file), **at}


def _data(text: str) -> str:
    """The message of a command; a line feed is the one control character in it."""
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return "%0A".join(clean(part).replace("%", "%25") for part in shown.splitlines())


def _property(text: str) -> str:
    return clean(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
