"""A plan goes from `plan --out` through a review to `apply`: what was reviewed is done, or nothing is."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gpuspec.simulator.server import background
from tests.builders.shell import Said, Shell, a_project, a_spec, files_below
from tests.builders.simulator import a_world, an_app

HOUR = 3600
CANARY = "canary-4f1d9c"
WITH_SECRET = a_spec("trainer", envs="{HF_TOKEN: \"{{ secret('env:HF_TOKEN') }}\"}")
NO_RECEIPT = "sha256:" + 64 * "0"

WRITTEN = """\

Written to reviewed; this does what it says, or nothing:
    gpuspec apply reviewed
"""

MOVED = """\
error: the plan no longer holds
  Planned anew, it is not the same; nothing was sent.
  a: create with another `gpuNum`
  b: create, which is not to be done any more
  c: create, which is not in the plan

hint: look at it as it is now, and have it reviewed again:
    gpuspec plan --out PLAN
"""


def creates(folder: Path) -> int:
    """How many instances the project's simulator was asked to create."""
    world = folder / ".gpuspec" / "simulator" / "world.ndjson"
    return world.read_text().count('"event":"create"') if world.exists() else 0


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a document in place."""
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def the_error(said: Said) -> str:
    return said.err[said.err.index("error: ") :]


def test_what_was_reviewed_is_done_without_a_question(tmp_path: Path) -> None:
    """Written beside being shown, for its owner only; no terminal and no `--yes`."""
    shell = a_project(tmp_path, a_spec("a", "b"))

    shown = shell("plan")
    written = shell("plan", "--out", "reviewed")
    applied = shell("apply", "reviewed")

    assert (written.status, written.out, written.err) == (0, shown.out, WRITTEN)
    assert (tmp_path / "reviewed").stat().st_mode & 0o777 == 0o600
    assert (applied.status, applied.out) == (0, "  done  a  ID  running\n  done  b  ID  running\n\nLedger: 2 done\n")
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".tmp"]


def test_the_file_is_what_json_prints(tmp_path: Path) -> None:
    """One format: what `--json` printed is a plan as well, and `show --json` prints it once more."""
    shell = a_project(tmp_path, a_spec("a"))

    printed = shell("plan", "--out", "written", "--json")
    shell.write("printed", printed.raw)

    document = json.loads(printed.raw)
    assert (
        document == json.loads((tmp_path / "written").read_text()) == json.loads(shell("show", "--json", "printed").raw)
    )
    assert shell("apply", "printed").status == 0


def test_a_plan_file_is_shown_without_project_state_or_api(tmp_path: Path) -> None:
    """The text is that of `plan`, below a line that says when and from what it was made."""
    shell = a_project(tmp_path / "project", a_spec("a", "b"))
    planned = shell("plan", "instances.yaml", "--only", "a*", "--exclude", "b", "--out", "../reviewed")
    (tmp_path / "elsewhere").mkdir()

    shown = Shell(tmp_path / "elsewhere")("show", "../reviewed")

    assert shown.status == 0
    assert not files_below(tmp_path / "elsewhere")
    assert shown.out == "Made TIME from instances.yaml, --only a*, --exclude b\n" + planned.out


def test_a_plan_does_exactly_what_it_shows(tmp_path: Path) -> None:
    """Each create of the file is on the wire once, with the fields that it shows, and nothing else is."""
    shell = a_project(
        tmp_path,
        a_spec("a", "b", "c", ports="[8888/http]", command="run", envs="{RUN: nightly}"),
        NOVITA_API_KEY="sk_test",
    )
    with a_world() as world, background(an_app(world)) as origin:
        shell("plan", "--endpoint", origin, "--exclude", "b", "--out", "reviewed")
        planned = json.loads((tmp_path / "reviewed").read_text())["actions"]
        said = shell("apply", "reviewed", "--endpoint", origin, "--wait", "none")

        sent = [sent_fields(dict(request.body)) for request in world.mutating_requests]

    assert said.status == 0
    assert [action["kind"] for action in planned] == ["create", "create"]
    shown = [{change["field"]: change["after"] for change in action["changes"]} for action in planned]
    assert sorted(shown, key=str) == sorted(sent, key=str)


def sent_fields(body: dict[str, Any]) -> dict[str, Any]:
    """A request's body as a plan lists it: envs by key, without our marker and without what says nothing."""
    envs = {f"envs.{env['key']}": env["value"] for env in body.pop("envs")}
    fields = {name: value for name, value in body.items() if value not in ("", [])}
    return fields | {name: value for name, value in envs.items() if name != "envs.GPUSPEC_REF"}


