"""`gpuspec state rebuild`: a state from markers alone, after its file was lost."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.builders.fleet import Service, a_service
from tests.builders.shell import Shell, a_project, a_spec, files_below

FLEET = """\
version: 1
defaults: {productId: "4090.16c62g", gpuNum: 1, diskSize: 60, rootfsSize: 60, imageUrl: "pytorch/pytorch:latest"}
instances:
#% for n in range(20)
  worker-{{ n }}:
    name: "node {{ n }}"
    memory: 62
    command: "python train.py --rank {{ n }}"
    envs: {RUN: nightly, RANK: "{{ n }}", NONE: "", DB_PASSWORD: "hunter2-{{ n }}", TOKEN: "{{ secret('env:TOKEN') }}"}
    ports: [8081/http, 8080/tcp]
    tools: [{name: Jupyter, port: "8888", type: http}]
    networkStorages: [{Id: e797ce8f-f4ff-4b3b-b7a8-6972d96f46f2, mountPoint: /data}]
    imageAuth: "{{ secret('env:AUTH') }}"
    lifecycle: {onRemove: forget}
#% endfor
"""
SECRETS = {"TOKEN": "tok-1f2e3d4c5b6a", "AUTH": "robot:hunter3-secret"}
NEVER_SHOWN = "cpuNum, memory, diskSize, imageAuth, tools, localStorageMountPoint, month, autoRenew, autoRenewMonth"
CAVEAT = (
    "warning: Markers don't tell what only the lost state knew: an instance that was let go with `state rm` is "
    "recorded again, one that was moved stands where it was made, and one that was imported may be missing.\n"
)
REBUILT = f"""\
demo at simulator

ADDRESS  ID  STATUS   AGE
another  ID  running  AGE
trainer  ID  running  AGE

Unknown until the next apply takes it from the spec: {NEVER_SHOWN}, minCudaVersion.
{CAVEAT}
Rebuilt: 2 records, each protected for now
hint: see what the next apply would make of it; only notes, if the specs are as they were:
    gpuspec plan
