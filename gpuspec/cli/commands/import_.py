"""`gpuspec import`: record an instance that is there at an address of the specs."""

import os
from typing import Any

import click

from gpuspec.cli.calling import noted
from gpuspec.cli.confirm import Confirmation
from gpuspec.cli.durations import duration
from gpuspec.cli.ids import instance_id
from gpuspec.cli.invocation import Invocation, invocation, standard_input
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options, files_argument
from gpuspec.cli.session import session_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.adoption import adoption_document
from gpuspec.model.adoption import Adoption
from gpuspec.report.adoption import adopted_lines, found_lines
from gpuspec.report.yaml import yaml_text
from gpuspec.workflow.adopt import Wish, adopt
from gpuspec.workflow.settings import Chosen
from gpuspec.workflow.specs import Asked


@click.command("import")
@common_options
@cloud_options
@click.option("--take-over", is_flag=True, help="Go on although the instance carries another state's marker.")
@click.option("--write", default="", metavar="FILE", help="Put a stanza for it into this spec; nothing else changes.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--lock-timeout", type=duration, default="0s", show_default=True, help="How long to wait for the lock.")
@click.argument("address")
@click.argument("instance_id", type=instance_id, metavar="ID")
@files_argument
@click.pass_context
def command(
    ctx: click.Context, /, address: str, instance_id: str, files: tuple[str, ...], yes: bool, **given: Any
) -> int:
    """Record the instance ID at an ADDRESS of the specs.

    What the API shows of it is recorded, and where it shows nothing, what the spec says. Where the two differ, the
    next plan says so. No request changes anything.
    """
    call = invocation(ctx, given)
    wish = Wish(
        address=address,
        id=instance_id,
        asked=Asked(files=files, stdin=standard_input(files)),
        layout=yaml_text,
        take_over=given["take_over"],
        write=given["write"],
    )
    made = complete(_adopted(call, wish, given, yes=yes))
    if call.common.as_json:
        call.terminal.document(adoption_document(made))
    else:
        call.terminal.result(adopted_lines(made, calling=noted()))
    return 0


async def _adopted(call: Invocation, wish: Wish, given: dict[str, Any], *, yes: bool) -> Adoption:
    choice = cloud_choice(given)
    place = offline_of(call.common, wish.asked.files, choice, environ=os.environ)
    confirm = Confirmation(terminal=call.terminal, yes=yes)

    def approve(made: Adoption) -> None:
        confirm(found_lines(made), f"Record {made.record.id} as `{made.record.address}`?")

    with session_for(call, place, choice, Chosen(), events="", lock_timeout_s=given["lock_timeout"]) as session:
        return await adopt(session, wish, approve=approve)
