"""Options that commands share stand before the command or after it; help, versions and wrong usage."""

import json
from pathlib import Path

import pytest

from gpuspec import __version__
from gpuspec.cli.app import COMMANDS
from tests.builders.shell import Shell, a_project, a_spec

TEAM = """\
version: 1
project: demo
cloud: simulator
variables: {image: {default: "a:1"}}
environments: {staging: {}, prod: {}}
"""


def a_team(folder: Path) -> Shell:
    """A project with two environments and a variable."""
    shell = a_project(folder, a_spec("trainer", imageUrl='"{{ image }}"'))
    shell.write("gpuspec.yaml", TEAM)
    return shell


def image(shell: Shell, *arguments: str) -> str:
    """The image that the one instance is rendered with."""
    said = shell(*arguments)
    assert said.status == 0, said.err
    return str(json.loads(said.raw)["instances"]["trainer"]["imageUrl"])


def test_options_stand_before_the_command_or_after_it(tmp_path: Path) -> None:
    """In both places they mean the same."""
    shell = a_team(tmp_path)

    assert image(shell, "-e", "prod", "--var", "image=b:2", "--json", "render") == "b:2"
    assert image(shell, "render", "-e", "prod", "--var", "image=b:2", "--json") == "b:2"


def test_what_stands_after_the_command_goes_first(tmp_path: Path) -> None:
    """The later value wins, of variables, files of them, and environments."""
    shell = a_team(tmp_path)
    shell.write("b.yaml", "image: b:2\n")
    shell.write("c.json", '{"image": "c:3"}')

    assert image(shell, "-e", "prod", "--var", "image=b:2", "render", "--json", "--var", "image=c:3") == "c:3"
    assert image(shell, "-e", "prod", "--var-file", "b.yaml", "render", "--json", "--var-file", "c.json") == "c:3"
    assert image(shell, "-e", "nowhere", "render", "--json", "-e", "prod") == "a:1"


def test_variables_have_an_order(tmp_path: Path) -> None:
    """The command line before a file, a file before the environment, the environment before the default."""
    shell = a_team(tmp_path)
    shell.write("b.yaml", "image: b:2\n")
    shell.environ["GPUSPEC_VAR_image"] = "d:4"

    assert image(shell, "-e", "prod", "render", "--json") == "d:4"
    assert image(shell, "-e", "prod", "render", "--json", "--var-file", "b.yaml") == "b:2"
    assert image(shell, "-e", "prod", "render", "--json", "--var-file", "b.yaml", "--var", "image=c:3") == "c:3"


def test_folders_add_up(tmp_path: Path) -> None:
    """A `-C` after the command counts from the one before it."""
    a_project(tmp_path / "a" / "b", a_spec("trainer"))

    assert Shell(tmp_path)("-C", "a", "validate", "-C", "b").out == "1 instance in 1 file: good\n"


def test_each_environment_has_a_state_of_its_own(tmp_path: Path) -> None:
    """What is made in one is not known in the other."""
    shell = a_team(tmp_path)
    shell("-e", "staging", "apply", "--yes", "--wait", "none")

    assert "1 record of demo/staging" in shell("state", "list", "-e", "staging").out
    assert "0 records of demo/prod" in shell("-e", "prod", "state", "list").out


@pytest.mark.parametrize("command", [("plan",), ("state", "list"), ("render",)])
def test_an_environment_has_to_be_named_where_there_are_some(tmp_path: Path, command: tuple[str, ...]) -> None:
    """The error lists them, and names the command with one of them."""
    said = a_team(tmp_path)(*command)

    assert (said.status, said.out) == (64, "")
    assert said.err == (
        "error: wrong usage\n"
        "  This project has environments (`staging`, `prod`), and each has a state of its own.\n"
        "\n"
        "hint: say which:\n"
        f"    gpuspec -e staging {' '.join(command)}\n"
    )


def test_the_version_is_told(tmp_path: Path) -> None:
    """By the command line's own option too, where others stand beside it."""
    assert Shell(tmp_path)("--json", "--version").out == f"gpuspec {__version__}\n"


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize(
    "command",
    [
        "",
        *COMMANDS,
        *(f"state {name}" for name in ("list", "show", "verify", "mv", "rm", "migrate", "pull", "push")),
        "env list",
        "sim serve",
    ],
)
def test_every_command_has_a_help_page(tmp_path: Path, command: str, option: str) -> None:
    """It fits a narrow terminal, every option says what it is for, and no sentence is cut off."""
    said = Shell(tmp_path)(*command.split(), option)

    options = said.out.partition("Options:\n")[2].partition("\n\n")[0]
    alone = [line for line in options.splitlines() if line.startswith("  -") and "  " not in line.strip()]
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"Usage: gpuspec {command}".rstrip() + " ")
    assert [line for line in said.out.splitlines()[1:] if len(line) > 80 or line.endswith("...")] == []
    assert alone == []


def test_a_command_line_without_a_command_shows_the_help_page(tmp_path: Path) -> None:
    """On standard error, since nothing was asked for; the exit status is that of wrong usage."""
    shell = Shell(tmp_path)

    for path in ((), ("state",), ("sim",)):
        said = shell(*path)
        assert (said.status, said.out, said.err) == (64, "", shell(*path, "-h").out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nonsense",), "No such command 'nonsense'."),
        (("plan", "--nonsense"), "No such option '--nonsense'."),
        (("plan", "--fault", "429:1", "--endpoint", "https://api.novita.ai"), "`--fault` is for the simulator."),
        (("plan", "--simulate", "--endpoint", "https://a.b"), "`--simulate` and `--endpoint` name two services."),
        (("plan", "--endpoint", "ftp://a.b"), ""),
        (("plan", "--endpoint", "http://api.novita.ai"), ""),
        (("plan", "--var", "novalue"), "`--var` takes NAME=VALUE; this one has no `=`."),
        (("plan", "--var", "=x"), "`--var` takes NAME=VALUE; this one has no name before its `=`."),
        (("-C", "nowhere", "plan"), "`-C nowhere`: the folder can't be entered: No such file or directory."),
        (("-e", "prod", "plan"), "`-e prod` was given, and the project declares no environments."),
        (("apply", "--parallelism", "0"), ""),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    """64, with what is wrong and a way out; with `--json` as data too."""
    shell = a_project(tmp_path, a_spec("trainer"), NOVITA_API_KEY="sk_test")

    said = shell(*arguments)
    data = shell("--json", *arguments)

    assert (said.status, said.out) == (64, "")
    assert said.err.startswith(f"error: wrong usage\n  {message}")
    assert "\nhint: " in said.err
    assert json.loads(data.raw)["error"]["code"] == "wrong-usage"
    assert (data.status, data.err) == (64, said.err)
