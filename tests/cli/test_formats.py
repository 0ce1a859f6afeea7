"""`--format` and `--summary`: what reviewers and CI read, from the same plan as the text."""

import stat
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec, files_below

CREATES = """\
<!-- gpuspec-plan:demo/default -->
### gpuspec plan: <code>demo/default</code>

**Plan: 1 to create, 0 to update (0 restarts), 0 to replace, 0 to delete, 0 to forget; 0 unresolved**

<code>demo/default at simulator, state serial 0</code><br>Receipt: <code>sha256:…</code>

<details>
<summary>+ create: 1</summary>

| address | why | what |
| --- | --- | --- |
| <code>trainer</code> | create: not made yet | <code>name: trainer</code><br><code>productId: 4090.16c62g</code><br>\
<code>gpuNum: 1</code><br><code>diskSize: 60</code><br><code>rootfsSize: 60</code><br>\
<code>imageUrl: pytorch/pytorch:latest</code><br><code>kind: gpu</code> |

</details>
"""

NO_PLAN = """\
<!-- gpuspec-plan:demo/default -->
### gpuspec plan: <code>demo/default</code>

**There is no plan.**

**error: unknown field** <code>instances.yaml:9:5</code><br>An instance has no field <code>gpuNumm</code>.<br>\
hint: did you mean <code>gpuNum</code>?
"""

TYPO = (
    "::error file=instances.yaml,line=9,col=5,title=unknown field::"
    "An instance has no field `gpuNumm`.%0Ahint: did you mean `gpuNum`?\n"
)


def an_applied_project(folder: Path, *addresses: str) -> Shell:
    """A project on the simulator whose instances run."""
    shell = a_project(folder, a_spec(*addresses))
    assert shell("apply", "--yes").status == 0
    return shell


def test_a_plan_is_markdown_for_a_comment(tmp_path: Path) -> None:
    """It stands alone on standard output, and nothing is written."""
    shell = a_project(tmp_path, a_spec("trainer"))

    said = shell("plan", "--format", "markdown")

    assert (said.status, said.out, said.err) == (0, CREATES, "")
    assert sorted(files_below(tmp_path)) == ["gpuspec.yaml", "instances.yaml"]


def test_a_refused_plan_says_why_in_the_comment_too(tmp_path: Path) -> None:
    """Above the actions; the status is that of the text."""
    shell = an_applied_project(tmp_path, "trainer")
    shell.write("instances.yaml", "version: 1\ninstances: {}\n")

    said = shell("plan", "--format", "markdown")

    assert said.status == 5
    assert (
        "\n\n**error: refused**<br>The spec renders to no instance, but the state has 1 instance.<br>hint: " in said.out
    )
    assert said.out.index("**error: refused**") < said.out.index("<details>")


def test_a_plan_that_can_not_be_made_is_told_in_its_place(tmp_path: Path) -> None:
    """A comment that still showed an earlier plan would be taken for one that holds."""
    shell = a_project(tmp_path, a_spec("trainer", gpuNumm=2))

    said = shell("plan", "--format", "markdown", "--summary", "summary.md")

    assert (said.status, said.out) == (1, NO_PLAN)
    assert said.err.startswith("error: unknown field\n")
    assert (tmp_path / "summary.md").read_text() == NO_PLAN


def test_a_failure_of_the_service_is_told_in_its_place(tmp_path: Path) -> None:
    """Whatever stops a plan, not only faults of the spec."""
    shell = a_project(tmp_path, a_spec("trainer"))

    said = shell("plan", "--format", "markdown", "--endpoint", "https://api.novita.ai")

    assert said.status == 3
    assert "**There is no plan.**\n\n**error: no API key that the service accepts**<br>" in said.out


