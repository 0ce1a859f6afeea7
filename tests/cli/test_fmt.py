"""`gpuspec fmt`: specs laid out, and left alone where that could change what they say."""

import json
import os
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec, files_below

MESSY = """\
instances:
    trainer:
        gpuNum:   1
        productId: "4090.16c62g"   # the product
        diskSize: 60
        rootfsSize: 60
        imageUrl: "{{ image }}"
version: 1
"""
TIDY = """\
version: 1
instances:
  trainer:
    productId: "4090.16c62g"   # the product
    gpuNum: 1
    diskSize: 60
    rootfsSize: 60
    imageUrl: "{{ image }}"
"""
VARIABLES = "variables: {image: {default: img}}\n"
ROOT = Path(__file__).parents[2]
# Workflows of other programs lie there too.
OURS = sorted(
    path
    for path in (ROOT / "examples").rglob("*.yaml")
    if path.name in {"instances.yaml", "gpuspec.yaml"} or path.parent.name == "tests"
)


def test_a_spec_is_laid_out_in_its_place(tmp_path: Path) -> None:
    """It is named, has the permissions that it had, and nothing is left beside it; the second time nothing is done."""
    shell = a_project(tmp_path, MESSY, settings=VARIABLES)
    (tmp_path / "instances.yaml").chmod(0o640)
    names = set(files_below(tmp_path))

    first = shell("fmt")
    second = shell("fmt")

    assert (first.status, first.out, first.err) == (
        0,
        "instances.yaml\n",
        "1 file laid out, 0 files laid out already\n",
    )
    assert (second.status, second.out, second.err) == (0, "", "1 file laid out already\n")
    assert (tmp_path / "instances.yaml").read_text() == TIDY
    assert (tmp_path / "instances.yaml").stat().st_mode & 0o777 == 0o640
    assert set(files_below(tmp_path)) == names


def test_checking_writes_nothing(tmp_path: Path) -> None:
    """1 and the file's name while it would change, 0 and no name when it would not."""
    shell = a_project(tmp_path, MESSY, settings=VARIABLES)
    before = files_below(tmp_path)

    found = shell("fmt", "--check")
    data = shell("fmt", "--check", "--json")
    after = files_below(tmp_path)
    shell("fmt")
    fresh = shell("fmt", "--check")

    assert (found.status, found.out) == (1, "instances.yaml\n")
    assert found.err == "1 file would be laid out, 0 files laid out already\n"
    assert data.status == 1
    assert json.loads(data.raw) == {
        "version": 1,
        "command": "fmt",
        "written": False,
        "files": [{"file": "instances.yaml", "changed": True}],
    }
    assert before == after
    assert (fresh.status, fresh.out) == (0, "")


def test_a_difference_is_shown_without_secrets(tmp_path: Path) -> None:
    """As a unified diff; nothing is written, and what looks like a secret is masked."""
    spec = a_spec("trainer", envs="{HF_TOKEN: hf_very-secret}", name="t")
    shell = a_project(tmp_path, spec)

    said = shell("fmt", "--diff")
    checked = shell("fmt", "--diff", "--check")

    assert (said.status, checked.status) == (0, 1)
    assert said.out.startswith("--- a/instances.yaml\n+++ b/instances.yaml\n@@ -1,10 +1,10 @@\n")
    assert "+    name: t\n" in said.out
    assert "hf_very-secret" not in said.out
    assert (tmp_path / "instances.yaml").read_text() == spec


def test_standard_input_goes_to_standard_output(tmp_path: Path) -> None:
    """Also where variables are missing, as long as the layout can't matter; a carriage return ends no line."""
    shell = Shell(tmp_path)

    said = shell("fmt", "-", stdin=MESSY.replace("\n", "\r\n").encode())
    checked = shell("fmt", "-", "--check", stdin=TIDY.encode())

    assert (said.status, said.raw, said.err) == (0, TIDY, "")
    assert (checked.status, checked.out) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_spec_is_rendered_in_every_environment(tmp_path: Path) -> None:
    """No `-e` is needed; where it would ask for other instances in one of them, nothing is written."""
    settings = "environments:\n  a: {variables: {deep: false}}\n  b: {variables: {deep: true}}\n"
    text = (
        "{% macro more() %}name: other\n   command: x{% endmacro %}\n"
        "instances:\n t:\n   productId: p\n   gpuNum: 1\n   diskSize: 60\n   rootfsSize: 60\n   imageUrl: i\n"
        "   {% if deep %}\n   {{ more() }}\n   {% endif %}\n"
    )
    shell = a_project(tmp_path, text, settings=settings)
    before = files_below(tmp_path)

    said = shell("fmt")
    one = shell("fmt", "-e", "a", "--check")

    assert (said.status, said.out) == (1, "")
    assert "Laid out, it would ask for other instances in the environment `b`." in said.err
    assert before == files_below(tmp_path)
    assert one.status == 1
    assert one.out == "instances.yaml\n"


