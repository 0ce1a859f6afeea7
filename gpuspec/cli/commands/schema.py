"""`gpuspec schema`: the JSON Schemas."""

from pathlib import Path
from typing import Any

import click

from gpuspec.cli.invocation import invocation
from gpuspec.cli.options import common_options
from gpuspec.report.text import Span, hint_lines, line
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
    if check_in is not None:
        found = check_schemas(Path(check_in))
        stale = (*(f"{each} differs" for each in found.differing), *(f"{each} is missing" for each in found.missing))
        call.terminal.say([line(Span("error:", "error"), f" {each}") for each in stale])
        if stale:
            call.terminal.say(hint_lines("write them anew:", f"gpuspec schema --write {check_in}"))
            return 1
        call.terminal.result([line(f"{check_in}: fresh")])
    elif write_to is not None:
        call.terminal.result([line(f"wrote {path}") for path in write_schemas(Path(write_to))])
    elif name:
        call.terminal.text(schema_text(name))
    else:
        call.terminal.result(
            [line(Span(each, "bold"), f"  {document['title']}") for each, document in schemas().items()]
        )
    return 0
