"""action.yml, as far as it can be tried without GitHub: its steps as shell, its comments on a loopback port."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.github import BOT, GPUSPEC, ROOT, TOKEN, Github, a_github, an_action_file, run_action
from tests.builders.shell import a_project, a_spec

COMMENTS = "/repos/acme/machines/issues/7/comments"
SCHEMA_CHECK = Path(sys.executable).with_name("check-jsonschema")
# What a spec or a service may hold: none of it is for the runner.
INJECTION = '"x\\n::add-mask::x\\n##[add-mask]x ::set-env name=PATH::/ @octocat $(touch bad) `touch bad`"'


@pytest.fixture
def github() -> Iterator[Github]:
    """A service for one test."""
    with a_github() as service:
        yield service


def a_checkout(folder: Path, spec: str) -> Path:
    """A repository with a project on the simulator in its folder `team`."""
    a_project(folder / "checkout" / "team", spec)
    return folder / "checkout"


def change(checkout: Path, spec: str) -> None:
    """Another spec, as in a pull request."""
    (checkout / "team" / "instances.yaml").write_text(spec)


def calls(checkout: Path) -> int:
    """How many instances the simulator was asked to create."""
    world = checkout / "team" / ".gpuspec" / "simulator" / "world.ndjson"
    return world.read_text().count('"event":"create"') if world.exists() else 0


def test_the_file_is_what_github_publishes_a_schema_for() -> None:
    """Offline: check-jsonschema brings the schema along."""
    said = subprocess.run(
        [SCHEMA_CHECK, "--builtin-schema", "vendor.github-actions", ROOT / "action.yml"], capture_output=True, text=True
    )

    assert (said.returncode, said.stderr) == (0, "")


def test_no_input_gets_into_a_script() -> None:
    """What others may choose comes in variables, which are only used quoted; nothing of another repository runs."""
    steps = an_action_file()["runs"]["steps"]
    script = (ROOT / ".ci" / "action" / "steps").read_text()

    assert [step["run"] for step in steps if "${{" in step["run"]] == []
    assert [step for step in steps if "uses" in step] == []
    unquoted = [line for line in script.splitlines() if re.search(r'(?<![":{])\$\{?INPUT_', line) and "[[" not in line]
    assert unquoted == []
    assert "eval" not in script


def test_a_pull_request_gets_its_plan(tmp_path: Path, github: Github) -> None:
    """Annotations from the root of the repository, the page in the summary and in a comment, the receipt as output."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))

    job = run_action(github, checkout, working_directory="team")

    (comment,) = github.comments
    assert job.statuses == {"install": 0, "check the specs": 0, "plan": 0, "comment": 0}
    assert comment["body"].startswith("<!-- gpuspec-plan:demo/default -->\n### gpuspec plan: ")
    assert job.summary == comment["body"]
    assert f"Receipt: <code>{job.outputs['plan']['receipt']}</code>" in comment["body"]
    assert Path(job.outputs["plan"]["plan"]).is_file()
    assert job.outputs["plan"]["status"] == "0"
    assert job.commands[0].startswith("::notice title=gpuspec plan::Plan: 1 to create, ")
    assert job.commands[1].startswith("::notice file=team/instances.yaml,line=3,col=3,title=create trainer::not made ")
    assert len(job.commands) == 2
    assert "Plan: 1 to create" in job.log
    assert github.tokens == {f"Bearer {TOKEN}"}
    assert calls(checkout) == 0


def test_the_comment_is_brought_up_to_date_in_place(tmp_path: Path, github: Github) -> None:
    """Ours alone, behind a hundred others; a comment of somebody else with the same line is left as it is."""
    for number in range(120):
        github.say(f"comment {number}", author="somebody")
    foreign = github.say("<!-- gpuspec-plan:demo/default -->\nforged", author="somebody")
    other = github.say("<!-- gpuspec-plan:demo/prod -->\r\nof another environment")
    ours = github.say("<!-- gpuspec-plan:demo/default -->\r\nearlier")
    checkout = a_checkout(tmp_path, a_spec("trainer"))

    run_action(github, checkout, working_directory="team")

    assert len(github.comments) == 123
    assert ours["body"].startswith("<!-- gpuspec-plan:demo/default -->\n### gpuspec plan")
    assert (foreign["body"].endswith("forged"), other["body"].endswith("environment")) == (True, True)
    assert github.requests == [
        f"GET {COMMENTS}",
        f"GET {COMMENTS}",
        f"PATCH {COMMENTS[:-11]}/comments/1122".replace("/7", ""),
    ]


