"""A client of the API to act with: a clock that jumps, chance that is none, and requests that say what matters."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx

from gpuspec.cloud.client import NovitaCloud
from gpuspec.cloud.key import ApiKey
from gpuspec.model.marker import Marker, MarkerMode
from gpuspec.model.order import Convert, Delete, Edit, OrderRequest, Restart, Start, Stop, Upgrade
from gpuspec.model.settings import Settings
from gpuspec.model.values import Env, FieldValue, Mount, Port
from gpuspec.ports import CreateRequest

KEY = "sk_topsecret_0123456789"
NONCE = "0123456789abcdef"
MARKER = Marker(lineage="a1b2c3d4", project="demo", environment="default", address="trainer", nonce=NONCE)


class JumpingClock:
    """Sleeping takes no time, and is remembered."""

    def __init__(self, at: float = 1_750_000_000.0) -> None:
        self.at = at
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


class NoChance:
    """Always the same."""

    def nonce(self) -> str:
        return NONCE

    def lineage(self) -> str:
        return "a1b2c3d4-0000-4000-8000-000000000000"

    def jitter(self) -> float:
        return 1.0


def a_cloud(origin: str, *, timeout_s: float = 5.0, clock: JumpingClock | None = None, **options: Any) -> NovitaCloud:
    """A client for the service at this origin."""
    return NovitaCloud(
        origin,
        options.pop("key", ApiKey(text=KEY)),
        clock=clock or JumpingClock(),
        randomness=NoChance(),
        settings=replace(Settings(), request_timeout_s=timeout_s),
        **options,
    )


def a_cloud_in_process(app: Any, **options: Any) -> NovitaCloud:
    """A client for a service in process, which gives no trace."""
    return a_cloud("simulator", transports=lambda: httpx.ASGITransport(app), trace=False, **options)


def a_request(
    *, marker_mode: MarkerMode = MarkerMode.ENV, marker: Marker = MARKER, **fields: FieldValue
) -> CreateRequest:
    """A create request with all that the documentation requires."""
    required: dict[str, FieldValue] = {
        "name": "trainer",
        "productId": "4090.16c62g",
        "gpuNum": 1,
        "diskSize": 60,
        "rootfsSize": 60,
        "imageUrl": "pytorch/pytorch:latest",
        "ports": (),
        "command": "",
        "kind": "gpu",
    }
    return CreateRequest(address=marker.address, fields={**required, **fields}, marker=marker, marker_mode=marker_mode)


def an_upgrade(instance_id: str = "0a1b2c3d4e5f6071", **changes: Any) -> Upgrade:
    """An upgrade of everything on the image's side, with the marker."""
    facts: dict[str, Any] = {
        "image_url": "pytorch/pytorch:2.7",
        "image_auth_id": "auth-1",
        "envs": (Env(key="RUN", value="weekly"),),
        "command": "run",
        "entrypoint": "/bin/sh",
        "mounts": (Mount(id="vol-1", mount_point="/data"),),
        "marker": MARKER,
        **changes,
    }
    return Upgrade(id=instance_id, **facts)


def every_order(instance_id: str = "0a1b2c3d4e5f6071") -> tuple[OrderRequest, ...]:
    """One call of each kind on this machine."""
    return (
        Delete(id=instance_id),
        Start(id=instance_id),
        Stop(id=instance_id),
        Restart(id=instance_id),
        Edit(id=instance_id, ports=(Port(number=9000, protocol="http"),), grow_gb=20),
        an_upgrade(instance_id),
        Convert(id=instance_id, months=2),
    )
