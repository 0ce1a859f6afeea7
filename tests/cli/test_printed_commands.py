"""A command that is printed for the user to run next works as printed: it names the environment and the specs."""

import json
import shlex
from pathlib import Path

import pytest

from tests.builders.shell import Said, Shell, a_project, a_spec

TEAM = "environments: {prod: {}, dev: {}}\nsettleWindow: 0.2\nrequestTimeout: 0.5\n"


def a_team(folder: Path) -> Shell:
    """A project with two environments; its one spec is not the one that is read by default."""
    shell = a_project(folder, a_spec("trainer"), settings=TEAM)
    (folder / "instances.yaml").rename(folder / "my spec.yaml")
    return shell


def in_doubt(folder: Path) -> tuple[Shell, Said]:
    """One create request of `prod` never reached the service, and the run did not wait."""
    shell = a_team(folder)
    options = ("--yes", "--wait", "none", "--settle", "0", "--fault", "lost-request:1")
    return shell, shell("-e", "prod", "apply", "my spec.yaml", *options)


def commands(text: str) -> list[str]:
    """The commands that stand alone on a line."""
    return [line.strip() for line in text.splitlines() if line.startswith("    ") and "gpuspec " in line]


def test_a_ledger_names_environment_and_spec_in_what_comes_next(tmp_path: Path) -> None:
    """What settles, for all of the environment; what plans, with the spec that was named."""
    _, said = in_doubt(tmp_path)

    assert said.status == 7
    assert "`gpuspec -e prod recover trainer --found ID` or `--absent`" in said.out
    assert commands(said.out) == ["gpuspec -e prod apply 'my spec.yaml'"]


def test_a_plan_names_environment_and_spec_in_what_comes_next(tmp_path: Path) -> None:
    """In its text, in its document and in Markdown; the document is the same wherever it is read."""
    shell, _ = in_doubt(tmp_path)

    text, data, page = (
        shell("-e", "prod", "plan", "my spec.yaml", *form) for form in ((), ("--json",), ("--format", "markdown"))
    )

    (action,) = json.loads(data.raw)["actions"]
    assert action["command"] == "gpuspec -e prod apply 'my spec.yaml'"
    assert "`gpuspec -e prod recover trainer --found ID`" in action["hint"]
    assert "      gpuspec -e prod apply 'my spec.yaml'".strip() in text.out
    assert "gpuspec -e prod apply" in page.out.replace("&#45;", "-")


def test_what_is_printed_can_be_run(tmp_path: Path) -> None:
    """As it stands there: the open request is settled, and the instance is made."""
    shell, said = in_doubt(tmp_path)
    (command,) = commands(said.out)

    again = shell(*shlex.split(command)[1:], "--yes", "--wait", "none")

    assert (again.status, again.out.splitlines()[-1]) == (0, "Ledger: 1 done")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("status",), "gpuspec -e prod recover"),
        (("state", "rm", "trainer", "--yes"), "gpuspec -e prod state list"),
        (("ssh", "trainer"), "gpuspec -e prod recover"),
        (("state", "rebuild"), "gpuspec -e prod state verify"),
        (("state", "show", "nothing"), "gpuspec -e prod state list"),
        (("recover", "nothing", "--absent"), "gpuspec -e prod state list"),
        (("import", "trainer", "abc", "my spec.yaml"), "gpuspec -e prod recover"),
        (("apply", "my spec.yaml", f"--expect=sha256:{'0' * 64}"), "gpuspec -e prod plan 'my spec.yaml'"),
    ],
)
def test_what_a_command_says_to_run_names_its_environment(
    tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    """On standard output and in errors alike."""
    shell, _ = in_doubt(tmp_path)

    said = shell("-e", "prod", *arguments)

    assert expected in [*commands(said.out), *commands(said.err)]


def test_an_error_as_data_names_the_environment_too(tmp_path: Path) -> None:
    """The document says what the text says."""
    document = json.loads(a_team(tmp_path)("-e", "prod", "--json", "state", "show", "nothing").raw)

    assert document["error"]["command"] == "gpuspec -e prod state list"


def test_a_fault_of_a_spec_names_the_environment_too(tmp_path: Path) -> None:
    """What helps to find it is a command on this spec."""
    shell = a_team(tmp_path)
    shell.write("empty.yaml", "#% if false\nversion: 1\n#% endif\n")

    said = shell("-e", "prod", "validate", "empty.yaml")
    annotated = shell("-e", "prod", "validate", "empty.yaml", "--format", "github")
    page = shell("-e", "prod", "plan", "empty.yaml", "--format", "markdown")

    assert (said.status, "`gpuspec -e prod render empty.yaml`" in said.err) == (1, True), said
    assert "`gpuspec -e prod render empty.yaml`" in annotated.out
    assert "gpuspec -e prod render empty.yaml" in page.out.replace("&#45;", "-").replace("&#46;", ".")


def test_audit_says_what_to_do_in_its_environment(tmp_path: Path) -> None:
    """In each row's own words."""
    shell, _ = in_doubt(tmp_path)

    said = shell("-e", "dev", "audit")
    open_one = shell("-e", "prod", "audit")

    assert said.status == 0
    assert "`gpuspec -e prod recover`" in open_one.out


def test_a_plan_file_is_applied_by_the_command_that_is_printed(tmp_path: Path) -> None:
    """A plan knows its environment and its specs; an environment called `default` is no exception."""
    shell = a_project(tmp_path, a_spec("trainer"), settings="environments: {prod: {}, default: {}}\n")
    for environment in ("prod", "default"):
        (command,) = commands(shell("-e", environment, "plan", "--out", f"{environment}.plan").err)

        said = shell(*shlex.split(command)[1:], "--yes", "--wait", "none")

        assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 done")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("destroy",), "destroy"),
        (("state", "list"), "state list"),
        (("apply", "--yes", "my spec.yaml"), "apply --yes 'my spec.yaml'"),
        (("recover", "trainer", "--absent"), "recover trainer --absent"),
        (("status", "--json"), "status"),
        (("apply", "my spec.yaml", "--var", "key=CANARY"), "apply 'my spec.yaml'"),
        (("apply", "my spec.yaml", "--var=key=CANARY"), "apply 'my spec.yaml'"),
        (("ssh", "trainer", "--", "login", "CANARY"), "ssh trainer"),
        (("--state", "s3://me:CANARY@host/x", "plan"), "plan"),
    ],
)
def test_without_an_environment_what_was_typed_is_to_be_given_again_with_one(
    tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    """Not what may be a secret: a variable, a URL with a password, a command for another program."""
    said = a_team(tmp_path)(*arguments)

    assert said.status == 64
    assert commands(said.err) == [f"gpuspec -e prod {expected}"]
    assert "CANARY" not in said.err + said.out
