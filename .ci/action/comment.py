"""gpuspec's comment on a pull request, found by the hidden first line of a page. Standard library only.

comment.py put PAGE        writes the page into the comment, or a new one
comment.py reviewed PAGE   prints the receipt of the plan in the comment that has the same first line as the page
comment.py receipt PAGE    prints the receipt of the plan in the page itself
"""

import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PER_PAGE = 100
MOST_PAGES = 50
TIMEOUT_S = 30
LARGEST_ANSWER = 64 * 1024 * 1024
RECEIPT = re.compile(r"Receipt: <code>(sha256:[0-9a-f]{64})</code>")
MARKER = re.compile(r"<!-- gpuspec-[a-z]+:[a-z0-9_-]*/[a-z0-9_-]* -->")
# Of the page of a project whose file can't be read; its environment is known.
NAMELESS = "-plan:/"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class CommentError(Exception):
    """What stopped us, as a sentence without a secret in it."""


class StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the token would go along."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def main(arguments: list[str]) -> int:
    """Do what the arguments say; the exit status."""
    if len(arguments) != 2 or arguments[0] not in {"put", "reviewed", "receipt"}:
        sys.stderr.write(__doc__ or "")
        return 64
    task, name = arguments
    page = Path(name).read_text(encoding="utf-8")
    try:
        if task == "put":
            sys.stdout.write(f"{put(page)}\n")
        else:
            sys.stdout.write(f"{receipt(page if task == 'receipt' else reviewed(page))}\n")
    except CommentError as error:
        # Without a comment the summary of the job still has the page; without a receipt nothing is applied.
        level, status = ("warning", 0) if task == "put" else ("error", 1)
        (sys.stdout if task == "put" else sys.stderr).write(f"::{level} title=gpuspec::{error}\n")
        return status
    return 0


def put(page: str) -> str:
    """Bring the comment up to date, or write the first one; says which."""
    first = marker(page)
    mine = ours(first)
    if mine is None and NAMELESS in first:
        return "there is no comment that shows a plan, so none is written"
    if mine is None:
        call("POST", f"/issues/{pull_request()}/comments", {"body": page})
        return "wrote the comment"
    # The comment keeps its line, or the next plan would not find it.
    body = first_line(str(mine["body"])) + page[len(first) :]
    call("PATCH", f"/issues/comments/{int(mine['id'])}", {"body": body})
    return "brought the comment up to date"


def reviewed(page: str) -> str:
    """The body of the comment about the same project and environment."""
    mine = ours(marker(page))
    if mine is None:
        raise CommentError("The pull request has no comment with a reviewed plan, so nothing is applied.")
    return str(mine["body"])


def receipt(page: str) -> str:
    """The receipt that a page names."""
    found = RECEIPT.search(page)
    if found is None:
        raise CommentError("There is no receipt of a plan, so nothing is applied.")
    return found[1]


def marker(page: str) -> str:
    """A page's first line, where it is one of ours."""
    first = first_line(page)
    if not MARKER.fullmatch(first):
        raise CommentError("The page does not begin with gpuspec's hidden line.")
    return first


def ours(first: str) -> dict[str, Any] | None:
    """The oldest comment that begins so and that we have written: anybody may write such a line."""
    author = os.environ.get("INPUT_COMMENT_AUTHOR", "")
    for comment in comments():
        if (comment.get("user") or {}).get("login") == author and answers(first_line(str(comment.get("body"))), first):
            return comment
    return None


def answers(found: str, first: str) -> bool:
    """Whether a comment's first line is that of the page; of a nameless project's page, but for the project."""
    if NAMELESS not in first:
        return found == first
    return MARKER.fullmatch(found) is not None and "-plan:" in found and found.endswith(first[first.index("/") :])


def comments() -> Iterator[dict[str, Any]]:
    """All comments of the pull request, the oldest first."""
    for page in range(1, MOST_PAGES + 1):
        found = call("GET", f"/issues/{pull_request()}/comments?per_page={PER_PAGE}&page={page}")
        if not isinstance(found, list):
            raise CommentError("GitHub's list of comments can't be read.")
        yield from found
        if len(found) < PER_PAGE:
            return


def pull_request() -> int:
    """The number of the pull request."""
    number = os.environ.get("INPUT_PULL_REQUEST", "")
    if not re.fullmatch(r"[1-9][0-9]{0,9}", number, re.ASCII):
        raise CommentError("`pull-request` is no number: this run belongs to no pull request.")
    return int(number)


def call(method: str, path: str, body: object = None) -> Any:
    """What GitHub answers."""
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked
        f"{base()}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ.get('INPUT_TOKEN', '')}",
            "Content-Type": "application/json",
            "User-Agent": "gpuspec-action",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    try:
        with urllib.request.build_opener(StayHere).open(request, timeout=TIMEOUT_S) as answer:
            return json.loads(answer.read(LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        message = f"GitHub refused {method} of a comment: {error.code}. Has the token `pull-requests: write`?"
        raise CommentError(message) from error
    except (OSError, HTTPException, ValueError) as error:
        message = f"GitHub gave no usable answer to {method} of a comment ({type(error).__name__})."
        raise CommentError(message) from error


def base() -> str:
    """Where the calls of this repository begin; the token goes over https or stays on this machine."""
    origin = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    repository = os.environ.get("GITHUB_REPOSITORY", "")
    parts = urlsplit(origin)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise CommentError("GITHUB_API_URL is no https address.")
    if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", repository):
        raise CommentError("GITHUB_REPOSITORY names no repository.")
    return f"{origin.rstrip('/')}/repos/{repository}"


def first_line(text: str) -> str:
    """Without what ends it: GitHub may give lines back with a carriage return."""
    return text.partition("\n")[0].rstrip("\r")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
