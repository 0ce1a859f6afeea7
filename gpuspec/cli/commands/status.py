"""`gpuspec status`: how every recorded machine stands."""

import os
from typing import Any

import click

from gpuspec.cli.calling import noted
from gpuspec.cli.durations import duration
from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options
from gpuspec.cli.redraw import redrawing
from gpuspec.cli.session import reading_for
from gpuspec.cli.signals import KINDS, interruptible
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.status import status_document
from gpuspec.errors import UsageError
from gpuspec.model.status import Status
from gpuspec.report.state import moment
from gpuspec.report.status import change_lines, status_lines
from gpuspec.report.text import Line, Span, line
from gpuspec.workflow.session import Reading
from gpuspec.workflow.status import Wanted, Watched, status, watch

SHORTEST_INTERVAL_S = 0.2


@click.command(
    "status",
    epilog="Exit status: 7 when a request is unresolved or a stray is live, 4 when a recorded machine is gone or it "
    "can't be told whether it is, else 0: a stopped machine is well.",
)
@common_options
@cloud_options
@click.option("--brief", is_flag=True, help="Ask the list only: without the ways in that each machine has to be asked.")
@click.option("--watch", "watched", is_flag=True, help="Look again and again, until Ctrl-C.")
@click.option("--interval", type=duration, default="5s", show_default=True, help="With --watch: how often.")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@click.pass_context
def command(ctx: click.Context, /, addresses: tuple[str, ...], brief: bool, watched: bool, **given: Any) -> int:
    """Show how every recorded machine stands, and how it is reached; takes no lock and writes nothing.

    ADDRESS may be a glob. With --watch the table is drawn anew on a terminal; elsewhere each change is a line. No
    password is shown.
    """
    call = invocation(ctx, given)
    if watched and call.common.as_json:
        message = "`--json` prints one document, and `--watch` never ends."
        raise UsageError(message, hint="use one of them.")
    if given["interval"] < SHORTEST_INTERVAL_S:
        raise UsageError(f"`--interval` is {SHORTEST_INTERVAL_S:g} s at least.", hint="for example `--interval 5s`.")
    choice = cloud_choice(given)
    place = offline_of(call.common, (), choice, environ=os.environ)
    reading = reading_for(call, place, choice)
    wanted = Wanted(addresses=addresses, ways=not brief)
    if watched:
        return _ended(complete(_watched(call, reading, wanted, interval_s=given["interval"])))
    found = complete(status(reading, wanted))
    if call.common.as_json:
        call.terminal.document(status_document(found))
    else:
        call.terminal.result(status_lines(found, calling=noted()))
    return found.exit_status


async def _watched(call: Invocation, reading: Reading, wanted: Wanted, *, interval_s: float) -> Watched:
    shown = redrawing(call.terminal, whole=_dated, change=change_lines)
    with interruptible(lambda _: None) as interruption, shown as show:
        return await watch(reading, wanted, interval_s=interval_s, interruption=interruption, show=show)


def _ended(watched: Watched) -> int:
    """7 goes before the signal that ended the watch, everything else after it."""
    if watched.last is not None and watched.last.exit_status == 7:
        return 7
    return next((status for stop, status in KINDS.values() if stop is watched.stop), 0)


def _dated(seen: Status) -> tuple[Line, ...]:
    return (line(Span(moment(seen.at), "dim")), *status_lines(seen, calling=noted()))