def test_a_project_file_with_faults_is_told_in_the_place_of_a_plan(tmp_path: Path) -> None:
    """Whose plan it is nobody can say; the environment was asked for."""
    shell = a_project(tmp_path, a_spec("trainer"), settings="environments: {prod: {}}\nlimit: 3\n")

    said = shell("-e", "prod", "plan", "--format", "markdown", "--summary", "summary.md")

    assert (said.status, (tmp_path / "summary.md").read_text()) == (1, said.raw)
    assert said.out == (
        "<!-- gpuspec-plan:/prod -->\n### gpuspec plan: <code>prod</code>\n\n**There is no plan.**\n\n"
        "**error: unknown field** <code>gpuspec.yaml:5:1</code><br>A project file has no field <code>limit</code>."
        "<br>hint: did you mean <code>limits</code>?\n"
    )


def test_the_summary_is_added_to_what_is_there(tmp_path: Path) -> None:
    """Other steps of a job have written to it; the plan is shown as it would be without."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell.write("summary.md", "tests passed\n")

    said = shell("plan", "--summary", "summary.md")

    text = (tmp_path / "summary.md").read_text()
    assert said.out.startswith("demo/default at simulator, state serial 0\n")
    assert text.startswith("tests passed\n<!-- gpuspec-plan:demo/default -->\n")
    assert text.endswith("</details>\n")


def test_a_summary_that_is_not_there_is_made_for_its_owner(tmp_path: Path) -> None:
    """A plan may name what others need not know; nothing else is left behind."""
    shell = a_project(tmp_path, a_spec("trainer"))

    said = shell("plan", "--json", "--summary", "summary.md")

    assert said.status == 0
    assert stat.S_IMODE((tmp_path / "summary.md").stat().st_mode) == 0o600
    assert sorted(files_below(tmp_path)) == ["gpuspec.yaml", "instances.yaml", "summary.md"]


def test_a_summary_goes_into_a_file_or_nowhere(tmp_path: Path) -> None:
    """Refused before anything is asked; what is behind a link stays as it is."""
    shell = a_project(tmp_path, a_spec("trainer"))
    (tmp_path / "link").symlink_to(tmp_path / "instances.yaml")
    (tmp_path / "folder").mkdir()

    said = [shell("plan", "--summary", name) for name in ("link", "folder", "/dev/null", "missing/summary.md", "a\0b")]

    assert [each.status for each in said] == [64] * len(said)
    assert "  link is a symbolic link, and a summary is added to a file.\n" in said[0].err
    assert "  folder is a folder, and a summary is added to a file.\n" in said[1].err
    assert "  /dev/null is no ordinary file, and a summary is added to a file.\n" in said[2].err
    assert "  missing/summary.md can't be written: missing is no folder.\n" in said[3].err
    assert (tmp_path / "instances.yaml").read_text() == a_spec("trainer")


def test_a_plan_from_a_file_is_markdown_too(tmp_path: Path) -> None:
    """It says when and from what it was made; no API is asked."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("plan", "--out", "reviewed")

    said = shell("show", "reviewed", "--format", "markdown")

    made = "\n\nMade TIME from all specs of the project\n\n"
    assert said.status == 0
    assert said.out.replace(made, "\n\n") == CREATES
    assert made in said.out


def test_a_plan_is_annotated_at_the_lines_of_the_spec(tmp_path: Path) -> None:
    """The stanza of what is made, the field of what differs, no line for what left the spec."""
    shell = an_applied_project(tmp_path, "kept", "grown", "removed")
    grown = a_spec("grown", gpuNum=2, lifecycle="{protect: true}").partition("instances:\n")[2]
    shell.write("instances.yaml", a_spec("kept") + grown + a_spec("made").partition("instances:\n")[2])

    said = shell("plan", "--format", "github")

    lines = said.out.splitlines()
    assert said.status == 5
    assert lines[0].startswith("::error title=refused::Nothing is sent because of grown. ")
    assert lines[1].startswith("::error file=instances.yaml,line=11,col=13,title=refused grown::")
    assert lines[2].startswith("::warning title=delete removed::the spec no longer has it")
    assert lines[3].startswith("::notice title=gpuspec plan::Plan: 1 to create, ")
    assert lines[4].startswith(
        "::notice file=instances.yaml,line=16,col=3,title=create made::not made yet%0Aname: made"
    )
    assert len(lines) == 5
    assert said.err.startswith("\nerror: refused\n")


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_faults_are_annotated_and_told(tmp_path: Path, command: str) -> None:
    """Annotations on standard output, the text with its caret beside it."""
    shell = a_project(tmp_path, a_spec("trainer", gpuNumm=2))

    said = shell(command, "--format", "github")

    assert (said.status, said.out) == (1, TYPO)
    assert said.err.startswith("error: unknown field\n  --> instances.yaml:9:5   instances.trainer.gpuNumm\n")


