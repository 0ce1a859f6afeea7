"""Answers of a real socket, whole and broken, as a create call sees them."""

import asyncio
import gc
import json
import ssl
import tracemalloc
from dataclasses import dataclass

import httpx
import pytest

from gpuspec import __version__
from gpuspec.cloud.transport import MEGABYTE
from gpuspec.model.answer import Ambiguous, Answer, Denied, Done, NotSent, Rejected, Throttled
from gpuspec.model.secret import Revealed
from tests.builders.cloud import KEY, a_cloud, a_request
from tests.builders.wire_server import Answerer, Asked, a_server, cuts_off, http, resets, says, stalls

pytestmark = pytest.mark.anyio
MADE = http(200, {"id": "0a1b2c3d4e5f6071"})
REFUSAL = {"code": 400, "reason": "INSUFFICIENT_RESOURCE", "message": "resource insufficient", "metadata": {}}


async def created(answerer: Answerer, *, timeout_s: float = 5.0) -> Answer:
    """What a create call makes of a server that answers like this; the server was asked once."""
    async with a_server(answerer) as server, a_cloud(server.origin, timeout_s=timeout_s) as cloud:
        answer = await cloud.create(a_request())
        assert len(server.asked) == 1
    return answer


async def test_an_id_is_done() -> None:
    """200 with an id is what the call promises."""
    assert Done(id="0a1b2c3d4e5f6071") == await created(says(MADE))


