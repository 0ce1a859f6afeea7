"""`gpuspec env list`: the environments, what each extends, where its state is and how much is in it."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec, files_below

ENVIRONMENTS = """\
environments:
  base: {abstract: true, variables: {}}
  staging: {extends: base}
  prod: {extends: base, state: states/prod.json, cloud: novita, endpoint: "http://127.0.0.1:9"}
"""
TABLE = """\
ENVIRONMENT  EXTENDS  CLOUD                         STATE                                          INSTANCES
base         -        simulator                     -                                              abstract
staging      base     simulator                     .gpuspec/simulator/gpuspec.staging.state.json  2
prod         base     novita at http://127.0.0.1:9  states/prod.json                               0
"""


def a_team(folder: Path) -> Shell:
    """A project with two environments to work on, and one to extend."""
    return a_project(folder, a_spec("one", "two"), settings=ENVIRONMENTS)


def test_environments_are_listed_with_what_is_recorded(tmp_path: Path) -> None:
    """In the order of the file; nothing is written, and no environment has to be named."""
    shell = a_team(tmp_path)
    assert shell("-e", "staging", "apply", "--yes", "--wait", "none").status == 0
    before = files_below(tmp_path)

    said = shell("env", "list")

    assert (said.status, said.out, said.err) == (0, TABLE, "")
    assert files_below(tmp_path) == before


def test_environments_are_data_too(tmp_path: Path) -> None:
    """One document; what can't be said is null."""
    document = json.loads(a_team(tmp_path)("env", "list", "--json").raw)

    base, _, prod = document["environments"]
    assert (document["version"], document["command"], document["project"]) == (1, "env list", "demo")
    assert base == {
        "name": "base",
        "extends": None,
        "abstract": True,
        "cloud": "simulator",
        "endpoint": None,
        "state": None,
        "instances": None,
        "trouble": None,
    }
    assert (prod["endpoint"], prod["state"], prod["instances"]) == ("http://127.0.0.1:9", "states/prod.json", 0)


def test_a_state_that_can_not_be_read_hides_no_other(tmp_path: Path) -> None:
    """Its row says why, and the command goes on."""
    shell = a_team(tmp_path)
    shell.write("states/prod.json", "{")

    said = shell("env", "list")
    document = json.loads(shell("env", "list", "--json").raw)

    assert said.status == 0
    assert said.out.splitlines()[-1].endswith("  states/prod.json                               the state is damaged")
    assert (document["environments"][2]["instances"], document["environments"][2]["trouble"]) == (
        None,
        "the state is damaged",
    )


def test_a_state_on_an_object_store_is_not_asked_for(tmp_path: Path) -> None:
    """That takes requests, and credentials; its place is shown."""
    settings = "environments: {prod: {cloud: novita, state: 's3://bucket/prod'}}\n"

    said = a_project(tmp_path, a_spec("one"), settings=settings)("env", "list")

    assert said.status == 0
    assert said.out.splitlines()[1].endswith("  s3://bucket/prod  on an object store, not read")


def test_a_project_without_environments_says_so(tmp_path: Path) -> None:
    """Its one state is shown."""
    said = a_project(tmp_path, a_spec("one"))("env", "list")

    assert said.status == 0
    assert said.out.endswith("\n\nThe project `demo` declares no environments.\n")
    assert "-            -        simulator  .gpuspec/simulator/gpuspec.state.json  0\n" in said.out


def test_one_state_is_none_for_all(tmp_path: Path) -> None:
    """`--state` would be every environment's."""
    said = a_team(tmp_path)("env", "list", "--state", "x.json")

    assert (said.status, said.out) == (64, "")


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("base", "The environment `base` is abstract: it is only there to be extended.", "`staging`, `prod`"),
        ("prd", "There is no environment `prd`.", "did you mean `prod`? There are `staging`, `prod`."),
        ("x", "There is no environment `x`.", "the project declares `staging`, `prod`."),
    ],
)
def test_only_what_can_be_worked_on_is_taken(tmp_path: Path, name: str, message: str, hint: str) -> None:
    """64, with those that can be."""
    said = a_team(tmp_path)("-e", name, "plan")

    assert (said.status, said.out) == (64, "")
    assert f"  {message}\n" in said.err
    assert hint in said.err


def test_a_forgotten_environment_lists_those_that_can_be_worked_on(tmp_path: Path) -> None:
    """The abstract one is no answer to the question."""
    said = a_team(tmp_path)("plan")

    assert said.status == 64
    assert "This project has environments (`staging`, `prod`), and each has a state of its own." in said.err


def test_an_environment_has_a_marker_of_its_own(tmp_path: Path) -> None:
    """And takes it from the one that it extends."""
    settings = "environments: {base: {abstract: true, marker: name}, dev: {extends: base}, prod: {marker: env}}\n"
    shell = a_project(tmp_path, a_spec("one"), settings=settings)
    for environment in ("dev", "prod"):
        assert shell("-e", environment, "apply", "--yes", "--wait", "none").status == 0

    worlds = (tmp_path / ".gpuspec" / "simulator").rglob("*.state.json")
    modes = {json.loads(path.read_text())["environment"]: json.loads(path.read_text())["marker"] for path in worlds}

    assert modes == {"dev": "name", "prod": "env"}