def test_what_moved_since_the_review_is_named(tmp_path: Path) -> None:
    """Another spec would do other things: each address is told, and nothing is sent."""
    shell = a_project(tmp_path, a_spec("a", "b"))
    shell("plan", "--out", "reviewed")
    shell.write("instances.yaml", a_spec("a", "c").replace("gpuNum: 1", "gpuNum: 2", 1))

    said = shell("apply", "reviewed", "--yes")

    assert (said.status, said.out, said.err) == (6, "", MOVED)
    assert creates(tmp_path) == 0
    assert not list(tmp_path.rglob("*.state.json"))


def test_of_much_that_moved_ten_addresses_are_named(tmp_path: Path) -> None:
    """The rest is counted."""
    shell = a_project(tmp_path, a_spec(*(f"a{number}" for number in range(25)), gpuNum="{{ gpus | int }}"))
    shell("plan", "--var", "gpus=1", "--out", "reviewed")

    said = shell("apply", "reviewed", "--var", "gpus=2")

    assert (said.status, said.err.count("create with another `gpuNum`")) == (6, 10)
    assert "  … and 15 more\n" in said.err


def test_what_was_done_meanwhile_is_told(tmp_path: Path) -> None:
    """A plan is good once: an address that is made by now is kept, which was not in it."""
    shell = a_project(tmp_path, a_spec("a"))
    shell("apply", "--yes")
    shell.write("instances.yaml", a_spec("a", "b"))
    shell("plan", "--out", "reviewed")

    first, second = shell("apply", "reviewed"), shell("apply", "reviewed")

    assert (first.status, second.status, creates(tmp_path)) == (0, 6, 2)
    assert "  b: create in the plan, now keep (as recorded)\n" in second.err


def test_a_plan_from_before_the_first_run_is_good_until_one(tmp_path: Path) -> None:
    """It has no lineage, and fits as long as no state has been begun."""
    shell = a_project(tmp_path, a_spec("a"))
    shell("plan", "--out", "reviewed")

    first, second = shell("apply", "reviewed"), shell("apply", "reviewed")

    assert (first.status, second.status, creates(tmp_path)) == (0, 6, 1)
    assert "The plan was made before this project had a state; by now a run has begun one.\n" in second.err


def test_a_plan_remembers_files_globs_and_allowances(tmp_path: Path) -> None:
    """It is applied as it was made, from any folder of the project, and the options can't be given again."""
    shell = a_project(tmp_path, a_spec("never"))
    shell.write("fleet/more.yaml", a_spec("a", "b"))
    shell("plan", "fleet/more.yaml", "--only", "a", "--allow-empty", "--out", "reviewed")
    basis = json.loads((tmp_path / "reviewed").read_text())["basis"]

    clash = shell("apply", "reviewed", "--only", "b", "--allow-empty")
    done = shell("-C", "fleet", "apply", "../reviewed")

    files = {"files": ["fleet/more.yaml"], "only": ["a"], "exclude": []}
    wishes = {"replace": [], "refreshOnly": False}
    assert basis == {**files, **wishes, "recreateLost": False, "allowEmpty": True}
    assert clash.status == 64
    assert "`--only`, `--allow-empty`: a plan remembers with what it was made.\n" in clash.err
    assert (done.status, done.out) == (0, "  done  a  ID  running\n\nLedger: 1 done\n")


def test_a_plan_from_standard_input_needs_it_again(tmp_path: Path) -> None:
    """The plan remembers that it was read, not what was read."""
    shell = a_project(tmp_path, a_spec("never"))
    shell("plan", "-", "--out", "reviewed", stdin=a_spec("a").encode())

    assert shell("apply", "reviewed", stdin=a_spec("b").encode()).status == 6
    assert shell("apply", "reviewed", stdin=a_spec("a").encode()).status == 0