async def test_the_request_names_itself_and_its_key_and_asks_for_no_compression() -> None:
    """The request carries what the service asks for, and nothing that invites a redirect, a cookie or compression."""
    async with a_server(says(MADE)) as server, a_cloud(server.origin) as cloud:
        await cloud.create(a_request())

        asked = server.asked[0]
        assert (asked.method, asked.target) == ("POST", "/gpu-instance/openapi/v1/gpu/instance/create")
        expected = {
            "authorization": f"Bearer {KEY}",
            "content-type": "application/json",
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": f"gpuspec/{__version__}",
            "host": server.origin.removeprefix("http://"),
            "content-length": str(len(asked.content)),
        }
        assert expected == asked.headers
        assert json.loads(asked.content)["productId"] == "4090.16c62g"


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A way to answer that leaves doubt, and a word of the reason."""

    answerer: Answerer
    says: str


BROKEN = {
    "a reset": Broken(answerer=resets, says="broke"),
    "an end without an answer": Broken(answerer=cuts_off(b""), says="closed without one"),
    "half a status line": Broken(answerer=cuts_off(b"HTTP/1.1 20"), says="closed without one"),
    "half a body": Broken(answerer=cuts_off(MADE[:-9]), says="broke off"),
    "no HTTP": Broken(answerer=says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), says="no HTTP"),
    "endless headers": Broken(answerer=cuts_off(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 40_000), says="no HTTP"),
    "a body that is no JSON": Broken(answerer=says(http(200, b"<html>fine</html>")), says="no id"),
    "JSON without end": Broken(answerer=says(http(200, b"[" * 200_000)), says="no id"),
    "an empty body": Broken(answerer=says(http(200)), says="no id"),
    "a compressed body": Broken(answerer=says(http(200, b"x", content_encoding="gzip")), says="compressed"),
    "a gateway's page": Broken(answerer=says(http(502, b"<html>bad gateway</html>")), says="status 502"),
    "a switch of protocols": Broken(answerer=cuts_off(b"HTTP/1.1 101 Go\r\nupgrade: x\r\n\r\n{}"), says="no HTTP"),
    "hints and no answer": Broken(answerer=cuts_off(b"HTTP/1.1 103 Hints\r\n\r\n"), says="closed without one"),
    "a length that is none": Broken(answerer=says(http(200, b"{}", content_length="x")), says="no HTTP"),
    "a chunk that is none": Broken(
        answerer=says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), says="broke off"
    ),
    "a redirect": Broken(answerer=says(http(307, b"", location="http://127.0.0.1:1/")), says="status 307"),
    "a proxy's 404": Broken(answerer=says(http(404, b"<html>not found</html>")), says="status 404"),
    "a refusal cut short": Broken(answerer=cuts_off(http(400, REFUSAL)[:-5]), says="status 400"),
    "an id with a 500": Broken(answerer=says(http(500, {"id": "0a1b2c3d4e5f6071"})), says="status 500"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_an_answer_that_leaves_doubt_is_ambiguous(name: str) -> None:
    """What may have been done is said to be in doubt, in words, and is sent once."""
    answer = await created(BROKEN[name].answerer)

    assert isinstance(answer, Ambiguous)
    assert BROKEN[name].says in answer.reason


@pytest.mark.parametrize("start", [b"", MADE[:20], MADE[:-9]], ids=["silence", "half a head", "half a body"])
async def test_an_answer_that_does_not_come_in_time_is_ambiguous(start: bytes) -> None:
    """Silence after the request was sent means doubt."""
    assert isinstance(await created(stalls(start), timeout_s=0.2), Ambiguous)


async def test_a_trickling_answer_does_not_outlive_the_time_for_one_request() -> None:
    """A byte now and then keeps the connection's own time-outs quiet; the request still ends in time."""

    async def trickle(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(MADE[:-20])
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with asyncio.timeout(2):
        assert isinstance(await created(trickle, timeout_s=0.2), Ambiguous)


async def test_a_refusal_of_the_api_is_rejected_in_its_own_words() -> None:
    """The service's code and message are passed through."""
    expected = Rejected(status=400, reason="INSUFFICIENT_RESOURCE", message="resource insufficient")
    assert expected == await created(says(http(400, REFUSAL)))


async def test_throttling_is_told_apart_by_its_status_alone() -> None:
    """A 429 is a refusal also when its body never ends."""
    start = http(429, b"x" * 50, retry_after="7")[:-10]
    assert Throttled(retry_after_s=7.0) == await created(stalls(start), timeout_s=0.2)


async def test_a_blocked_client_is_told_apart_from_a_refused_key() -> None:
    """A 403 that the API did not write comes from something before it."""
    answer = await created(says(http(403, b"error code: 1010")))
    assert isinstance(answer, Denied)
    assert answer.client_blocked


async def test_nobody_listening_is_not_sent() -> None:
    """A refused connection is proof that no byte was sent."""
    async with a_server(says(MADE)) as server:
        origin = server.origin
    async with a_cloud(origin) as cloud:
        assert isinstance(await cloud.create(a_request()), NotSent)


async def test_a_transport_without_a_trace_proves_nothing() -> None:
    """Without a trace, even a refused connection counts as sent."""

    def refuse() -> httpx.AsyncBaseTransport:
        async def raise_error(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused", request=request)

        return httpx.MockTransport(raise_error)

    async with a_cloud("http://127.0.0.1:9", transports=refuse, trace=False) as cloud:
        assert isinstance(await cloud.create(a_request()), Ambiguous)


async def test_tls_that_fails_is_not_sent() -> None:
    """A server that speaks no TLS gets no byte of the request."""
    async with a_server(says(b"")) as server:
        async with a_cloud(server.origin.replace("http:", "https:"), timeout_s=0.3) as cloud:
            answer = await cloud.create(a_request())
        assert server.asked == []
    assert isinstance(answer, NotSent)


async def test_a_failing_app_in_process_leaves_doubt() -> None:
    """Whatever a transport raises, also what it has no class for, is an answer and no traceback."""

    def broken() -> httpx.AsyncBaseTransport:
        async def raise_error(_: httpx.Request) -> httpx.Response:
            raise KeyError("a bug")

        return httpx.MockTransport(raise_error)

    async with a_cloud("simulator", transports=broken, trace=False) as cloud:
        answer = await cloud.create(a_request())
    assert Ambiguous(reason="the exchange broke off (KeyError)") == answer


async def test_a_huge_answer_stops_early() -> None:
    """Of an answer of 300 MB little more than the cap is read, and less than that is held."""
    written = 0

    async def pour(_: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 314572800\r\n\r\n")
        for _chunk in range(300 * 16):
            writer.write(b" " * (MEGABYTE // 16))
            await writer.drain()
            written += MEGABYTE // 16

    gc.collect()
    tracemalloc.start()
    answer = await created(pour)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert Ambiguous(reason="status 200, and its body is larger than any answer of the API") == answer
    assert written < 32 * MEGABYTE
    assert peak < 16 * MEGABYTE


async def test_a_message_that_repeats_secrets_is_cleaned() -> None:
    """The service may quote the request; no secret of it, nor the key, comes back out."""
    message = f"bad \x1b[31mvalue 'hunter2\n2' for {KEY}, login bob with swordfish"
    refusal = {"code": 400, "reason": "VALIDATOR_PARAM", "message": message}
    async with a_server(says(http(400, refusal))) as server, a_cloud(server.origin) as cloud:
        request = a_request(imageAuth=Revealed(text="bob:swordfish"), command=Revealed(text="hunter2\n2"))
        answer = await cloud.create(request)

    shown = "bad [31mvalue '(secret)' for (secret), login bob with (secret)"
    assert Rejected(status=400, reason="VALIDATOR_PARAM", message=shown) == answer


async def test_many_at_once_each_have_their_own_connection_and_it_is_used_again() -> None:
    """Concurrent requests don't queue up behind one another, and their connections are kept for the next ones."""
    together = asyncio.Barrier(8)

    async def meet(_: Asked, writer: asyncio.StreamWriter) -> None:
        await together.wait()
        writer.write(MADE)

    async with a_server(meet) as server, a_cloud(server.origin) as cloud:
        for _ in range(2):
            await asyncio.gather(*(cloud.create(a_request()) for _ in range(8)))
        assert server.connections == 8


async def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    """A request on it would end in doubt for nothing."""
    async with a_server(cuts_off(MADE)) as server, a_cloud(server.origin) as cloud:
        for made in (1, 2):
            assert isinstance(await cloud.create(a_request()), Done)
            assert server.connections == made
            while server.open:
                await asyncio.sleep(0)


async def test_a_cancelled_call_leaves_no_open_connection() -> None:
    """After a cancelled call the next one works, on a connection of its own."""
    calls = 0

    async def first_stalls(asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        await (stalls() if calls == 1 else says(MADE))(asked, writer)

    async with a_server(first_stalls) as server, a_cloud(server.origin) as cloud:
        call = asyncio.create_task(cloud.create(a_request()))
        while not server.asked:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert isinstance(await cloud.create(a_request()), Done)
        assert server.connections == 2


async def test_certificates_are_read_once_and_for_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A TLS context is dear: one serves all transports of an https origin, and http needs none."""
    made: list[ssl.SSLContext] = []
    create = httpx.create_ssl_context

    def counted(*, trust_env: bool) -> ssl.SSLContext:
        made.append(create(trust_env=trust_env))
        return made[-1]

    monkeypatch.setattr(httpx, "create_ssl_context", counted)
    async with a_server(resets) as server:
        for scheme, contexts in (("http", 0), ("https", 1)):
            async with a_cloud(server.origin.replace("http", scheme, 1), timeout_s=0.3) as cloud:
                await asyncio.gather(*(cloud.create(a_request()) for _ in range(3)))
            assert contexts == len(made)
    assert made[0].verify_mode == ssl.CERT_REQUIRED
    assert made[0].check_hostname
