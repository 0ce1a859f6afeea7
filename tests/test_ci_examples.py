"""`examples/ci` and the hooks for pre-commit: what a schema, the real parser and a shell can tell of them."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from gpuspec.cli.app import app
from tests.builders.github import GPUSPEC, ROOT, an_action_file
from tests.builders.shell import Shell, a_project, a_spec, files_below

CI = ROOT / "examples" / "ci"
WORKFLOW, PIPELINE = CI / "github" / "gpuspec.yml", CI / "gitlab" / ".gitlab-ci.yml"
CONTAINER, README, HOOKS = CI / "drift" / "Containerfile", CI / "README.md", ROOT / ".pre-commit-hooks.yaml"
# A gpuspec command to the end of its line: behind the name of the program, or of the image that runs it.
COMMAND = re.compile(r"(?:^|\s)(?:- )?gpuspec ((?:-e|-C|[a-z]).*)")


def loaded(path: Path) -> Any:
    """A YAML file as data."""
    return YAML(typ="safe", pure=True).load(path.read_text())


def jobs() -> dict[str, Any]:
    """The jobs of the GitLab pipeline."""
    return {name: job for name, job in loaded(PIPELINE).items() if "script" in job}


def commands() -> Iterator[str]:
    """Every gpuspec command in the examples and the hooks, without redirections."""
    for job in jobs().values():
        yield from (line.removeprefix("gpuspec ") for line in job["script"] if line.startswith("gpuspec "))
    entry, command = (json.loads(line.partition(" ")[2]) for line in CONTAINER.read_text().splitlines()[-2:])
    assert entry == ["/opt/gpuspec/bin/gpuspec"]
    yield shlex.join(command)
    for line in README.read_text().splitlines():
        match = COMMAND.search(line) if line.startswith("    ") and "podman run" in line else None
        if match:
            yield match[1].partition(" >")[0]
    for hook in loaded(HOOKS):
        assert hook["entry"].startswith("gpuspec ")
        yield shlex.join([*shlex.split(hook["entry"])[1:], *hook.get("args", ())])
    yield "validate -e prod"


COMMANDS = tuple(dict.fromkeys(commands()))


@pytest.mark.parametrize(
    ("schema", "path"),
    [("github-workflows", WORKFLOW), ("gitlab-ci", PIPELINE)],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_a_workflow_is_what_its_host_publishes_a_schema_for(schema: str, path: Path) -> None:
    """Offline: check-jsonschema brings the schemas along."""
    program = Path(sys.executable).with_name("check-jsonschema")
    said = subprocess.run(
        [program, "--builtin-schema", f"vendor.{schema}", path], capture_output=True, text=True, check=False
    )

    assert (said.returncode, said.stderr) == (0, "")


def test_all_kinds_of_commands_are_tried() -> None:
    """The search finds those that are there."""
    assert {shlex.split(command.removeprefix("-e prod "))[0] for command in COMMANDS} == {
        "validate",
        "plan",
        "apply",
        "drift",
        "schema",
        "fmt",
        "test",
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_an_example_can_be_meant(command: str) -> None:
    """The real parser takes it, options and all."""
    context = app.make_context("gpuspec", shlex.split(command))
    name, found, rest = app.resolve_command(context, [*context._protected_args, *context.args])

    assert isinstance(found, click.Command)
    assert found.make_context(name, rest, parent=context).args == []


def test_the_workflow_gives_our_action_what_it_takes() -> None:
    """Each input by its name and with a value that it knows; whatever else is used is named by its commit."""
    steps = [step for job in loaded(WORKFLOW)["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if step["uses"] == "OWNER/gpuspec@COMMIT"]
    others = [step["uses"] for step in steps if step not in ours]

    assert [step["with"]["command"] for step in ours] == ["plan", "apply", "drift"]
    assert {name for step in ours for name in step["with"]} <= an_action_file()["inputs"].keys()
    assert [name for name in others if not re.search(r"@[0-9a-f]{40}$", name)] == []


def test_the_pipeline_applies_what_its_plan_says(tmp_path: Path) -> None:
    """The jobs' own scripts, on the simulator: check, plan, what the button does, and drift."""
    environ = {"PATH": f"{GPUSPEC.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    project = tmp_path / "project"
    shell = a_project(project, a_spec("trainer"), settings="environments: {prod: {}}\n")
    shell.write("tests/all.yaml", "tests: [{name: one, environment: prod, expect: {count: 1}}]\n")

    def run(job: str) -> subprocess.CompletedProcess[str]:
        script = "\n".join(jobs()[job]["script"])
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=project,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    ended = {name: run(name) for name in ("validate", "plan", "apply", "drift")}

    assert {name: each.returncode for name, each in ended.items()} == dict.fromkeys(ended, 0)
    assert (project / "plan.md").read_text().startswith("<!-- gpuspec-plan:demo/prod -->\n")
    assert ended["apply"].stdout.splitlines()[-1] == "Ledger: 1 done"
    assert (project / "drift.md").read_text().startswith("<!-- gpuspec-drift:demo/prod -->\n")


def test_a_container_looks_for_drift_and_writes_nothing(tmp_path: Path) -> None:
    """The project is mounted read-only; it runs as nobody, from a copy of what the package needs."""
    text = CONTAINER.read_text()
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")
    before = files_below(tmp_path)

    said = shell(*json.loads(text.splitlines()[-1].partition(" ")[2]))

    copied = re.findall(r"^COPY ((?!--from)[^\n]+) /\S+$", text, re.MULTILINE)
    assert said.status == 0
    assert {name: content for name, content in files_below(tmp_path).items() if "world" not in name} == {
        name: content for name, content in before.items() if "world" not in name
    }
    assert [name for names in copied for name in names.split() if not (ROOT / name).exists()] == []
    assert "\nUSER 65534:65534\n" in text


def test_the_hooks_are_what_pre_commit_asks_for() -> None:
    """Each with an id, a name, an entry and a language; they look at the whole project, so no file is passed."""
    hooks = loaded(HOOKS)

    assert [hook["id"] for hook in hooks] == ["gpuspec-validate", "gpuspec-schema-check", "gpuspec-fmt"]
    for hook in hooks:
        assert hook.keys() <= {"id", "name", "description", "entry", "args", "language", "pass_filenames", "files"}
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert hook["language"] == "python"
        re.compile(hook["files"])


def test_the_hooks_hold_for_a_starter_project(tmp_path: Path) -> None:
    """As pre-commit runs them: entry and args in the root of the repository; a fault fails them."""
    shell = Shell(tmp_path)
    shell("init", ".")
    lines = [[*shlex.split(hook["entry"])[1:], *hook.get("args", ())] for hook in loaded(HOOKS)]

    good = [shell(*line).status for line in lines]
    (tmp_path / "instances.yaml").write_text("version: 3\n")
    (tmp_path / "gpuspec.schema.json").write_text("{}\n")
    bad = [shell(*line).status for line in lines[:2]]

    assert good == [0] * len(lines)
    assert bad == [1, 1]


@pytest.mark.parametrize(
    ("hook", "name"),
    [
        (0, "instances.yaml"),
        (0, "team/gpuspec.yaml"),
        (0, "specs/trainers.yaml"),
        (0, "parts/shards.jinja"),
        (0, "policy/machines.schema.json"),
        (1, "gpuspec.schema.json"),
        (2, "specs/trainers.yml"),
    ],
)
def test_a_hook_runs_for_the_files_of_a_project(hook: int, name: str) -> None:
    """Its pattern is searched for, as pre-commit does."""
    assert re.search(loaded(HOOKS)[hook]["files"], name) is not None
