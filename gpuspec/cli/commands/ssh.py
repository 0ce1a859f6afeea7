"""`gpuspec ssh`: into a machine, with the system's ssh."""

import os
from typing import Any

import click

from gpuspec.cli.become import become
from gpuspec.cli.invocation import invocation
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options
from gpuspec.cli.session import reading_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.ssh import way_document
from gpuspec.report.text import Span, line
from gpuspec.workflow.ssh import arguments, way_in

PASSWORD = (
    "Should ssh ask for a password, the service's console has it; with your own key in the machine it asks for none."
)


@click.command("ssh", options_metavar="[OPTIONS]")
@common_options
@cloud_options
@click.argument("address")
@click.argument("remote", nargs=-1, metavar="[-- COMMAND...]")
@click.pass_context
def command(ctx: click.Context, /, address: str, remote: tuple[str, ...], **given: Any) -> None:
    """Run the system's ssh into the machine of ADDRESS, with host and port as the service shows them now.

    COMMAND runs there instead of a shell. With --json the call is printed, not made. gpuspec neither shows nor
    passes a password: use a key, or look it up in the service's console.
    """
    call = invocation(ctx, given)
    choice = cloud_choice(given)
    place = offline_of(call.common, (), choice, environ=os.environ)
    way = complete(way_in(reading_for(call, place, choice), address))
    wanted = arguments(way, remote)
    if call.common.as_json:
        call.terminal.document(way_document(way, wanted))
        return
    if call.terminal.interactive and not remote:
        call.terminal.say([line(Span(PASSWORD, "dim"))])
    become(wanted, environ=os.environ)
