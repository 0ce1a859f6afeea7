"""`gpuspec sim serve`: the simulator as a server."""

import secrets
import time
from pathlib import Path
from typing import Any

import click

from gpuspec.cli.invocation import invocation
from gpuspec.cli.options import common_options
from gpuspec.cli.signals import until_signalled
from gpuspec.report.text import line
from gpuspec.simulator.app import build_app
from gpuspec.simulator.fault_kinds import KINDS
from gpuspec.simulator.faults import parse_faults
from gpuspec.simulator.server import serve
from gpuspec.simulator.settings import Settings, Switches
from gpuspec.simulator.world import World


@click.group("sim")
def command() -> None:
    """The simulated service."""


@command.command(
    "serve",
    short_help="Serve the API on a port.",
    epilog="Faults: " + ", ".join(KINDS) + ". For example --fault lost-response:0.1.",
)
@common_options
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8931, show_default=True, help="0 for a free one.")
@click.option("--world", metavar="FILE", help="Keep the world in this file; else it ends with the server.")
@click.option("--fault", "faults", multiple=True, metavar="KIND[:P[:S]]", help="Let it misbehave; repeatable.")
@click.option("--fault-seed", type=int, default=0, show_default=True, help="Which faults chance picks.")
@click.option("--speed", type=float, default=1.0, show_default=True, help="Simulated seconds in a second.")
@click.option("--key", envvar="GPUSPEC_SIM_KEY", help="Accept this key only; else each key is an account.")
@click.pass_context
def serve_command(
    ctx: click.Context,
    /,
    host: str,
    port: int,
    world: str | None,
    faults: tuple[str, ...],
    fault_seed: int,
    speed: float,
    key: str | None,
    **given: Any,
) -> None:
    """Serve the API on a port, where any client of it can be tried; Ctrl-C ends it."""
    call = invocation(ctx, given)
    plan = parse_faults(faults, seed=fault_seed)
    path = Path(world) if world else None
    # Nobody can look at the requests from outside, and they would fill the memory of a server that runs for long.
    settings = Settings(speed=speed, requests_kept=0)
    with World.open(path, now=time.time, identities=lambda: secrets.token_hex(8), settings=settings) as opened:
        app = build_app(opened, faults=plan, switches=Switches(), key=key)

        def ready(origin: str) -> None:
            # The origin alone on standard output, so that a script can read it.
            if call.common.as_json:
                call.terminal.document({"version": 1, "command": call.common.command, "origin": origin})
            else:
                call.terminal.result([line(origin)])
            call.terminal.say([line(f"GPUSPEC_ENDPOINT={origin} NOVITA_API_KEY=any gpuspec apply", indent=4)])

        with until_signalled() as stopped:
            serve(app, host=host, port=port, ready=ready, stopped=stopped)
