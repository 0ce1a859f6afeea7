"""What every implementation of `ports.Cloud` must hold, seen from the engine.

An implementation takes part as a row of `CLOUDS`: a way to open it over a simulated world.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette

from gpuspec.errors import CredentialsError
from gpuspec.model.answer import Ambiguous, Denied, Done, NotSent, Rejected, Throttled
from gpuspec.model.live import LiveInstance, NotFound, Phase, Seen
from gpuspec.model.marker import MarkerMode
from gpuspec.model.values import Env, Mount, Port
from gpuspec.ports import Cloud, CreateRequest
from gpuspec.simulator.fault_kinds import KINDS
from gpuspec.simulator.server import background
from tests.builders.cloud import MARKER, a_cloud, a_cloud_in_process, a_request
from tests.builders.description import only_described_requests
from tests.builders.simulator import a_world as a_plain_world
from tests.builders.simulator import an_app

pytestmark = pytest.mark.anyio
Open = Callable[[Starlette], AbstractAsyncContextManager[Cloud]]


@asynccontextmanager
async def in_process(app: Starlette) -> AsyncIterator[Cloud]:
    """The API's client over ASGI."""
    with only_described_requests(app):
        async with a_cloud_in_process(app) as cloud:
            yield cloud


@asynccontextmanager
async def on_a_port(app: Starlette) -> AsyncIterator[Cloud]:
    """The API's client over a socket."""
    with only_described_requests(app), background(app) as origin:
        async with a_cloud(origin, timeout_s=2.0) as cloud:
            yield cloud


CLOUDS: dict[str, Open] = {"in process": in_process, "on a port": on_a_port}


@pytest.fixture(params=CLOUDS)
def opened(request: pytest.FixtureRequest) -> Open:
    """One implementation after the other."""
    return CLOUDS[request.param]


def a_service(*faults: str, **switches: Any) -> Starlette:
    """An empty service with these faults and switches."""
    return an_app(a_plain_world(), *faults, **switches)


_nonces = itertools.count(1)


def another(**fields: Any) -> CreateRequest:
    """A request like the others, for an instance of its own."""
    marker = replace(MARKER, nonce=f"{next(_nonces):016x}")
    return a_request(marker=marker, **fields)


async def made(cloud: Cloud, request: CreateRequest) -> LiveInstance:
    """The instance that this request makes, read back."""
    answer = await cloud.create(request)
    assert isinstance(answer, Done)
    sight = await cloud.get(answer.id)
    assert isinstance(sight, Seen)
    return sight.instance


async def test_what_was_created_is_seen_and_listed(opened: Open) -> None:
    """By the id of the answer, with its marker, in a list that is whole."""
    request = another()
    async with opened(a_service()) as cloud:
        instance = await made(cloud, request)
        listing = await cloud.list()

    assert instance.trace is not None
    assert instance.trace.marker == request.marker
    assert instance.envs_shown
    assert listing.incomplete == ""
    assert [(row.id, row.trace) for row in listing.rows] == [(instance.id, instance.trace)]


async def test_what_is_shown_is_what_was_sent(opened: Open) -> None:
    """Every field that the list shows comes back in the form in which it was sent, the marker taken out."""
    fields = {
        "ports": (Port(number=8080, protocol="tcp"), Port(number=8081, protocol="http")),
        "envs": (Env(key="RUN", value="nightly"), Env(key="EMPTY", value="")),
        "command": "run",
        "networkStorages": (Mount(id="vol-1", mount_point="/data"),),
    }
    request = another(**fields)
    async with opened(a_service()) as cloud:
        await cloud.create(request)
        (row,) = (await cloud.list()).rows

    compared = row.fields.keys() & request.fields.keys()
    assert compared >= {"name", "productId", "gpuNum", "rootfsSize", "imageUrl", "kind", *fields}
    assert {name: row.fields[name] for name in compared} == {name: request.fields[name] for name in compared}


@pytest.mark.parametrize("mode", MarkerMode)
async def test_each_way_of_marking_is_read_back(opened: Open, mode: MarkerMode) -> None:
    """In envs in words, in the name by nonce and birthplace, or not at all."""
    request = replace(another(), marker_mode=mode)
    async with opened(a_service()) as cloud:
        instance = await made(cloud, request)

    trace = request.marker.trace
    expected = {MarkerMode.ENV: replace(trace, marker=request.marker), MarkerMode.NAME: trace, MarkerMode.OFF: None}
    assert instance.trace == expected[mode]
    assert instance.fields["name"] == "trainer"


