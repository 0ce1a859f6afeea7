"""A service on a port that repeats whatever it was told: key and secrets, in messages, rows, headers and pages."""

import contextlib
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.applications import Starlette

from gpuspec.cloud.decode import SHORTEST_SECRET
from gpuspec.simulator.app import build_app
from gpuspec.simulator.faults import parse_faults
from gpuspec.simulator.server import background
from gpuspec.simulator.settings import Settings
from gpuspec.simulator.statuses import FAST
from gpuspec.simulator.world import World
from tests.builders.fleet import PRODUCT

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


# In all of them, … stands for what is repeated.
_REFUSALS: Mapping[str, tuple[int, str]] = {
    "refusing": (400, "INVALID_PARAMETER"),
    "naming": (400, "NO_…"),
    "denying": (401, "UNAUTHORIZED"),
    "forbidding": (403, "FORBIDDEN"),
    "throttling": (429, "RATE_LIMIT_EXCEEDED"),
}
_PAGES: Mapping[str, tuple[int, str]] = {
    "blocking": (403, "<html>…</html>"),
    "gateway": (502, "<html>…</html>"),
    "page": (200, "<html>…</html>"),
    "half": (200, '{"message": "…", "instances": ['),
    "moving": (302, "…"),
}
# So often in all: whoever is told to come again does.
_THROTTLES = 6
_HEADERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "throttling": (("retry-after", "0"),),
    "moving": (("location", "https://elsewhere.example/…"),),
}


@dataclass(kw_only=True)
class Talker:
    """The simulated service, and what it makes of its answers: see `_said`. With `words` it says these instead."""

    app: Starlette
    origin: str = ""
    mode: str = "good"
    words: str = ""
    mutating_only: bool = False
    key: str = ""
    secrets: list[str] = field(default_factory=list)
    _throttled: int = 0
    _carried: list[str] = field(default_factory=list)

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """One request, answered by the simulator, and the answer said in our way."""
        if self.mode == "good":
            # Untouched: its faults cut connections.
            await self.app(scope, receive, send)
            return
        body, answer = await _body(receive), _Answer()
        self._learn(dict(scope["headers"]), body)
        await self.app(scope, _again(body, receive), answer.take)
        if self.mutating_only and scope["method"] == "GET":
            await answer.give(send)
            return
        self._said(answer)
        await answer.give(send)

    def _learn(self, headers: dict[bytes, bytes], body: bytes) -> None:
        """What this request carries. What others carried, only the runs that sent them can recognise."""
        sent = _texts(json.loads(body)) if body else ()
        self._carried = [secret for secret in self.secrets if any(secret in text for text in sent)]
        self.key = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")

    @property
    def _all(self) -> str:
        return self.words or " ".join((self.key, *self._carried))

    @property
    def _repeated(self) -> str:
        return self.words or self.key

    def _said(self, answer: "_Answer") -> None:
        said = _HEADERS.get(self.mode, ())
        headers = [(name.encode(), value.replace("…", self._all).encode(errors="replace")) for name, value in said]
        self._throttled += self.mode == "throttling"
        if self._throttled > _THROTTLES:
            return
        if self.mode in _REFUSALS:
            status, reason = _REFUSALS[self.mode]
            answer.refuse(status, reason.replace("…", self._repeated), f"{self._all} is not accepted")
        elif self.mode in _PAGES:
            status, page = _PAGES[self.mode]
            answer.replace(status, page.replace("…", self._all).encode(errors="replace"))
        else:
            answer.rewrite(self._row)
        answer.headers += headers

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        """The key in every text of it, and where it says what went wrong the secrets that the row shows as well.

        What it does not show, such as imageAuth, only the run that sent it can recognise: see SECURITY.md.
        """
        values = " ".join(
            str(env["value"]) for env in row.get("envs") or () if len(str(env["value"])) >= SHORTEST_SECRET
        )
        word = self._repeated
        shown = {name: f"{value} {word}" for name, value in row.items() if isinstance(value, str) and name != "id"}
        more = {"statusError": {"state": f"failed {word}", "message": f"could not start: {word} {values}"}}
        ways = [{**port, "endpoint": f"{word}.example:4001"} for port in row.get("portMappings") or ()]
        ssh = {"sshCommand": f"ssh -p 4001 root@{word}", "password": word}
        return {**row, **shown, **more, "portMappings": ways, "connectComponentSSH": ssh}


@dataclass(kw_only=True)
class _Answer:
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: _Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", ()))
        else:
            self.body += message.get("body", b"")

    async def give(self, send: _Send) -> None:
        kept = [(name, value) for name, value in self.headers if name.lower() != b"content-length"]
        headers = [*kept, (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})

    def replace(self, status: int, body: bytes) -> None:
        self.status, self.headers, self.body = status, [], body

    def refuse(self, status: int, reason: str, message: str) -> None:
        document = {"code": status, "reason": reason, "message": message, "metadata": {"said": message}}
        self.replace(status, json.dumps(document).encode())

    def rewrite(self, row: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        with contextlib.suppress(ValueError):
            document = json.loads(self.body)
            if "instances" in document:
                document["instances"] = [row(one) for one in document["instances"]]
            elif "status" in document:
                document = row(document)
            self.body = json.dumps(document).encode()


@contextlib.contextmanager
def a_talker(*faults: str, seed: int = 0) -> Iterator[Talker]:
    """The service while it runs; it begins as a good one."""
    counter = itertools.count(1)
    settings = Settings(pace=FAST, capacity={PRODUCT: 100_000})
    world = World.open(None, now=time.time, identities=lambda: f"i{next(counter):015x}", settings=settings)
    talker = Talker(app=build_app(world, faults=parse_faults(faults, seed=seed)))
    with background(cast("Starlette", talker)) as origin:
        talker.origin = origin
        yield talker


async def _body(receive: _Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _texts(document: object) -> list[str]:
    match document:
        case str():
            return [document]
        case dict():
            return [text for part in document.values() for text in _texts(part)]
        case list():
            return [text for part in document for text in _texts(part)]
        case _:
            return []


def _again(body: bytes, receive: _Receive) -> _Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> _Message:
        return waiting.pop() if waiting else await receive()

    return received
