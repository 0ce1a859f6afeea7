"""A pull request on GitHub as far as our action needs one: its comments on a loopback port, and a job's steps."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
REPOSITORY = "acme/machines"
TOKEN = "token-5e2b"
BOT = "github-actions[bot]"
GPUSPEC = Path(sys.executable).with_name("gpuspec")
_EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


@dataclass
class Github:
    """The comments of pull request 7, the oldest first, and what was asked for; `refuses` is the answer to a write."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    refuses: int = 0
    url: str = ""

    def say(self, body: str, *, author: str = BOT) -> dict[str, Any]:
        """A comment that somebody has written."""
        comment = {"id": 1_000 + len(self.comments), "user": {"login": author}, "body": body}
        self.comments.append(comment)
        return comment


@contextmanager
def a_github() -> Iterator[Github]:
    """A service for one test."""
    github = Github()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = int(self.path.rpartition("page=")[2])
            self.answer(200, github.comments[(page - 1) * 100 : page * 100])

        def do_POST(self) -> None:
            self.change(lambda body: github.say(body["body"]), 201)

        def do_PATCH(self) -> None:
            number = int(self.path.rpartition("/")[2])
            (comment,) = (comment for comment in github.comments if comment["id"] == number)
            self.change(comment.update, 200)

        def change(self, write: Any, status: int) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if github.refuses:
                self.answer(github.refuses, {"message": "no"})
                return
            write(body)
            self.answer(status, {})

        def answer(self, status: int, document: object) -> None:
            github.requests.append(f"{self.command} {self.path.partition('?')[0]}")
            github.tokens.add(self.headers["Authorization"])
            content = json.dumps(document).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", github.url)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    github.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a job with our action came to: the status of each step that ran, its log, its summary, its outputs."""

    statuses: Mapping[str, int]
    log: str
    summary: str
    outputs: Mapping[str, Mapping[str, str]]

    @property
    def commands(self) -> list[str]:
        """The workflow commands that the runner obeys: not those between `stop-commands` and its word."""
        obeyed, word = [], ""
        for line in self.log.splitlines():
            if word:
                word = "" if line == f"::{word}::" else word
            elif line.startswith("::stop-commands::"):
                word = line.rpartition("::")[2]
            elif line.lstrip().startswith("::") or "##[" in line:
                obeyed.append(line)
        assert not word, "the runner was never told to go on"
        return obeyed


def run_action(github: Github, workspace: Path, environ: Mapping[str, str] | None = None, /, **inputs: str) -> Job:
    """Run the steps of action.yml as a runner does: each one's shell, its `env` and `if` filled in; no network.

    Args:
        environ: The job's own `env`, beside what a runner sets.
    """
    action = an_action_file()
    defaults = {name: str(row["default"]) for name, row in action["inputs"].items()}
    given = {name.replace("_", "-"): text for name, text in inputs.items()}
    assert given.keys() <= defaults.keys()
    known = {
        "github.token": TOKEN,
        "github.event.pull_request.number": "7",
        **{f"inputs.{name}": text for name, text in (defaults | {"executable": str(GPUSPEC)} | given).items()},
    }
    # A default may be an expression itself.
    known = {name: _filled(text, known) for name, text in known.items()}
    return _run(action["runs"]["steps"], known, github, workspace, environ or {})


def an_action_file() -> dict[str, Any]:
    """action.yml as data."""
    document: dict[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "action.yml").read_text())
    return document


def _run(
    steps: list[dict[str, Any]], known: dict[str, str], github: Github, workspace: Path, environ: Mapping[str, str]
) -> Job:
    statuses: dict[str, int] = {}
    outputs: dict[str, dict[str, str]] = {}
    log, failed = "", False
    runner = (workspace.parent / "runner").resolve()
    runner.mkdir(exist_ok=True)
    summary = runner / "summary.md"
    for step in steps:
        if not _holds(step.get("if", ""), known, failed=failed):
            continue
        output = runner / "output"
        output.write_text("")
        said = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=workspace,
            env={
                **environ,
                "PATH": os.environ["PATH"],
                "HOME": str(runner),
                "RUNNER_TEMP": str(runner),
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_WORKSPACE": str(workspace),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_API_URL": github.url,
                "GITHUB_REPOSITORY": REPOSITORY,
                **{name: _filled(text, known) for name, text in step["env"].items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        name = step.get("id", step["name"].lower())
        statuses[name], log = said.returncode, log + said.stdout
        outputs[name] = dict(line.split("=", 1) for line in output.read_text().splitlines())
        known[f"steps.{name}.outcome"] = "failure" if said.returncode else "success"
        failed = failed or bool(said.returncode)
    text = summary.read_text() if summary.exists() else ""
    return Job(statuses=statuses, log=log, summary=text, outputs=outputs)


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda match: known[match[1]], text)


def _holds(condition: str, known: Mapping[str, str], *, failed: bool) -> bool:
    """Whether a step runs: a condition of comparisons with `&&`, as in our file; without `cancelled()`, on success."""
    parts = [part.strip() for part in condition.split("&&") if part.strip()]
    if "!cancelled()" not in parts and failed:
        return False
    for part in parts:
        if part != "!cancelled()":
            name, operator, literal = re.fullmatch(r"(\S+) (==|!=) '(.*)'", part).groups()  # type: ignore[union-attr]
            if (known.get(name, "") == literal) is not (operator == "=="):
                return False
    return True
