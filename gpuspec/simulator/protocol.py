"""uvicorn's HTTP protocol, made to hand the application its own connection.

The protocol keeps the application in an attribute of its own, so the application of each connection can be wrapped by
one that adds the connection to the scope.
"""

from collections.abc import MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from gpuspec.simulator.wire import EXTENSION, Wire


class WireProtocol(H11Protocol):
    """uvicorn's own protocol, whose application finds its connection in the scope."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        application: Any = self.app

        async def with_wire(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[EXTENSION] = Wire(self.transport)
            await application(scope, receive, send)

        self.app = with_wire
