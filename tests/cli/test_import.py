"""`gpuspec import`: an instance that is there already is recorded at an address."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec, files_below

RECORDED = """\
trainer  recorded as ID
The API does not show diskSize: recorded as the spec has it.
The spec asks for what is there.
"""
DIFFERENT = """\
trainer  recorded as ID
The API does not show diskSize: recorded as the spec has it.
The spec asks for something else than what is there:
  gpuNum    1 → 2
  ports     without 8080/http
  ports     with 9090/tcp
  envs.RUN  weekly → nightly
hint: see what apply would make of that:
    gpuspec plan
"""
ANOTHERS = """\
error: refused
  The instance ID carries the marker of `trainer` of demo/default, made from another state, which may manage it.

hint: if nothing else manages it any more, add `--take-over`
"""


def an_orphan(folder: Path, *addresses: str, settings: str = "marker: 'off'\n", **fields: object) -> Shell:
    """A project whose instances were made and whose state was lost; without markers if nothing else is said."""
    shell = a_project(folder, a_spec(*(addresses or ("trainer",)), **fields), settings=settings)
    assert shell("apply", "--yes").status == 0
    for path in (folder / ".gpuspec" / "simulator").iterdir():
        if path.name != "world.ndjson" and path.is_file():
            path.unlink()
    return shell


def ids(folder: Path) -> list[str]:
    """The ids of what the project's simulator made, in order."""
    world = (folder / ".gpuspec" / "simulator" / "world.ndjson").read_text().splitlines()[1:]
    return [str(json.loads(row)["id"]) for row in world if '"id"' in row]


def test_an_instance_that_is_as_the_spec_asks_is_recorded_and_kept(tmp_path: Path) -> None:
    """The next plan has nothing to do, and the world got no request that changes anything."""
    shell = an_orphan(tmp_path, ports="[8080/http]", envs="{RUN: nightly}", command="sleep 1")
    before = (tmp_path / ".gpuspec" / "simulator" / "world.ndjson").read_bytes()

    said = shell("import", "trainer", ids(tmp_path)[0], "--yes")

    assert (said.status, said.out, said.err) == (0, RECORDED, "")
    assert before == (tmp_path / ".gpuspec" / "simulator" / "world.ndjson").read_bytes()
    plan = shell("plan", "--detailed-exitcode")
    assert plan.status == 0
    assert "Beside these: 1 unchanged." in plan.out
    assert shell("drift").status == 0
    assert shell("apply", "--yes").out.endswith("Ledger: 1 kept\n")


def test_where_the_spec_differs_is_told_and_planned(tmp_path: Path) -> None:
    """What is recorded is what is there, so that the plan shows the same differences."""
    shell = an_orphan(tmp_path, ports="[8080/http]", envs="{RUN: weekly}")
    shell.write("instances.yaml", a_spec("trainer", gpuNum=2, ports="[9090/tcp]", envs="{RUN: nightly}"))

    said = shell("import", "trainer", ids(tmp_path)[0], "--yes")
    plan = json.loads(shell("plan", "--json").raw)

    assert (said.status, said.out, said.err) == (0, DIFFERENT, "")
    (action,) = plan["actions"]
    assert [change["field"] for change in action["changes"]] == ["gpuNum", "ports", "envs.RUN"]


def test_it_is_data_too(tmp_path: Path) -> None:
    """With `--json` one document, changes as in a plan."""
    shell = an_orphan(tmp_path)
    shell.write("instances.yaml", a_spec("trainer", gpuNum=2))
    (instance_id,) = ids(tmp_path)

    said = shell("import", "trainer", instance_id, "--yes", "--json")

    assert said.status == 0
    assert json.loads(said.raw) == {
        "version": 1,
        "command": "import",
        "address": "trainer",
        "id": instance_id,
        "name": "trainer",
        "status": "running",
        "assumed": ["diskSize"],
        "changes": [{"field": "gpuNum", "before": 1, "after": 2, "certainty": "different"}],
        "notes": [],
        "stanza": "",
    }


def test_another_states_instance_needs_a_word(tmp_path: Path) -> None:
    """Its marker says that something else may manage it; `--take-over` goes on and says whose it was."""
    shell = an_orphan(tmp_path, settings="")
    (instance_id,) = ids(tmp_path)

    refused = shell("import", "trainer", instance_id, "--yes")
    taken = shell("import", "trainer", instance_id, "--yes", "--take-over")

    assert (refused.status, refused.out, refused.err) == (5, "", ANOTHERS)
    assert taken.status == 0
    assert "warning: It was made by another state, as `trainer` of demo/default" in taken.out
    assert shell("apply", "--yes").out.endswith("Ledger: 1 kept\n")
    assert shell("audit").out.endswith("Audit: 1 managed\n")


