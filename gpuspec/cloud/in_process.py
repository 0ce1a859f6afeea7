"""A service in this process as a transport: how the simulator is asked without a port."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from gpuspec.cloud.lean import httpx
from gpuspec.cloud.transport import TransportFactory

AsgiApp = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]


def in_process(app: AsgiApp) -> TransportFactory:
    """Transports to an ASGI app. They report no steps, so nothing that fails on them counts as not sent."""
    return lambda: httpx.ASGITransport(app=app)
