"""`gpuspec render`: the rendered specs."""

import os
from typing import Any

import click

from gpuspec.cli.invocation import invocation, standard_input
from gpuspec.cli.options import common_options, files_argument
from gpuspec.cli.wiring import offline
from gpuspec.report.problems import problem_lines
from gpuspec.report.yaml import json_text, yaml_text
from gpuspec.spec.rendered_document import rendered_document
from gpuspec.workflow.specs import Asked, load_specs


@click.command("render")
@common_options
@files_argument
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **given: Any) -> None:
    """Show what the specs come to: defaults merged, every value in the API's spelling, secrets masked.

    The result is a spec again, except where a secret is masked.
    """
    call = invocation(ctx, given)
    asked = Asked(files=files, stdin=standard_input(files))
    specs = load_specs(offline(call.common, files, environ=os.environ), asked).specs
    if specs.warnings:
        call.terminal.say(problem_lines(specs.warnings))
    document = rendered_document(specs)
    call.terminal.text(json_text(document) if call.common.as_json else yaml_text(document))
