"""`gpuspec state rebuild`: a state from markers alone, after its file was lost."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.builders.lost import SECRETS, a_fleet, a_lost_state, actions, lose, lose_simulated
from tests.builders.shell import a_project, a_spec, files_below

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


def test_drift_tells_what_it_can_not(tmp_path: Path) -> None:
    """What is unknown is not verified, before the next apply as after it."""
    shell = a_lost_state(tmp_path, memory=62)
    shell("state", "rebuild", "--yes")

    before = shell("drift")
    shell("apply", "--yes")
    after = shell("drift")

    for said in (before, after):
        assert said.status == 0
        assert "can't be verified:\n  memory    the API never shows it  trainer\n" in said.out
    assert "; 1 pending," in before.out
    assert "; 0 pending," in after.out


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
