"""`gpuspec validate`: check specs without asking the API."""

import os
from typing import Any

import click

from gpuspec.cli.formats import Format, annotate, chosen_format, faults_annotated, format_option
from gpuspec.cli.invocation import invocation, standard_input
from gpuspec.cli.options import common_options, files_argument
from gpuspec.cli.wiring import offline
from gpuspec.codec.problems import problem_documents
from gpuspec.model.project import JsonValue
from gpuspec.report.problems import problem_lines
from gpuspec.report.text import counted, line
from gpuspec.spec.load import SpecSet
from gpuspec.workflow.policy import load_agreed
from gpuspec.workflow.specs import Asked


@click.command("validate")
@common_options
@format_option(Format.GITHUB)
@files_argument
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **given: Any) -> None:
    """Check specs without asking the API; no secret is read.

    Without FILE, the project's own specs. `-` reads standard input. Several files make one set. What is sound and
    against a policy or a limit of the project ends with 5.
    """
    call = invocation(ctx, given)
    form = chosen_format(call, given)
    asked = Asked(files=files, stdin=standard_input(files))
    with faults_annotated(call, form):
        specs = load_agreed(offline(call.common, files, environ=os.environ), asked).specs
    if form is Format.JSON:
        call.terminal.document(_document(specs))
        return
    if specs.warnings:
        call.terminal.say(problem_lines(specs.warnings))
    if form is Format.GITHUB:
        from gpuspec.report.github import problem_annotations

        annotate(call, problem_annotations(specs.warnings))
        return
    call.terminal.result(
        [line(f"{counted(len(specs.instances), 'instance')} in {counted(len(specs.files), 'file')}: good")]
    )


def _document(specs: SpecSet) -> dict[str, JsonValue]:
    return {
        "version": 1,
        "command": "validate",
        "instances": len(specs.instances),
        "problems": problem_documents(specs.warnings),
    }
