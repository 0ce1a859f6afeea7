"""A simulated service to ask: a clock that stands still, a world, an app, and requests without ceremony."""

import asyncio
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from gpuspec.simulator.app import build_app
from gpuspec.simulator.calls import CALLS
from gpuspec.simulator.faults import parse_faults
from gpuspec.simulator.settings import Settings, Switches
from gpuspec.simulator.world import World

ORIGIN = "http://simulator.invalid"
KEY = "sk_test"
CALL_BY_NAME = {call.name: call for call in CALLS}


class FakeClock:
    """A clock that moves only when it is told to."""

    def __init__(self, at: float = 1_750_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += seconds


def identities() -> Callable[[], str]:
    """Ids as the service's look, counted up."""
    counter = itertools.count(1)
    return lambda: f"{next(counter):016x}"


def a_world(clock: FakeClock | None = None, *, path: Path | None = None, **settings: Any) -> World:
    """A world without a file, whose clock stands still."""
    return World.open(path, now=clock or FakeClock(), identities=identities(), settings=Settings(**settings))


def an_app(world: World, *faults: str, key: str | None = None, seed: int = 0, **switches: Any) -> Starlette:
    """The service over this world, with these faults ordered and these switches turned."""
    return build_app(world, faults=parse_faults(faults, seed=seed), switches=Switches(**switches), key=key)


def a_create_body(**fields: Any) -> dict[str, Any]:
    """What the documentation requires of a create call; a field that is None is left out."""
    body = {
        "name": "trainer",
        "productId": "4090.16c62g",
        "gpuNum": 1,
        "rootfsSize": 60,
        "imageUrl": "pytorch/pytorch:latest",
        "kind": "gpu",
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def an_upgrade_body(instance_id: str, **fields: Any) -> dict[str, Any]:
    """All that an upgrade call must hold; a field that is None is left out."""
    body = {
        "instanceId": instance_id,
        "imageUrl": "pytorch/pytorch:2.7",
        "envs": [{"key": "RUN", "value": "nightly"}],
        "command": "run",
        "entrypoint": "",
        "save": True,
        "networkVolume": {"volumeMounts": [{"type": "network", "id": "vol-1", "mountPath": "/data"}]},
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def ask(
    app: Starlette, call: str, body: Mapping[str, Any] | None = None, *, key: str = KEY, **query: Any
) -> httpx.Response:
    """What the service answers to this call, in process."""

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
            headers = {"Authorization": f"Bearer {key}"}
            wanted = CALL_BY_NAME[call]
            return await client.request(wanted.method, wanted.path, json=body, params=query, headers=headers)

    return asyncio.run(asked())


def requested(app: Starlette, method: str, path: str, **options: Any) -> httpx.Response:
    """What the service answers to any request, in process."""

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
            return await client.request(method, path, **options)

    return asyncio.run(asked())


def create(app: Starlette, **fields: Any) -> str:
    """The id of an instance that was created just now."""
    answer = ask(app, "create", a_create_body(**fields))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def reason(answer: httpx.Response) -> tuple[int, str]:
    """The status of an error, and its reason."""
    body = answer.json()
    assert set(body) == {"code", "reason", "message", "metadata"}
    assert body["code"] == answer.status_code
    return answer.status_code, body["reason"]