async def test_each_request_makes_one_instance_also_many_at_once(opened: Open) -> None:
    """Markers and ids stay together."""
    requests = [another() for _ in range(30)]
    async with opened(a_service()) as cloud:
        answers = await asyncio.gather(*map(cloud.create, requests))
        listing = await cloud.list()

    sent = {
        answer.id: request.marker for answer, request in zip(answers, requests, strict=True) if isinstance(answer, Done)
    }
    assert len(sent) == 30
    assert sent == {row.id: row.trace.marker for row in listing.rows if row.trace is not None}


@pytest.mark.parametrize(
    "switches",
    [{}, {"first_page": 1}, {"first_page": 1, "page_cap": 7}, {"wrapped": True}, {"duplicate_rows": True}],
    ids=str,
)
async def test_a_list_of_many_pages_is_whole(opened: Open, switches: dict[str, Any]) -> None:
    """Whatever the first page is called, and whatever the answers are wrapped in."""
    async with opened(a_service(**switches)) as cloud:
        for _ in range(5):
            await asyncio.gather(*(cloud.create(another()) for _ in range(41)))
        listing = await cloud.list()

    assert listing.incomplete == ""
    assert len({row.id for row in listing.rows}) == len(listing.rows) == 205


async def test_a_list_from_which_a_row_slips_away_is_incomplete(opened: Open) -> None:
    """What is on no page is not proven gone."""
    async with opened(a_service(shifting_pages=True, page_cap=10)) as cloud:
        await asyncio.gather(*(cloud.create(another()) for _ in range(30)))
        listing = await cloud.list()
    assert len(listing.rows) < 30
    assert listing.incomplete


async def test_an_empty_account_has_a_whole_list(opened: Open) -> None:
    """Nothing is there, for certain."""
    async with opened(a_service()) as cloud:
        listing = await cloud.list()
    assert (listing.rows, listing.incomplete) == ((), "")


async def test_a_list_without_a_total_is_incomplete(opened: Open) -> None:
    """Its rows are shown, and prove nothing about others."""
    async with opened(a_service(missing_total=True)) as cloud:
        await cloud.create(another())
        listing = await cloud.list()
    assert len(listing.rows) == 1
    assert listing.incomplete


@pytest.mark.parametrize("status", [400, 404])
async def test_an_id_that_nobody_has_is_not_found(opened: Open, status: int) -> None:
    """The service says so itself, in one of two ways."""
    async with opened(a_service(not_found_status=status)) as cloud:
        assert await cloud.get("ffffffffffffffff") == NotFound()


async def test_a_service_that_shows_no_envs_hides_the_marker(opened: Open) -> None:
    """Then nothing is concluded from its absence."""
    async with opened(a_service(envs_in_list=False)) as cloud:
        instance = await made(cloud, another())
        (row,) = (await cloud.list()).rows
    assert (row.envs_shown, row.trace) == (False, None)
    assert (instance.envs_shown, instance.trace is None) == (True, False)


# Faults of the wire exist on a port only.
FAULTED = [
    (name, fault)
    for name in CLOUDS
    for fault, kind in KINDS.items()
    if "create" in (kind.only or kind.calls) and not (kind.wire and name == "in process")
]


@pytest.mark.parametrize(("name", "fault"), FAULTED, ids="-".join)
async def test_no_answer_denies_what_was_done(name: str, fault: str) -> None:
    """An answer that says "nothing done" is true, and one that says "done" is true; anything else is in doubt."""
    world = a_plain_world()
    async with CLOUDS[name](an_app(world, fault)) as cloud:
        answer = await cloud.create(another())

    received = world.requests
    kept = len(world.holdings(received[0].account).instances)
    assert len(received) == 1
    match answer:
        case Done():
            assert kept == 1
        case Ambiguous():
            assert kept in {0, 1}
        case NotSent() | Throttled() | Denied() | Rejected():
            assert kept == 0


async def test_a_refused_key_is_denied_and_raised(opened: Open) -> None:
    """A call that changes something answers so, one that reads raises."""
    async with opened(an_app(a_plain_world(), key="sk_another")) as cloud:
        answer = await cloud.create(another())
        for reading in (cloud.list(), cloud.get("0a1b")):
            with pytest.raises(CredentialsError):
                await reading
        assert (await cloud.catalogue()).products == {}

    assert isinstance(answer, Denied)
    assert not answer.client_blocked


async def test_the_catalogue_names_what_can_be_asked_for(opened: Open) -> None:
    """Products by id, clusters by id."""
    async with opened(a_service()) as cloud:
        found = await cloud.catalogue()
    assert {id_: product.id for id_, product in found.products.items()} == {id_: id_ for id_ in found.products}
    assert "4090.16c62g" in found.products
    assert "us-ca-6" in found.clusters


async def test_a_new_instance_is_on_its_way_or_running(opened: Open) -> None:
    """Its status has a phase."""
    async with opened(a_service()) as cloud:
        assert (await made(cloud, another())).phase in {Phase.BUSY, Phase.RUNNING}
