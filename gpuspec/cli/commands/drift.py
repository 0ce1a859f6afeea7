"""`gpuspec drift`: what changed without us."""

import os
from typing import Any, assert_never

import click

from gpuspec.cli.calling import noted
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
from gpuspec.cli.options import cloud_choice, cloud_options, common_options, files_argument, selection_options
from gpuspec.cli.session import reading_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.drift import drift_document
from gpuspec.report.drift import drift_lines
from gpuspec.report.github_drift import drift_annotations
from gpuspec.report.markdown_drift import drift_markdown
from gpuspec.workflow.draft import Selection
from gpuspec.workflow.drift import Looked, drift
from gpuspec.workflow.specs import Asked
from gpuspec.workflow.summary import append_summary


@click.command(
    "drift",
    epilog="Exit status: 7 when a request is unresolved or a stray is live, 4 when something can't be told, 8 on "
    "drift, else 0, also when the spec is not applied yet.",
)
@common_options
@cloud_options
@selection_options
@format_option(Format.MARKDOWN, Format.GITHUB)
@summary_option
@click.option("--full", is_flag=True, help="Show every entry, however many.")
@files_argument
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **given: Any) -> int:
    """Show what changed without gpuspec: what is live against what the API showed last; takes no lock.

    Only fields that the spec names are compared; an instance that is proven gone has drifted. What the spec still
    asks for is listed as pending, and so is what can't be verified. Nothing is written but the file of --summary.
    Without FILE, the project's own specs.
    """
    call = invocation(ctx, given)
    form, summary, choice = chosen_format(call, given), summary_path(given), cloud_choice(given)
    asked = Asked(files=files, stdin=standard_input(files))
    selection = Selection(only=given["only"], exclude=given["exclude"])
    with faults_annotated(call, form):
        place = offline_of(call.common, files, choice, environ=os.environ)
        looked = complete(drift(reading_for(call, place, choice), asked, selection))
    if summary is not None:
        append_summary(summary, drift_markdown(looked.report, calling=noted()))
    _show(call, looked, form, full=given["full"])
    return looked.report.exit_status


def _show(call: Invocation, looked: Looked, form: Format, *, full: bool) -> None:
    report = looked.report
    match form:
        case Format.TEXT:
            call.terminal.result(drift_lines(report, full=full))
        case Format.JSON:
            call.terminal.document(drift_document(report))
        case Format.MARKDOWN:
            call.terminal.text(drift_markdown(report, calling=noted()))
        case Format.GITHUB:
            annotate(call, drift_annotations(report, looked.specs.place))
        case _:
            assert_never(form)
