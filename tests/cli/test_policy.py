"""Policies and limits by the command line: `validate`, `plan` and `apply` refuse, and no option lets anything pass."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders.shell import Shell, a_project, a_spec

FEW = {
    "properties": {
        "gpuNum": {"title": "No machine has more than 2 GPUs.", "description": "ask for two.", "maximum": 2},
        "imageUrl": {"title": "Images come from the lab.", "x-severity": "warning", "pattern": "^lab/"},
    }
}
REFUSAL = """\
error: policy not kept
  --> instances.yaml:5:13   instances.trainer.gpuNum
   5 |     gpuNum: 4
     |             ^
  No machine has more than 2 GPUs.
  policy: policy/few.schema.json

hint: ask for two.

1 error
"""
WARNING = """\
warning: policy not kept
  --> instances.yaml:8:15   instances.trainer.imageUrl
   8 |     imageUrl: pytorch/pytorch:latest
     |               ^^^^^^^^^^^^^^^^^^^^^^
  Images come from the lab.
  policy: policy/few.schema.json

hint: change it, or agree on another policy.

1 warning
"""
COMMANDS = [("validate",), ("plan",), ("plan", "--offline"), ("apply", "--yes")]


def a_lab(folder: Path, spec: str, policy: Any = FEW, **more: Any) -> Shell:
    """A project with this policy and perhaps others, by name."""
    shell = a_project(folder, spec, settings="policy: [policy/*.schema.json]\n")
    for name, document in {"few": policy, **more}.items():
        shell.write(f"policy/{name}.schema.json", document if isinstance(document, str) else json.dumps(document))
    return shell


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_violation_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    """5, with the line and the policy's own words; nothing is made and nothing is written."""
    shell = a_lab(tmp_path, a_spec("trainer", gpuNum=4, imageUrl="lab/a:1"))

    said = shell(*command)

    assert (said.status, said.out, said.err) == (5, "", REFUSAL)
    assert not (tmp_path / ".gpuspec").exists()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_violation_that_only_warns_passes(tmp_path: Path, command: tuple[str, ...]) -> None:
    """It is told, and the command goes on."""
    said = a_lab(tmp_path, a_spec("trainer"))(*command)

    assert said.status == 0
    assert said.err.startswith(WARNING)


def test_violations_are_data_too(tmp_path: Path) -> None:
    """All of them, warnings among them; of a good spec the warnings."""
    bad = json.loads(a_lab(tmp_path / "a", a_spec("trainer", gpuNum=4))("validate", "--json").raw)
    good = json.loads(a_lab(tmp_path / "b", a_spec("trainer"))("validate", "--json").raw)

    assert (bad["error"]["code"], bad["error"]["summary"]) == ("policy-broken", "a policy is not kept")
    assert [(each["code"], each["severity"], each["line"]) for each in bad["problems"]] == [
        ("policy-broken", "error", 5),
        ("policy-broken", "warning", 8),
    ]
    assert bad["problems"][0]["related"] == [
        {"label": "policy", "file": "policy/few.schema.json", "line": None, "column": None}
    ]
    assert [each["severity"] for each in good["problems"]] == ["warning"]


def test_a_fault_of_the_spec_comes_first(tmp_path: Path) -> None:
    """What is no spec can't be measured: 1."""
    said = a_lab(tmp_path, a_spec("trainer", gpuNum=99))("validate")

    assert said.status == 1
    assert "policy" not in said.err


