"""`gpuspec unlock`: break the lock of a shared state whose run has ended."""

import os
from typing import Any

import click

from gpuspec.cli.calling import noted
from gpuspec.cli.confirm import Confirmation
from gpuspec.cli.invocation import invocation
from gpuspec.cli.options import CloudChoice, common_options, place_options
from gpuspec.cli.service import origin_of
from gpuspec.cli.wiring import offline_of
from gpuspec.report.places import breaking_lines, broken_lines
from gpuspec.workflow.unlock import Breaking, unlock


@click.command("unlock")
@common_options
@place_options
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.argument("lock_id", metavar="ID")
@click.pass_context
def command(ctx: click.Context, /, lock_id: str, simulate: bool, endpoint: str, **given: Any) -> None:
    """Break the lock of a shared state, whose run has ended for sure.

    ID is in the message of whoever did not get the lock. Shows first who holds it, since when, doing what, and which
    requests are open. A lock is never broken for its age. A run that is alive all the same is told before it sends
    anything else; one request of it may be on its way.
    """
    call = invocation(ctx, given)
    choice = CloudChoice(simulate=simulate, endpoint=endpoint or "")
    place = offline_of(call.common, (), choice, environ=os.environ)
    confirm = Confirmation(terminal=call.terminal, yes=given["yes"])

    def approve(breaking: Breaking) -> None:
        shown = breaking_lines(
            breaking.held_by, open_calls=breaking.open_calls, trouble=breaking.trouble, moving=breaking.moving
        )
        if given["yes"]:
            call.terminal.say(shown)
        confirm(shown, f"Break the lock of {breaking.place}? Its run must have ended.")

    origin = origin_of(place.home, choice, environ=os.environ)
    broken = unlock(place, lock_id, origin=origin, approve=approve)
    if call.common.as_json:
        document = {"lock": broken.lock_id, "heldBy": broken.held_by, "open": dict(broken.open_calls)}
        call.terminal.document({"version": 1, "command": call.common.command, **document})
    else:
        call.terminal.result(broken_lines(broken.lock_id, open_calls=broken.open_calls, calling=noted()))
