"""What is weightier than a yes needs an option of its own: without it, exit status 5, and nothing is sent."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import Said, Shell, a_project, a_spec, files_below

MONTHLY = {"billingMode": "monthly", "month": 1}
# What is asked for -> the fields of the spec now, options of the command, and the option that covers it.
ASKED: dict[str, tuple[dict[str, object], tuple[str, ...], str]] = {
    "replacement": ({"gpuNum": 2}, (), "--allow-destroy"),
    "replacement on request": ({}, ("--replace", "trainer"), "--allow-destroy"),
    "created first": ({"gpuNum": 2, "lifecycle": "{createBeforeDestroy: true}"}, (), "--allow-destroy"),
    "upgrade": ({"command": "run"}, (), "--allow-restart"),
    "edit": ({"ports": "[80/http]"}, (), "--allow-restart"),
    "stop": ({"lifecycle": "{desired: stopped}"}, (), "--allow-restart"),
    "months": (MONTHLY, (), "--allow-prepaid"),
}
OPTIONS = ("--allow-restart", "--allow-destroy", "--allow-prepaid")


def an_applied_project(folder: Path) -> Shell:
    """A project whose one instance runs."""
    shell = a_project(folder, a_spec("trainer"))
    assert shell("apply", "--yes").status == 0
    return shell


def requests(folder: Path) -> bytes:
    """All that the project's simulator was ever asked to change."""
    return files_below(folder)[".gpuspec/simulator/world.ndjson"]


def the_hint(said: Said) -> str:
    return said.err.splitlines()[-1]


@pytest.mark.parametrize("what", ASKED)
def test_each_weight_needs_its_own_option(tmp_path: Path, what: str) -> None:
    """Neither `--yes` nor the other options cover it; the refusal names the one that does."""
    fields, asked, option = ASKED[what]
    shell = an_applied_project(tmp_path)
    shell.write("instances.yaml", a_spec("trainer", **fields))
    before, others = requests(tmp_path), [each for each in OPTIONS if each != option]

    plain = shell("apply", "--yes", *asked)
    others_given = shell("apply", "--yes", *others, *asked)
    without_yes = shell("apply", option, *asked)

    assert [said.status for said in (plain, others_given, without_yes)] == [5, 5, 5]
    assert [said.out for said in (plain, others_given, without_yes)] == ["", "", ""]
    assert the_hint(plain) == f"hint: look at the plan, then add `--yes {option}` to this command."
    assert before == requests(tmp_path)


def test_a_deletion_needs_its_own_option(tmp_path: Path) -> None:
    """Of what left the spec."""
    shell = a_project(tmp_path, a_spec("left", "trainer"))
    shell("apply", "--yes")
    shell.write("instances.yaml", a_spec("trainer"))
    before = requests(tmp_path)

    said = shell("apply", "--yes", "--allow-restart", "--allow-prepaid")

    assert (said.status, said.out, before) == (5, "", requests(tmp_path))


def test_a_machine_that_is_paid_for_ahead_needs_its_own_option(tmp_path: Path) -> None:
    """A create that is not monthly does not."""
    shell = a_project(tmp_path, a_spec("trainer", **MONTHLY))

    said = shell("apply", "--yes", "--allow-restart", "--allow-destroy")

    assert (said.status, said.out) == (5, "")
    assert the_hint(said).endswith("add `--yes --allow-prepaid` to this command.")
    assert not (tmp_path / "gpuspec.state.json").exists()


def test_all_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    """With what each covers."""
    shell = a_project(tmp_path, a_spec("a", "b", "c"))
    shell("apply", "--yes")
    parts = [a_spec("a", gpuNum=2), a_spec("b", command="run"), a_spec("c", **MONTHLY)]
    shell.write("instances.yaml", parts[0] + "".join(part.partition("instances:\n")[2] for part in parts[1:]))

    said = shell("apply")

    assert said.status == 5
    assert the_hint(said).endswith("add `--yes --allow-restart --allow-destroy --allow-prepaid` to this command.")
    assert "`--allow-restart` covers updates that stop a container, or may restart it; " in said.err


