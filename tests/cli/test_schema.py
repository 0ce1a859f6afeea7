"""`gpuspec schema`: the JSON Schemas, printed, written and checked."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.builders.shell import Shell

NAMES = ("spec", "rendered", "project", "tests", "plan", "state", "events")

LISTED = """\
spec      gpuspec spec
rendered  gpuspec spec, rendered
project   gpuspec project file
tests     gpuspec tests
plan      gpuspec plan
state     gpuspec state
events    gpuspec events
"""

# What has no sense with `--base-url`, or as one.
URLS = [
    ("spec", "--base-url", "https://example.com"),
    ("--base-url", "https://example.com"),
    ("catalog", "--base-url", "http://example.com"),
    ("catalog", "--base-url", "https://example.com/a b"),
]
# What SchemaStore asks of its catalogue: https://json.schemastore.org/schema-catalog.json.
STORE: dict[str, object] = {
    "type": "object",
    "required": ["schemas", "version", "$schema"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"enum": ["https://json.schemastore.org/schema-catalog.json"]},
        "version": {"type": "number"},
        "schemas": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "url", "description"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "description": {"type": "string"},
                    "fileMatch": {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
                    "url": {"type": "string", "pattern": "^https://"},
                },
            },
        },
    },
}


def test_the_schemas_are_listed(tmp_path: Path) -> None:
    """Each with its title; as data with `--json`."""
    said = Shell(tmp_path)("schema")
    data = json.loads(Shell(tmp_path)("schema", "--json").raw)

    assert (said.status, said.out, said.err) == (0, LISTED, "")
    assert [each["name"] for each in data["schemas"]] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_printed_as_it_is_committed(tmp_path: Path, name: str) -> None:
    """It is a schema of its draft, byte for byte the file in `schemas/`."""
    said = Shell(tmp_path)("schema", name)

    jsonschema.Draft202012Validator.check_schema(json.loads(said.raw))
    assert said.raw == (Path(__file__).parents[2] / "schemas" / f"{name}.schema.json").read_text()


def test_written_schemas_are_fresh(tmp_path: Path) -> None:
    """What is written is what is checked for, in the folder given and in the default one."""
    shell = Shell(tmp_path)

    written = shell("schema", "--write", "here")

    assert (written.status, written.err) == (0, "")
    files = (*(f"{name}.schema.json" for name in NAMES), "catalog.json")
    assert written.out == "".join(f"wrote here/{file}\n" for file in files)
    assert (shell("schema", "--check", "here").out, shell("schema", "--check", "here").status) == ("here: fresh\n", 0)
    assert shell("schema", "--write").out.startswith("wrote schemas/spec.schema.json\n")
    assert json.loads(shell("schema", "--check", "--json").raw) == {
        "version": 1,
        "command": "schema",
        "folder": "schemas",
        "differing": [],
        "missing": [],
    }


def test_stale_schemas_are_named(tmp_path: Path) -> None:
    """1, each file that differs or is missing, and the command that writes them."""
    shell = Shell(tmp_path)
    shell("schema", "--write", "here")
    (tmp_path / "here" / "plan.schema.json").write_text("{}\n")
    (tmp_path / "here" / "state.schema.json").unlink()

    said = shell("schema", "--check", "here")

    assert (said.status, said.out) == (1, "")
    assert said.err == (
        "error: plan.schema.json differs\n"
        "error: state.schema.json is missing\n"
        "hint: write them anew:\n"
        "    gpuspec schema --write here\n"
    )


@pytest.mark.parametrize("arguments", [("nonsense",), ("spec", "--check"), ("--check", "a", "--write", "b"), *URLS])
def test_a_schema_that_can_not_be_meant_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """64, and nothing is written."""
    said = Shell(tmp_path)("schema", *arguments)

    assert (said.status, said.out) == (64, "")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """A file where the folder should be."""
    shell = Shell(tmp_path)
    shell.write("taken", "")

    said = shell("schema", "--write", "taken")

    assert (said.status, said.out) == (64, "")
    assert "taken can't be written: File exists." in said.err


def test_one_schema_file_is_checked_alone(tmp_path: Path) -> None:
    """The one that `init` writes, as a project has no other; what is there, what is stale, what is missing."""
    shell = Shell(tmp_path)
    shell("init", "a b")

    fresh = shell("schema", "--check", "a b/gpuspec.schema.json")
    (tmp_path / "a b" / "gpuspec.schema.json").write_text("{}\n")
    stale = shell("schema", "--check", "a b/gpuspec.schema.json")
    missing = shell("schema", "--check", "plan.schema.json")

    assert (fresh.status, fresh.out, fresh.err) == (0, "a b/gpuspec.schema.json: fresh\n", "")
    assert (stale.status, stale.out) == (1, "")
    assert stale.err == (
        "error: gpuspec.schema.json differs\n"
        "hint: write it anew:\n"
        "    gpuspec schema spec > 'a b/gpuspec.schema.json'\n"
    )
    assert (missing.status, missing.err.splitlines()[0]) == (1, "error: plan.schema.json is missing")


def test_the_catalogue_has_the_form_that_schemastore_asks_for(tmp_path: Path) -> None:
    """With the address at which the schemas are published; each entry leads to a file that `--write` writes."""
    shell = Shell(tmp_path)
    shell("schema", "--write", "here")

    said = shell("schema", "catalog", "--base-url", "https://example.com/schemas/")

    catalog = json.loads(said.raw)
    jsonschema.validate(catalog, STORE)
    names = [entry["url"].removeprefix("https://example.com/schemas/") for entry in catalog["schemas"]]
    assert said.status == 0
    assert all((tmp_path / "here" / name).is_file() for name in names)
    matches = [match for entry in catalog["schemas"] for match in entry["fileMatch"]]
    assert len(matches) == len(set(matches))


def test_the_committed_catalogue_names_the_schemas_by_their_ids(tmp_path: Path) -> None:
    """Where they are published is not known here; all else is as SchemaStore asks."""
    committed = json.loads((Path(__file__).parents[2] / "schemas" / "catalog.json").read_text())

    ids = {json.loads(Shell(tmp_path)("schema", name).raw)["$id"] for name in NAMES}

    assert committed == json.loads(Shell(tmp_path)("schema", "catalog").raw)
    assert {entry["url"] for entry in committed["schemas"]} <= ids
    urls = [{**entry, "url": "https://example.com"} for entry in committed["schemas"]]
    jsonschema.validate({**committed, "schemas": urls}, STORE)
