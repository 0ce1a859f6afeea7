"""`gpuspec env`: the project's environments."""

import os
from dataclasses import replace
from typing import Any

import click

from gpuspec.cli.invocation import invocation
from gpuspec.cli.options import CloudChoice, common_options, place_options
from gpuspec.cli.service import origin_of
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.environments import environments_document
from gpuspec.errors import UsageError
from gpuspec.report.environments import environments_lines
from gpuspec.workflow.environments import environment_list
from gpuspec.workflow.project import find_project
from gpuspec.workflow.session import Offline


@click.group("env")
def command() -> None:
    """Look at the project's environments."""


@command.command("list")
@common_options
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, simulate: bool, endpoint: str, **given: Any) -> None:
    """List the environments, each with its service and state.

    With what each extends, and how many instances are recorded. Takes no lock and sends no request. An abstract
    environment is only there to be extended.
    """
    call = invocation(ctx, given)
    if call.common.state_path:
        message = "`--state` names one state, and each environment has its own."
        raise UsageError(message, hint="leave it out.")
    choice = CloudChoice(simulate=simulate, endpoint=endpoint or "")

    def place_of(name: str) -> tuple[Offline, str]:
        place = offline_of(replace(call.common, environment=name), (), choice, environ=os.environ)
        return place, origin_of(place.home, choice, environ=os.environ)

    found = environment_list(find_project(), place_of)
    if call.common.as_json:
        call.terminal.document(environments_document(found))
    else:
        call.terminal.result(environments_lines(found))
