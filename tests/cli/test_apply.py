"""`gpuspec apply`: the plan is shown, consent is needed, each instance is made once, each id is recorded."""

import json
from pathlib import Path

import pytest

from gpuspec.simulator.server import background
from tests.builders.shell import Shell, a_project, a_run_in_progress, a_spec
from tests.builders.simulator import a_world, an_app

PLANNED = """\
demo/default at simulator, state serial 0

  +   trainer  create: not made yet
      name        trainer
      productId   4090.16c62g
      gpuNum      1
      diskSize    60
      rootfsSize  60
      imageUrl    pytorch/pytorch:latest
      kind        gpu

Receipt: sha256:…
Plan: 1 to create, 0 to update (0 restarts), 0 to replace, 0 to delete, 0 to forget; 0 unresolved

"""

UNCHANGED = """\
  kept  trainer  ID  running  unchanged: as recorded

Ledger: 1 kept
"""

NO_CONSENT = """\
error: refused
  Nobody can be asked here, and the plan needs a yes; nothing was sent. `--yes` covers creates and updates.

hint: look at the plan, then add `--yes` to this command.
"""

NO_PREPAID_CONSENT = """\
error: refused
  Nobody can be asked here, and the plan needs a yes; nothing was sent. `--allow-prepaid` covers instances that are \
paid for by the month, ahead.

hint: look at the plan, then add `--yes --allow-prepaid` to this command.
"""


def in_the_world(folder: Path) -> int:
    """How many instances the project's simulator was asked to create."""
    world = folder / ".gpuspec" / "simulator" / "world.ndjson"
    return world.read_text().count('"event":"create"') if world.exists() else 0


def test_an_instance_is_made_and_waited_for(tmp_path: Path) -> None:
    """The plan and the progress beside, the ledger as the result."""
    shell = a_project(tmp_path, a_spec("trainer"))

    said = shell("apply", "--yes")

    assert said.out == "  done  trainer  ID  running\n\nLedger: 1 done\n"
    assert said.err == PLANNED + "trainer  made: ID\n"
    assert (said.status, in_the_world(tmp_path)) == (0, 1)


def test_applying_again_does_nothing(tmp_path: Path) -> None:
    """What is as recorded is kept, and no consent is needed for nothing."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")

    said = shell("apply")

    assert (said.status, said.out) == (0, UNCHANGED)
    assert "\nNothing to do.\n" in said.err
    assert in_the_world(tmp_path) == 1


def test_without_a_terminal_a_plan_needs_its_consent(tmp_path: Path) -> None:
    """The plan is shown, the option is named, nothing is sent and no state is born."""
    shell = a_project(tmp_path, a_spec("trainer"))

    said = shell("apply")

    assert (said.status, said.out, said.err) == (5, "", PLANNED + NO_CONSENT)
    assert in_the_world(tmp_path) == 0
    assert not list(tmp_path.rglob("*.state.json"))


def test_paying_ahead_needs_its_own_consent(tmp_path: Path) -> None:
    """`--yes` does not cover it, nor does its option alone."""
    shell = a_project(tmp_path, a_spec("trainer", billingMode="monthly", month=1))

    refused = shell("apply", "--yes", "--wait", "none")
    half = shell("apply", "--allow-prepaid", "--wait", "none")
    done = shell("apply", "--yes", "--allow-prepaid", "--wait", "none")

    assert refused.err.endswith(NO_PREPAID_CONSENT)
    assert half.err.endswith("add `--yes --allow-prepaid` to this command.\n")
    assert [said.status for said in (refused, half, done)] == [5, 5, 0]


def test_the_ledger_is_data_too(tmp_path: Path) -> None:
    """With `--json` the plan is not shown, and one document has the outcomes."""
    shell = a_project(tmp_path, a_spec("trainer", ports="[8080/http]"))

    said = shell("apply", "--yes", "--json")

    document = json.loads(said.raw)
    (outcome,) = document["outcomes"]
    assert said.err == "trainer  made: ID\n"
    assert (document["version"], document["command"], document["exitStatus"]) == (1, "apply", 0)
    assert (outcome["address"], outcome["result"], outcome["status"]) == ("trainer", "done", "running")
    assert outcome["endpoints"]
    assert document["receipt"].startswith("sha256:")


def test_a_refusal_is_data_too(tmp_path: Path) -> None:
    """With `--json` the document has the error, and the guard's code."""
    said = a_project(tmp_path, a_spec("trainer"))("apply", "--json")

    document = json.loads(said.raw)
    assert (said.status, said.err) == (5, NO_CONSENT)
    assert (document["command"], document["error"]["code"]) == ("apply", "refused")
    assert document["error"]["reason"] == "consent"