def test_nothing_is_named_beside_a_plan(tmp_path: Path) -> None:
    """Neither specs nor a second plan."""
    shell = a_project(tmp_path, a_spec("a"))
    shell("plan", "--out", "reviewed")

    for files in (("reviewed", "instances.yaml"), ("instances.yaml", "reviewed"), ("reviewed", "reviewed")):
        said = shell("apply", *files, "--yes")
        assert (said.status, creates(tmp_path)) == (64, 0)
        assert "reviewed is a plan, and a plan is applied alone.\n" in said.err


def test_a_plan_is_known_by_its_content_never_by_its_name(tmp_path: Path) -> None:
    """A spec in JSON called like a plan is a spec."""
    shell = a_project(tmp_path, a_spec("never"))
    fields = {"productId": "4090.16c62g", "gpuNum": 1, "rootfsSize": 60, "diskSize": 60, "imageUrl": "a/b"}
    shell.write("plan.json", json.dumps({"version": 1, "instances": {"a": fields}}))
    shell("plan", "plan.json", "--out", "spec.yaml")

    assert shell("apply", "plan.json").status == 5
    assert shell("apply", "spec.yaml").status == 0


def test_paying_ahead_needs_no_option_when_it_was_reviewed(tmp_path: Path) -> None:
    """A reviewed plan covers what is in it."""
    shell = a_project(tmp_path, a_spec("a", billingMode="monthly", month=1))
    shell("plan", "--out", "reviewed")

    assert "pays months ahead" in shell("show", "reviewed").out
    assert shell("apply", "reviewed", "--wait", "none").status == 0


def test_a_guard_stands_in_the_way_of_a_reviewed_plan_too(tmp_path: Path) -> None:
    """What is protected is refused, reviewed or not."""
    shell = a_project(tmp_path, a_spec("a"))
    shell("apply", "--yes")
    shell.write("instances.yaml", a_spec("a", gpuNum=2, lifecycle="{protect: true}"))

    assert shell("plan", "--out", "reviewed").status == 5
    assert shell("apply", "reviewed").status == 5


@pytest.mark.parametrize(
    ("made_ago_s", "options", "status"),
    [
        (25 * HOUR, (), 6),
        (23 * HOUR, (), 0),
        (25 * HOUR, ("--max-age", "48h"), 0),
        (120, ("--max-age", "1m"), 6),
        (-60, (), 0),
        (-600, (), 6),
    ],
)
def test_a_plan_is_good_for_a_day(tmp_path: Path, made_ago_s: float, options: tuple[str, ...], status: int) -> None:
    """Or as long as is said; one from a clock that is ahead by more than minutes is refused."""
    shell = a_project(tmp_path, a_spec("a"))
    shell("plan", "--out", "reviewed")
    rewrite(tmp_path / "reviewed", lambda document: document.update(madeAt=time.time() - made_ago_s))

    said = shell("apply", "reviewed", *options)

    assert (said.status, creates(tmp_path)) == (status, int(status == 0))
    assert status == 0 or said.err.startswith("error: the plan no longer holds\n  The plan was made ")


def test_a_plan_of_another_project_or_service_is_refused(tmp_path: Path) -> None:
    """What it is for and what is here are both named; nothing is locked."""
    a_project(tmp_path / "one", a_spec("a"))("plan", "--out", "../reviewed")
    other = a_project(tmp_path / "two", a_spec("a"))
    other.write("gpuspec.yaml", "version: 1\nproject: other\ncloud: simulator\n")

    elsewhere = other("apply", "../reviewed")
    other_service = Shell(tmp_path / "one", NOVITA_API_KEY="sk_test")(
        "apply", "../reviewed", "--endpoint", "https://api.novita.ai"
    )

    assert (elsewhere.status, other_service.status) == (6, 6)
    assert the_error(elsewhere) == (
        "error: the plan is of something else\n"
        "  The plan is for demo/default at simulator, and this is other/default at simulator; nothing was sent.\n\n"
        "hint: run it in the folder of its project, or name that with `-C`\n"
    )
    assert "this is demo/default at https://api.novita.ai" in other_service.err
    assert not (tmp_path / "two" / ".gpuspec").exists()


