"""Breaks connections: an answer that closes or resets the connection on which it was asked for.

ASGI has no way to close a connection without an answer; `simulator.protocol` puts the connection into the scope.
"""

import asyncio
import socket
import struct
from typing import assert_never

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gpuspec.errors import Bug
from gpuspec.simulator.fault_kinds import Cut

# Where in a scope, under `extensions`, the connection is.
EXTENSION = "gpuspec.wire"


class Wire:
    """One connection to a client."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def close(self) -> None:
        """Close it after what has been written; the client sees the end."""
        self._transport.close()

    def reset(self) -> None:
        """Break it off at once; the client sees a reset."""
        connection = self._transport.get_extra_info("socket")
        # Lingering for 0 seconds makes the kernel send RST instead of FIN.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


class BrokenAnswer(Response):
    """An answer that the client gets in part or not at all.

    Args:
        answer: The whole answer that the service would have given.
    """

    def __init__(self, cut: Cut, answer: Response) -> None:
        super().__init__()
        self._cut = cut
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wire = scope.get("extensions", {}).get(EXTENSION)
        if wire is None:
            raise Bug("A fault of the wire was ordered where there is no wire.")
        match self._cut.how:
            case "close":
                wire.close()
            case "reset":
                wire.reset()
            case "half":
                await self._begin(send, share=0.5)
                wire.close()
            case "stall":
                await self._begin(send, share=0.0)
            case unreachable:
                assert_never(unreachable)
        # uvicorn takes an application that ends without an answer for a broken one, unless the client has gone.
        await client_gone(receive)

    async def _begin(self, send: Send, *, share: float) -> None:
        content = bytes(self._answer.body) or b"{}"
        length = (b"content-length", str(len(content)).encode())
        headers = [(name, value) for name, value in self._answer.raw_headers if name != b"content-length"]
        status = self._answer.status_code
        await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        part = content[: int(len(content) * share)]
        await send({"type": "http.response.body", "body": part, "more_body": True})


async def client_gone(receive: Receive) -> None:
    """Wait until the client has closed the connection, or the server has."""
    while (await receive())["type"] != "http.disconnect":
        pass
