"""One call of a command: the options it got, the terminal it has, the folder it runs in."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from gpuspec.cli.options import Common, common
from gpuspec.cli.terminal import Terminal, system_terminal
from gpuspec.errors import UsageError

STDIN_LIMIT = 48 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What every command has at hand."""

    common: Common
    terminal: Terminal
    environ: Mapping[str, str]


def invocation(ctx: click.Context, given: Mapping[str, Any]) -> Invocation:
    """Settle the options given before and after the command, and go to the folder of `-C`.

    Raises:
        UsageError: The folder of `-C` can't be entered.
    """
    chosen = common(ctx, given)
    if chosen.directory:
        try:
            os.chdir(chosen.directory)
        except OSError as error:
            message = f"`-C {chosen.directory}`: the folder can't be entered: {error.strerror}."
            raise UsageError(message, hint="check the path.") from error
    return Invocation(common=chosen, terminal=system_terminal(), environ=dict(os.environ))


def standard_input(files: tuple[str, ...]) -> bytes:
    """What standard input holds, where `-` is among the files; nothing otherwise."""
    return sys.stdin.buffer.read(STDIN_LIMIT + 1) if "-" in files else b""
