"""`gpuspec state rebuild`: a state from markers alone, after the file was lost."""

import os
import re
from typing import Any

import click

from gpuspec.cli.calling import noted
from gpuspec.cli.confirm import Confirmation
from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options, edit_options
from gpuspec.cli.session import session_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.rebuilding import rebuilding_document
from gpuspec.model.rebuilding import Rebuilding
from gpuspec.report.rebuilding import rebuilt_lines, recognised_lines
from gpuspec.report.text import counted
from gpuspec.workflow.settings import Chosen

_LINEAGE = re.compile(r"[0-9a-f]{8}", re.ASCII)


def lineage(text: str) -> str:
    """The part of a lineage that markers carry.

    Raises:
        click.BadParameter: It is none.
    """
    if text and not _LINEAGE.fullmatch(text):
        message = "a lineage is named by its first 8 hex digits, as in a marker."
        raise click.BadParameter(message)
    return text


@click.command(
    "rebuild",
    epilog="Exit status: 7 when several instances carry the marker of one address: they are not recorded.",
)
@common_options
@cloud_options
@edit_options
@click.option("--lineage", type=lineage, default="", metavar="LINEAGE", help="Whose markers count, if several states'.")
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Make a lost state again from the markers of its instances.

    What the API shows of each is recorded, every text that may be a secret as a digest. What it never shows is
    unknown until the next apply takes it from the spec; until then a rebuilt record is protected. Only where there is
    no state and no journal; no request changes anything.
    """
    call = invocation(ctx, given)
    made = complete(_rebuilt(call, given))
    if call.common.as_json:
        call.terminal.document(rebuilding_document(made))
    else:
        call.terminal.result(rebuilt_lines(made, calling=noted()))
    return made.exit_status


async def _rebuilt(call: Invocation, given: dict[str, Any]) -> Rebuilding:
    # Imported when it is needed: the other commands on the state ask no API and read no spec.
    from gpuspec.workflow.rebuild import rebuild

    choice = cloud_choice(given)
    place = offline_of(call.common, (), choice, environ=os.environ)
    confirm = Confirmation(terminal=call.terminal, yes=given["yes"])

    def approve(made: Rebuilding) -> None:
        records = counted(len(made.recognised), "instance")
        confirm(recognised_lines(made, calling=noted()), f"Record {records} in {place.workplace.name}?")

    with session_for(call, place, choice, Chosen(), events="", lock_timeout_s=given["lock_timeout"]) as session:
        return await rebuild(session, given["lineage"], approve=approve)
