"""`gpuspec init`: a starter project."""

import json
from pathlib import Path

from tests.builders.shell import Shell, files_below

WROTE = """\
wrote gpuspec.yaml
wrote instances.yaml
wrote gpuspec.schema.json
wrote .gitignore
"""


def test_a_starter_project_applies_at_once(tmp_path: Path) -> None:
    """Nothing has to be filled in: its first apply makes what it shows, on the simulator."""
    shell = Shell(tmp_path)

    started = shell("init")
    applied = shell("apply", "--yes")

    assert (started.status, started.out) == (0, WROTE)
    assert started.err == "\nNext, on the simulator:\n    gpuspec apply\n"
    assert (applied.status, applied.out.splitlines()[-1]) == (0, "Ledger: 3 done")


def test_a_project_is_started_in_another_folder(tmp_path: Path) -> None:
    """The folder is made, its name is the project's, and the next command is said with it."""
    shell = Shell(tmp_path)

    started = shell("init", "My Fleet")

    assert started.out.splitlines()[0] == "wrote My Fleet/gpuspec.yaml"
    assert started.err.endswith("    gpuspec -C 'My Fleet' apply\n")
    assert "project: my-fleet\n" in (tmp_path / "My Fleet" / "gpuspec.yaml").read_text()
    assert shell("-C", "My Fleet", "validate").out == "3 instances in 1 file: good\n"


def test_what_is_ignored_already_stays_whatever_its_encoding(tmp_path: Path) -> None:
    """The lines of others are theirs."""
    (tmp_path / ".gitignore").write_bytes(b"caf\xe9/")

    assert Shell(tmp_path)("init").status == 0
    assert (tmp_path / ".gitignore").read_bytes() == b"caf\xe9/\n.gpuspec/\n"


def test_a_folder_that_can_not_be_followed_is_told(tmp_path: Path) -> None:
    """A link that leads to itself, and a name that is too long."""
    (tmp_path / "loop").symlink_to("loop")

    for name in ("loop/x", "x" * 300):
        said = Shell(tmp_path)("init", name)
        assert (said.status, said.out) == (64, "")
        assert "can't be used as a folder" in said.err


def test_a_starter_project_replaces_no_file(tmp_path: Path) -> None:
    """A file that is there already is named, and nothing at all is written."""
    shell = Shell(tmp_path)
    shell.write("instances.yaml", "mine\n")

    refused = shell("init")

    assert (refused.status, refused.out) == (64, "")
    assert refused.err == (
        "error: wrong usage\n"
        "  instances.yaml is there already; `init` replaces nothing.\n"
        "\n"
        "hint: run it in an empty folder, or name one:\n"
        "    gpuspec init my-project\n"
    )
    assert files_below(tmp_path) == {"instances.yaml": b"mine\n"}


def test_lines_of_gitignore_stay(tmp_path: Path) -> None:
    """The work folder is added to what a `.gitignore` has, once, even behind a line without its newline."""
    shell = Shell(tmp_path)
    ignored = shell.write(".gitignore", "*.log\nbuild/")

    shell("init")

    assert ignored.read_text() == "*.log\nbuild/\n.gpuspec/\n"


def test_what_is_ignored_already_is_not_written(tmp_path: Path) -> None:
    """A `.gitignore` with the line is left alone, and not listed."""
    shell = Shell(tmp_path)
    shell.write(".gitignore", ".gpuspec/\n")

    assert shell("init").out == WROTE.replace("wrote .gitignore\n", "")


def test_the_files_are_named_as_data(tmp_path: Path) -> None:
    """With `--json`, one document says what was written."""
    told = Shell(tmp_path)("init", "--json")

    assert json.loads(told.raw) == {
        "version": 1,
        "command": "init",
        "folder": ".",
        "written": ["gpuspec.yaml", "instances.yaml", "gpuspec.schema.json", ".gitignore"],
    }
    assert told.err == ""