def test_nobody_waits_where_nobody_wants_to(tmp_path: Path) -> None:
    """With `--wait none` the run ends as soon as all is made; the next run knows that it was not seen running."""
    shell = a_project(tmp_path, a_spec("trainer"))

    assert shell("apply", "--yes", "--wait", "none").out == "  done  trainer  ID\n\nLedger: 1 done\n"
    assert "not ready" in shell("state", "list").out


def test_several_files_and_standard_input_are_one_set(tmp_path: Path) -> None:
    """Each record keeps the file that it came from; standard input has none."""
    shell = a_project(tmp_path, a_spec("one"))
    shell.write("more.yaml", a_spec("two"))

    said = shell("apply", "--yes", "--wait", "none", "instances.yaml", "more.yaml", "-", stdin=a_spec("three").encode())

    assert said.out.endswith("Ledger: 3 done\n")
    assert [(line.split()[0], line.split()[3]) for line in shell("state", "list").out.splitlines()[1:4]] == [
        ("one", "instances.yaml"),
        ("three", "-"),
        ("two", "more.yaml"),
    ]


def test_standard_input_removes_nothing(tmp_path: Path) -> None:
    """What it does not name stands outside its plan."""
    shell = a_project(tmp_path, a_spec("one"))
    shell("apply", "--yes", "--wait", "none", "-", stdin=a_spec("first").encode())

    said = shell("apply", "--yes", "--wait", "none", "-", stdin=a_spec("second").encode())

    assert (said.status, said.out) == (0, "  done  second  ID\n\nLedger: 1 done\n")
    assert "Outside this plan: 1 record whose file was not named.\n" in said.err


def test_what_is_protected_is_refused_and_the_rest_can_be_had(tmp_path: Path) -> None:
    """Nothing at all is sent while one instance is refused; `--exclude` has the others made."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes", "--wait", "none")
    shell.write("instances.yaml", a_spec("trainer", "another", gpuNum=2, lifecycle="{protect: true}"))

    refused = shell("apply", "--yes", "--wait", "none")
    rest = shell("apply", "--yes", "--wait", "none", "--exclude", "trainer")

    assert (refused.status, refused.out) == (5, "")
    assert "\n\nerror: refused\n  Nothing is sent because of trainer. trainer: `gpuNum` can't be changed" in refused.err
    assert (rest.status, rest.out) == (0, "  done  another  ID\n\nLedger: 1 done\n")
    assert in_the_world(tmp_path) == 2


def test_an_instance_may_move_to_another_file(tmp_path: Path) -> None:
    """The address is the identity: its record goes along, and nothing is made."""
    shell = a_project(tmp_path, a_spec("a", "b"))
    shell("apply", "--yes")
    shell.write("instances.yaml", a_spec("a"))
    shell.write("more.yaml", a_spec("b"))

    said = shell("apply", "--yes", "instances.yaml", "more.yaml")

    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 1 kept, 1 noted")
    assert "more.yaml" in shell("state", "show", "b").out
    assert in_the_world(tmp_path) == 2


def test_an_address_of_a_file_that_was_not_named_is_refused(tmp_path: Path) -> None:
    """Two files that both have it are named; nothing is sent."""
    shell = a_project(tmp_path, a_spec("a"))
    shell("apply", "--yes", "--wait", "none")
    shell.write("more.yaml", a_spec("a"))

    said = shell("apply", "--yes", "more.yaml")

    assert said.status == 5
    assert "instances.yaml" in said.err
    assert "more.yaml" in said.err
    assert in_the_world(tmp_path) == 1


def test_an_instance_that_is_gone_is_created_again(tmp_path: Path) -> None:
    """Missing from the list and not found twice, seconds apart: the plan says that it was lost, and it is made anew."""
    shell = a_project(tmp_path, a_spec("a", "b"), settings="settleWindow: 0\n")
    shell("apply", "--yes")
    world = tmp_path / ".gpuspec" / "simulator" / "world.ndjson"
    kept = [line for line in world.read_text().splitlines(keepends=True) if '"name":"b"' not in line]
    world.write_text("".join(kept))

    said = shell("apply", "--yes")

    assert said.status == 0
    assert "  +   b  create: ID is gone: missing from a complete list, and not found" in said.err
    assert said.out.splitlines()[-1] == "Ledger: 1 done, 1 kept"


def test_a_service_on_loopback_is_asked_over_http(tmp_path: Path) -> None:
    """With its endpoint and a key, as any service; its state is not the simulator's."""
    shell = a_project(tmp_path, a_spec("a"), NOVITA_API_KEY="sk_test")
    with a_world() as world, background(an_app(world)) as origin:
        said = shell("apply", "--yes", "--wait", "none", "--endpoint", origin)

        assert (said.status, said.out) == (0, "  done  a  ID\n\nLedger: 1 done\n")
        assert [request.body["name"] for request in world.mutating_requests] == ["a"]
        assert (tmp_path / "gpuspec.state.json").is_file()
        assert "Nothing is recorded." in shell("state", "list").out
        assert "a        ID" in shell("state", "list", "--endpoint", origin).out


