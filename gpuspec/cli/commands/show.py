"""`gpuspec show`: a plan file as text."""

from typing import Any

import click

from gpuspec.cli.invocation import invocation
from gpuspec.cli.options import common_options
from gpuspec.codec.plan import plan_document
from gpuspec.report.plan import reviewed_lines
from gpuspec.workflow.plan_file import read_plan


@click.command("show")
@common_options
@click.option("--full", is_flag=True, help="Show every action, however many.")
@click.argument("plan", metavar="PLAN")
@click.pass_context
def command(ctx: click.Context, /, plan: str, *, full: bool, **given: Any) -> None:
    """Show a plan that `gpuspec plan --out FILE` wrote; asks no API and needs no state.

    `gpuspec apply PLAN` does what it shows, or nothing.
    """
    call = invocation(ctx, given)
    reviewed = read_plan(plan)
    if call.common.as_json:
        call.terminal.document(plan_document(reviewed))
    else:
        call.terminal.result(reviewed_lines(reviewed, full=full))
