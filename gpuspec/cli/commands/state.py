"""`gpuspec state`: look at what is recorded, check it, or edit it; to rebuild or move it, see the modules beside."""

import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import click

from gpuspec.cli.commands.state_places import migrate_command, pull_command, push_command
from gpuspec.cli.commands.state_rebuild import command as rebuild_command
from gpuspec.cli.confirm import Confirmation
from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.loop import complete
from gpuspec.cli.options import CloudChoice, common_options, edit_options, place_options
from gpuspec.cli.service import origin_of
from gpuspec.cli.session import editing_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.records import encode_record
from gpuspec.codec.state import state_document
from gpuspec.errors import DamagedState, UsageError
from gpuspec.model.state import Record, State
from gpuspec.report.edits import moved_lines, released_lines, removed_lines, verified_lines
from gpuspec.report.state import record_lines, state_lines
from gpuspec.report.text import Line
from gpuspec.store.soundness import faults_of
from gpuspec.workflow.edit import move, remove
from gpuspec.workflow.recorded import recorded
from gpuspec.workflow.session import Editing


@click.group("state")
def command() -> None:
    """Look at what is recorded, check it, edit, move or rebuild it; no request changes anything."""


for other in (rebuild_command, migrate_command, pull_command, push_command):
    command.add_command(other)


@command.command("list")
@common_options
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, simulate: bool, endpoint: str, **given: Any) -> None:
    """List every recorded instance, and what is open."""
    call = invocation(ctx, given)
    state = _state(call, simulate=simulate, endpoint=endpoint)
    if call.common.as_json:
        call.terminal.document(state_document(state))
    else:
        call.terminal.result(state_lines(state))


@command.command("show")
@common_options
@place_options
@click.argument("address")
@click.pass_context
def show_command(ctx: click.Context, /, address: str, simulate: bool, endpoint: str, **given: Any) -> None:
    """Show one record: id, what was sent, what the API showed."""
    call = invocation(ctx, given)
    state = _state(call, simulate=simulate, endpoint=endpoint)
    if address not in state.records:
        message = f"Nothing is recorded at `{address}`."
        raise UsageError(message, hint="see what is:", command="gpuspec state list")
    record = state.records[address]
    if call.common.as_json:
        document = {"version": 1, "command": call.common.command, "address": address}
        call.terminal.document({**document, **encode_record(record)})
    else:
        call.terminal.result(record_lines(record))


@command.command("verify", epilog="Exit status: 6 when something is wrong, else 0.")
@common_options
@place_options
@click.pass_context
def verify_command(ctx: click.Context, /, simulate: bool, endpoint: str, **given: Any) -> int:
    """Check the state and its journal.

    Reads all of both, and tells which rules don't hold; takes no lock and writes nothing.
    """
    call = invocation(ctx, given)
    state = _state(call, simulate=simulate, endpoint=endpoint)
    faults = faults_of(state)
    document = {"records": len(state.records), "serial": state.serial, "faults": [*faults]}
    _tell(call, document, verified_lines(state, faults))
    return DamagedState.exit_status if faults else 0


@command.command("mv")
@common_options
@place_options
@edit_options
@click.argument("address", metavar="FROM")
@click.argument("to")
@click.pass_context
def mv_command(ctx: click.Context, /, address: str, to: str, **given: Any) -> None:
    """Let the record at FROM stand at TO.

    For an instance that got another address in the spec. The machine and its name stay as they are.
    """
    call = invocation(ctx, given)
    record = complete(_moved(call, address, to, given))
    _tell(call, {"from": address, "to": to, "id": record.id}, moved_lines(record, to))


@command.command("rm")
@common_options
@place_options
@edit_options
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.pass_context
def rm_command(ctx: click.Context, /, addresses: tuple[str, ...], **given: Any) -> None:
    """Drop records and leave their machines.

    The machines go on and cost money. If a spec still has the address, the next apply makes another instance.
    """
    call = invocation(ctx, given)
    records = complete(_removed(call, addresses, given))
    document = {"released": [{"address": record.address, "id": record.id} for record in records]}
    _tell(call, document, removed_lines(records))


async def _moved(call: Invocation, address: str, to: str, given: Mapping[str, Any]) -> Record:
    confirm = Confirmation(terminal=call.terminal, yes=given["yes"])

    def approve(record: Record) -> None:
        confirm((), f"Let {record.id} stand at `{to}` instead of `{address}`?")

    with _editing(call, given) as editing:
        return await move(editing, address, to, approve=approve)


async def _removed(call: Invocation, addresses: tuple[str, ...], given: Mapping[str, Any]) -> tuple[Record, ...]:
    confirm = Confirmation(terminal=call.terminal, yes=given["yes"])

    def approve(records: tuple[Record, ...]) -> None:
        confirm(released_lines(records), "Drop these records? The machines go on and cost money.")

    with _editing(call, given) as editing:
        return await remove(editing, addresses, approve=approve)


def _editing(call: Invocation, given: Mapping[str, Any]) -> AbstractContextManager[Editing]:
    choice = CloudChoice(simulate=given["simulate"], endpoint=given["endpoint"] or "")
    place = offline_of(call.common, (), choice, environ=os.environ)
    return editing_for(call, place, choice, lock_timeout_s=given["lock_timeout"])


def _tell(call: Invocation, document: Mapping[str, Any], lines: Iterable[Line]) -> None:
    if call.common.as_json:
        call.terminal.document({"version": 1, "command": call.common.command, **document})
    else:
        call.terminal.result(lines)


def _state(call: Invocation, *, simulate: bool, endpoint: str) -> State:
    choice = CloudChoice(simulate=simulate, endpoint=endpoint or "")
    place = offline_of(call.common, (), choice, environ=os.environ)
    return recorded(place, origin=origin_of(place.home, choice, environ=os.environ))
