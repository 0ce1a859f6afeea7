"""`gpuspec explain`: what a field means."""

import json
from pathlib import Path

import pytest

from gpuspec.report.change_policy import change_policy_table
from tests.builders.shell import Shell

PORTS = """\
ports
  Ports to expose, as a list or as the API's text with commas; with the tools 15 at most.

  type          list of ports, or text with commas
  required      no
  default       ""
  limits        at most 15 items
  changes       in place, by the edit call
  when removed  it is cleared on the machine
  read back     in the list and for one instance
  example       ["8080/tcp", "8081/http"]
  source        Novita API reference, create instance
"""


def test_a_field_is_explained(tmp_path: Path) -> None:
    """Type, limits, default, what changing it costs, and where that is from."""
    said = Shell(tmp_path)("explain", "ports")

    assert (said.status, said.out, said.err) == (0, PORTS, "")


def test_all_fields_are_listed(tmp_path: Path) -> None:
    """Each with what it is for; items and lifecycle keys have dotted names."""
    said = Shell(tmp_path)("explain")

    names = [line.split()[0] for line in said.out.splitlines()[:-2]]
    assert said.status == 0
    assert {"name", "productId", "envs.key", "networkStorages.mountPoint", "lifecycle.protect"} <= set(names)
    assert said.out.endswith("\n\n`gpuspec explain FIELD` says more.\n")


@pytest.mark.parametrize("name", ["networkStorages.Id", "networkStorageId", "networkStorages.networkStorageId"])
def test_a_key_of_an_item_is_explained_by_any_spelling(tmp_path: Path, name: str) -> None:
    """Dotted or alone, as either page of the API spells it."""
    assert Shell(tmp_path)("explain", name).out.startswith("networkStorages.Id\n  The id of the network storage")


@pytest.mark.parametrize(
    ("asked", "meant"), [("gpunum", "gpuNum"), ("diskSiz", "diskSize"), ("protect", "lifecycle.protect")]
)
def test_a_name_like_a_field_is_asked_about(tmp_path: Path, asked: str, meant: str) -> None:
    """What was probably meant is the hint."""
    said = Shell(tmp_path)("explain", asked)

    assert (said.status, said.out) == (64, "")
    assert said.err == f"error: wrong usage\n  There is no field `{asked}`.\n\nhint: did you mean `{meant}`?\n"


def test_fields_are_data_too(tmp_path: Path) -> None:
    """With `--json`, one or all of them."""
    shell = Shell(tmp_path)

    one = json.loads(shell("explain", "ports", "--json").raw)
    every = json.loads(shell("--json", "explain").raw)

    assert (one["version"], one["command"]) == (1, "explain")
    assert one["fields"][0]["name"] == "ports"
    assert one["fields"][0]["whenRemoved"] == "it is cleared on the machine"
    assert one["fields"][0] in every["fields"]


def test_the_change_policy_is_a_table(tmp_path: Path) -> None:
    """Markdown of all fields, and nothing else."""
    shell = Shell(tmp_path)

    said = shell("explain", "--table")

    assert (said.status, said.err, said.raw) == (0, "", change_policy_table())
    assert [shell("explain", "--table", more).status for more in ("ports", "--json")] == [64, 64]
