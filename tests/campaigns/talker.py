"""A service on a port that repeats whatever it was told: key and secrets, in messages, rows, headers and pages."""

import contextlib
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.applications import Starlette

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


@dataclass(kw_only=True)
class Talker:
    """The simulated service, and what it makes of its answers: see `_said`."""

    app: Starlette
    origin: str = ""
    mode: str = "good"
    mutating_only: bool = False
    key: str = ""
    secrets: list[str] = field(default_factory=list)

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """One request, answered by the simulator, and the answer said in our way."""
        self._learn(dict(scope["headers"]))
        body, answer = await _body(receive), _Answer()
        await self.app(scope, _again(body), answer.take)
        if self.mutating_only and scope["method"] == "GET":
            await answer.give(send)
            return
        self._said(answer)
        await answer.give(send)

    def _learn(self, headers: dict[bytes, bytes]) -> None:
        self.key = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")

    @property
    def _all(self) -> str:
        return " ".join((self.key, *self.secrets))

    def _said(self, answer: "_Answer") -> None:
        match self.mode:
            case "refusing":
                answer.refuse(400, "INVALID_PARAMETER", f"{self._all} is refused")
            case "naming":
                answer.refuse(400, f"NO_{self.key}", self._all)
            case "denying":
                answer.refuse(401, "UNAUTHORIZED", f"Bearer {self._all} is not known")
            case "forbidding":
                answer.refuse(403, "FORBIDDEN", f"{self._all}: not yours")
            case "throttling":
                answer.refuse(429, "RATE_LIMIT_EXCEEDED", self._all)
                answer.headers += [(b"retry-after", b"0")]
            case "blocking":
                answer.replace(403, f"<html>{self._all}</html>".encode())
            case "gateway":
                answer.replace(502, f"<html>{self._all}</html>".encode())
            case "page":
                answer.replace(200, f"<html>{self._all}</html>".encode())
            case "half":
                answer.replace(200, f'{{"message": "{self._all}", "instances": ['.encode())
            case "moving":
                answer.replace(302, self._all.encode())
                answer.headers += [(b"location", f"https://{self.key}.example/{self._all}".encode())]
            case "rows":
                answer.rewrite(self._row)

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        """The key in every text of it, and everything that is known where it says what went wrong."""
        shown = {name: f"{value} {self.key}" for name, value in row.items() if isinstance(value, str) and name != "id"}
        more = {"statusError": {"state": f"failed {self.key}", "message": f"could not start: {self._all}"}}
        ways = [{**port, "endpoint": f"{self.key}.example:4001"} for port in row.get("portMappings") or ()]
        ssh = {"sshCommand": f"ssh -p 4001 root@{self.key}", "password": self._all}
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


def _again(body: bytes) -> _Receive:
    async def receive() -> _Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