def test_a_state_belongs_to_its_service(tmp_path: Path) -> None:
    """Another origin than the one that it was born with is refused, before anything is sent."""
    shell = a_project(tmp_path, a_spec("a"), NOVITA_API_KEY="sk_test")
    with a_world() as world, background(an_app(world)) as first, background(an_app(world)) as second:
        shell("apply", "--yes", "--wait", "none", "--endpoint", first)
        said = shell("apply", "--yes", "--wait", "none", "--endpoint", second)

        assert (said.status, said.out) == (6, "")
        assert said.err.startswith("error: the state belongs to something else\n")
        assert len(world.mutating_requests) == 1


def test_a_locked_state_is_not_touched(tmp_path: Path) -> None:
    """Whoever is at work is named."""
    shell = a_project(tmp_path, a_spec("a"))
    shell("apply", "--yes", "--wait", "none")

    with a_run_in_progress(tmp_path):
        said = shell("apply", "--yes")

    assert (said.status, said.out) == (6, "")
    assert said.err.startswith(
        "error: the state is locked\n"
        "  ci@runner-7 (process 4242, on another host) has been running `apply` on it since "
    )
    assert said.err.endswith("hint: wait for it:\n    gpuspec apply --lock-timeout 10m\n")


@pytest.mark.parametrize(
    "at", [("--events", "no/such/folder/e"), ("--fault", "nonsense:1"), ("--wait-timeout", "soon")]
)
def test_an_option_that_can_not_be_meant_is_wrong_usage(tmp_path: Path, at: tuple[str, str]) -> None:
    """64, a message and a hint; nothing is written."""
    shell = a_project(tmp_path, a_spec("a"))

    said = shell("apply", "--yes", *at)

    assert (said.status, said.out) == (64, "")
    assert said.err.startswith("error: wrong usage\n")
    assert "\nhint: " in said.err
    assert in_the_world(tmp_path) == 0


def test_a_service_that_is_not_there_blocks_and_makes_nothing(tmp_path: Path) -> None:
    """A port that nobody listens on: whether the instance is there can't be told, so none is made."""
    shell = a_project(tmp_path, a_spec("a"), NOVITA_API_KEY="sk_test")

    said = shell("apply", "--yes", "--endpoint", "http://127.0.0.1:9")

    assert (said.status, said.out.splitlines()[-1]) == (4, "Ledger: 1 blocked")
    assert "no connection could be made (ConnectError)" in said.out


def test_a_refused_key_ends_the_run(tmp_path: Path) -> None:
    """3; nothing is made."""
    shell = a_project(tmp_path, a_spec("a"), NOVITA_API_KEY="sk_wrong")
    with a_world() as world, background(an_app(world, key="sk_right")) as origin:
        said = shell("apply", "--yes", "--endpoint", origin)

        assert said.status == 3
        assert world.mutating_requests == ()
        assert "sk_wrong" not in said.raw + said.err


def test_a_project_without_a_file_is_named_after_its_folder(tmp_path: Path) -> None:
    """`gpuspec apply FILE --simulate` needs nothing else."""
    folder = tmp_path / "My Project"
    folder.mkdir()
    shell = Shell(folder)
    shell.write("gpu.yaml", a_spec("a"))

    said = shell("apply", "gpu.yaml", "--simulate", "--yes", "--wait", "none")

    assert said.status == 0
    assert said.err.startswith("my-project/default at simulator, state serial 0\n")
