"""What a client makes of a service whose certificate is not accepted, over real TLS on loopback."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from gpuspec.errors import ServiceUntrusted
from gpuspec.model.answer import NotSent
from gpuspec.model.live import Unreadable
from tests.builders.certificates import FLAWS, GOOD, Certificates, certificates
from tests.builders.cloud import a_cloud, a_request, every_order
from tests.builders.fleet import a_service
from tests.campaigns.fault_proxy import Proxy, a_proxy

pytestmark = pytest.mark.anyio
REASON = "the service's certificate is not accepted: certificate has expired"


@dataclass(frozen=True, kw_only=True)
class Secured:
    """A service with TLS before it, and what it may show; each call has a connection of its own."""

    proxy: Proxy
    certificates: Certificates

    @property
    def origin(self) -> str:
        return self.proxy.origin.replace("http:", "https:")

    def shows(self, certificate: str) -> None:
        self.proxy.offers = lambda _: self.certificates.servers[certificate]


@pytest.fixture
def secured() -> Iterator[Secured]:
    """It shows a certificate that expired."""
    with certificates() as made, made.trusted(), a_service() as service, a_proxy(service.origin) as proxy:
        proxy.hangs_up = True
        secured = Secured(proxy=proxy, certificates=made)
        secured.shows("certificate that expired")
        yield secured


async def test_a_create_was_not_sent(secured: Secured) -> None:
    """Its intent may go out again: the handshake comes before the first byte."""
    async with a_cloud(secured.origin) as cloud:
        answer = await cloud.create(a_request())

    assert answer == NotSent(reason=REASON)
    assert secured.proxy.heard == 0


async def test_no_order_was_sent(secured: Secured) -> None:
    """The same of every other call that changes something."""
    async with a_cloud(secured.origin) as cloud:
        answers = [await cloud.order(order) for order in every_order()]

    assert answers == [NotSent(reason=REASON)] * len(answers)


@pytest.mark.parametrize("flaw", FLAWS)
async def test_the_first_read_raises_and_is_not_repeated(secured: Secured, flaw: str) -> None:
    """A certificate is not another one a moment later."""
    secured.shows(flaw)
    async with a_cloud(secured.origin) as cloud:
        with pytest.raises(ServiceUntrusted, match=FLAWS[flaw].says):
            await cloud.list()

    assert secured.proxy.connections == 1


async def test_a_look_at_one_instance_raises_too(secured: Secured) -> None:
    """Some commands begin with it."""
    async with a_cloud(secured.origin) as cloud:
        with pytest.raises(ServiceUntrusted):
            await cloud.get("0a1b")


async def test_once_the_service_has_answered_it_is_doubt(secured: Secured) -> None:
    """A run that is under way goes on as with any connection that fails."""
    secured.shows(GOOD)
    async with a_cloud(secured.origin) as cloud:
        assert (await cloud.list()).incomplete == ""
        secured.shows("certificate that expired")

        assert REASON in (await cloud.list()).incomplete
        assert isinstance(await cloud.get("0a1b"), Unreadable)


@asynccontextmanager
async def a_port_without_tls() -> AsyncIterator[str]:
    """It says at once that it understood nothing."""

    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_port_without_tls_is_out_of_reach() -> None:
    """It may be a gateway that is starting: what that leaves in doubt is blocked."""
    async with a_port_without_tls() as origin, a_cloud(origin) as cloud:
        listing = await cloud.list()

    assert "no connection could be made, since TLS could not be agreed on (ConnectError)" in listing.incomplete