def test_a_plan_of_another_state_is_refused(tmp_path: Path) -> None:
    """The same project in another clone has a state of its own."""
    for clone in ("one", "two"):
        a_project(tmp_path / clone, a_spec("a"))("apply", "--yes")
    unborn = a_project(tmp_path / "three", a_spec("a"))
    Shell(tmp_path / "one")("plan", "--out", "../reviewed")

    other, none = Shell(tmp_path / "two")("apply", "../reviewed"), unborn("apply", "../reviewed")

    assert (other.status, none.status) == (6, 6)
    assert "The plan was made from the state LINEAGE, and here is the state LINEAGE; nothing was sent.\n" in other.err
    assert "and here no state was begun yet; nothing was sent.\n" in none.err


def test_the_command_that_applies_it_names_what_a_plan_does_not_remember(tmp_path: Path) -> None:
    """The folder, the service and the state; variables are not repeated, since they may be secret."""
    shell = a_project(tmp_path / "project", a_spec("a", gpuNum="{{ gpus | int }}"), settings="")
    shell.write("gpuspec.yaml", "version: 1\nproject: demo\n")
    outside = Shell(tmp_path)

    options = ("--simulate", "--state", "other.state.json", "--var", "gpus=1")
    said = outside("-C", "project", "plan", *options, "--out", "my plan")

    assert said.err == (
        "\nWritten to my plan; this, with the same variables, does what it says, or nothing:\n"
        "    gpuspec -C project apply --state other.state.json --simulate 'my plan'\n"
    )
    applied = outside("-C", "project", "apply", *options, "my plan")
    assert (applied.status, (tmp_path / "project" / "other.state.json").is_file()) == (0, True)


def test_a_plan_knows_its_environment(tmp_path: Path) -> None:
    """It need not be said again, and can't be changed."""
    environments = "environments:\n  dev: {variables: {gpus: 1}}\n  prod: {variables: {gpus: 2}}\n"
    shell = a_project(tmp_path / "one", a_spec("a", gpuNum="{{ gpus }}"), settings=environments)
    shell("-e", "dev", "plan", "--out", "../reviewed")
    plain = a_project(tmp_path / "two", a_spec("a", gpuNum=1))

    wrong = shell("-e", "prod", "apply", "../reviewed")
    unknown = plain("apply", "../reviewed")
    right = shell("apply", "../reviewed")

    assert (wrong.status, unknown.status, right.status) == (6, 6, 0)
    assert "The plan is for the environment `dev`, and `-e prod` was given.\n" in wrong.err
    assert "The plan is for demo/dev, which is not what is here." in unknown.err
    assert (tmp_path / "one" / ".gpuspec" / "simulator" / "gpuspec.dev.state.json").is_file()


def test_a_review_needs_no_secrets(tmp_path: Path) -> None:
    """Planned without them, before any digest key is there: whoever has them may apply it, and it holds none."""
    shell = a_project(tmp_path, WITH_SECRET)

    without = shell("plan", "--out", "without")
    shell("plan", "--out", "with", HF_TOKEN=CANARY)
    plans = [json.loads((tmp_path / name).read_text()) for name in ("without", "with")]
    missing = shell("apply", "without")
    done = shell("apply", "without", HF_TOKEN=CANARY)

    assert "envs.HF_TOKEN  (secret, not at hand) from env:HF_TOKEN\n" in without.out
    assert plans[0]["receipt"] == plans[1]["receipt"]
    assert CANARY not in json.dumps(plans)
    assert (missing.status, creates(tmp_path)) == (1, 1)
    assert done.status == 0


def test_no_plan_file_holds_a_secret(tmp_path: Path) -> None:
    """Of any kind: read, with text round it, written out in the spec, sealed with a key of before, or changed."""
    envs = "{TOKEN: \"Bearer {{ secret('env:HF_TOKEN') }}\", API_PASSWORD: canary-2}"
    spec = a_spec("a", envs=envs, imageAuth="\"{{ secret('file:auth') }}\"")
    shell = a_project(tmp_path, spec, HF_TOKEN=CANARY, GPUSPEC_STATE_KEY="canary-key-of-sixteen")
    shell.write("auth", "canary-user:canary-password\n")

    planned = shell("plan", "--out", "first")
    done = shell("apply", "first")
    shell.write("instances.yaml", spec.replace("canary-2", "canary-3"))
    differing = shell("plan", "--out", "second")
    shown = shell("show", "second")

    written = [(tmp_path / name).read_text() for name in ("first", "second")]
    assert (planned.status, done.status, differing.status) == (0, 0, 0)
    assert '"sealed"' in written[0]
    assert "API_PASSWORD" in written[1]
    assert not [text for text in (*written, planned.out, differing.out, shown.out) if "canary" in text]


