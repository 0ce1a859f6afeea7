"""What the commands that a call names need to work as printed: noted when its project is found, read at its end."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gpuspec.errors import GpuspecError
    from gpuspec.model.calling import Calling

_CALLING = "gpuspec.calling"
_TYPED = "gpuspec.typed"


def note_typed(ctx: click.Context, arguments: Sequence[str]) -> None:
    """Keep what was typed behind `gpuspec`."""
    ctx.meta[_TYPED] = tuple(arguments)


def typed_again(ctx: click.Context, command: str) -> str:
    """What was typed, to be given once more by a person; without its options where these may hold a secret."""
    typed = [word for word in ctx.meta.get(_TYPED, ()) if word != "--json"]
    return shlex.join([*command.split(), *_named(ctx)] if any(map(_may_hold_secret, typed)) else typed)


def _may_hold_secret(word: str) -> bool:
    """A variable, a URL with a password in it, or what stands behind `--` and is for another program."""
    return word in ("--var", "--") or word.startswith("--var=") or ("://" in word and "@" in word)


def _named(ctx: click.Context) -> Iterator[str]:
    """The addresses, ids and files that were given."""
    for parameter in ctx.command.params:
        if isinstance(parameter, click.Argument) and parameter.name != "remote":
            value = ctx.params.get(parameter.name or "") or ()
            yield from (value,) if isinstance(value, str) else value


def note_calling(environment: str, files: tuple[str, ...] = ()) -> None:
    """Keep which environment and which specs this call is about."""
    ctx = click.get_current_context(silent=True)
    if ctx is not None:
        ctx.meta[_CALLING] = (environment, files)


def noted() -> Calling:
    """How the commands have to be given that come next."""
    # Imported here: few runs have to say how it goes on.
    from gpuspec.model.calling import Calling

    environment, files = click.get_current_context().meta.get(_CALLING, ("", ()))
    return Calling(environment=environment, files=files)


def make_whole(error: GpuspecError) -> None:
    """Make the commands of an error work as printed; one that is complete stays as it is."""
    # Imported here: no run that goes well needs it.
    from gpuspec.errors import SpecFaults
    from gpuspec.model.problem import Problem

    calling = noted()
    error.hint, error.command = calling.whole(error.hint), calling.whole(error.command)
    if isinstance(error, SpecFaults):
        error.problems = tuple(
            replace(each, hint=calling.whole(each.hint)) if isinstance(each, Problem) else each
            for each in error.problems
        )