def test_faults_are_annotated_once_and_take_the_place_of_the_plan(tmp_path: Path, github: Github) -> None:
    """The job fails, and the comment no longer shows a plan that may have been approved."""
    ours = github.say("<!-- gpuspec-plan:demo/default -->\nearlier")
    checkout = a_checkout(tmp_path, a_spec("trainer", gpuNumm=2))

    job = run_action(github, checkout, working_directory="team")

    assert job.statuses == {"install": 0, "check the specs": 1, "plan": 1, "comment": 0}
    assert "**There is no plan.**" in ours["body"]
    (command,) = (command for command in job.commands if "file=" in command)
    assert command.startswith("::error file=team/instances.yaml,line=9,col=5,title=unknown field::An instance has no ")


def test_a_project_file_with_faults_takes_the_place_of_the_plan_too(tmp_path: Path, github: Github) -> None:
    """Its comment is found by the environment alone, and by its own line again once the file is mended."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))
    run_action(github, checkout, working_directory="team")
    other = github.say("<!-- gpuspec-plan:demo/prod -->\nof another environment")
    project = checkout / "team" / "gpuspec.yaml"
    good = project.read_text()

    project.write_text(f"{good}limit: 3\n")
    run_action(github, checkout, working_directory="team")
    broken = github.comments[0]["body"]
    project.write_text(good)
    run_action(github, checkout, working_directory="team")

    assert broken.startswith("<!-- gpuspec-plan:demo/default -->\n### gpuspec plan: ")
    assert "**There is no plan.**" in broken
    assert "Plan: 1 to create" in github.comments[0]["body"]
    assert (len(github.comments), other["body"].endswith("of another environment")) == (2, True)


def test_a_project_file_with_faults_begins_no_comment(tmp_path: Path, github: Github) -> None:
    """The next plan would not know it for its own; the summary has it."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))
    (checkout / "team" / "gpuspec.yaml").write_text("limit: 3\n")

    job = run_action(github, checkout, working_directory="team")

    assert github.comments == []
    assert "**There is no plan.**" in job.summary


def test_what_a_spec_says_is_no_command(tmp_path: Path, github: Github) -> None:
    """Neither to the runner, nor to a shell, nor to GitHub's comments."""
    checkout = a_checkout(tmp_path, a_spec("trainer", command=INJECTION))

    job = run_action(github, checkout, working_directory="team")

    assert job.statuses["plan"] == 0
    assert [command.partition(" ")[0] for command in job.commands] == ["::notice", "::notice"]
    assert "@octocat" not in github.comments[0]["body"]
    assert not list(tmp_path.rglob("bad"))


@pytest.mark.parametrize("name", ["environment", "files", "working_directory", "state", "var_file", "receipt"])
def test_an_input_is_one_word_whatever_is_in_it(tmp_path: Path, github: Github, name: str) -> None:
    """No shell reads it, and none of it becomes an option."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))
    chosen = {"working_directory": "team", name: "--yes; touch bad $(touch bad) `touch bad`"}

    job = run_action(github, checkout, command="apply", **chosen)

    assert 0 not in {job.statuses.get("apply", 1)}
    assert calls(checkout) == 0
    assert not list(tmp_path.rglob("bad"))


def test_what_was_reviewed_is_applied_on_merge(tmp_path: Path, github: Github) -> None:
    """By the receipt in the comment; nobody has to be asked, and what came of it is in the summary."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))
    run_action(github, checkout, working_directory="team")

    job = run_action(github, checkout, command="apply", working_directory="team")

    assert job.statuses == {"install": 0, "check the specs": 0, "plan": 0, "apply": 0}
    assert "\n    Ledger: 1 done\n" in job.summary
    assert job.outputs["apply"]["status"] == "0"
    assert calls(checkout) == 1


def test_what_was_not_reviewed_is_not_applied(tmp_path: Path, github: Github) -> None:
    """The spec that was merged is not the one in the comment."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))
    run_action(github, checkout, working_directory="team")
    change(checkout, a_spec("trainer", "another"))

    job = run_action(github, checkout, command="apply", working_directory="team")

    assert job.statuses["apply"] == 6
    assert "error: the plan no longer holds" in job.log
    assert calls(checkout) == 0


@pytest.mark.parametrize("author", [None, "somebody"])
def test_without_a_review_nothing_is_applied(tmp_path: Path, github: Github, author: str | None) -> None:
    """No comment, or one that somebody else has written."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))
    if author is not None:
        run_action(github, checkout, working_directory="team")
        github.comments[0]["user"]["login"] = author

    job = run_action(github, checkout, command="apply", working_directory="team")

    assert job.statuses["apply"] == 1
    assert job.commands[-1] == (
        "::error title=gpuspec::The pull request has no comment with a reviewed plan, so nothing is applied."
    )
    assert calls(checkout) == 0