def test_what_an_earlier_run_left_open_is_settled_first(tmp_path: Path) -> None:
    """A plan that could not tell is not gone on with once it can be told; it is told what became of it."""
    shell = a_project(tmp_path, a_spec("a"))
    faults = (f"--fault={kind}:1" for kind in ("lost-response", "no-envs-in-list", "no-envs-in-get"))
    shell("apply", "--yes", "--wait", "none", "--settle", "0", *faults)
    shell("plan", "--out", "reviewed")

    said = shell("apply", "reviewed")

    assert (said.status, creates(tmp_path)) == (6, 1)
    assert "  a: unresolved in the plan, now keep (" in said.err


def test_a_plan_made_offline_is_as_good(tmp_path: Path) -> None:
    """Apply asks the API anyway, and does nothing else than what was reviewed."""
    shell = a_project(tmp_path, a_spec("a"))
    shell("plan", "--offline", "--out", "reviewed")

    assert "Made offline" in shell("show", "reviewed").out
    assert shell("apply", "reviewed").status == 0


def test_another_place_of_a_secret_is_another_plan(tmp_path: Path) -> None:
    """Else the review of one secret would let another go out."""
    shell = a_project(tmp_path, WITH_SECRET)
    shell("plan", "--out", "reviewed")
    shell.write("instances.yaml", WITH_SECRET.replace("env:HF_TOKEN", "env:AWS_KEY"))

    said = shell("apply", "reviewed", AWS_KEY=CANARY)

    assert (said.status, creates(tmp_path)) == (6, 0)
    assert "  trainer: create with another `envs.HF_TOKEN`\n" in said.err
    assert CANARY not in said.err


def test_a_secret_that_changed_since_the_review_is_noticed(tmp_path: Path) -> None:
    """Where both were sealed with one key; the receipt alone doesn't tell."""
    shell = a_project(tmp_path, WITH_SECRET, GPUSPEC_STATE_KEY="a digest key of this test alone")
    shell("plan", "--out", "reviewed", HF_TOKEN="one")

    assert shell("apply", "reviewed", HF_TOKEN="two").status == 6
    assert shell("apply", "reviewed", HF_TOKEN="one").status == 0


def test_an_expected_receipt_is_a_condition_and_no_consent(tmp_path: Path) -> None:
    """It has to be that of the plan made now, and somebody still has to say yes."""
    shell = a_project(tmp_path, a_spec("a"))
    receipt = json.loads(shell("plan", "--json").raw)["receipt"]

    other = shell("apply", "--yes", "--expect", NO_RECEIPT)
    silent = shell("apply", "--expect", receipt)
    before = creates(tmp_path)
    done = shell("apply", "--yes", "--expect", receipt)

    assert (other.status, silent.status, before, done.status) == (6, 5, 0, 0)
    assert the_error(other) == (
        "error: the plan no longer holds\n"
        "  The receipt is sha256:…, and sha256:… was expected; nothing was sent.\n\n"
        "hint: look at it as it is now:\n    gpuspec plan\n"
    )


