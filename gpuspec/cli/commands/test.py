"""`gpuspec test`: a project's tests of its specs."""

import os
from dataclasses import replace
from typing import Any

import click

from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.options import common_options, files_argument
from gpuspec.cli.wiring import offline
from gpuspec.codec.spec_tests import tests_document
from gpuspec.errors import UsageError
from gpuspec.model.spec_test import Outcome
from gpuspec.report.spec_tests import outcome_lines, totals
from gpuspec.workflow.files import STDIN
from gpuspec.workflow.project import find_folder
from gpuspec.workflow.session import Offline
from gpuspec.workflow.spec_tests import files_of_tests, run_tests


@click.command("test")
@common_options
@click.option("--only", multiple=True, metavar="GLOB", help="Only tests whose name matches; repeatable.")
@files_argument
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], only: tuple[str, ...], **given: Any) -> int:
    """Run a project's tests: which instances its specs come to with which variables, or which faults.

    Without FILE, the project's own: tests/*.yaml. No API is asked and no secret is read; an expected secret is written
    as `render` shows it. A test takes its variables and its environment from its file; `-e` is for tests that name no
    environment.
    """
    call = invocation(ctx, given)
    if call.common.variables or call.common.variable_files:
        message = "A test says its variables itself, so that it says the same everywhere."
        raise UsageError(message, hint="write them below `variables` of the test.")
    if STDIN in files:
        raise UsageError("Tests are read from files.", hint="name the file.")
    folder = find_folder()
    names = files or files_of_tests(folder)
    run = run_tests(
        names,
        folder=folder,
        only=only,
        project=lambda environment: _project(call, environment),
        report=lambda outcome: _report(call, outcome),
    )
    failed = sum(not outcome.passed for outcome in run.outcomes)
    if call.common.as_json:
        call.terminal.document(tests_document(run.outcomes, left_out=run.left_out))
    else:
        line = totals(passed=len(run.outcomes) - failed, failed=failed, left_out=run.left_out)
        call.terminal.result([line])
    return 1 if failed else 0


def _project(call: Invocation, environment: str) -> Offline:
    common = replace(call.common, environment=environment or call.common.environment)
    return offline(common, (), environ=os.environ)


def _report(call: Invocation, outcome: Outcome) -> None:
    if not call.common.as_json:
        call.terminal.result(outcome_lines(outcome))
