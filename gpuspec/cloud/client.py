"""The Novita API as a `ports.Cloud`."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from types import TracebackType
from typing import Self

from gpuspec.cloud import routes
from gpuspec.cloud.catalogue import catalogue_of
from gpuspec.cloud.decode import live_instance
from gpuspec.cloud.failures import classify_create, credentials_error, denied, in_words, says_missing, untrusted
from gpuspec.cloud.key import ApiKey
from gpuspec.cloud.order_answers import classify_order
from gpuspec.cloud.order_wire import order_body, order_secrets
from gpuspec.cloud.pages import BadPage, Page, page_of, walk
from gpuspec.cloud.reply import Flaw, NoReply, Outcome, Reply
from gpuspec.cloud.retry import Reader
from gpuspec.cloud.shapes import unwrapped
from gpuspec.cloud.transport import Link, TransportFactory, Wire
from gpuspec.cloud.wire import create_body, secrets_of
from gpuspec.cloud.wording import clean
from gpuspec.model.answer import Answer
from gpuspec.model.live import Listing, LiveInstance, NotFound, Seen, Sight, Unreadable
from gpuspec.model.order import OrderRequest, call_of
from gpuspec.model.settings import Settings
from gpuspec.ports import Catalogue, Clock, CreateRequest, Randomness


class NovitaCloud:
    """The API at one origin, for one key. Use it as `async with`, so that its connections are closed.

    Reads are repeated a few times when that may help; `create` and `order` send once, whatever happens.

    Args:
        origin: From `endpoint.parse_origin`, or a bare name like `simulator` for a service in process.
        transports: Makes the transports of a service in process; None for real connections.
        trace: Whether the transports report their steps; ASGITransport does not.
        debug: Gets one redacted line for each request and its outcome.
    """

    def __init__(
        self,
        origin: str,
        key: ApiKey,
        *,
        clock: Clock,
        randomness: Randomness,
        settings: Settings,
        transports: TransportFactory | None = None,
        trace: bool = True,
        debug: Callable[[str], None] | None = None,
    ) -> None:
        self._origin = origin
        self._clock = clock
        link = Link(
            origin=origin,
            key=key,
            timeout_s=settings.request_timeout_s,
            transports=transports,
            traced=trace,
            debug=debug,
        )
        self._told: set[str] = set()
        self._wire = Wire(link, clock=clock)
        self._reader = Reader(self._wire, clock=clock, randomness=randomness)

    @property
    def origin(self) -> str:
        """Where the API is, as it was given."""
        return self._origin

    async def create(self, request: CreateRequest) -> Answer:
        """Send one create request, once, and classify what came back."""
        body, secrets = create_body(request), secrets_of(request.fields)
        self._told.update(secrets)
        outcome = await self._wire.send(routes.create(body, secrets=secrets))
        return classify_create(outcome, now=self._clock.now())

    async def order(self, request: OrderRequest) -> Answer:
        """Send one call on a machine that is there, once, and classify what came back."""
        secrets = order_secrets(request)
        self._told.update(secrets)
        asked = routes.order(call_of(request), order_body(request), secrets=secrets)
        return classify_order(await self._wire.send(asked), request, now=self._clock.now())

    async def list(self) -> Listing:
        """Walk all pages.

        Raises:
            CredentialsError: The key was refused, or this client is blocked.
            ServiceUntrusted: The service's certificate is not accepted, and it never answered.
        """
        listing = await walk(self._page)
        self._refuse_untrusted()
        return replace(listing, rows=tuple(map(self._discreet, listing.rows))) if self._told else listing

    async def get(self, instance_id: str) -> Sight:
        """Look at one instance.

        Raises:
            CredentialsError: The key was refused, or this client is blocked.
            ServiceUntrusted: The service's certificate is not accepted, and it never answered.
        """
        outcome = await self._reader.read(routes.instance(instance_id))
        self._refuse_untrusted()
        if isinstance(outcome, NoReply):
            return Unreadable(reason=f"The instance could not be read: {outcome.reason}.")
        denial = denied(outcome)
        if denial is not None:
            raise credentials_error(denial)
        sight = _sight(outcome, instance_id)
        return replace(sight, instance=self._discreet(sight.instance)) if isinstance(sight, Seen) else sight

    async def catalogue(self) -> Catalogue:
        """What can be asked for now; empty where it can't be read."""
        products, clusters = await asyncio.gather(
            self._reader.read(routes.products()), self._reader.read(routes.clusters())
        )
        return catalogue_of(products, clusters)

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def __aenter__(self) -> Self:
        """The cloud itself; it connects when it is first asked."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.close()

    def _refuse_untrusted(self) -> None:
        # Once it has answered, the fault of one connection is doubt like any other: a run may be under way.
        if self._wire.distrust:
            raise untrusted(self._origin, self._wire.distrust)

    def _discreet(self, instance: LiveInstance) -> LiveInstance:
        """The instance, with what the service was told as a secret taken out of what it says went wrong."""
        if not instance.status_error or not self._told:
            return instance
        return replace(instance, status_error=clean(instance.status_error, secrets=self._told))

    async def _page(self, number: int) -> Page | BadPage:
        outcome: Outcome = await self._reader.read(routes.page(number))
        return page_of(outcome)


def _sight(reply: Reply, instance_id: str) -> Sight:
    if says_missing(reply):
        return NotFound()
    row = unwrapped(reply.json, "instance") if reply.status == HTTPStatus.OK and reply.flaw is Flaw.NONE else None
    if row is None:
        return Unreadable(reason=f"The instance could not be read: {in_words(reply)}.")
    instance = live_instance(row)
    if instance is None or instance.id != instance_id:
        return Unreadable(reason="The instance could not be read: the answer is about another one, or about none.")
    return Seen(instance=instance)
