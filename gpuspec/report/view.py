"""The one view model of a plan: which actions are shown with what, from which text and Markdown are made."""

from collections.abc import Iterator
from dataclasses import dataclass

from gpuspec.model.plan import Action, ActionKind, Certainty, Change, Plan
from gpuspec.planning.compare import in_words, wording
from gpuspec.report.text import counted

SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One line below an action: a field and what is to be said of it."""

    field: str
    words: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One action: its address, what happens in a word, the reason in words, and its details."""

    address: str
    verb: str
    reason: str
    details: tuple[Detail, ...]
    hint: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The actions of one kind, with their sign; `hidden` counts those that are not shown."""

    kind: ActionKind
    sign: str
    style: str
    verb: str
    entries: tuple[Entry, ...]
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan as it is shown.

    Attributes:
        beside: What the summary does not count, in one sentence; empty when there is nothing.
        remarks: What stands outside the plan, a sentence each.
        summary: The last line.
    """

    target: str
    groups: tuple[Group, ...]
    idle: bool
    beside: str
    remarks: tuple[str, ...]
    warnings: tuple[str, ...]
    receipt: str
    summary: str


# Kind -> sign, style, and what is said before the address's reason; in the order of the view.
SIGNS = {
    ActionKind.FORGET: (".", "dim", "forget"),
    ActionKind.NOTE: (".", "dim", "note"),
    ActionKind.DELETE: ("-", "remove", "delete"),
    ActionKind.UPDATE: ("~", "change", "update"),
    ActionKind.REPLACE: ("-/+", "remove", "replace"),
    ActionKind.CREATE: ("+", "add", "create"),
    ActionKind.WAIT: ("?", "warning", "wait"),
    ActionKind.UNRESOLVED: ("?", "warning", "unresolved"),
    ActionKind.STRAY: ("!", "bad", "stray"),
    ActionKind.BLOCKED: ("?", "warning", "blocked"),
    ActionKind.REFUSED: ("!", "bad", "refused"),
    ActionKind.KEEP: ("=", "dim", "keep"),
}

_BESIDE = (
    (ActionKind.NOTE, "to note"),
    (ActionKind.WAIT, "to wait for"),
    (ActionKind.STRAY, "stray"),
    (ActionKind.BLOCKED, "blocked"),
    (ActionKind.REFUSED, "refused"),
    (ActionKind.KEEP, "unchanged"),
)


def plan_view(plan: Plan, *, full: bool = False) -> PlanView:
    """What is shown of a plan: at most `SHOWN` actions of a kind, all of them when `full`.

    Kept instances are counted; only those with something to say are shown.
    """
    birth = plan.birth
    return PlanView(
        target=f"{birth.project}/{birth.environment} at {birth.origin}, state serial {plan.serial}",
        groups=tuple(_groups(plan, full=full)),
        idle=not plan.changes_something,
        beside=_beside(plan),
        remarks=tuple(_remarks(plan)),
        warnings=plan.warnings,
        receipt=plan.receipt,
        summary=summary(plan),
    )


def summary(plan: Plan) -> str:
    """The line that ends every plan."""
    counts = plan.counts
    restarts = sum(action.restarts for action in plan.actions)
    return (
        f"Plan: {counts[ActionKind.CREATE]} to create, {counts[ActionKind.UPDATE]} to update ({restarts} restarts), "
        f"{counts[ActionKind.REPLACE]} to replace, {counts[ActionKind.DELETE]} to delete, "
        f"{counts[ActionKind.FORGET]} to forget; {counts[ActionKind.UNRESOLVED]} unresolved"
    )


def _groups(plan: Plan, *, full: bool) -> Iterator[Group]:
    for kind, (sign, style, verb) in SIGNS.items():
        actions = [action for action in plan.actions if action.kind is kind and is_told(action)]
        shown = actions if full else actions[:SHOWN]
        if actions:
            yield Group(
                kind=kind,
                sign=sign,
                style=style,
                verb=verb,
                entries=tuple(entry_of(action) for action in shown),
                hidden=len(actions) - len(shown),
            )


# Kept, and still not as it may seem: not seen running, or stopped and paid for.
_TOLD = frozenset({"not-ready", "removed-stopped"})


def is_told(action: Action) -> bool:
    """Whether the action is shown: not where nothing happens and nothing is to be said."""
    return action.kind is not ActionKind.KEEP or bool(action.changes or action.drift) or action.reason in _TOLD


def entry_of(action: Action) -> Entry:
    """The action as it is shown."""
    # An update says so itself, by the call that does it.
    pays = action.prepaid and action.kind is not ActionKind.UPDATE
    facts = (action.data_lost, "pays months ahead" if pays else "")
    remarks = "; ".join(fact for fact in facts if fact)
    return Entry(
        address=action.address,
        verb=SIGNS[action.kind][2],
        reason=f"{action.explanation}; {remarks}" if remarks else action.explanation,
        details=tuple(_details(action)),
        hint=action.hint,
        command=action.command,
    )


def _details(action: Action) -> Iterator[Detail]:
    for change in action.changes:
        if action.kind is ActionKind.CREATE:
            yield Detail(field=change.field, words=_created(change))
        else:
            yield from _differences(change, "" if change.certainty is Certainty.DIFFERENT else "can't tell")
    for change in action.drift:
        yield from _differences(change, "drift" if change.certainty is Certainty.DIFFERENT else "drift? can't tell")


def _created(change: Change) -> str:
    references = ", ".join(map(str, change.references))
    return f"{in_words(change.after)} from {references}" if references else in_words(change.after)


def _differences(change: Change, remark: str) -> Iterator[Detail]:
    for words in wording(change):
        yield Detail(field=change.field, words=words, remark=remark)


def _beside(plan: Plan) -> str:
    counts = plan.counts
    return ", ".join(f"{counts[kind]:,} {words}" for kind, words in _BESIDE if counts[kind])


def _remarks(plan: Plan) -> Iterator[str]:
    outside = plan.outside
    if not plan.asked:
        yield "Made offline: the API was not asked, so everything recorded counts as there."
    if outside.count:
        yield f"Outside this plan: {counted(outside.count, 'record')} whose file was not named."
    for file, count in outside.lost_files:
        yield f"Of these, {counted(count, 'record')} of {file}, which no longer exists."
    if outside.excluded:
        yield f"Left out by `--only` and `--exclude`: {counted(outside.excluded, 'address', 'addresses')}."
