"""Drift as annotations of GitHub Actions, at the lines of the spec: for a job that runs at set times."""

from collections.abc import Iterable, Iterator

from gpuspec.model.drift import Drifted, DriftReport
from gpuspec.model.plan import Action, ActionKind, Change
from gpuspec.planning.compare import wording
from gpuspec.report.drift import certain, explained, missing_words, totals
from gpuspec.report.github import Annotation, Level, PlaceOf

_TITLE = "gpuspec drift"
# Of these, money may be running that nobody looks after.
_GRAVE = frozenset({ActionKind.UNRESOLVED, ActionKind.STRAY})


def drift_annotations(report: DriftReport, place_of: PlaceOf) -> Iterator[Annotation]:
    """The summary and the warnings, then what is open, what drifted, and what is only pending.

    Args:
        place_of: Where an address and one of its fields are written, as `SpecSet.place` tells; the field may be empty.
    """
    yield Annotation(level=Level.NOTICE, title=_TITLE, message=totals(report))
    for warning in report.warnings:
        yield Annotation(level=Level.WARNING, title=_TITLE, message=warning)
    for action in report.doubts:
        level = Level.ERROR if action.kind in _GRAVE else Level.WARNING
        yield _of_action(action, level, title=f"open {action.address}", place_of=place_of)
    for found in report.drifted:
        yield _of_drift(found, place_of)
    for action in report.pending:
        yield _of_action(action, Level.NOTICE, title=f"pending {action.address}", place_of=place_of)


def _of_drift(found: Drifted, place_of: PlaceOf) -> Annotation:
    changes = certain(found.changes)
    told = (missing_words(found),) if found.missing else _words(changes)
    return Annotation(
        level=Level.WARNING,
        title=f"{'missing' if found.missing else 'drift'} {found.address}",
        message="\n".join(told),
        place=place_of(found.address, changes[0].field if changes else ""),
    )


def _of_action(action: Action, level: Level, *, title: str, place_of: PlaceOf) -> Annotation:
    changes = () if action.kind is ActionKind.CREATE else tuple(certain(action.changes))
    hint = (f"hint: {action.hint}",) if action.hint else ()
    command = (action.command,) if action.command else ()
    return Annotation(
        level=level,
        title=title,
        message="\n".join((explained(action), *_words(changes), *hint, *command)),
        place=place_of(action.address, changes[0].field if changes else ""),
    )


def _words(changes: Iterable[Change]) -> Iterator[str]:
    return (f"{change.field}: {words}" for change in changes for words in wording(change))
