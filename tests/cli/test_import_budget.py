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
        "boto3",
        "botocore",
        "click",
        "deepdiff",
        "filelock",
        "httpx",
        "jinja2",
        "jsonschema",
        "obstore",
        "rich",
        "ruamel",
        "starlette",
        "uvicorn",
    }
)
# What a command needs, and no more.
FOR_SPECS = {"click", "jinja2", "ruamel"}
FOR_THE_STATE = {*FOR_SPECS, "asyncio", "filelock"}
FOR_THE_API = {*FOR_THE_STATE, "anyio", "httpx"}

# Modules of our own. Each of our frozen classes takes 0.3 ms to create, so that a start is as slow as what it imports.
FOR_THE_VERSION = {"gpuspec", "gpuspec.cli", "gpuspec.cli.main", "gpuspec.cli.streams", "gpuspec.errors"}
MOST_FOR_VALIDATE = 141
NOT_FOR_VALIDATE = frozenset(
    {
        "gpuspec.cloud",
        "gpuspec.engine",
        "gpuspec.model.journal",
        "gpuspec.model.plan",
        "gpuspec.model.state",
        "gpuspec.planning",
        "gpuspec.simulator",
    }
)

PROGRAM = """\
import sys
from gpuspec.cli.main import main
sys.argv = ["gpuspec", *sys.argv[1:]]
status = 0
try:
    main()
except SystemExit as ended:
    status = ended.code
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(status)
"""


def modules(folder: Path, *arguments: str) -> set[str]:
    """The modules that a process imported for this command."""
    said = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, *arguments], cwd=folder, env={}, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    return set(said.stderr.splitlines()[-1].split())


def imported(folder: Path, *arguments: str) -> set[str]:
    """The heavy libraries among them."""
    return {name.partition(".")[0] for name in modules(folder, *arguments)} & HEAVY


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("--version", set()),
        ("--help", {"click"}),
        ("explain ports", {"click"}),
        ("validate", FOR_SPECS),
        ("render", FOR_SPECS),
        ("plan --offline --simulate", FOR_SPECS),
        ("state list --simulate", FOR_THE_STATE),
        ("apply --simulate --yes --wait none", {*FOR_THE_API, "starlette"}),
    ],
)
def test_a_command_imports_what_it_needs(tmp_path: Path, command: str, needed: set[str]) -> None:
    """Where a library is new in a row, starting that command has become slower."""
    (tmp_path / "instances.yaml").write_text(a_spec("trainer"))

    assert imported(tmp_path, *command.split()) <= needed


def test_the_version_is_told_by_these_modules_alone(tmp_path: Path) -> None:
    """`--version` starts little more than the interpreter."""
    assert FOR_THE_VERSION == {name for name in modules(tmp_path, "--version") if name.startswith("gpuspec")}


def test_validate_imports_few_modules_of_ours(tmp_path: Path) -> None:
    """What runs make, ask and record is no part of checking a spec, and what is grows only on purpose."""
    (tmp_path / "instances.yaml").write_text(a_spec("trainer"))

    ours = {name for name in modules(tmp_path, "validate") if name.partition(".")[0] == "gpuspec"}
    assert set() == ours & NOT_FOR_VALIDATE
    assert len(ours) <= MOST_FOR_VALIDATE, "import what only some starts need inside the function that needs it"


def test_a_command_that_asks_the_api_imports_no_simulator(tmp_path: Path) -> None:
    """The service's double is for those who ask for it."""
    (tmp_path / "instances.yaml").write_text(a_spec("trainer"))
    environ = {"NOVITA_API_KEY": "sk_test", "GPUSPEC_ENDPOINT": "http://127.0.0.1:9"}

    said = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, "plan"], cwd=tmp_path, env=environ, capture_output=True, text=True
    )

    names = set(said.stderr.splitlines()[-1].split())
    assert {"gpuspec.cloud", "gpuspec.engine"} <= names
    assert not names & {"gpuspec.simulator", "starlette", "uvicorn"}