def test_a_good_spec_has_its_warnings_annotated(tmp_path: Path) -> None:
    """And none where there is nothing to say."""
    shell = a_project(tmp_path, a_spec("a", "b", name="same"))

    said = shell("validate", "--format", "github")
    quiet = a_project(tmp_path / "quiet", a_spec("a"))("validate", "--format", "github")

    assert said.status == 0
    assert said.out.startswith("::warning file=instances.yaml,line=")
    assert said.out.count("\n") == 1
    assert (quiet.status, quiet.out, quiet.err) == (0, "", "")


def test_files_are_named_from_the_root_of_the_checkout(tmp_path: Path) -> None:
    """Wherever gpuspec runs and whatever folder a file was named from; outside of the checkout as it was typed."""
    shell = a_project(tmp_path / "team", "version: 1\ninstances:\n{% include 'parts/a.yaml' %}\n")
    shell.write("parts/a.yaml", "  trainer:\n    gpuNumm: 2\n")
    (tmp_path / "team" / "deep").mkdir()
    above = Shell(tmp_path, GITHUB_WORKSPACE=str(tmp_path))

    said = [
        above("validate", "--format", "github", "-C", "team"),
        above("validate", "--format", "github", "-C", "team/deep", "../instances.yaml"),
        above("validate", "--format", "github", "team/instances.yaml"),
        above("validate", "--format", "github", "team/instances.yaml", GITHUB_WORKSPACE="/nowhere"),
        above("validate", "--format", "github", "../instances.yaml", "-C", "team/deep", GITHUB_WORKSPACE=""),
    ]

    typed = [each.out.partition("file=")[2].partition(",")[0] for each in said]
    assert typed == ["team/parts/a.yaml"] * 4 + ["../parts/a.yaml"]


def test_two_forms_are_one_too_many(tmp_path: Path) -> None:
    """64, with the options named, and nothing else."""
    shell = a_project(tmp_path, a_spec("trainer"))

    both = [shell(*command, "--json", "--format", "text") for command in (("plan",), ("validate",), ("drift",))]
    full = [shell("plan", "--full", "--format", form) for form in ("markdown", "github")]
    unknown = shell("show", "x", "--format", "github")

    assert [each.status for each in (*both, *full, unknown)] == [64] * 6
    assert all("  `--json` and `--format text` name two forms.\n" in each.err for each in both)
    assert "  `--full` can't be had with `--format markdown`, which shows what there is room for.\n" in full[0].err
    assert "'github' is not one of 'text', 'markdown'" in unknown.err


def test_drift_is_markdown_for_an_issue(tmp_path: Path) -> None:
    """The same parts as in the text, and the same status."""
    shell = an_applied_project(tmp_path, "trainer")

    said = shell("drift", "--format", "markdown", "--summary", "summary.md")

    assert said.status == 0
    assert said.out.startswith(
        "<!-- gpuspec-drift:demo/default -->\n### gpuspec drift: <code>demo/default</code>\n\n"
        "**Drift: 0 drifted, 0 missing, 1 in step; 0 pending, 0 unresolved, 0 stray, 0 can't be told**\n"
    )
    assert (tmp_path / "summary.md").read_text().startswith("<!-- gpuspec-drift:demo/default -->\n")