"""


@contextmanager
def a_fleet(
    folder: Path, spec: str = FLEET, *, settings: str = "", **switches: bool
) -> Iterator[tuple[Shell, Service]]:
    """A project whose instances were made on a service that takes real secrets."""
    with a_service(**switches) as service:
        settings = f"{settings}settleWindow: 1\nrequestTimeout: 2\n"
        shell = a_project(folder, spec, settings=settings, NOVITA_API_KEY="sk_fleet", **SECRETS)
        shell.environ["GPUSPEC_ENDPOINT"] = service.origin
        assert shell("apply", "--yes").status == 0
        yield shell, service


def lose(folder: Path) -> None:
    """The state and all that lay beside it."""
    (folder / "gpuspec.state.json").unlink()
    shutil.rmtree(folder / ".gpuspec")


def lose_simulated(folder: Path) -> None:
    """The state on the simulator, and all that lay beside it but the world and the key of its stand-in secrets."""
    work = folder / ".gpuspec" / "simulator"
    shutil.rmtree(work / "backups")
    for path in work.iterdir():
        if path.name not in {"world.ndjson", "digest.key"}:
            path.unlink()


def a_lost_state(folder: Path, *addresses: str, settings: str = "", **fields: object) -> Shell:
    """A project on the simulator whose instances were made and whose state was lost."""
    shell = a_project(folder, a_spec(*(addresses or ("trainer",)), **fields), settings=settings)
    assert shell("apply", "--yes").status == 0
    lose_simulated(folder)
    return shell


def actions(shell: Shell) -> list[tuple[str, str, str]]:
    """Address, kind and reason of each action that is planned."""
    plan = json.loads(shell("plan", "--json").raw)
    return [(action["address"], action["kind"], action["reason"]) for action in plan["actions"]]


@pytest.mark.parametrize(
    "switches", [{}, {"tools_in_ports": True}, {"envs_in_list": False}, {"blank_billing_mode": True}]
)
def test_a_fleet_whose_state_was_lost_is_only_noted_on(tmp_path: Path, switches: dict[str, Any]) -> None:
    """Apply refuses, rebuild works, the plan has notes alone, they are written, and then there is nothing to do."""
    with a_fleet(tmp_path, **switches) as (shell, service):
        lose(tmp_path)
        sent = len(service.world.mutating_requests)
        refused = shell("apply", "--yes")
        rebuilt = shell("state", "rebuild", "--yes")
        first = (tmp_path / "gpuspec.state.json").read_text()
        planned = shell("plan")
        kinds = {(kind, reason) for _, kind, reason in actions(shell)}
        verified, applied = shell("state", "verify"), shell("apply", "--yes")
        again, drift = shell("plan", "--detailed-exitcode"), shell("drift")
        changed = len(service.world.mutating_requests) - sent

    assert (refused.status, rebuilt.status, rebuilt.err, changed) == (5, 0, "", 0)
    assert "have it made again with `gpuspec state rebuild` if it is lost" in refused.err
    assert kinds == {("note", "record-only")}
    assert "fields that were unknown: memory, diskSize, imageAuth, tools); no request is sent" in planned.out
    assert (verified.status, applied.status, again.status, drift.status) == (0, 0, 0, 0)
    assert applied.out.endswith("Ledger: 20 noted\n")
    assert "Beside these: 20 unchanged.\n" in again.out
    assert "not at hand" not in drift.out
    for text in (*SECRETS.values(), "hunter", "nightly", "train.py"):
        assert text not in first
    for text in (*SECRETS.values(), "hunter"):
        assert text not in (tmp_path / "gpuspec.state.json").read_text()


def test_an_apply_makes_the_record_as_it_was(tmp_path: Path) -> None:
    """But for times, and what the API showed in another order."""
    with a_fleet(tmp_path) as (shell, _):
        before = json.loads(shell("state", "show", "worker-3", "--json").raw)
        lose(tmp_path)
        shell("state", "rebuild", "--yes", GPUSPEC_STATE_KEY="k" * 32)
        shell("apply", "--yes", GPUSPEC_STATE_KEY="k" * 32)
        after = json.loads(shell("state", "show", "worker-3", "--json").raw)

    assert before.keys() == after.keys()
    same = ("id", "nonce", "source", "named", "lifecycle", "ready", "outgoing")
    assert {name: before[name] for name in same} == {name: after[name] for name in same}
    assert {**before["fields"], "imageAuth": 0, "envs": 0} == {
        name: value
        for name, value in {**after["fields"], "imageAuth": 0, "envs": 0}.items()
        if name in before["fields"]
    }


def test_without_the_secrets_what_they_fill_stays_unknown(tmp_path: Path) -> None:
    """What can't be sealed isn't written; a later apply that has it does."""
    with a_fleet(tmp_path) as (shell, _):
        lose(tmp_path)
        shell("state", "rebuild", "--yes")
        having = {name: shell.environ.pop(name) for name in SECRETS}
        noted = shell("apply", "--yes")
        rest = json.loads(shell("state", "show", "worker-3", "--json").raw)
        shell.environ |= having
        later = shell("apply", "--yes")
        whole = json.loads(shell("state", "show", "worker-3", "--json").raw)

    assert (noted.status, noted.out[-16:]) == (0, "Ledger: 20 noted\n"[-16:])
    assert (rest["unknown"], rest["source"]) == (["imageAuth"], "instances.yaml")
    assert later.out.endswith("Ledger: 20 noted\n")
    assert "unknown" not in whole
    assert "sealed" in whole["fields"]["imageAuth"]


def test_what_is_recorded_is_told(tmp_path: Path) -> None:
    """The whole output; the records say what is unknown and that no file is known."""
    shell = a_lost_state(tmp_path, "trainer", "another")

    said = shell("state", "rebuild", "--yes")
    text = re.sub(r"ID +STATUS", "ID  STATUS", re.sub(r"\d+ s\b", "AGE", said.out))
    shown, listed = shell("state", "show", "trainer").out, shell("state", "list").out

    assert (said.status, text, said.err) == (0, REBUILT, "")
    assert f"unknown   {NEVER_SHOWN}, minCudaVersion\n" in shown
    assert "file      not known\n" in shown
    assert listed.count("protected, rebuilt") == 2


def test_it_is_data_too(tmp_path: Path) -> None:
    """With `--json` one document."""
    shell = a_lost_state(tmp_path)

    said = shell("state", "rebuild", "--yes", "--json")
    document = json.loads(said.raw)
    state = json.loads((tmp_path / ".gpuspec" / "simulator" / "gpuspec.state.json").read_text())

    (recorded,) = document.pop("recorded")
    assert (said.status, document["version"], document["command"], document["exitStatus"]) == (0, 1, "state rebuild", 0)
    assert (document["notRecorded"], document["project"], document["environment"]) == ([], "demo", "default")
    assert document["lineage"] == state["lineage"]
    assert (recorded["address"], recorded["status"]) == ("trainer", "running")
    assert recorded["unknown"] == sorted([*NEVER_SHOWN.split(", "), "minCudaVersion"])


def test_its_markers_are_its_own(tmp_path: Path) -> None:
    """The lineage begins as before and is another: a machine that is made next carries the same first digits."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")
    state = tmp_path / ".gpuspec" / "simulator" / "gpuspec.state.json"
    before = json.loads(state.read_text())
    lose_simulated(tmp_path)

    shell("state", "rebuild", "--yes")
    after = json.loads(state.read_text())
    shell.write("instances.yaml", a_spec("trainer", "second"))

    assert before["lineage"][:8] == after["lineage"][:8]
    assert before["lineage"] != after["lineage"]
    assert (before["keyDigest"], after["markerSeen"], after["serial"]) == (after["keyDigest"], "list", 1)
    assert shell("apply", "--yes").out.endswith("Ledger: 1 done, 1 noted\n")
    assert shell("audit").out.endswith("Audit: 2 managed\n")


