"""`gpuspec show`: a plan file as text or Markdown."""

from typing import Any

import click

from gpuspec.cli.formats import Format, chosen_format, format_option
from gpuspec.cli.invocation import invocation
from gpuspec.cli.options import common_options
from gpuspec.codec.plan import plan_document
from gpuspec.report.markdown import plan_markdown
from gpuspec.report.plan import reviewed_lines
from gpuspec.workflow.plan_file import read_plan


@click.command("show")
@common_options
@format_option(Format.MARKDOWN)
@click.option("--full", is_flag=True, help="Show every action, however many.")
@click.argument("plan", metavar="PLAN")
@click.pass_context
def command(ctx: click.Context, /, plan: str, **given: Any) -> None:
    """Show a plan that `gpuspec plan --out FILE` wrote; asks no API and needs no state.

    `gpuspec apply PLAN` does what it shows, or nothing.
    """
    call = invocation(ctx, given)
    form = chosen_format(call, given)
    reviewed = read_plan(plan)
    match form:
        case Format.JSON:
            call.terminal.document(plan_document(reviewed))
        case Format.MARKDOWN:
            call.terminal.text(plan_markdown(reviewed, reviewed=True))
        case _:
            call.terminal.result(reviewed_lines(reviewed, full=given["full"]))
