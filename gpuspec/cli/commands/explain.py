"""`gpuspec explain`: what a field means."""

from typing import Any

import click

from gpuspec.cli.invocation import invocation
from gpuspec.cli.options import common_options
from gpuspec.errors import UsageError
from gpuspec.report.change_policy import change_policy_table
from gpuspec.report.explain import field_documents, field_lines, index_lines


@click.command("explain")
@common_options
@click.option("--table", is_flag=True, help="What changing each field costs, as a Markdown table.")
@click.argument("field", default="", metavar="[FIELD]")
@click.pass_context
def command(ctx: click.Context, /, field: str, **given: Any) -> None:
    """Explain a field of the spec: type, limits, default, what changing it costs. Without FIELD, list them all."""
    call = invocation(ctx, given)
    if given["table"]:
        if field or call.common.as_json:
            raise UsageError("`--table` is of all fields, and Markdown.", hint="give it alone.")
        call.terminal.text(change_policy_table())
    elif call.common.as_json:
        call.terminal.document({"version": 1, "command": "explain", "fields": field_documents(field)})
    else:
        call.terminal.result(field_lines(field) if field else index_lines())
