"""`gpuspec schema`: the JSON Schemas, printed, written and checked."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.builders.shell import Shell

NAMES = ("spec", "rendered", "project", "plan", "state", "events")

LISTED = """\
spec      gpuspec spec
rendered  gpuspec spec, rendered
project   gpuspec project file
plan      gpuspec plan
state     gpuspec state
events    gpuspec events
"""


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
    assert written.out == "".join(f"wrote here/{name}.schema.json\n" for name in NAMES)
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


@pytest.mark.parametrize("arguments", [("nonsense",), ("spec", "--check"), ("--check", "a", "--write", "b")])
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
