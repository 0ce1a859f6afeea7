"""`gpuspec state list` and `gpuspec state show`: what is recorded."""

import os
from typing import Any

import click

from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.options import CloudChoice, common_options, place_options
from gpuspec.cli.wiring import offline_of, origin_of
from gpuspec.codec.records import encode_record
from gpuspec.codec.state import state_document
from gpuspec.errors import UsageError
from gpuspec.model.state import State
from gpuspec.report.state import record_lines, state_lines
from gpuspec.workflow.recorded import recorded


@click.group("state")
def command() -> None:
    """Look at what is recorded; takes no lock and writes nothing."""


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


def _state(call: Invocation, *, simulate: bool, endpoint: str) -> State:
    choice = CloudChoice(simulate=simulate, endpoint=endpoint or "")
    place = offline_of(call.common, (), choice, environ=os.environ)
    return recorded(place, origin=origin_of(place.home, choice, environ=os.environ))
