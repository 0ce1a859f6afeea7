"""`gpuspec validate`: specs are checked, the API is not asked, no secret is read."""

import json
from pathlib import Path

from tests.builders.shell import Shell, a_project, a_spec, files_below

TYPO = """\
error: unknown field
  --> instances.yaml:9:5   instances.trainer.gpuNumm
   9 |     gpuNumm: 2
     |     ^^^^^^^
  An instance has no field `gpuNumm`.

hint: did you mean `gpuNum`?

1 error
"""


def test_a_good_spec_is_called_good(tmp_path: Path) -> None:
    """One line says how much was looked at, and nothing is written."""
    shell = a_project(tmp_path, a_spec("trainer"))
    before = files_below(tmp_path)

    said = shell("validate")

    assert (said.status, said.out, said.err) == (0, "1 instance in 1 file: good\n", "")
    assert files_below(tmp_path) == before


def test_a_fault_has_its_place(tmp_path: Path) -> None:
    """What, where with the line and a caret, why, and how to mend it; the exit status is 1."""
    shell = a_project(tmp_path, a_spec("trainer", gpuNumm=2))

    said = shell("validate")

    assert (said.status, said.out, said.err) == (1, "", TYPO)


def test_faults_are_data_too(tmp_path: Path) -> None:
    """With `--json` the document on standard output has each problem, and the lines still stand beside it."""
    shell = a_project(tmp_path, a_spec("trainer", gpuNumm=2))

    said = shell("validate", "--json")

    document = json.loads(said.raw)
    assert (said.status, said.err) == (1, TYPO)
    assert (document["version"], document["command"], document["error"]["code"]) == (1, "validate", "spec-faults")
    assert document["problems"] == [
        {
            "file": "instances.yaml",
            "line": 9,
            "column": 5,
            "path": "instances.trainer.gpuNumm",
            "code": "unknown-field",
            "severity": "error",
            "summary": "unknown field",
            "message": "An instance has no field `gpuNumm`.",
            "hint": "did you mean `gpuNum`?",
            "count": 1,
            "related": [],
        }
    ]


def test_several_files_make_one_set(tmp_path: Path) -> None:
    """Their instances are counted together, and a file by two names is one file."""
    shell = Shell(tmp_path)
    shell.write("a.yaml", a_spec("one", "two"))
    shell.write("b.yaml", a_spec("three"))

    assert shell("validate", "a.yaml", "b.yaml", "./a.yaml").out == "3 instances in 2 files: good\n"


def test_an_address_is_used_once_in_a_set(tmp_path: Path) -> None:
    """The second use is the fault, and the first one is named."""
    shell = Shell(tmp_path)
    shell.write("a.yaml", a_spec("one"))
    shell.write("b.yaml", a_spec("one"))

    said = shell("validate", "a.yaml", "b.yaml")

    assert said.status == 1
    assert "error: address used twice\n  --> b.yaml:3:3   instances.one\n" in said.err
    assert "  first used here: a.yaml:3:3\n" in said.err


def test_standard_input_is_a_file(tmp_path: Path) -> None:
    """`-` reads it, beside other files."""
    shell = Shell(tmp_path)
    shell.write("a.yaml", a_spec("one"))

    assert shell("validate", "-", "a.yaml", stdin=a_spec("two").encode()).out == "2 instances in 2 files: good\n"
    assert "--> <stdin>:9:5" in shell("validate", "-", stdin=a_spec("two", gpus=1).encode()).err


def test_a_warning_does_not_fail_a_spec(tmp_path: Path) -> None:
    """It goes to standard error; the spec is good."""
    shell = a_project(tmp_path, a_spec("a", "b", name="same"))

    said = shell("validate")
    document = json.loads(shell("validate", "--json").raw)

    assert (said.status, said.out) == (0, "2 instances in 1 file: good\n")
    assert said.err.startswith("warning: two instances with one name\n")
    assert said.err.endswith("\n1 warning\n")
    assert [problem["severity"] for problem in document["problems"]] == ["warning"]
    assert document["instances"] == 2


def test_files_that_are_not_there_are_named_together(tmp_path: Path) -> None:
    """All in one go."""
    said = Shell(tmp_path)("validate", "a.yaml", "b.yaml")

    assert (said.status, said.out) == (1, "")
    assert said.err == (
        "error: file not found\n  --> a.yaml\n  There is no such file.\n\n"
        "hint: check the name; it counts from the folder that you are in.\n\n"
        "error: file not found\n  --> b.yaml\n  There is no such file.\n\n"
        "hint: check the name; it counts from the folder that you are in.\n\n"
        "2 errors\n"
    )


def test_no_secret_is_read(tmp_path: Path) -> None:
    """A spec whose secrets are not at hand is good."""
    shell = a_project(tmp_path, a_spec("a", imageAuth="\"{{ secret('env:NOT_SET') }}\""))

    assert shell("validate").out == "1 instance in 1 file: good\n"


def test_files_of_two_projects_are_no_set(tmp_path: Path) -> None:
    """The folders of both are named."""
    a_project(tmp_path / "a", a_spec("one"))
    a_project(tmp_path / "b", a_spec("two"))

    said = Shell(tmp_path)("validate", "a/instances.yaml", "b/instances.yaml")

    assert said.status == 64
    assert "These files belong to several projects: " in said.err
    assert "hint: apply each project on its own.\n" in said.err