def test_a_layout_that_can_not_be_proven_is_left_alone(tmp_path: Path) -> None:
    """A template that inserts lines, and a variable that is missing; given it, the file is laid out."""
    text = MESSY.replace("instances:\n", "{% macro m() %}x{% endmacro %}\ninstances:\n", 1)
    shell = Shell(tmp_path)
    shell.write("instances.yaml", text)

    said = shell("fmt")
    given = shell("fmt", "--var", "image=img")

    assert (said.status, said.out) == (1, "")
    assert said.err == (
        "error: layout left as it is\n"
        "  --> instances.yaml:1:1\n"
        "   1 | {% macro m() %}x{% endmacro %}\n"
        "     | ^\n"
        "  What its templates insert may depend on its layout, and it can't be rendered to compare. "
        "No variable is called `image`.\n"
        "\n"
        "hint: give what it lacks with `--var` or `--var-file`, or lay this file out yourself.\n"
        "\n"
        "1 error\n"
    )
    assert (given.status, given.out) == (0, "instances.yaml\n")


def test_a_spec_that_is_broken_anyway_gets_its_own_fault(tmp_path: Path) -> None:
    """Not that of the text without its templates."""
    spec = MESSY.replace("        diskSize", "          diskSize")
    shell = a_project(tmp_path, spec, settings=VARIABLES)

    said = shell("fmt")

    assert (said.status, said.out) == (1, "")
    assert said.err == shell("validate").err
    assert said.err.startswith("error: YAML syntax\n  --> instances.yaml:5:11\n")


def test_one_bad_file_keeps_all_of_them_as_they_are(tmp_path: Path) -> None:
    """Every fault of every file is told, with its place, and as data."""
    shell = Shell(tmp_path)
    shell.write("a.yaml", MESSY)
    shell.write("b.yaml", "a: [\n")
    shell.write("c.yaml", "a: {% if x %}{b: 1}{% endif %}\n")
    before = files_below(tmp_path)

    said = shell("fmt", "a.yaml", "b.yaml", "c.yaml", "nothing.yaml", "--json")

    problems = json.loads(said.raw)["problems"]
    assert said.status == 1
    assert [(each["file"], each["code"]) for each in problems] == [
        ("b.yaml", "yaml-syntax"),
        ("c.yaml", "not-formatted"),
        ("nothing.yaml", "file-missing"),
    ]
    assert before == files_below(tmp_path)


def test_files_of_several_projects_are_laid_out_at_once(tmp_path: Path) -> None:
    """Each in its own project; the same file by two names is one file."""
    for name in ("one", "two"):
        a_project(tmp_path / name, MESSY, settings=VARIABLES)

    said = Shell(tmp_path)("fmt", "one/instances.yaml", "two/instances.yaml", "two/../one/instances.yaml")

    assert (said.status, said.out) == (0, "one/instances.yaml\ntwo/instances.yaml\n")


def test_a_link_is_followed_inside_the_project_only(tmp_path: Path) -> None:
    """The file that it leads to is laid out and the link stays; one that leads out is refused, and so is a pipe."""
    outside = tmp_path / "outside.yaml"
    outside.write_text(MESSY)
    shell = a_project(tmp_path / "project", MESSY, settings=VARIABLES)
    (shell.folder / "link.yaml").symlink_to("instances.yaml")
    (shell.folder / "out.yaml").symlink_to(outside)
    os.mkfifo(shell.folder / "pipe.yaml")

    good = shell("fmt", "link.yaml")
    out = shell("fmt", "out.yaml")
    pipe = shell("fmt", "pipe.yaml")

    assert (good.status, (shell.folder / "instances.yaml").read_text()) == (0, TIDY)
    assert (shell.folder / "link.yaml").is_symlink()
    assert (out.status, outside.read_text()) == (1, MESSY)
    assert "file outside the project folder" in out.err
    assert (pipe.status, pipe.out) == (1, "")


def test_standard_input_stands_alone(tmp_path: Path) -> None:
    """64: where would it go?"""
    assert Shell(tmp_path)("fmt", "-", "a.yaml").status == 64


def test_a_folder_that_can_not_be_written_to_is_told(tmp_path: Path) -> None:
    """The file before is still there."""
    shell = a_project(tmp_path, MESSY, settings=VARIABLES)
    (tmp_path / f".instances.yaml.{os.getpid()}.tmp").mkdir()

    said = shell("fmt")

    assert (said.status, said.out) == (1, "")
    assert "instances.yaml could not be written: Is a directory." in said.err
    assert (tmp_path / "instances.yaml").read_text() == MESSY


def test_what_init_writes_is_laid_out(tmp_path: Path) -> None:
    """The spec and the project file too."""
    shell = Shell(tmp_path)
    shell("init")

    said = shell("fmt", "--check", "instances.yaml", "gpuspec.yaml")

    assert (said.status, said.out) == (0, "")


@pytest.mark.parametrize("path", OURS, ids=lambda path: "-".join(path.relative_to(ROOT).parts[1:]))
def test_examples_are_laid_out(path: Path) -> None:
    """Every spec, project file and test in `examples/`."""
    said = Shell(path.parent)("fmt", "--check", path.name)

    assert (said.status, said.out) == (0, "")
