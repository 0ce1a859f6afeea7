"""The README's "A change, step by step", played: two people's shells and a CI job, three working copies, one bucket."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.builders.fleet import KILLED, REPOSITORY, Ended, ended, until
from tests.builders.github import TOKEN, Github, Job, a_github, run_action
from tests.builders.s3 import S3, SECRET

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
(SECTION,) = re.findall(r"^## A change, step by step\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
# Who types them -> the commands, as the page has them.
AUTHOR, LAPTOP, NEXT, COLLEAGUE = (
    tuple(block.splitlines()) for block in re.findall(r"^```sh\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
)
WORKERS, BEFORE, AT_ONCE = 8, 2, 4
STATE_KEY, API_KEY, HF_TOKEN = "state-key-of-the-team-b1d9", "sk_team-c04e", "hf-token-77a2"
_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{role}_{fact}": "team" for role in ("AUTHOR", "COMMITTER") for fact in ("NAME", "EMAIL")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The service on a port, the bucket, and what everybody who works with them has in the environment."""

    folder: Path
    origin: str
    s3: S3
    said: list[str] = field(default_factory=list)

    def environ(self, who: str) -> dict[str, str]:
        """A shell's; the user's name is how a lock names its holder."""
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder / who),
            "LOGNAME": who,
            **_GIT,
            **self.s3.environ,
            "NOVITA_API_KEY": API_KEY,
            "GPUSPEC_ENDPOINT": self.origin,
            "GPUSPEC_STATE_KEY": STATE_KEY,
            "HF_TOKEN": HF_TOKEN,
        }

    def start(self, who: str, command: str) -> "subprocess.Popen[str]":
        """A command in somebody's working copy."""
        return subprocess.Popen(
            shlex.split(command),
            cwd=self.folder / who,
            env=self.environ(who),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, who: str, *commands: str, status: int = 0) -> Ended:
        """Commands, one after another; all of them end with this status."""
        assert commands
        for command in commands:
            done = self.kept(ended(self.start(who, command))).checked(status)
        return done

    def kept(self, done: Ended) -> Ended:
        """Itself, once it is noted what was said."""
        self.said.append(done.text)
        return done

    def job(self, github: Github, command: str, *, branch: str) -> Job:
        """The action in the CI's checkout of a branch. Plans do without the secrets of the specs."""
        self.run("ci", "git fetch --quiet", f"git checkout --quiet --detach origin/{branch}")
        environ = self.environ("ci")
        if command == "plan":
            del environ["HF_TOKEN"]
        job = run_action(github, self.folder / "ci", environ, command=command, environment="prod")
        self.said.extend((job.log, job.summary, *(comment["body"] for comment in github.comments)))
        return job

    @property
    def machines(self) -> Counter[str]:
        """How many live machines there are of each name."""
        url = f"{self.origin}/gpu-instance/openapi/v1/gpu/instances"
        answer = httpx.get(url, params={"pageSize": 100}, headers={"Authorization": f"Bearer {API_KEY}"})
        return Counter(row["name"] for row in answer.json()["instances"])


