"""`gpuspec schema`: the JSON Schemas."""

from pathlib import Path
from typing import Any

import click

from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.options import common_options
from gpuspec.errors import UsageError
from gpuspec.report.text import Span, aligned, hint_lines, line
from gpuspec.workflow.schemas import check_schemas, schema_text, schemas, write_schemas

DEFAULT_FOLDER = "schemas"


@click.command("schema")
@common_options
@click.argument("name", default="", metavar="[NAME]")
@click.option("--write", "write_to", is_flag=False, flag_value=DEFAULT_FOLDER, metavar="[DIR]", help="Write all files.")
@click.option("--check", "check_in", is_flag=False, flag_value=DEFAULT_FOLDER, metavar="[DIR]", help="Are they fresh?")
@click.pass_context
def command(ctx: click.Context, /, name: str, write_to: str | None, check_in: str | None, **given: Any) -> int:
    """Print one JSON Schema (draft 2020-12), or write or check the files of all of them.

    Without NAME, list them. DIR is `schemas` when none is given.
    """
    call = invocation(ctx, given)
    if (name != "") + (write_to is not None) + (check_in is not None) > 1:
        raise UsageError("NAME, `--write` and `--check` ask for different things.", hint="use one of them.")
    if check_in is not None:
        return _check(call, check_in)
    if write_to is not None:
        _write(call, write_to)
    elif name:
        call.terminal.text(schema_text(name))
    else:
        _list(call)
    return 0


def _check(call: Invocation, folder: str) -> int:
    found = check_schemas(Path(folder))
    if call.common.as_json:
        _document(call, folder=folder, differing=list(found.differing), missing=list(found.missing))
    elif found.fresh:
        call.terminal.result([line(f"{folder}: fresh")])
    stale = (*(f"{each} differs" for each in found.differing), *(f"{each} is missing" for each in found.missing))
    call.terminal.say([line(Span("error:", "error"), f" {each}") for each in stale])
    if stale:
        call.terminal.say(hint_lines("write them anew:", f"gpuspec schema --write {folder}"))
    return 0 if found.fresh else 1


def _write(call: Invocation, folder: str) -> None:
    written = write_schemas(Path(folder))
    if call.common.as_json:
        _document(call, folder=folder, written=[str(path) for path in written])
    else:
        call.terminal.result([line(f"wrote {path}") for path in written])


def _list(call: Invocation) -> None:
    titles = {name: str(document["title"]) for name, document in schemas().items()}
    if call.common.as_json:
        _document(call, schemas=[{"name": name, "title": title} for name, title in titles.items()])
    else:
        call.terminal.result(aligned([(Span(name, "bold"), Span(title)) for name, title in titles.items()]))


def _document(call: Invocation, **facts: object) -> None:
    call.terminal.document({"version": 1, "command": "schema", **facts})