def test_a_rebuilt_machine_that_no_spec_has_is_not_deleted(tmp_path: Path) -> None:
    """It is protected until an apply has seen its lines; after that the spec speaks for it."""
    shell = a_lost_state(tmp_path, "trainer", "another")
    shell("state", "rebuild", "--yes")
    shell.write("instances.yaml", a_spec("trainer"))

    refused = shell("apply", "--yes", "--allow-destroy")
    destroyed = shell("destroy", "--yes", "--allow-destroy")
    rest = shell("apply", "--yes", "--exclude", "another")
    shell.write("instances.yaml", a_spec("trainer", "another"))
    seen = shell("apply", "--yes")
    shell.write("instances.yaml", a_spec("trainer"))
    deleted = shell("apply", "--yes", "--allow-destroy")

    assert (refused.status, destroyed.status, rest.status) == (5, 5, 0)
    assert (
        "no spec has it, and its record was rebuilt: ID is not touched until an apply has seen its lines" in refused.err
    )
    assert "hint: write it into a spec; or let go of it with `gpuspec state rm another`" in refused.err
    assert seen.out.endswith("Ledger: 1 kept, 1 noted\n")
    assert (deleted.status, "another" in deleted.out) == (0, True)


def test_a_plan_of_one_file_counts_the_others(tmp_path: Path) -> None:
    """A record without a file is neither contested nor of a lost file."""
    shell = a_lost_state(tmp_path, "trainer", "another")
    shell("state", "rebuild", "--yes")
    shell.write("one.yaml", a_spec("trainer"))

    said = shell("plan", "one.yaml")

    assert said.status == 0
    assert "note: only the record changes (its file is now one.yaml, " in said.out
    assert "Outside this plan: 1 record whose file was not named.\n" in said.out
    assert "no longer exists" not in said.out


def test_what_the_spec_asks_otherwise_is_a_change(tmp_path: Path) -> None:
    """What the API shows was recorded, and is compared."""
    shell = a_lost_state(tmp_path, envs="{RUN: weekly, KEEP: a}", ports="[8080/http]")
    shell("state", "rebuild", "--yes")
    shell.write("instances.yaml", a_spec("trainer", gpuNum=2, envs="{RUN: nightly, KEEP: a}"))

    plan = json.loads(shell("plan", "--json").raw)

    assert [change["field"] for change in plan["actions"][0]["changes"]] == ["gpuNum", "ports", "envs.RUN"]


def test_several_machines_with_one_marker_are_not_recorded(tmp_path: Path) -> None:
    """Both are named, the rest is recorded, and 7 says that money is running; the next plan makes no third."""
    with a_fleet(tmp_path, a_spec("trainer", "another")) as (shell, service):
        lose(tmp_path)
        first = next(each for each in service.world.instances.values() if each.name == "trainer")
        service.world.put("create", None, replace(first, id="i-twin"))
        said = shell("state", "rebuild", "--yes")
        document = shell("state", "list", "--json")
        planned = {address: reason for address, _, reason in actions(shell)}

    assert said.status == 7
    words = f"NOT RECORDED: `trainer` is not recorded: i-twin, {first.id} all carry its marker, and each costs money.\n"
    assert words in said.out
    assert "gpuspec import ADDRESS ID" in said.out
    assert json.loads(document.raw)["records"].keys() == {"another"}
    assert planned == {"trainer": "marker-unrecorded", "another": "record-only"}