def test_a_receipt_may_come_from_elsewhere(tmp_path: Path, github: Github) -> None:
    """From an output that was kept; then no comment is looked for."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))
    planned = run_action(github, checkout, working_directory="team", comment="false")

    job = run_action(
        github, checkout, command="apply", working_directory="team", receipt=planned.outputs["plan"]["receipt"]
    )

    assert job.statuses["apply"] == 0
    assert github.requests == []


def test_deletes_need_their_consent(tmp_path: Path, github: Github) -> None:
    """A reviewed receipt is a condition; what is lost has to be allowed in the workflow."""
    checkout = a_checkout(tmp_path, a_spec("trainer", "goes"))
    run_action(github, checkout, working_directory="team")
    run_action(github, checkout, command="apply", working_directory="team")
    change(checkout, a_spec("trainer"))
    run_action(github, checkout, working_directory="team")

    refused = run_action(github, checkout, command="apply", working_directory="team")
    allowed = run_action(github, checkout, command="apply", working_directory="team", allow_destroy="true")

    assert (refused.statuses["apply"], allowed.statuses["apply"]) == (5, 0)


@pytest.mark.parametrize("refuses", [302, 403, 500])
def test_a_comment_that_is_refused_fails_no_plan(tmp_path: Path, github: Github, refuses: int) -> None:
    """A pull request from a fork has a token that may only read; the summary has the plan."""
    github.refuses = refuses
    checkout = a_checkout(tmp_path, a_spec("trainer"))

    job = run_action(github, checkout, working_directory="team")

    assert job.statuses["comment"] == 0
    assert f"::warning title=gpuspec::GitHub refused POST of a comment: {refuses}. " in job.log
    assert TOKEN not in job.log
    assert job.summary.startswith("<!-- gpuspec-plan:demo/default -->\n")


def test_a_run_without_a_pull_request_comments_nowhere(tmp_path: Path, github: Github) -> None:
    """On a push there is a plan and its summary."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))

    job = run_action(github, checkout, working_directory="team", pull_request="")

    assert job.statuses == {"install": 0, "check the specs": 0, "plan": 0}
    assert github.requests == []


@pytest.mark.parametrize(("count", "status"), [(1, 0), (2, 1)])
def test_a_projects_tests_may_have_to_pass(tmp_path: Path, github: Github, count: int, status: int) -> None:
    """Before what was reviewed is applied; with variables of their own, and as no command to the runner."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))
    run_action(github, checkout, working_directory="team")
    tests = checkout / "team" / "tests" / "all.yaml"
    tests.parent.mkdir()
    tests.write_text(f'tests: [{{name: "::error::x", expect: {{count: {count}}}}}]\n')

    job = run_action(github, checkout, command="apply", working_directory="team", tests="true")

    assert job.statuses["check the specs"] == status
    assert [command for command in job.commands if command.startswith("::error::x")] == []
    assert calls(checkout) == (0 if status else 1)


def test_drift_fails_a_job_with_its_own_status(tmp_path: Path, github: Github) -> None:
    """The summary says what drifted; nothing is planned."""
    checkout = a_checkout(tmp_path, a_spec("trainer"))
    run_action(github, checkout, working_directory="team")
    run_action(github, checkout, command="apply", working_directory="team")

    job = run_action(github, checkout, command="drift", working_directory="team")

    assert job.statuses == {"install": 0, "drift": 0}
    assert "### gpuspec drift: <code>demo/default</code>" in job.summary


def test_an_unknown_command_installs_nothing(tmp_path: Path, github: Github) -> None:
    """64, and no step after it runs."""
    job = run_action(github, a_checkout(tmp_path, a_spec("trainer")), command="destroy")

    assert job.statuses == {"install": 64}
    assert job.commands == ["::error title=gpuspec::`command` is plan, apply or drift"]


def test_gpuspec_is_installed_into_a_folder_of_its_own(tmp_path: Path, github: Github) -> None:
    """From this action's own checkout, or what `package` says; a stand-in for Python shows what it is told."""
    python = tmp_path / "python"
    python.write_text(
        '#!/usr/bin/env bash\nset -eu\necho "python $*"\n'
        '[[ "$1" != -m || "$2" != venv ]] || { mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; }\n'
    )
    python.chmod(0o755)
    checkout = a_checkout(tmp_path, a_spec("trainer"))
    chosen = {"executable": "", "python": str(python), "command": "drift"}

    own = run_action(github, checkout, **chosen)
    named = run_action(github, checkout, **chosen, package="gpuspec==1.2.3")

    venv = tmp_path.resolve() / "runner" / "gpuspec-action" / "venv"
    assert own.log.splitlines()[:2] == [
        f"python -m venv {venv}",
        f"python -m pip install --quiet --disable-pip-version-check {ROOT}[remote]",
    ]
    assert "--disable-pip-version-check gpuspec==1.2.3\n" in named.log


def test_the_program_under_test_is_ours() -> None:
    """The steps run the gpuspec beside this Python."""
    assert shutil.which(str(GPUSPEC)) is not None
    assert BOT == an_action_file()["inputs"]["comment-author"]["default"]