def test_a_plan_and_an_expected_receipt_both_hold(tmp_path: Path) -> None:
    """A file that was exchanged after its review has another receipt."""
    shell = a_project(tmp_path, a_spec("a"))
    receipt = json.loads(shell("plan", "--out", "reviewed", "--json").raw)["receipt"]

    assert shell("apply", "reviewed", "--expect", NO_RECEIPT).status == 6
    assert shell("apply", "reviewed", "--expect", receipt).status == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--expect", "sha256:12"), "`--expect` takes the receipt of a plan"),
        (("--expect", "0" * 64), "`--expect` takes the receipt of a plan"),
        (("--max-age", "1h"), "`--max-age` is for a reviewed plan."),
        (("--max-age", "soon"), "is no duration"),
    ],
)
def test_options_of_reviews_are_checked(tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    """Wrong usage is told before anything is read."""
    said = a_project(tmp_path, a_spec("a"))("apply", "--yes", *options)

    assert (said.status, creates(tmp_path)) == (64, 0)
    assert message in said.err


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (
            lambda text: text[: len(text) // 2],
            "reviewed is no plan that this gpuspec can read. The document is not JSON",
        ),
        (lambda text: text.replace('"version": 1', '"version": 2'), "`version` is 2, and this gpuspec reads"),
        (lambda text: text.replace("pytorch/pytorch", "pytorch/other"), "the document was edited"),
        (lambda text: text.replace('"environment": "default"', '"environment": 7'), "`environment` is an integer"),
        (lambda text: text + "[" * 100_000, "is not JSON"),
    ],
    ids=["torn", "later", "edited", "odd", "tail"],
)
def test_a_harmed_plan_is_refused(tmp_path: Path, harm: Callable[[str], str], message: str) -> None:
    """By both commands that read one, with what is wrong, and nothing is sent."""
    shell = a_project(tmp_path, a_spec("a"))
    shell("plan", "--out", "reviewed")
    shell.write("reviewed", harm((tmp_path / "reviewed").read_text()))

    for said in (shell("apply", "reviewed", "--yes"), shell("show", "reviewed")):
        assert (said.status, said.out) == (1, "")
        assert said.err.startswith("error: the plan can't be read\n")
        assert message in said.err
    assert creates(tmp_path) == 0


def test_what_is_no_file_is_no_plan(tmp_path: Path) -> None:
    """A gigabyte, a folder, a pipe that nobody writes to, a name that is none: told at once, never waited for."""
    shell = a_project(tmp_path, a_spec("a"))
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "giant").open("wb") as file:
        file.write(b'{"$schema": "urn:gpuspec:schema:plan:1", ')
        file.truncate(1 << 30)

    for name, message in (
        ("folder", "this is a folder"),
        ("pipe", "Nothing came out of this pipe."),
        ("giant", "The file has more than 268,435,456 bytes."),
        ("missing", "There is no such file."),
        ("", "The name of the plan is empty."),
        ("nul\0", "The file can't be read"),
    ):
        shown, applied = shell("show", name), shell("apply", name, "--yes")
        assert (shown.status, applied.status, creates(tmp_path)) == (1, 1, 0)
        assert message in shown.err


def test_a_plan_is_written_over_nothing_but_a_plan(tmp_path: Path) -> None:
    """Links, folders, pipes and other files stay as they are, and no API is asked."""
    shell = a_project(tmp_path, a_spec("a"))
    (tmp_path / "link").symlink_to("target")
    os.mkfifo(tmp_path / "pipe")
    before = files_below(tmp_path)

    for name, message in (
        ("instances.yaml", "instances.yaml is there and is no plan, and a plan replaces nothing but a plan."),
        ("link", "link is a symbolic link, and plans are not written through links."),
        (".", "is a folder."),
        ("pipe", "pipe is no ordinary file."),
        ("nowhere/plan", "nowhere/plan can't be written: nowhere is no folder."),
        ("instances.yaml/plan", "can't be written: Not a directory."),
        ("x" * 255, "can't be written: File name too long."),
        ("nul\0", "can't be written: "),
    ):
        said = shell("plan", "--out", name)
        assert said.status == 1
        assert said.err.startswith("error: the plan could not be written\n")
        assert message in said.err
    assert not (tmp_path / "target").is_symlink()
    assert not (tmp_path / "target").exists()
    assert {name: text for name, text in files_below(tmp_path).items() if ".gpuspec" not in name} == before


def test_a_plan_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    """And of an empty file, as `mktemp` makes."""
    shell = a_project(tmp_path, a_spec("a"))
    shell.write("reviewed", "")
    assert shell("plan", "--out", "reviewed").status == 0
    shell.write("instances.yaml", a_spec("b"))

    assert shell("plan", "--out", "reviewed").status == 0
    assert shell("apply", "reviewed").out.startswith("  done  b  ID")


def test_a_refusal_is_data_too(tmp_path: Path) -> None:
    """With `--json` the document has the error's code."""
    shell = a_project(tmp_path, a_spec("a"))
    shell("plan", "--out", "reviewed")
    shell.write("instances.yaml", a_spec("b"))

    error = json.loads(shell("apply", "reviewed", "--json").raw)["error"]

    assert (error["code"], error["summary"]) == ("plan-moved", "the plan no longer holds")
