"""A plan as Markdown, for the comment of a pull request or the summary of a job: the same view as the text."""

from collections.abc import Iterator, Sequence

from gpuspec.errors import GpuspecError, SpecFaults
from gpuspec.model.calling import PLAIN, Calling
from gpuspec.model.plan import ActionKind, Plan
from gpuspec.model.problem import Problem
from gpuspec.report.markdown_page import (
    Block,
    Page,
    failures,
    marker,
    page_text,
    sentence,
    words_in_code,
)
from gpuspec.report.markdown_text import BREAK, clipped, code, prose, row
from gpuspec.report.plan import made_from
from gpuspec.report.text import counted
from gpuspec.report.view import Detail, Entry, Group, PlanView, plan_view

KIND = "plan"
_MORE = "`gpuspec plan --full` shows all of them"
_PROBLEMS = 20
_PROBLEM_LENGTH = 500

# What a reviewer must not miss has the room of the page first.
_WEIGHTIEST_FIRST = (
    ActionKind.REFUSED,
    ActionKind.UNRESOLVED,
    ActionKind.STRAY,
    ActionKind.REPLACE,
    ActionKind.DELETE,
    ActionKind.BLOCKED,
    ActionKind.WAIT,
    ActionKind.UPDATE,
    ActionKind.CREATE,
    ActionKind.FORGET,
    ActionKind.NOTE,
    ActionKind.KEEP,
)


def plan_markdown(
    plan: Plan, *, refused: Sequence[GpuspecError] = (), reviewed: bool = False, calling: Calling = PLAIN
) -> str:
    """The plan within `markdown_page.LIMIT` characters; hidden in its first line is what a bot finds it by.

    Args:
        refused: What stands in the plan's way; a plan that was read from a file doesn't know.
        reviewed: Say when and from what it was made.
        calling: How the next commands have to be given.
    """
    view = plan_view(plan, full=True)
    groups = sorted(view.groups, key=lambda group: _WEIGHTIEST_FIRST.index(group.kind))
    origin = (f"Made {prose(made_from(plan))}",) if reviewed else ()
    page = Page(
        head=(*_head(plan, view), *origin, *failures(refused)),
        blocks=tuple(map(_block, groups)),
        notes=tuple(_notes(view)),
        more=calling.whole(_MORE),
    )
    return page_text(page)


def failed_markdown(project: str, environment: str, error: GpuspecError) -> str:
    """That there is no plan, and why; it takes the place of a plan that no longer holds.

    Args:
        project: Empty where the project file can't be read: whoever brings a comment up to date knows it.
    """
    problems = error.problems if isinstance(error, SpecFaults) else ()
    found = [problem for problem in problems if isinstance(problem, Problem)]
    why = map(_problem, found[:_PROBLEMS]) if found else failures([error])
    rest = (f"… and {counted(len(found) - _PROBLEMS, 'more problem')}",) if len(found) > _PROBLEMS else ()
    head = (_title(project, environment), "**There is no plan.**", *why, *rest)
    return page_text(Page(head=head, blocks=(), notes=(), more=""))


def _title(project: str, environment: str) -> str:
    title = f"{project}/{environment}" if project else environment
    return f"{marker(KIND, project, environment)}\n### gpuspec plan: {words_in_code(title)}"


def _head(plan: Plan, view: PlanView) -> Iterator[str]:
    yield _title(plan.birth.project, plan.birth.environment)
    yield f"**{prose(view.summary)}**"
    if view.idle:
        yield "Nothing to do."
    if view.beside:
        yield f"Beside these: {prose(view.beside)}."
    yield f"{words_in_code(view.target)}{BREAK}Receipt: {words_in_code(view.receipt)}"


def _block(group: Group) -> Block:
    return Block(
        title=f"{group.sign} {group.verb}",
        heads=("address", "why", "what"),
        rows=map(_row, group.entries),
        count=len(group.entries) + group.hidden,
    )


def _row(entry: Entry) -> str:
    what = BREAK.join(map(_detail, entry.details))
    return row((code(entry.address), BREAK.join(_why(entry)), what))


def _why(entry: Entry) -> Iterator[str]:
    yield f"{entry.verb}: {prose(entry.reason)}"
    if entry.hint:
        yield f"hint: {prose(entry.hint)}"
    if entry.command:
        yield code(entry.command)


def _detail(detail: Detail) -> str:
    return code(f"{detail.field}: {detail.words}") + (f" ({prose(detail.remark)})" if detail.remark else "")


def _notes(view: PlanView) -> Iterator[str]:
    for remark in view.remarks:
        yield f"note: {sentence(remark)}"
    for warning in view.warnings:
        yield f"**warning:** {sentence(warning)}"


def _problem(problem: Problem) -> str:
    where = "" if problem.place is None else f" {code(clipped(str(problem.place), _PROBLEM_LENGTH))}"
    says = [f"**{problem.severity.value}: {prose(problem.summary)}**{where}"]
    says += [sentence(problem.message, most=_PROBLEM_LENGTH)]
    says += [f"hint: {sentence(problem.hint, most=_PROBLEM_LENGTH)}"] if problem.hint else []
    return BREAK.join(says)
