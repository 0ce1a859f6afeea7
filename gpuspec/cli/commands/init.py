"""`gpuspec init`: a starter project."""

import shlex
from pathlib import Path
from typing import Any

import click

from gpuspec.cli.invocation import invocation
from gpuspec.cli.options import common_options
from gpuspec.report.text import line
from gpuspec.workflow.initialise import initialise


@click.command("init")
@common_options
@click.argument("folder", default=".", metavar="[DIR]")
@click.pass_context
def command(ctx: click.Context, /, folder: str, **given: Any) -> None:
    """Write a starter project that applies at once on the simulator.

    Writes gpuspec.yaml, instances.yaml, gpuspec.schema.json (for editors) and .gitignore; replaces nothing.
    """
    call = invocation(ctx, given)
    started = initialise(Path(folder))
    if call.common.as_json:
        call.terminal.document({"version": 1, "command": "init", "folder": folder, "written": list(started.written)})
        return
    # As it is called from where the user is: a `-C` of this command counts too.
    place = Path(call.common.directory) / folder
    where = "" if place == Path() else f" -C {shlex.quote(str(place))}"
    call.terminal.result([line(f"wrote {started.folder / name}") for name in started.written])
    call.terminal.say([line(), line("Next, on the simulator:"), line(f"gpuspec{where} apply", indent=4)])