def test_a_stray_that_is_imported_is_reported_no_more(tmp_path: Path) -> None:
    """Its tombstone is cleared, and its marker's nonce is the record's."""
    shell = a_project(tmp_path, a_spec("trainer"), settings="settleWindow: 0.2\nrequestTimeout: 0.5\n")
    faults = [f"--fault={kind}:1" for kind in ("lost-response", "no-envs-in-list", "no-envs-in-get")]
    shell("apply", "--yes", "--wait", "none", "--settle", "0", *faults)
    shell("recover", "trainer", "--absent")
    assert shell("plan").status == 7

    said = shell("import", "trainer", ids(tmp_path)[0], "--yes")

    assert (said.status, said.err) == (0, "")
    assert "judged absent" not in shell("state", "list").out
    assert shell("apply", "--yes", "--wait", "none").out.endswith("Ledger: 1 kept\n")


def test_nothing_is_recorded_without_a_yes(tmp_path: Path) -> None:
    """Where nobody can be asked; no state is born."""
    shell = an_orphan(tmp_path)
    before = files_below(tmp_path)

    said = shell("import", "trainer", ids(tmp_path)[0])

    assert (said.status, said.out) == (5, "")
    assert said.err.startswith("error: refused\n  Nobody can be asked here; nothing was recorded.\n")
    assert {name for name in files_below(tmp_path) if name.endswith(".json")} == {
        name for name in before if name.endswith(".json")
    }


def test_secrets_are_sealed(tmp_path: Path) -> None:
    """What the API shows of a secret goes nowhere, also of one that the spec does not know; equal ones are equal."""
    spec = a_spec("trainer", envs="{HF_TOKEN: \"{{ secret('env:TOKEN') }}\", DB_PASSWORD: hunter2, RUN: a}")
    shell = a_project(tmp_path, spec, settings="marker: 'off'\n", TOKEN="tok-123456")
    shell("apply", "--yes")
    digest_key = (tmp_path / ".gpuspec" / "simulator" / "digest.key").read_bytes()
    for path in (tmp_path / ".gpuspec" / "simulator").iterdir():
        if path.name not in {"world.ndjson", "digest.key"} and path.is_file():
            path.unlink()
    shell.write("instances.yaml", spec.replace(", DB_PASSWORD: hunter2", ""))

    said = shell("import", "trainer", ids(tmp_path)[0], "--yes")

    assert digest_key == (tmp_path / ".gpuspec" / "simulator" / "digest.key").read_bytes()
    assert "envs.DB_PASSWORD  (secret) → (absent)" in said.out
    assert "HF_TOKEN" not in said.out
    state = (tmp_path / ".gpuspec" / "simulator" / "gpuspec.state.json").read_text()
    assert "hunter2" not in state + said.raw + said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nobody", "ID0"), "`nobody` is not in the specs, so there is nothing to compare ID with."),
        (("trainer", "0123456789abcdef"), "The service knows no instance ID."),
        (("trainer", "ID1"), "`trainer` has an instance already: ID. An address holds one."),
        (("another", "ID0"), "The instance ID is recorded already, at `trainer`."),
    ],
)
def test_what_can_not_be_recorded_is_refused(tmp_path: Path, arguments: tuple[str, str], message: str) -> None:
    """5, and what stands in the way; the state stays as it was."""
    shell = an_orphan(tmp_path, "trainer", "another")
    first, second = ids(tmp_path)
    if message.startswith(("`trainer`", "The instance")):
        shell("import", "trainer", first, "--yes")
    address, name = arguments

    said = shell("import", address, {"ID0": first, "ID1": second}.get(name, name), "--yes")

    assert (said.status, said.out) == (5, "")
    assert said.err.startswith(f"error: refused\n  {message}\n")


def test_an_address_with_an_open_request_is_settled_first(tmp_path: Path) -> None:
    """The instance may be what the request made."""
    shell = a_project(tmp_path, a_spec("trainer"), settings="settleWindow: 0.2\nrequestTimeout: 0.5\n")
    shell("apply", "--yes", "--wait", "none", "--settle", "0", "--fault", "lost-request:1")

    said = shell("import", "trainer", "0123456789abcdef", "--yes")

    assert (said.status, said.out) == (5, "")
    assert "What became of a request for `trainer` is not known yet." in said.err


