"""`gpuspec schema`: the JSON Schemas."""

import shlex
from pathlib import Path
from typing import Any

import click

from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.options import common_options
from gpuspec.errors import UsageError
from gpuspec.report.text import Line, Span, aligned, hint_lines, line
from gpuspec.workflow.schema_catalog import CATALOG
from gpuspec.workflow.schemas import catalog_text, check_schemas, schema_in, schema_text, schemas, write_schemas

DEFAULT_FOLDER = "schemas"


@click.command("schema")
@common_options
@click.argument("name", default="", metavar="[NAME]")
@click.option("--write", "write_to", is_flag=False, flag_value=DEFAULT_FOLDER, metavar="[DIR]", help="Write all files.")
@click.option(
    "--check", "check_in", is_flag=False, flag_value=DEFAULT_FOLDER, metavar="[DIR|FILE]", help="Are they fresh?"
)
@click.option("--base-url", default="", metavar="URL", help="Of `catalog`: the folder where the files are published.")
@click.pass_context
def command(ctx: click.Context, /, name: str, write_to: str | None, check_in: str | None, **given: Any) -> int:
    """Print one JSON Schema (draft 2020-12), or write or check the files of all of them.

    Without NAME, list them. DIR is `schemas` when none is given. FILE is one of them alone: gpuspec.schema.json.
    `catalog` lists them in SchemaStore's form, by which editors find the schema for a file's name.
    """
    call = invocation(ctx, given)
    if (name != "") + (write_to is not None) + (check_in is not None) > 1:
        raise UsageError("NAME, `--write` and `--check` ask for different things.", hint="use one of them.")
    if given["base_url"] and name != CATALOG:
        raise UsageError("`--base-url` is for the catalogue.", hint="see:", command="gpuspec schema catalog")
    if check_in is not None:
        return _check(call, check_in)
    if write_to is not None:
        _write(call, write_to)
    elif name == CATALOG:
        call.terminal.text(catalog_text(given["base_url"]))
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
        call.terminal.say(_mending(folder))
    return 0 if found.fresh else 1


def _mending(place: str) -> tuple[Line, ...]:
    one, quoted = schema_in(Path(place)), shlex.quote(place)
    if one:
        return hint_lines("write it anew:", f"gpuspec schema {one} > {quoted}")
    return hint_lines("write them anew:", f"gpuspec schema --write {quoted}")


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
