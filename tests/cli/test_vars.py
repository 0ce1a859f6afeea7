"""`gpuspec vars`: each variable's value, who gave it, and whose value lost."""

import json
from pathlib import Path

from tests.builders.shell import Shell, a_project, a_spec

SETTINGS = """\
variables:
  image: {default: "a:1"}
  workers: {type: integer, default: 1}
  token: {sensitive: true, default: t0ken-one}
  sizes: {type: list}
  empty: {default: ""}
environments:
  base: {abstract: true, variables: {workers: 2, token: t0ken-two}}
  prod: {extends: base, variables: {workers: 3, sizes: [1, 2]}}
  bare: {}
"""
TABLE = """\
VARIABLE  VALUE     FROM                    INSTEAD OF
image     b:2       `--var-file more.yaml`  its default
workers   5         `--var workers`         `GPUSPEC_VAR_workers`, the environment `prod`, the environment `base`, \
its default
token     (secret)  the environment `base`  its default
sizes     [1, 2]    the environment `prod`
empty     ""        its default
"""


def a_team(folder: Path) -> Shell:
    """A project with variables from everywhere."""
    shell = a_project(folder, a_spec("one"), settings=SETTINGS)
    shell.write("more.yaml", "image: b:2\n")
    return shell


def test_every_value_has_a_source_that_won(tmp_path: Path) -> None:
    """In the order of the project file; those that lost stand beside it, a secret is masked."""
    given = ("-e", "prod", "--var", "workers=5", "--var-file", "more.yaml")

    said = a_team(tmp_path)("vars", *given, GPUSPEC_VAR_workers="4")

    assert (said.status, said.out, said.err) == (0, TABLE, "")


def test_sources_are_data_too(tmp_path: Path) -> None:
    """Each with its giver, its name and its value; a sensitive value is in none of them."""
    said = a_team(tmp_path)("-e", "prod", "--json", "vars")

    document = json.loads(said.raw)
    image, workers, token, *_ = document["variables"]
    assert (document["version"], document["command"], document["environment"]) == (1, "vars", "prod")
    assert image == {
        "name": "image",
        "type": "string",
        "sensitive": False,
        "value": "a:1",
        "source": {"giver": "default", "name": ""},
        "lost": [],
    }
    assert workers["source"] == {"giver": "environment", "name": "prod"}
    assert workers["lost"] == [
        {"giver": "environment", "name": "base", "value": 2},
        {"giver": "default", "name": "", "value": 1},
    ]
    assert (token["value"], token["lost"][0]["value"]) == ("(secret)", "(secret)")
    assert "t0ken" not in said.raw


def test_a_variable_without_a_value_is_told(tmp_path: Path) -> None:
    """It is declared, and nobody gave it one: a fault only where a spec uses it."""
    shell = a_team(tmp_path)

    said = shell("-e", "bare", "vars")
    document = json.loads(shell("-e", "bare", "vars", "--json").raw)

    assert (said.status, "\nsizes     no value\n" in said.out) == (0, True)
    assert document["variables"][3]["source"] is None


def test_what_is_called_like_a_secret_is_masked(tmp_path: Path) -> None:
    """Without declarations too, and inside of lists and maps."""
    shell = a_project(tmp_path, a_spec("one"))
    shell.write("more.yaml", "login: [{password: s3cret-one, user: me}]\n")

    said = shell("vars", "--var-file", "more.yaml", GPUSPEC_VAR_api_token="s3cret-two")

    assert said.status == 0
    assert "s3cret" not in said.raw
    assert '[{"password": "(secret)", "user": "me"}]' in said.out
    assert "api_token  (secret)" in said.out


def test_a_project_without_variables_says_so(tmp_path: Path) -> None:
    """One line."""
    said = a_project(tmp_path, a_spec("one"))("vars")

    assert (said.status, said.out) == (0, "The project declares no variables, and none is given.\n")


def test_a_value_that_does_not_fit_is_a_fault(tmp_path: Path) -> None:
    """As in every command that uses variables; an environment has to be named too."""
    shell = a_team(tmp_path)

    said = shell("-e", "prod", "vars", "--var", "workers=many")

    assert (said.status, said.out) == (1, "")
    assert "`--var workers`: `workers` takes a whole number" in said.err
    assert shell("vars").status == 64