@contextmanager
def a_team(folder: Path, s3: S3) -> Iterator[Team]:
    """The example as a repository, a clone for each of the three, and a service that takes its time to answer."""
    shutil.copytree(REPOSITORY / "examples" / "walkthrough", folder / "author")
    place = s3.place()
    _move_state(folder / "author" / "gpuspec.yaml", f"s3://{place.bucket}/{place.prefix}")
    serve = [sys.executable, "-m", "gpuspec", "sim", "serve", "--port", "0", "--speed", "60"]
    # The two of the beginning, and those that the laptop asks for.
    serve += ["--fault", f"slow@create:{BEFORE + AT_ONCE}x:4"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        assert service.stdout is not None
        try:
            team = Team(folder=folder, origin=service.stdout.readline().strip(), s3=s3)
            team.run("author", "git init --quiet --initial-branch main", "git add .", "git commit --quiet -m Start")
            team.run("author", "git clone --quiet --bare . ../hub", "git remote add origin ../hub", "git fetch --quiet")
            team.run("author", "git branch --quiet --set-upstream-to origin/main")
            team.run("author", "git clone --quiet ../hub ../colleague", "git clone --quiet ../hub ../ci")
            yield team
        finally:
            service.kill()


def _move_state(path: Path, place: str) -> None:
    """Let the state be where no other test has one."""
    text = path.read_text()
    assert text.count("\nstate: s3://team/machines\n") == 1
    path.write_text(text.replace("\nstate: s3://team/machines\n", f"\nstate: {place}\n"))


@pytest.fixture
def team(tmp_path: Path, s3: S3) -> Iterator[Team]:
    """A team whose CI has applied, by receipt, what the repository began with."""
    with a_team(tmp_path, s3) as team, a_github() as github:
        planned = team.job(github, "plan", branch="main")
        applied = team.job(github, "apply", branch="main")
        assert (planned.statuses["plan"], applied.statuses["apply"]) == (0, 0), applied.log
        assert team.machines == dict.fromkeys(("worker-0", "worker-1"), 1)
        yield team


def test_a_change_goes_from_pull_request_to_apply_though_a_laptop_dies(team: Team) -> None:
    """Each machine is made once, the second plan is empty, and no secret is anywhere but in requests."""
    with a_github() as github:
        receipt = _reviewed(team, github)
        laptop = _dies(team, receipt)
        lock = _turned_away(team, laptop)
        _made_good(team, lock)
        _agreed(team, github)

    assert team.machines == {f"worker-{number}": 1 for number in range(WORKERS)}
    assert [secret for secret in (STATE_KEY, API_KEY, HF_TOKEN, SECRET, TOKEN) if secret in _everything(team)] == []


def _reviewed(team: Team, github: Github) -> str:
    """The pull request: one comment, which each push brings up to date; merged, its receipt."""
    team.run("author", *AUTHOR)
    first = team.job(github, "plan", branch="more-workers").outputs["plan"]["receipt"]
    assert "Plan: 6 to create, " in github.comments[0]["body"]
    team.run("author", "sed -i.bak 's/workers: 8/workers: 9/' gpuspec.yaml", "git commit -a -m Nine", "git push")
    other = team.job(github, "plan", branch="more-workers").outputs["plan"]["receipt"]
    assert "Plan: 7 to create, " in github.comments[0]["body"]
    team.run("author", "git revert --no-edit HEAD", "git push")
    last = team.job(github, "plan", branch="more-workers").outputs["plan"]["receipt"]

    (comment,) = github.comments
    assert last == first != other
    assert f"Receipt: <code>{last}</code>" in comment["body"]
    assert [request.partition(" ")[0] for request in github.requests if "GET" not in request] == [
        "POST",
        "PATCH",
        "PATCH",
    ]
    team.run("ci", "git checkout --quiet -B main origin/main", "git merge --quiet origin/more-workers", "git push")
    return last


def _dies(team: Team, receipt: str) -> int:
    """The author applies what was reviewed; the laptop dies while requests are under way. Its process."""
    *before, apply = LAPTOP
    assert "RECEIPT" in apply
    team.run("author", *before)
    with team.start("author", apply.replace("RECEIPT", receipt)) as process:
        until(lambda: process.poll() is not None or team.machines.total() >= BEFORE + AT_ONCE)
        process.kill()
        assert team.kept(ended(process)).status == KILLED
    assert BEFORE < team.machines.total() < WORKERS
    return process.pid


def _turned_away(team: Team, laptop: int) -> str:
    """Whoever comes next is told whose lock it is, and sends nothing. The lock's id."""
    there = team.machines
    told = team.run("colleague", *NEXT, status=6).stderr

    assert f"  author@{os.uname().nodename} (process {laptop}, ended) has been running `apply` on it since " in told
    lock = re.search(
        r"^    gpuspec -e prod unlock ([0-9a-f]{16}) --state s3://team/states/\S+/prod$", told, re.MULTILINE
    )
    assert lock is not None, told
    assert team.machines == there
    return lock[1]


def _made_good(team: Team, lock: str) -> None:
    """The colleague looks at what is open, breaks the lock, finds what was made and makes the rest."""
    pull, unlock, apply, plan = COLLEAGUE
    team.run("colleague", pull)
    assert unlock.endswith(" ID")
    # Nobody can be asked here.
    shown = team.run("colleague", f"{unlock.removesuffix(' ID')} {lock} --yes")
    applied = team.run("colleague", apply)
    planned = team.run("colleague", plan)

    assert "author@" in shown.stderr
    opened = re.findall(r"^(worker-\d)  create, not known to be through$", shown.stderr, re.MULTILINE)
    assert len(opened) == AT_ONCE
    assert set(opened) < {f"worker-{number}" for number in range(BEFORE, WORKERS)}
    assert "    gpuspec -e prod recover\n" in shown.text
    assert re.findall(r"^(worker-\d)  found: ", applied.text, re.MULTILINE) == opened
    assert "Plan: 0 to create, " in planned.stdout


def _agreed(team: Team, github: Github) -> None:
    """To each of the three nothing is left to do, nothing has drifted, and nothing is open."""
    team.run("author", "git pull --quiet", "gpuspec -e prod plan --detailed-exitcode", "gpuspec -e prod state verify")
    team.job(github, "plan", branch="main")
    drift = team.job(github, "drift", branch="main")

    (comment,) = github.comments
    assert "Plan: 0 to create, 0 to update" in comment["body"]
    assert drift.outputs["drift"]["status"] == "0"


def _everything(team: Team) -> str:
    """All that was said, every file of every working copy and of the runner, and every object of the bucket."""
    files = [path.read_bytes().decode(errors="replace") for path in team.folder.rglob("*") if path.is_file()]
    settings = (team.folder / "author" / "gpuspec.yaml").read_text()
    (prefix,) = re.findall(r"^state: s3://team/(\S+)$", settings, re.MULTILINE)
    objects = [content.decode() for content in _objects(team.s3, prefix)]
    assert len(objects) > 3
    return "\n".join((*team.said, *files, *objects))


def _objects(s3: S3, prefix: str) -> Iterator[bytes]:
    """What is in the bucket below a prefix."""
    listed = httpx.get(f"{s3.origin}/team", params={"prefix": f"{prefix}/"})
    for key in re.findall(r"<Key>(.*?)</Key>", listed.text):
        yield httpx.get(f"{s3.origin}/team/{key}").content
