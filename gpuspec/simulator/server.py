"""The simulated service on a port, where any client of the API can use it."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette

from gpuspec.errors import UsageError
from gpuspec.simulator.protocol import WireProtocol

_BACKLOG = 1024
_LARGEST_PORT = 65_535


def serve(
    app: Starlette, *, host: str, port: int, ready: Callable[[str], None], stopped: Callable[[], bool] = lambda: False
) -> None:
    """Serve until `stopped` says so, or until Ctrl-C.

    Args:
        port: 0 for one that is free.
        ready: Told the origin as soon as the service can be asked.
        stopped: Asked ten times a second. No signal is touched here.

    Raises:
        UsageError: The port can't be had.
    """
    with _listener(host, port) as listener:
        ready(_origin(listener))
        asyncio.run(_Server(app, stopped=stopped).serve([listener]))


@contextlib.contextmanager
def background(app: Starlette) -> Iterator[str]:
    """The origin of the service while it runs in a thread on a free loopback port.

    When the context ends, open connections are broken off.

    Raises:
        UsageError: No port can be had.
    """
    ending = threading.Event()
    with _listener("127.0.0.1", 0) as listener:
        server = _Server(app, stopped=ending.is_set)
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve([listener])), name="gpuspec-simulator", daemon=True
        )
        thread.start()
        try:
            yield _origin(listener)
        finally:
            ending.set()
            server.wake()
            thread.join()


class _Server(uvicorn.Server):
    """uvicorn without its signals, that ends when it is told and waits for nobody then."""

    def __init__(self, app: Starlette, *, stopped: Callable[[], bool]) -> None:
        config = uvicorn.Config(
            app,
            http=WireProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            backlog=_BACKLOG,
            # A pooled connection that closes just as it is used would look like a lost answer that nobody ordered.
            timeout_keep_alive=120,
            timeout_graceful_shutdown=5,
        )
        super().__init__(config)
        self._stopped = stopped
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Ask at once whether to stop. For other threads."""
        if self._loop is not None:
            # A loop that has ended by itself needs no waking.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._woken.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        # Ctrl-C cancels the main task; the service then ends in good order, as when it is told to.
        with contextlib.suppress(asyncio.CancelledError):
            counter = 0
            while not self._stopped():
                await self.on_tick(counter)
                counter = (counter + 1) % 10
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), 0.1)
        for connection in list(self.server_state.connections):
            if isinstance(connection, WireProtocol) and connection.transport is not None:
                connection.transport.abort()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program, not to its server."""
        yield


def _listener(host: str, port: int) -> socket.socket:
    if not 0 <= port <= _LARGEST_PORT:
        raise _cannot_listen(host, port, f"a port is a number from 0 to {_LARGEST_PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _cannot_listen(host, port, reason) from error
    # Connections inherit it. An answer goes out in two pieces, and without it the second waits for the client's delayed
    # acknowledgement of the first, 40 ms. asyncio sets it only on sockets that were made with the protocol's number.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _cannot_listen(host: str, port: int, reason: str) -> UsageError:
    message = f"The simulator can't listen on {host} port {port}: {reason}."
    return UsageError(message, hint="name another port, or 0 for one that is free.")


def _origin(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
