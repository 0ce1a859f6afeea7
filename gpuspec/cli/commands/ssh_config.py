"""`gpuspec ssh-config`: the ways into running machines, for ssh and whatever reads its configuration."""

import os
from typing import Any

import click

from gpuspec.cli.invocation import invocation
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options
from gpuspec.cli.session import reading_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.ssh import ways_document
from gpuspec.model.status import Standing, Status
from gpuspec.report.ssh_config import host_name, left_out_lines, ssh_config_lines, ways
from gpuspec.workflow.status import Wanted, status

SOME_FAILED = 4


@click.command("ssh-config")
@common_options
@cloud_options
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@click.pass_context
def command(ctx: click.Context, /, addresses: tuple[str, ...], **given: Any) -> int:
    """Print a Host stanza for every running machine, named PROJECT-ADDRESS (PROJECT-ENVIRONMENT-ADDRESS with -e).

    \b
    gpuspec ssh-config > ~/.ssh/config.d/gpuspec

    ssh reads it with `Include config.d/*` in ~/.ssh/config. Ports change at each start: make it anew then.
    Who is left out is told on standard error. No password is shown.
    """
    call = invocation(ctx, given)
    choice = cloud_choice(given)
    place = offline_of(call.common, (), choice, environ=os.environ)
    found = complete(status(reading_for(call, place, choice), Wanted(addresses=addresses)))
    exit_status = SOME_FAILED if _is_open(found) else 0
    call.terminal.say(left_out_lines(found))
    if call.common.as_json:
        named = [(host_name(found.birth, way.address), way) for way in ways(found)]
        call.terminal.document(ways_document(named, exit_status=exit_status))
    else:
        call.terminal.result(ssh_config_lines(found))
    return exit_status


def _is_open(found: Status) -> bool:
    """Whether a machine may run whose way in could not be told."""
    unread = any(row.standing is Standing.SEEN and row.message and row.reach.ssh is None for row in found.rows)
    return unread or any(row.standing is Standing.UNKNOWN for row in found.rows)