@pytest.mark.parametrize(
    "options",
    [
        ("--only", "other"),
        ("--exclude", "trainer"),
        ("--allow-empty", "--recreate-lost"),
        ("--yes", "--allow-destroy", "--allow-prepaid"),
        ("--state", "elsewhere.json"),
    ],
    ids=" ".join,
)
def test_no_option_switches_a_policy_off(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Whatever is asked for, all that the specs say is measured."""
    shell = a_lab(tmp_path, a_spec("trainer", gpuNum=4) + a_spec("other").partition("instances:\n")[2])

    assert shell("apply", *options).status == 5


def test_a_policy_does_not_stop_looking(tmp_path: Path) -> None:
    """What only looks, and what gives back, works under every policy."""
    shell = a_lab(tmp_path, a_spec("trainer", imageUrl="lab/a:1"))
    assert shell("apply", "--yes", "--wait", "none").status == 0
    shell.write("policy/few.schema.json", json.dumps({"title": "Nothing is allowed.", "not": {}}))

    assert shell("plan").status == 5
    for command in (("render",), ("status",), ("state", "list"), ("drift",), ("destroy", "--yes", "--allow-destroy")):
        assert shell(*command).status == 0


@pytest.mark.parametrize(
    ("policy", "place", "message"),
    [
        ("{", "policy/few.schema.json:1:2", "The file can't be read as JSON"),
        ({"maxium": 1}, "policy/few.schema.json   maxium", "`maxium` is a keyword that JSON Schema 2020-12 doesn't"),
        ({"$ref": "#"}, "policy/few.schema.json", "The file leads in a circle"),
        ({"$ref": "https://a.b/c"}, "policy/few.schema.json   $ref", "`$ref` leads out of the project."),
    ],
    ids=["no JSON", "unknown keyword", "endless", "remote"],
)
def test_a_policy_that_can_not_be_used_stops_the_command(tmp_path: Path, policy: Any, place: str, message: str) -> None:
    """1: whether the specs keep it can't be told, so nothing is planned."""
    shell = a_lab(tmp_path, a_spec("trainer"), policy)

    for command in COMMANDS:
        said = shell(*command)
        assert (said.status, said.out) == (1, "")
        assert f"  --> {place}\n" in said.err
        assert message in said.err


def test_a_policy_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    """A typing error would lift it without a word."""
    said = a_project(tmp_path, a_spec("trainer"), settings="policy: [policies/*.json, here.json]\n")("validate")

    assert said.status == 1
    assert said.err.startswith(
        "error: policy not found\n  --> gpuspec.yaml   policy[0]\n  No file fits `policies/*.json`"
    )
    assert said.err.endswith("\n2 errors\n")


def test_a_link_leads_no_policy_out_of_the_project(tmp_path: Path) -> None:
    """Neither as a policy itself nor behind a reference: the real path counts."""
    (tmp_path / "secret.json").write_text(json.dumps({"title": "outside"}))
    by_name = a_lab(tmp_path / "a", a_spec("trainer"))
    (by_name.folder / "policy" / "x.schema.json").symlink_to(tmp_path / "secret.json")
    by_reference = a_lab(tmp_path / "b", a_spec("trainer"), {"$ref": "x.json"})
    (by_reference.folder / "policy" / "x.json").symlink_to(tmp_path / "secret.json")

    said = by_name("validate"), by_reference("validate")

    assert [each.status for each in said] == [1, 1]
    assert "error: file outside the project folder\n" in said[0].err
    assert "leads outside the project folder" in said[1].err


def test_a_secret_is_no_matter_of_a_policy(tmp_path: Path) -> None:
    """It is looked at as what it is read from; its text is in no message."""
    policy = {"properties": {"imageAuth": {"title": "From a file, please.", "pattern": "^.secret file:"}}}
    shell = a_lab(tmp_path, a_spec("trainer", imageAuth="s3cr3t-login"), policy)

    said = shell("validate")
    again = shell("validate", "--json")

    assert said.status == 5
    assert "  From a file, please.\n" in said.err
    assert "s3cr3t" not in said.err + again.raw + again.err


LIMITS = "limits: {maxInstances: 2, maxDeletesPerRun: 1}\n"


def test_limits_hold_for_what_is_recorded_too(tmp_path: Path) -> None:
    """Two specs of which each is small enough are not, together."""
    shell = a_project(tmp_path, a_spec("a", "b"), settings="specs: [instances.yaml, more.yaml]\n" + LIMITS)
    shell.write("more.yaml", a_spec("c"))
    assert shell("apply", "--yes", "--wait", "none", "instances.yaml").status == 0

    alone = shell("validate", "more.yaml")
    planned = shell("plan", "more.yaml")
    applied = shell("apply", "--yes", "--json", "more.yaml")
    together = shell("validate")

    assert (alone.status, planned.status, applied.status, together.status) == (0, 5, 5, 5)
    assert "There would be 3 instances, and `maxInstances` is 2: 1 that the specs ask for, and 2" in planned.err
    assert json.loads(applied.raw)["error"]["reason"] == "limit-instances"
    assert "error: limit exceeded\n  --> more.yaml:3:3   instances.c\n" in together.err


def test_a_run_deletes_no_more_than_the_limit(tmp_path: Path) -> None:
    """Whichever command it is; in parts it can be done."""
    shell = a_project(tmp_path, a_spec("a", "b"), settings=LIMITS)
    assert shell("apply", "--yes", "--wait", "none").status == 0
    shell.write("instances.yaml", "version: 1\ninstances: {}\n")
    consent = ("--yes", "--allow-destroy")

    planned = shell("plan", "--allow-empty")
    applied = shell("apply", *consent, "--allow-empty")
    destroyed = shell("destroy", *consent)
    partly = shell("destroy", *consent, "--only", "a")

    assert (planned.status, applied.status, destroyed.status, partly.status) == (5, 5, 5, 0)
    assert "2 machines would be deleted or replaced, and `maxDeletesPerRun` is 1." in destroyed.err
    assert "1 record of demo/default" in shell("state", "list").out


def test_an_environment_has_limits_of_its_own(tmp_path: Path) -> None:
    """They go before the project's, each by itself."""
    settings = LIMITS + "environments: {small: {limits: {maxInstances: 1}}, plain: {}}\n"
    shell = a_project(tmp_path, a_spec("a", "b"), settings=settings)

    assert [shell("-e", name, "validate").status for name in ("small", "plain")] == [5, 0]


def test_a_reviewed_plan_is_held_to_policies_too(tmp_path: Path) -> None:
    """What has been agreed on since the review counts."""
    shell = a_lab(tmp_path, a_spec("trainer", imageUrl="lab/a:1"))
    assert shell("plan", "--out", "plan.json").status == 0
    shell.write("policy/few.schema.json", json.dumps({"title": "Nothing is allowed.", "not": {}}))

    said = shell("apply", "plan.json")

    assert (said.status, "  Nothing is allowed.\n" in said.err) == (5, True)


def test_a_policy_of_an_environment_holds_beside_those_of_the_project(tmp_path: Path) -> None:
    """There and in what extends it; nowhere else, and it lifts none."""
    own = {"title": "Production says where.", "required": ["clusterId"]}
    shell = a_lab(tmp_path, a_spec("trainer", gpuNum=4), prod=own)
    (tmp_path / "policy" / "prod.schema.json").rename(tmp_path / "prod.json")
    with (tmp_path / "gpuspec.yaml").open("a") as project:
        project.write("environments: {test: {}, prod: {policy: [prod.json]}, west: {extends: prod}}\n")

    told = {name: shell("validate", "-e", name) for name in ("test", "prod", "west")}

    assert [said.status for said in told.values()] == [5, 5, 5]
    assert {name: said.err.count("error: policy not kept") for name, said in told.items()} == {
        "test": 1,
        "prod": 2,
        "west": 2,
    }


def test_a_policy_of_an_environment_that_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    """Or a typing error would lift it."""
    shell = a_project(tmp_path, a_spec("trainer"), settings="environments: {prod: {policy: [prod.json]}, test: {}}\n")

    missing, other = shell("validate", "-e", "prod"), shell("validate", "-e", "test")

    assert (missing.status, other.status) == (1, 0)
    assert "environments.prod.policy[0]" in missing.err
