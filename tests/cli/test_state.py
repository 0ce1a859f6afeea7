"""`gpuspec state`: what is recorded."""

import json
from pathlib import Path

import jsonschema

from tests.builders.shell import a_project, a_run_in_progress, a_spec

LISTED = """\
ADDRESS   ID  MADE  FILE
notebook  ID  TIME  instances.yaml
trainer   ID  TIME  instances.yaml  protected

2 records of demo/default, serial 2
"""

SHOWN = """\
address   trainer
id        ID
file      instances.yaml
made      TIME
written   TIME
ready     true
marker    ID
protect   true
onRemove  delete

sent
  name        trainer
  productId   4090.16c62g
  gpuNum      1
  diskSize    60
  rootfsSize  60
  imageUrl    pytorch/pytorch:latest
  ports       8080/http
  kind        gpu

shown by the API
  name        trainer
  productId   4090.16c62g
  gpuNum      1
  rootfsSize  60
  imageUrl    pytorch/pytorch:latest
  ports       8080/http
  kind        gpu
"""

SPEC = a_spec("notebook") + a_spec("trainer", ports="[8080/http]", lifecycle="{protect: true}").partition("ces:\n")[2]


def squeezed(text: str) -> str:
    """The heading as narrow as the rows, in which ids and times are shortened."""
    first, _, rest = text.partition("\n")
    return f"{first.replace('ID                ', 'ID  ').replace('MADE                     ', 'MADE  ')}\n{rest}"


def test_every_record_is_listed(tmp_path: Path) -> None:
    """One row an address, sorted, then how many there are."""
    shell = a_project(tmp_path, SPEC)
    shell("apply", "--yes")

    said = shell("state", "list")

    assert (said.status, squeezed(said.out), said.err) == (0, LISTED, "")


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    """Before the first apply there is no state, and listing makes none."""
    shell = a_project(tmp_path, SPEC)

    said = shell("state", "list")

    assert (said.status, said.out) == (0, "Nothing is recorded.\n\n0 records of demo/default, serial 0\n")
    assert not (tmp_path / ".gpuspec").exists()


def test_one_record_is_shown_in_full(tmp_path: Path) -> None:
    """What was sent, what the API showed, and what is ours about it."""
    shell = a_project(tmp_path, SPEC)
    shell("apply", "--yes")

    said = shell("state", "show", "trainer")

    assert (said.status, said.out, said.err) == (0, SHOWN, "")


def test_records_are_data_too(tmp_path: Path) -> None:
    """With `--json`: the list is a state document of the committed schema, a record names its command."""
    schema = json.loads((Path(__file__).parents[2] / "schemas" / "state.schema.json").read_text())
    shell = a_project(tmp_path, SPEC)
    shell("apply", "--yes")

    listed = json.loads(shell("state", "list", "--json").raw)
    shown = json.loads(shell("--json", "state", "show", "trainer").raw)

    jsonschema.Draft202012Validator(schema).validate(listed)
    assert sorted(listed["records"]) == ["notebook", "trainer"]
    assert (shown["version"], shown["command"], shown["address"]) == (1, "state show", "trainer")
    assert shown["id"] == listed["records"]["trainer"]["id"]


def test_an_address_that_is_not_recorded_is_named(tmp_path: Path) -> None:
    """With where to look."""
    said = a_project(tmp_path, SPEC)("state", "show", "nobody")

    assert (said.status, said.out) == (64, "")
    assert said.err == (
        "error: wrong usage\n  Nothing is recorded at `nobody`.\n\nhint: see what is:\n    gpuspec state list\n"
    )


def test_a_damaged_state_is_named_and_stays(tmp_path: Path) -> None:
    """6, no traceback, and the file is left as it was."""
    shell = a_project(tmp_path, SPEC)
    shell("apply", "--yes")
    path = tmp_path / ".gpuspec" / "simulator" / "gpuspec.state.json"
    path.write_text("{")

    for command in (("state", "list"), ("plan",), ("apply", "--yes")):
        said = shell(*command)
        assert (said.status, said.out) == (6, "")
        assert said.err.startswith("error: the state is damaged\n")
    assert path.read_text() == "{"


def test_clones_that_share_a_state_share_its_lock_and_journal(tmp_path: Path) -> None:
    """Otherwise two of them would make the same instances at once, and none would know what the other left open."""
    clones = [a_project(tmp_path / name, a_spec("trainer")) for name in ("one", "two")]
    (tmp_path / "shared").mkdir()
    state = ("--state", "../shared/team.state.json")
    assert clones[0]("apply", "--yes", "--wait", "none", *state).status == 0

    with a_run_in_progress(tmp_path / "shared"):
        said = clones[1]("apply", "--yes", *state)

    assert said.status == 6
    assert "ci@runner-7" in said.err
    assert not (tmp_path / "two" / ".gpuspec" / "simulator" / "team.state.json.lock").exists()


def test_a_state_can_be_kept_elsewhere(tmp_path: Path) -> None:
    """`--state FILE` is that file, before the command and after it."""
    shell = a_project(tmp_path, SPEC)
    shell("apply", "--yes", "--wait", "none", "--state", "mine.json")

    assert (tmp_path / "mine.json").is_file()
    assert "2 records of demo/default" in shell("--state", "mine.json", "state", "list").out
    assert "Nothing is recorded." in shell("state", "list").out
