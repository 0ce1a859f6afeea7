"""`gpuspec drift`: what changed without us."""

import os
from typing import Any

import click

from gpuspec.cli.invocation import invocation, standard_input
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options, files_argument, selection_options
from gpuspec.cli.session import reading_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.drift import drift_document
from gpuspec.report.drift import drift_lines
from gpuspec.workflow.draft import Selection
from gpuspec.workflow.drift import drift
from gpuspec.workflow.specs import Asked


@click.command(
    "drift",
    epilog="Exit status: 7 when a request is unresolved or a stray is live, 4 when something can't be told, 8 on "
    "drift, else 0, also when the spec is not applied yet.",
)
@common_options
@cloud_options
@selection_options
@click.option("--full", is_flag=True, help="Show every entry, however many.")
@files_argument
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], full: bool, **given: Any) -> int:
    """Show what changed without gpuspec: what is live against what the API showed last; takes no lock, writes nothing.

    Only fields that the spec names are compared; an instance that is proven gone has drifted. What the spec still
    asks for is listed as pending, and so is what can't be verified. Without FILE, the project's own specs.
    """
    call = invocation(ctx, given)
    choice = cloud_choice(given)
    asked = Asked(files=files, stdin=standard_input(files))
    place = offline_of(call.common, files, choice, environ=os.environ)
    selection = Selection(only=given["only"], exclude=given["exclude"])
    report = complete(drift(reading_for(call, place, choice), asked, selection))
    if call.common.as_json:
        call.terminal.document(drift_document(report))
    else:
        call.terminal.result(drift_lines(report, full=full))
    return report.exit_status
