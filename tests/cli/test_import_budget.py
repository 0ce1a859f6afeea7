"""What a command imports: each heavy library stays out of the commands that don't need it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.shell import a_spec

HEAVY = frozenset(
    {
        "anyio",
        "asyncio",
        "click",
        "deepdiff",
        "filelock",
        "httpx",
        "jinja2",
        "jsonschema",
        "rich",
        "ruamel",
        "starlette",
        "uvicorn",
    }
)
# What a command needs, and no more. httpx itself imports rich and click for a command line of its own.
FOR_SPECS = {"click", "jinja2", "ruamel"}
FOR_THE_STATE = {*FOR_SPECS, "asyncio", "filelock"}
FOR_THE_API = {*FOR_THE_STATE, "anyio", "httpx", "rich"}

PROGRAM = """\
import sys
from gpuspec.cli.main import main
sys.argv = ["gpuspec", *sys.argv[1:]]
status = 0
try:
    main()
except SystemExit as ended:
    status = ended.code
names = {name.partition(".")[0] for name in sys.modules}
print(*sorted(names), file=sys.stderr)
sys.exit(status)
"""


def imported(folder: Path, *arguments: str) -> set[str]:
    """The heavy libraries that a process imported for this command."""
    said = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, *arguments], cwd=folder, env={}, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    return set(said.stderr.splitlines()[-1].split()) & HEAVY


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("--version", set()),
        ("--help", {"click"}),
        ("explain ports", {"click"}),
        ("validate", FOR_SPECS),
        ("render", FOR_SPECS),
        ("plan --offline --simulate", FOR_THE_STATE),
        ("state list --simulate", FOR_THE_STATE),
        ("apply --simulate --yes --wait none", {*FOR_THE_API, "starlette"}),
    ],
)
def test_a_command_imports_what_it_needs(tmp_path: Path, command: str, needed: set[str]) -> None:
    """Where a library is new in a row, starting that command has become slower."""
    (tmp_path / "instances.yaml").write_text(a_spec("trainer"))

    assert imported(tmp_path, *command.split()) <= needed


def test_a_command_that_asks_the_api_imports_no_simulator(tmp_path: Path) -> None:
    """The service's double is for those who ask for it."""
    (tmp_path / "instances.yaml").write_text(a_spec("trainer"))
    program = PROGRAM.replace('name.partition(".")[0]', '".".join(name.split(".")[:2])')
    environ = {"NOVITA_API_KEY": "sk_test", "GPUSPEC_ENDPOINT": "http://127.0.0.1:9"}

    said = subprocess.run(
        [sys.executable, "-I", "-c", program, "plan"], cwd=tmp_path, env=environ, capture_output=True, text=True
    )

    names = set(said.stderr.splitlines()[-1].split())
    assert {"gpuspec.cloud", "gpuspec.engine"} <= names
    assert not names & {"gpuspec.simulator", "starlette", "uvicorn"}
