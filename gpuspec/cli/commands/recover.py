"""`gpuspec recover`: settle requests whose answer was lost."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import click

from gpuspec.cli.calling import noted
from gpuspec.cli.durations import duration
from gpuspec.cli.ids import instance_id
from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options
from gpuspec.cli.session import session_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.ledger import ledger_document
from gpuspec.errors import UsageError
from gpuspec.model.outcome import Ledger
from gpuspec.report.ledger import ledger_lines
from gpuspec.report.text import Line, Span, line
from gpuspec.workflow.recover import Decided, decide_absent, decide_done, decide_found, recover
from gpuspec.workflow.settings import Chosen


@click.command("recover")
@common_options
@cloud_options
@click.option("--found", type=instance_id, metavar="ID", help="The request made this instance.")
@click.option("--absent", is_flag=True, help="The request made, or did, nothing.")
@click.option("--done", is_flag=True, help="The call on the machine was carried out.")
@click.option("--settle", type=duration, help="How long to wait for lost answers (default: as long as it takes).")
@click.option("--lock-timeout", type=duration, default="0s", show_default=True, help="How long to wait for the lock.")
@click.argument("address", default="", metavar="[ADDRESS]")
@click.pass_context
def command(ctx: click.Context, /, address: str, **given: Any) -> int:
    """Settle requests whose answer was lost: look for what they made or did, or say it for one ADDRESS.

    An instance that turns up after --absent is still reported by every run.
    """
    decisions = [given["found"] is not None, given["absent"], given["done"]]
    if sum(decisions) != bool(address):
        message = "An ADDRESS needs one of `--found ID`, `--absent` and `--done`, and they need an ADDRESS."
        raise UsageError(message, hint="without any of them, all open requests are looked for.")
    call = invocation(ctx, given)
    result = complete(_result(call, address, given))
    if isinstance(result, Ledger):
        _tell(call, ledger_document(result, command="recover"), ledger_lines(result, calling=noted()))
        return result.exit_status
    document = {"version": 1, "command": "recover", "address": result.address, "id": result.id}
    _tell(call, document, [line(Span(result.address, "bold"), f"  {_words(result)}")])
    return 0


async def _result(call: Invocation, address: str, given: dict[str, Any]) -> Ledger | Decided:
    choice = cloud_choice(given)
    place = offline_of(call.common, (), choice, environ=os.environ)
    chosen = Chosen(settle_s=given["settle"])
    with session_for(call, place, choice, chosen, events="", lock_timeout_s=given["lock_timeout"]) as session:
        if not address:
            return await recover(session)
        if given["found"] is not None:
            return await decide_found(session, address, given["found"])
        return await (decide_done if given["done"] else decide_absent)(session, address)


def _words(decided: Decided) -> str:
    if decided.call is not None and decided.done:
        return f"taken as done: to {decided.call.value} {decided.id}"
    if decided.call is not None:
        return f"taken as not done: to {decided.call.value} {decided.id}; the next apply plans anew"
    return f"recorded as {decided.id}" if decided.id else "taken as absent; the next apply makes it anew"


def _tell(call: Invocation, document: Mapping[str, Any], lines: Iterable[Line]) -> None:
    if call.common.as_json:
        call.terminal.document(document)
    else:
        call.terminal.result(lines)
