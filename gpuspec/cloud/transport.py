"""One request, one outcome: connections, time-outs, size caps and the proof that nothing was sent."""

import asyncio
import importlib.util
import json
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import assert_never

from gpuspec import __version__
from gpuspec.cloud.debug import Exchange, line
from gpuspec.cloud.failures import no_reply
from gpuspec.cloud.key import ApiKey
from gpuspec.cloud.lean import httpx
from gpuspec.cloud.reply import Flaw, NoReply, Outcome, Reply
from gpuspec.ports import Clock

TransportFactory = Callable[[], httpx.AsyncBaseTransport]

# A request on a connection that the server closes at that very moment ends in doubt, and each doubt costs a settling.
# Idle connections are therefore dropped well before any server does (uvicorn after 5 s, most others after more).
KEEPALIVE_EXPIRY_S = 2.0
LONGEST_CONNECT_S = 10.0
MEGABYTE = 1024 * 1024
# So many requests are written at once, while any number waits for answers. Many at once would take turns step by step:
# all of them would be late, their answers would come in a bunch, and the bunch would stay together. By itself each
# would wait for the journal alone, which writes down two for the price of one.
WRITTEN_AT_ONCE = 2
# From here on a request leaves the others their turn: its head is written, or it waits for the network.
_OFF_TURN = {"http11.send_request_headers.complete", "connection.connect_tcp.started"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask. `secrets` are texts in the body that the service might repeat; `cap` bounds the answer, in bytes."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    cap: int = MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How the service is reached.

    Attributes:
        transports: Makes a transport; None for real connections with verified TLS.
        traced: Whether these transports report their steps (`trace` extension). Without, nothing counts as not sent.
        debug: Gets one redacted line for each request and its outcome.
    """

    origin: str
    key: ApiKey
    timeout_s: float
    transports: TransportFactory | None = None
    traced: bool = True
    debug: Callable[[str], None] | None = None


class Wire:
    """Sends requests to one origin, each over a transport of its own while it lasts.

    A transport that many requests share serialises them on its pool of connections, so each request checks one out and
    gives it back; idle ones are used last in, first out. No redirect is followed, no cookie kept, and nothing of the
    process's surroundings is obeyed: no proxy variables, no .netrc, no SSL_CERT_FILE.

    Attributes:
        distrust: What is wrong with the service's certificate, as long as not one request was answered.
    """

    def __init__(self, link: Link, *, clock: Clock) -> None:
        self._base = link.origin if "://" in link.origin else f"http://{link.origin}"
        self._urls: dict[str, httpx.URL] = {}
        self._headers = _headers(link.key)
        self._link = link
        # Without reports it can't be known when a request is written, and nothing may hold up the others till its end.
        self._turns = asyncio.Semaphore(WRITTEN_AT_ONCE if link.traced else sys.maxsize)
        self._clock = clock
        self._make_transport = link.transports or self._real_transport
        self._idle: list[httpx.AsyncBaseTransport] = []
        self._tls: ssl.SSLContext | None = None
        self._trusted = False
        self.distrust = ""
        _settle_sniffio()

    async def send(self, request: Request) -> Outcome:
        """Send once and read what comes back. Never raises for what came back."""
        begun = self._clock.monotonic()
        built = self._built(request)
        outcome = await self._exchange(built, request)
        self._take_note(outcome)
        if self._link.debug is not None:
            seconds = self._clock.monotonic() - begun
            exchange = Exchange(
                method=request.method, url=built.url.raw_path.decode(), fields=request.body, seconds=seconds
            )
            self._link.debug(line(exchange, outcome, sent_bytes=len(built.content)))
        return outcome

    def _take_note(self, outcome: Outcome) -> None:
        match outcome:
            case Reply():
                self._trusted, self.distrust = True, ""
            case NoReply(distrust=distrust) if distrust and not self._trusted:
                self.distrust = distrust
            case NoReply():
                pass
            case never:
                assert_never(never)

    async def close(self) -> None:
        """Close every connection that is not in use."""
        while self._idle:
            await self._idle.pop().aclose()

    async def _exchange(self, built: httpx.Request, request: Request) -> Outcome:
        steps, head, body, flaw = _Steps(self._turns), None, b"", Flaw.BROKEN
        built.extensions["trace"] = steps.take
        try:
            # The time counts from its turn on: who is kept waiting for one would not know that nothing was sent.
            async with steps, asyncio.timeout(self._link.timeout_s), self._transport() as transport:
                head = await transport.handle_async_request(built)
                body, flaw = await _read(head, request.cap)
        # Whatever a transport raises, also what it has no class for, leaves the same doubt about the request.
        except Exception as error:  # noqa: BLE001
            if head is None:
                return no_reply(error, traced=self._link.traced, sending_seen=steps.sending)
        return Reply(
            status=head.status_code,
            body=body,
            flaw=flaw,
            retry_after=head.headers.get("retry-after", ""),
            secrets=(self._link.key.text, *request.secrets),
            key=self._link.key.text,
        )

    def _built(self, request: Request) -> httpx.Request:
        # ASCII, so that text with a lone surrogate is sent as it stands and does not break the encoder.
        content = None if request.body is None else json.dumps(request.body, separators=(",", ":")).encode()
        return httpx.Request(
            request.method,
            self._url(request),
            headers=self._headers,
            content=content,
            extensions={"timeout": self._timeouts()},
        )

    def _url(self, request: Request) -> httpx.URL:
        # There are some twenty paths, and parsing one takes a twentieth of what a create takes.
        url = self._urls.get(request.path)
        if url is None:
            url = self._urls[request.path] = httpx.URL(f"{self._base}{request.path}")
        return url.copy_merge_params(dict(request.query)) if request.query else url

    def _timeouts(self) -> dict[str, float]:
        # A third, so that connecting (TCP, then TLS) gives up by itself before the whole request does: then it is
        # known that nothing was sent. For all that follows the time-out of the whole request is enough.
        connect_s = min(LONGEST_CONNECT_S, self._link.timeout_s / 3)
        return {"connect": connect_s, "pool": connect_s}

    @asynccontextmanager
    async def _transport(self) -> AsyncIterator[httpx.AsyncBaseTransport]:
        transport = self._idle.pop() if self._idle else self._make_transport()
        try:
            yield transport
        except BaseException:
            # What failed once is not used again.
            await transport.aclose()
            raise
        self._idle.append(transport)

    def _real_transport(self) -> httpx.AsyncBaseTransport:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEPALIVE_EXPIRY_S)
        return httpx.AsyncHTTPTransport(verify=self._tls_context(), trust_env=False, limits=limits)

    def _tls_context(self) -> ssl.SSLContext:
        """One for all transports: reading the certificates takes longer than a request."""
        if self._tls is None:
            https = self._base.startswith("https:")
            # For http, one that trusts nobody: it is never used, and if it were, it would refuse.
            self._tls = httpx.create_ssl_context(trust_env=False) if https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return self._tls


def _headers(key: ApiKey) -> httpx.Headers:
    return httpx.Headers(
        {
            "Authorization": f"Bearer {key.text}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            # A compressed answer could unpack to any size.
            "Accept-Encoding": "identity",
            # The service refuses the default User-Agent of Python's own client.
            "User-Agent": f"gpuspec/{__version__}",
        }
    )


def _settle_sniffio() -> None:
    """Let an import of sniffio fail at once where it is not installed.

    httpcore tries it several times a request, and each time Python searches the whole path anew: a quarter of what a
    create costs. Source: httpcore 1.0.9, `_synchronization.current_async_library`.
    """
    if importlib.util.find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]


class _Steps:
    """Listens to what the transport does; whatever is not about connecting counts as sending.

    As a context it waits for one of the turns, and gives it back as soon as the others needn't wait any longer.
    """

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._on_turn = False
        self.sending = False

    async def __aenter__(self) -> None:
        await self._turns.acquire()
        self._on_turn = True

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave_turn()

    async def take(self, name: str, info: Mapping[str, object]) -> None:
        """Take note of a step, `connection.connect_tcp.started` or `http11.send_request_headers.started`."""
        del info
        self.sending = self.sending or not name.startswith("connection.")
        if name in _OFF_TURN:
            self._leave_turn()

    def _leave_turn(self) -> None:
        if self._on_turn:
            self._on_turn = False
            self._turns.release()


async def _read(response: httpx.Response, cap: int) -> tuple[bytes, Flaw]:
    """The body, read up to the cap and not a chunk further; a larger one is not kept."""
    try:
        if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            return b"", Flaw.ENCODED
        chunks, size = [], 0
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > cap:
                return b"", Flaw.TOO_LARGE
            chunks.append(chunk)
        return b"".join(chunks), Flaw.NONE
    finally:
        await response.aclose()
