"""`gpuspec completion`: scripts for shells, and what they get when they ask."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.shell import Shell


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(tmp_path: Path, shell: str) -> None:
    """It asks gpuspec itself, so it never has to be renewed."""
    said = Shell(tmp_path)("completion", shell)

    assert (said.status, said.err) == (0, "")
    assert f"_GPUSPEC_COMPLETE={shell}_complete" in said.out


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_the_script_of_bash_can_be_read_by_bash(tmp_path: Path) -> None:
    """`bash -n` finds no fault with it."""
    script = Shell(tmp_path)("completion", "bash").raw

    assert subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True).stderr == ""


@pytest.mark.parametrize(
    ("words", "position", "completed"),
    [
        ("gpuspec st", 1, ["plain,start", "plain,stop", "plain,status", "plain,state"]),
        ("gpuspec -C . pl", 3, ["plain,plan"]),
        (
            "gpuspec state ",
            2,
            [f"plain,{name}" for name in ("list", "migrate", "mv", "pull", "push", "rebuild", "rm", "show", "verify")],
        ),
        ("gpuspec apply --wait ", 3, ["plain,running", "plain,endpoint", "plain,none"]),
        ("gpuspec plan --off", 2, ["plain,--offline"]),
    ],
)
def test_words_are_completed(tmp_path: Path, words: str, position: int, completed: list[str]) -> None:
    """A process that is asked by a shell answers commands, options and choices."""
    asked = {"_GPUSPEC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(position)}
    said = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'gpuspec'\nfrom gpuspec.cli.main import main; main()"],
        env={"PATH": os.environ["PATH"], **asked},
        capture_output=True,
        text=True,
    )

    assert (said.stdout.splitlines(), said.stderr) == (completed, "")


def test_an_unknown_shell_is_wrong_usage(tmp_path: Path) -> None:
    """With the shells that are known."""
    said = Shell(tmp_path)("completion", "csh")

    assert (said.status, said.out) == (64, "")
    assert "'bash', 'zsh', 'fish'" in said.err