def test_a_protected_machine_is_not_replaced_with_any_consent(tmp_path: Path) -> None:
    """Neither for a field nor on request; its block may be gone from the spec as well."""
    protected = "{protect: true}"
    shell = a_project(tmp_path, a_spec("trainer", "other", lifecycle=protected))
    shell("apply", "--yes")
    before = requests(tmp_path)

    asked = shell("apply", "--yes", "--allow-destroy", "--replace", "trainer")
    shell.write("instances.yaml", a_spec("trainer", gpuNum=2, lifecycle=protected))
    changed_and_removed = shell("apply", "--yes", "--allow-destroy")

    assert [said.status for said in (asked, changed_and_removed)] == [5, 5]
    assert "`--replace` asks for another machine, and `lifecycle.protect` forbids to replace ID" in asked.err
    assert "Nothing is sent because of trainer, other." in changed_and_removed.err
    assert before == requests(tmp_path)


def test_replacing_what_has_no_stock_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    """The machine would be gone, and none to be had in its place; made first, it is only warned of."""
    shell = an_applied_project(tmp_path)
    options = ("--yes", "--allow-destroy", "--wait", "none")
    other = {"productId": '"3090.no-such"'}
    shell.write("instances.yaml", a_spec("trainer", **other))
    before = requests(tmp_path)

    planned, applied = shell("plan"), shell("apply", *options)
    shell.write("instances.yaml", a_spec("trainer", **other, lifecycle="{createBeforeDestroy: true}"))
    made_first = shell("plan")

    assert (planned.status, applied.status, before) == (5, 5, requests(tmp_path))
    assert "there is no stock for another: trainer." in planned.err
    assert "warning: The service lists no product `3090.no-such` (trainer)." in made_first.out
    assert made_first.status == 0


@pytest.mark.parametrize(
    ("options", "status", "told"),
    [
        (("--replace", "trainr"), 5, "`--replace trainr`: the specs don't have it."),
        (("--replace", "trainer", "--exclude", "trainer"), 5, "`--replace trainer`: `--only` and `--exclude` leave it"),
        (("--replace", "trainer", "--refresh-only"), 64, "`--refresh-only` asks nothing of a machine,"),
    ],
    ids=["misspelt", "left out", "with a refresh"],
)
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_replacement_that_can_not_be_meant_is_refused(
    tmp_path: Path, command: str, options: tuple[str, ...], status: int, told: str
) -> None:
    """It would pass for done."""
    shell = an_applied_project(tmp_path)

    said = shell(command, *options)

    assert said.status == status
    assert told in said.err


def test_a_refresh_without_asking_is_no_refresh(tmp_path: Path) -> None:
    """Nothing would be known of what is live."""
    said = a_project(tmp_path, a_spec("trainer"))("plan", "--offline", "--refresh-only")

    assert (said.status, "leave `--offline` out" in said.err) == (64, True)


def test_a_reviewed_replacement_is_consented_to_and_held_to_its_wishes(tmp_path: Path) -> None:
    """The plan remembers what was asked for; the options can't be given beside it."""
    shell = an_applied_project(tmp_path)
    planned = shell("plan", "--replace", "trainer", "--out", "reviewed")
    document = json.loads((tmp_path / "reviewed").read_text())

    clash = shell("apply", "reviewed", "--replace", "trainer", "--refresh-only")

    assert planned.status == 0
    assert (document["basis"]["replace"], document["basis"]["refreshOnly"]) == (["trainer"], False)
    assert document["actions"][0]["calls"] == ["delete", "create"]
    assert (clash.status, "`--replace`, `--refresh-only`: a plan remembers" in clash.err) == (64, True)
    assert "Made TIME from all specs of the project, --replace trainer\n" in shell("show", "reviewed").out


def test_a_secret_that_no_call_sends_need_not_be_at_hand(tmp_path: Path) -> None:
    """An upgrade can't set registry credentials; what it does set has to be there before the first request."""
    auth = "\"{{ secret('env:LOGIN') }}\""
    shell = a_project(tmp_path, a_spec("trainer", imageAuth=auth), LOGIN="user:password")
    shell("apply", "--yes")
    token = "{TOKEN: \"{{ secret('env:TOKEN') }}\"}"
    shell.write("instances.yaml", a_spec("trainer", imageAuth=auth, envs=token))
    before = requests(tmp_path)

    said = Shell(tmp_path)("apply", "--yes", "--allow-restart")

    assert (said.status, before) == (1, requests(tmp_path))
    assert "the environment variable `TOKEN` is not set" in said.err
    assert "LOGIN" not in said.err.partition("error: ")[2]
