"""`gpuspec render`: what the specs come to, as a spec again."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import a_project, a_spec

SPEC = """\
version: 1
defaults:
  productId: "26"
  rootfsSize: 60
  diskSize: 60
  imageUrl: "{{ image }}"
instances:
  #% for number in range(2)
  worker-{{ number }}:
    gpuNum: 1
    ports: [8080/tcp, 8081/http]
    envs: {SHARD: "{{ number }}"}
  #% endfor
"""

RENDERED = """\
version: 1
instances:
  worker-0:
    name: worker-0
    productId: "26"
    gpuNum: 1
    diskSize: 60
    rootfsSize: 60
    imageUrl: "pytorch/pytorch:latest"
    ports: "8080/tcp,8081/http"
    envs:
      - key: SHARD
        value: "0"
    command: ""
    kind: gpu
  worker-1:
    name: worker-1
    productId: "26"
    gpuNum: 1
    diskSize: 60
    rootfsSize: 60
    imageUrl: "pytorch/pytorch:latest"
    ports: "8080/tcp,8081/http"
    envs:
      - key: SHARD
        value: "1"
    command: ""
    kind: gpu
"""

ODD = "a: b # c ' \" \\ \t\n- e\n\u2028\u202e\ufeff 漢字 "


def test_a_rendered_spec_is_a_spec(tmp_path: Path) -> None:
    """Defaults merged, loops unrolled, values in the API's spelling; and rendering it again changes nothing."""
    shell = a_project(tmp_path, SPEC)

    said = shell("render", "--var", "image=pytorch/pytorch:latest")
    again = shell("render", "-", stdin=said.raw.encode())

    assert (said.status, said.out, said.err) == (0, RENDERED, "")
    assert (again.status, again.raw, again.err) == (0, said.raw, "")


def test_the_rendered_spec_is_data_too(tmp_path: Path) -> None:
    """With `--json` it is the same document."""
    shell = a_project(tmp_path, SPEC)

    said = shell("render", "--json", "--var", "image=pytorch/pytorch:latest")

    assert list(json.loads(said.raw)["instances"]) == ["worker-0", "worker-1"]
    assert shell("render", "-", stdin=said.raw.encode()).out == RENDERED


def test_secrets_are_masked(tmp_path: Path) -> None:
    """Neither the text of one at hand nor one that the spec holds is shown."""
    shell = a_project(
        tmp_path,
        a_spec("a", imageAuth="\"{{ secret('env:LOGIN') }}\"", envs='{API_TOKEN: "hunter2"}'),
        LOGIN="me:hunter3",
    )

    for said in (shell("render"), shell("render", "--json")):
        assert said.status == 0
        assert "hunter" not in said.raw + said.err
        assert "API_TOKEN" in said.raw


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_values_with_odd_characters_come_back_as_they_were(tmp_path: Path, form: tuple[str, ...]) -> None:
    """What YAML could take for its own is quoted, and what a terminal would obey is escaped."""
    envs = {"ODD": ODD, "NO": "NO", "N": "0777", "E": "", "T": "~", "D": "2001-01-01", "S": " x "}
    shell = a_project(tmp_path, a_spec("a", envs=json.dumps(envs)))

    said = shell("render", *form)
    read = json.loads(shell("render", "--json", "-", stdin=said.raw.encode()).raw)

    assert (said.status, said.err) == (0, "")
    assert {env["key"]: env["value"] for env in read["instances"]["a"]["envs"]} == envs
    assert not {"\u2028", "\u202e", "\ufeff", "\r", "\t"} & set(said.raw)


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("text", ["{{ 1 + 1 }}", "{% raw %}", "{# gone #}", "{{{%{#", "#% for", "\\u007b{", "{{"])
def test_braces_in_a_value_are_not_rendered_again(tmp_path: Path, form: tuple[str, ...], text: str) -> None:
    """A value that looks like a template is that text, however often it is rendered."""
    shell = a_project(tmp_path, a_spec("a", command='"{{ text }}"'))

    said = shell("render", *form, "--var", f"text={text}")
    again = shell("render", "--json", "-", stdin=said.raw.encode())

    assert (said.status, again.status) == (0, 0)
    assert json.loads(again.raw)["instances"]["a"]["command"] == text
