"""`gpuspec fmt`: specs laid out as everybody's are."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from gpuspec.cli.invocation import Invocation, invocation, standard_input
from gpuspec.cli.options import Common, common_options, files_argument
from gpuspec.cli.wiring import offline
from gpuspec.errors import UsageError
from gpuspec.report.fmt import diff_lines, totals
from gpuspec.report.text import line
from gpuspec.workflow.files import STDIN
from gpuspec.workflow.fmt import LaidOut, lay_out, write_all
from gpuspec.workflow.project import find_project
from gpuspec.workflow.session import Offline
from gpuspec.workflow.specs import files_again


@click.command("fmt")
@common_options
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change, and name it.")
@click.option("--diff", is_flag=True, help="Write nothing; show the lines that would change.")
@files_argument
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], check: bool, diff: bool, **given: Any) -> int:
    """Lay specs out: keys in the documented order, two blanks a level, comments and templates kept.

    Without FILE, the project's own specs. `-` lays out standard input, to standard output. Lines move and are
    indented, what stands in them stays, and no key crosses a line of the template. Before anything is written, each
    file is rendered as it was and as it would be, in the environment of `-e` or in all of them: should it ask for
    other instances, nothing is written.
    """
    call = invocation(ctx, given)
    if STDIN in files and len(files) > 1:
        raise UsageError("`-` can't be laid out together with files.", hint="lay it out on its own.")
    names = files or _specs(call)
    laid_out = lay_out(names, stdin=standard_input(files), proofs=lambda name: _proofs(call, name))
    written = not check and not diff
    if written:
        write_all(laid_out)
    changed = [file for file in laid_out if file.changed]
    if call.common.as_json:
        call.terminal.document(_document(laid_out, written=written))
    elif diff:
        for file in changed:
            call.terminal.result(diff_lines(file.file, _text(file.before), _text(file.after)))
    elif files == (STDIN,) and not check:
        call.terminal.text(_text(laid_out[0].after))
    else:
        call.terminal.result([line(file.file) for file in changed])
        call.terminal.say([totals(changed=len(changed), files=len(laid_out), written=written)])
    return 1 if check and changed else 0


def _specs(call: Invocation) -> tuple[str, ...]:
    place = _proofs(call, STDIN)[0]
    return files_again(place, place.home.project.specs)


def _proofs(call: Invocation, name: str) -> Sequence[Offline]:
    """The project of the file, once for each environment that it may be rendered in."""
    names = (call.common.environment,) if call.common.environment else find_project((name,)).usable or ("",)
    chosen: list[Common] = [replace(call.common, environment=environment) for environment in names]
    return [offline(each, (name,), environ=os.environ) for each in chosen]


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _document(files: Sequence[LaidOut], *, written: bool) -> Mapping[str, Any]:
    rows = [{"file": file.file, "changed": file.changed} for file in files]
    return {"version": 1, "command": "fmt", "written": written, "files": rows}
