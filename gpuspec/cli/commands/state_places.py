"""`gpuspec state migrate`, `pull` and `push`: a state goes to another place, into a file, or comes back from one."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gpuspec.cli.confirm import Confirmation
from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.loop import complete
from gpuspec.cli.options import CloudChoice, common_options, edit_options, place_options
from gpuspec.cli.service import origin_of
from gpuspec.cli.session import editing_for
from gpuspec.cli.wiring import offline_of, simulates, workplace_of
from gpuspec.codec.state import state_document
from gpuspec.model.state import State
from gpuspec.report.places import migrated_lines, pushed_lines, replaced_lines, whose
from gpuspec.workflow.migrate import Migrated, migrate
from gpuspec.workflow.pull import pull, write_pulled
from gpuspec.workflow.push import push
from gpuspec.workflow.session import Offline


@click.command("migrate")
@common_options
@place_options
@edit_options
@click.option("--to", required=True, metavar="URL|FILE", help="s3://bucket/prefix, gs://…, az://…, or a file.")
@click.pass_context
def migrate_command(ctx: click.Context, /, to: str, **given: Any) -> None:
    """Move the state to another place, and leave a note where it was.

    Whoever uses the place that it left is told where it went (exit 6). The project file is not changed.
    """
    call = invocation(ctx, given)
    done = complete(_migrated(call, to, given))
    if call.common.as_json:
        _document(call, {"left": done.left, "to": done.to, "serial": done.state.serial})
    else:
        call.terminal.result(migrated_lines(done.state, left=done.left, to=done.to))


@click.command("pull")
@common_options
@place_options
@click.option("--out", metavar="FILE", help="Write it to this file, which must not be there yet.")
@click.pass_context
def pull_command(ctx: click.Context, /, out: str | None, **given: Any) -> None:
    """Print what is recorded, as a state file has it.

    Takes no lock. What a run has left in the journal is taken in.
    """
    call = invocation(ctx, given)
    place, choice = _place(call, given)
    state = pull(place, origin=origin_of(place.home, choice, environ=os.environ))
    if out is None:
        call.terminal.document(state_document(state))
        return
    write_pulled(Path(out), state)
    if call.common.as_json:
        _document(call, {"file": out, "serial": state.serial})
    else:
        call.terminal.result(pushed_lines(state, place=out))


@click.command("push")
@common_options
@place_options
@edit_options
@click.argument("file")
@click.pass_context
def push_command(ctx: click.Context, /, file: str, **given: Any) -> None:
    """Let the state in FILE be the recorded one.

    Only if it is of the same lineage and has a higher serial, and no run has left anything in the journal. Where there
    is no state, any that fits the project will do. What is recorded now and not in FILE is forgotten: its machines go
    on and cost money.
    """
    call = invocation(ctx, given)
    place, state = complete(_pushed(call, file, given))
    if call.common.as_json:
        _document(call, {"file": file, "serial": state.serial})
    else:
        call.terminal.result(pushed_lines(state, place=place.workplace.name))


async def _migrated(call: Invocation, to: str, given: Mapping[str, Any]) -> Migrated:
    place, choice = _place(call, given)
    destination = workplace_of(
        place.home, named=to, simulated=simulates(place.home, choice, environ=os.environ), environ=os.environ
    )
    confirm = Confirmation(terminal=call.terminal, yes=given["yes"])

    def approve(state: State) -> None:
        confirm((), f"Move {whose(state)}, from {place.workplace.name} to {destination.name}?")

    with editing_for(call, place, choice, lock_timeout_s=given["lock_timeout"]) as editing:
        return await migrate(editing, destination, approve=approve)


async def _pushed(call: Invocation, file: str, given: Mapping[str, Any]) -> tuple[Offline, State]:
    place, choice = _place(call, given)
    confirm = Confirmation(terminal=call.terminal, yes=given["yes"])

    def approve(before: State | None, after: State) -> None:
        question = f"Replace the state at {place.workplace.name}? What only the recorded one has is forgotten."
        confirm(replaced_lines(before, after), question)

    with editing_for(call, place, choice, lock_timeout_s=given["lock_timeout"]) as editing:
        return place, await push(editing, file, approve=approve)


def _place(call: Invocation, given: Mapping[str, Any]) -> tuple[Offline, CloudChoice]:
    choice = CloudChoice(simulate=given["simulate"], endpoint=given["endpoint"] or "")
    return offline_of(call.common, (), choice, environ=os.environ), choice


def _document(call: Invocation, facts: Mapping[str, Any]) -> None:
    call.terminal.document({"version": 1, "command": call.common.command, **facts})