def test_nothing_but_twins_makes_no_state(tmp_path: Path) -> None:
    """7, and the place is as it was."""
    with a_fleet(tmp_path, a_spec("trainer")) as (shell, service):
        lose(tmp_path)
        (first,) = service.world.instances.values()
        service.world.put("create", None, replace(first, id="i-twin"))
        said = shell("state", "rebuild", "--yes")

    assert (said.status, said.out) == (7, "")
    assert f"`trainer`: i-twin, {first.id}." in said.err
    assert not (tmp_path / "gpuspec.state.json").exists()


def test_what_is_being_removed_is_named_only(tmp_path: Path) -> None:
    """It is on its way out by somebody's wish."""
    with a_fleet(tmp_path, a_spec("trainer", "another")) as (shell, service):
        lose(tmp_path)
        leaving = next(each for each in service.world.instances.values() if each.name == "another")
        service.world.alter(leaving.id, lambda each: replace(each, order="remove", stuck_at="removing"))
        said = shell("state", "rebuild", "--yes")

    assert said.status == 0
    assert f"`another` is not recorded: {leaving.id} is being removed (status `removing`)." in said.out
    assert "Rebuilt: 1 record," in said.out


def test_of_several_states_one_is_chosen(tmp_path: Path) -> None:
    """Refused until it is said which; the others' machines stay another state's."""
    with a_fleet(tmp_path / "one", a_spec("trainer")) as (shell, _):
        other = a_project(tmp_path / "two", a_spec("second"), **shell.environ)
        other("apply", "--yes")
        lose(tmp_path / "one")
        refused = shell("state", "rebuild", "--yes")
        unknown = shell("state", "rebuild", "--yes", "--lineage", "00000000")
        lineage = json.loads((tmp_path / "two" / "gpuspec.state.json").read_text())["lineage"][:8]
        (own,) = re.findall(r"^  ([0-9a-f]{8}): `trainer` \(i\w+\)\.$", refused.err, re.MULTILINE)
        said = shell("state", "rebuild", "--yes", "--lineage", own)

    assert (refused.status, unknown.status, said.status) == (5, 5, 0)
    assert "Their markers are of 2 states." in refused.err
    assert re.search(rf"^  {lineage}: `second` \(i\w+\)\.$", refused.err, re.MULTILINE)
    assert "No marker is of the lineage 00000000." in unknown.err
    assert "Left to another state, by its lineage: `second` (" in said.out
    assert json.loads((tmp_path / "one" / "gpuspec.state.json").read_text())["records"].keys() == {"trainer"}


def test_names_carry_markers_too(tmp_path: Path) -> None:
    """The address is found by the name, or else by the specs'; the name is recorded without its marker."""
    with a_fleet(tmp_path, a_spec("trainer", "b", name='"node {{ 1 }}"'), settings="marker: name\n") as (shell, _):
        lose(tmp_path)
        said = shell("state", "rebuild", "--yes")
        planned = actions(shell)
        name = json.loads(shell("state", "show", "b", "--json").raw)["fields"]["name"]

    assert (said.status, said.err) == (0, "")
    assert sorted(planned) == [("b", "note", "record-only"), ("trainer", "note", "record-only")]
    assert name == "node 1"


def test_a_marker_in_a_name_that_no_spec_explains_is_told(tmp_path: Path) -> None:
    """It may be another project's."""
    with a_fleet(tmp_path, a_spec("trainer"), settings="marker: name\n") as (shell, service):
        lose(tmp_path)
        (first,) = service.world.instances.values()
        service.world.put("create", None, replace(first, id="i-other", name="x-g0123456789abcdef01234567"))
        said = shell("state", "rebuild", "--yes")

    assert said.status == 0
    assert "warning: Whose address no spec has, if they are of this project at all: i-other.\n" in said.out


def test_a_backup_is_pointed_at(tmp_path: Path) -> None:
    """It knows more than any marker."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")
    (tmp_path / ".gpuspec" / "simulator" / "gpuspec.state.json").unlink()

    said = shell("state", "rebuild", "--yes")

    assert said.status == 0
    assert (
        "warning: A state was used here before, with serial 2 at last. If `.gpuspec/simulator/backups` has it,"
        in said.out
    )
    assert shell("plan").status == 0


def test_nobody_can_be_asked(tmp_path: Path) -> None:
    """Without a terminal it takes `--yes`; no state is born."""
    shell = a_lost_state(tmp_path)
    before = files_below(tmp_path)

    said = shell("state", "rebuild")

    assert (said.status, said.out) == (5, "")
    assert "Nobody can be asked here; nothing was recorded." in said.err
    assert {name for name in files_below(tmp_path) if name.endswith(".json")} == {
        name for name in before if name.endswith(".json")
    }
