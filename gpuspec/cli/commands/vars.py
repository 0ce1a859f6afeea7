"""`gpuspec vars`: each variable's value, and who gave it."""

import os
from typing import Any

import click

from gpuspec.cli.invocation import invocation
from gpuspec.cli.options import common_options
from gpuspec.cli.wiring import offline
from gpuspec.report.vars import variables_lines
from gpuspec.spec.variable_offers import variables_document
from gpuspec.workflow.vars import offered_variables


@click.command("vars")
@common_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Show each variable's value, who gave it, and whose value lost against it.

    First comes --var, then the last --var-file, GPUSPEC_VAR_NAME, the environment, those that it extends, and the
    default. Sensitive values are masked, and so is what is called like a secret. No spec is read.
    """
    call = invocation(ctx, given)
    place = offline(call.common, (), environ=os.environ)
    variables = offered_variables(place)
    if call.common.as_json:
        call.terminal.document(variables_document(variables, environment=place.home.environment.name))
    else:
        call.terminal.result(variables_lines(variables))