WRITTEN = """\
  # The first one stays.
  first:
    gpuNum: 1
    imageUrl: "{{ image }}"   # by hand
  #% for n in range(2)
  worker-{{ n }}:
    gpuNum:   1
    imageUrl: 'a:1'
  #% endfor
"""
HEAD = """\
version: 1
# What all have.
defaults: {productId: "4090.16c62g", diskSize: 60, rootfsSize: 60}
#% set image = 'b:2'

instances:
"""
TAIL = """
# Nothing below.
"""
STANZA = """\
  trainer:
    productId: "4090.16c62g"
    gpuNum: 1
    rootfsSize: 60
    imageUrl: "pytorch/pytorch:latest"
    ports:
      - "8080/http"
    envs:
      BRACES: "\\u007b{ x }}"
      DB_PASSWORD: "{{ secret('env:DB_PASSWORD') }}"
    command: "a: b # c"
    clusterId: us-ca-6
    billingMode: onDemand
"""


def a_template(folder: Path) -> Shell:
    """A project with a template of other instances, and a machine that nothing records."""
    shell = an_orphan(
        folder, ports="[8080/http]", envs='{BRACES: "\\u007b{ x }}", DB_PASSWORD: hunter2}', command="'a: b # c'"
    )
    shell.write("instances.yaml", HEAD + WRITTEN + TAIL)
    return shell


def test_a_stanza_is_written_and_nothing_else(tmp_path: Path) -> None:
    """Behind the loop, every other byte as it was; what is secret by its name is referred to."""
    shell = a_template(tmp_path)
    (tmp_path / "instances.yaml").chmod(0o640)

    said = shell("import", "trainer", ids(tmp_path)[0], "--write", "instances.yaml", "--yes")

    assert (said.status, said.err) == (0, "")
    assert (tmp_path / "instances.yaml").read_text() == HEAD + WRITTEN + STANZA + TAIL
    assert (tmp_path / "instances.yaml").stat().st_mode & 0o777 == 0o640
    assert "hunter2" not in said.raw
    assert "This goes into the spec:\n  trainer:\n" in said.out
    assert "trainer" not in [
        action["address"] for action in json.loads(shell("plan", "--json").raw)["actions"] if action["kind"] == "create"
    ]


def test_after_an_import_with_its_stanza_there_is_nothing_to_do(tmp_path: Path) -> None:
    """The spec differs from before only by the stanza, and neither plan nor apply nor drift has anything to say."""
    shell = an_orphan(tmp_path, ports="[8080/http]", envs="{RUN: nightly}", command="sleep 1", rootfsSize=80)
    shell.write("instances.yaml", HEAD + WRITTEN + TAIL)
    others = ("--exclude", "first", "--exclude", "worker-*")

    said = shell("import", "trainer", ids(tmp_path)[0], "--write", "instances.yaml", "--yes")
    spec = (tmp_path / "instances.yaml").read_text()

    assert said.status == 0
    assert (spec.startswith(HEAD + WRITTEN + "  trainer:\n"), spec.endswith(TAIL)) == (True, True)
    assert shell("plan", "--detailed-exitcode", *others).status == 0
    assert shell("apply", "--yes", *others).out.endswith("Ledger: 1 kept\n")
    assert shell("drift", *others).status == 0


@pytest.mark.parametrize(
    ("spec", "arguments", "message"),
    [
        (a_spec("trainer"), ("instances.yaml",), "`trainer` is in the specs already, so its stanza is not written."),
        (a_spec("other"), ("other.yaml",), "`--write other.yaml` names none of the specs that were read."),
        ("version: 1\ninstances: {}\n", ("instances.yaml",), "`instances` in instances.yaml is no plain block of"),
        (a_spec("other"), ("instances.yaml",), "With its stanza the spec would have a fault: "),
        (
            HEAD + "  a:\n    gpuNum: 1\n    imageUrl: a\n    command: |+\n      x\n\n",
            ("instances.yaml",),
            "The stanza can't be added",
        ),
    ],
)
def test_a_spec_that_can_not_be_edited_is_left_alone(
    tmp_path: Path, spec: str, arguments: tuple[str], message: str
) -> None:
    """Nothing is recorded either; where it could be edited by hand, the stanza is there to paste."""
    shell = an_orphan(tmp_path)
    shell.write("instances.yaml", spec)

    said = shell("import", "trainer", ids(tmp_path)[0], "--yes", "--write", *arguments)

    assert (said.status, said.out) == (5, "")
    assert said.err.startswith(f"error: refused\n  {message}")
    assert ("clusterId: us-ca-6" in said.err) is (arguments == ("instances.yaml",) and "already" not in message)
    assert (tmp_path / "instances.yaml").read_text() == spec
    assert not (tmp_path / ".gpuspec" / "simulator" / "gpuspec.state.json").exists()
