"""`gpuspec plan`: what apply would do."""

import os
import shlex
from pathlib import Path
from typing import Any, assert_never

import click

from gpuspec.cli.calling import make_whole, noted
from gpuspec.cli.formats import (
    Format,
    annotate,
    chosen_format,
    faults_annotated,
    format_option,
    summary_option,
    summary_path,
)
from gpuspec.cli.invocation import Invocation, invocation, standard_input
from gpuspec.cli.loop import complete
from gpuspec.cli.options import (
    CloudChoice,
    cloud_choice,
    cloud_options,
    common_options,
    files_argument,
    selection_options,
    wish_options,
)
from gpuspec.cli.selection import selection_of
from gpuspec.cli.service import origin_of
from gpuspec.cli.session import reading_for, warn_of_run
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.plan import plan_document
from gpuspec.errors import GpuspecError, UsageError
from gpuspec.model.marker import DEFAULT_ENVIRONMENT
from gpuspec.model.plan import ActionKind
from gpuspec.report.errors import errors_lines
from gpuspec.report.github import error_annotations, plan_annotations, problem_annotations
from gpuspec.report.markdown import failed_markdown, plan_markdown
from gpuspec.report.plan import plan_lines
from gpuspec.report.problems import problem_lines
from gpuspec.report.text import EMPTY, line
from gpuspec.workflow.draft import Draft
from gpuspec.workflow.plan import plan, plan_offline
from gpuspec.workflow.plan_file import refuse_target, write_plan
from gpuspec.workflow.session import Offline
from gpuspec.workflow.specs import Asked
from gpuspec.workflow.summary import append_summary

CHANGES_PENDING = 2


@click.command("plan")
@common_options
@cloud_options
@selection_options
@wish_options
@click.option("--offline", "without_api", is_flag=True, help="Compare specs and state without asking the API.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when changes are pending.")
@click.option("--recreate-lost", is_flag=True, help="Plan on although all records, or the state itself, seem lost.")
@click.option("--allow-empty", is_flag=True, help="Plan on although the specs ask for nothing.")
@click.option("--out", metavar="PLAN", help="Write the plan to this file too, for review and `gpuspec apply PLAN`.")
@format_option(Format.MARKDOWN, Format.GITHUB)
@summary_option
@click.option("--full", is_flag=True, help="Show every action, however many.")
@files_argument
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **given: Any) -> int:
    """Show what apply would do; takes no lock and writes nothing but the files of --out and --summary.

    Without FILE, the project's own specs, and so the whole project. `-` reads standard input.
    """
    call = invocation(ctx, given)
    form, summary, choice = chosen_format(call, given), summary_path(given), cloud_choice(given)
    out = Path(given["out"]) if given["out"] is not None else None
    if out is not None:
        refuse_target(out)
    with faults_annotated(call, form):
        made = _told(call, given, files=files, choice=choice, form=form)
    if out is not None:
        write_plan(out, made.plan)
    if summary is not None:
        append_summary(summary, plan_markdown(made.plan, refused=made.refused, calling=noted()))
    _show(call, made, form, full=given["full"])
    if out is not None:
        _tell_next(call, choice, out)
    return _status(made, detailed=given["detailed_exitcode"])


def _told(
    call: Invocation, given: dict[str, Any], *, files: tuple[str, ...], choice: CloudChoice, form: Format
) -> Draft:
    """The plan; where Markdown was asked for, a failure is told in it too: it takes the place of an earlier plan."""
    # A project file with faults does not say whose plan it is.
    project, environment = "", call.common.environment
    try:
        place = offline_of(call.common, files, choice, environ=os.environ)
        project, environment = place.home.name, place.home.environment.name
        return _made(call, place, given, files=files, choice=choice)
    except GpuspecError as error:
        make_whole(error)
        text = failed_markdown(project, environment or DEFAULT_ENVIRONMENT, error)
        if form is Format.MARKDOWN:
            call.terminal.text(text)
        if given["summary"] is not None:
            append_summary(Path(given["summary"]), text)
        raise


def _made(
    call: Invocation, place: Offline, given: dict[str, Any], *, files: tuple[str, ...], choice: CloudChoice
) -> Draft:
    asked = Asked(files=files, stdin=standard_input(files))
    selection = selection_of(given)
    if given["without_api"]:
        if selection.refresh_only:
            raise UsageError("`--refresh-only` asks the API what is live.", hint="leave `--offline` out.")
        warn_of_run(call, place)
        return plan_offline(place, asked, selection, origin=origin_of(place.home, choice, environ=os.environ))
    return complete(plan(reading_for(call, place, choice), asked, selection))


def _show(call: Invocation, made: Draft, form: Format, *, full: bool) -> None:
    warnings = made.desired.loaded.specs.warnings
    if warnings:
        call.terminal.say((*problem_lines(warnings), EMPTY))
    match form:
        case Format.TEXT:
            call.terminal.result(plan_lines(made.plan, full=full))
        case Format.JSON:
            call.terminal.document(plan_document(made.plan))
        case Format.MARKDOWN:
            call.terminal.text(plan_markdown(made.plan, refused=made.refused, calling=noted()))
        case Format.GITHUB:
            _annotate(call, made)
        case _:
            assert_never(form)
    if made.refused:
        call.terminal.say((EMPTY, *errors_lines(made.refused)))


def _annotate(call: Invocation, made: Draft) -> None:
    specs = made.desired.loaded.specs
    found = (
        *error_annotations(made.refused),
        *problem_annotations(specs.warnings),
        *plan_annotations(made.plan, specs.place),
    )
    annotate(call, found)


def _tell_next(call: Invocation, choice: CloudChoice, out: Path) -> None:
    """The command that applies the plan, with what the plan doesn't remember; variables may be secret."""
    common = call.common
    given = (("--state", common.state_path), ("--endpoint", choice.endpoint))
    words = ["gpuspec", *(("-C", common.directory) if common.directory else ()), "apply"]
    words += [word for option, value in given if value for word in (option, value)]
    words += [*(("--simulate",) if choice.simulate else ()), str(out)]
    same = ", with the same variables," if common.variables or common.variable_files else ""
    said = f"Written to {out}; this{same} does what it says, or nothing:"
    call.terminal.say([EMPTY, line(said), line(shlex.join(words), indent=4)])


def _status(made: Draft, *, detailed: bool) -> int:
    """5 when a guard stands in the way, 7 when something is unresolved, 4 when something can't be told."""
    counts = made.plan.counts
    weighed = (
        (7, bool(counts[ActionKind.UNRESOLVED] or counts[ActionKind.STRAY])),
        (5, bool(made.refused)),
        (4, bool(counts[ActionKind.BLOCKED] or counts[ActionKind.WAIT])),
        (CHANGES_PENDING, detailed and made.plan.changes_something),
    )
    return next((status for status, holds in weighed if holds), 0)
