"""Requests are written a few at a time, and wait for their answers together."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from gpuspec.cloud.transport import WRITTEN_AT_ONCE
from gpuspec.model.answer import Ambiguous, Done, NotSent
from tests.builders.cloud import a_cloud, a_request

pytestmark = pytest.mark.anyio
MANY = WRITTEN_AT_ONCE + 3


@dataclass(kw_only=True)
class Held(httpx.AsyncBaseTransport):
    """Each request gets as far as its last step, and no further until all may; the first so many fail, or hang."""

    steps: tuple[str, ...] = ()
    failing: int = 0
    hanging: int = 0
    may_go: asyncio.Event = field(default_factory=asyncio.Event)
    reached: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Report the steps, and answer once it may."""
        self.reached += 1
        if self.reached <= self.failing:
            raise httpx.ConnectError("broken")
        for step in self.steps:
            await request.extensions["trace"](step, {})
        if self.reached <= self.hanging:
            await asyncio.Event().wait()
        await self.may_go.wait()
        return httpx.Response(200, stream=httpx.ByteStream(b'{"id": "0a1b2c3d4e5f6071"}'))


async def all_as_far_as_they_get() -> None:
    """Let every task run until it waits."""
    for _ in range(50):
        await asyncio.sleep(0)


REACHED: Mapping[str, tuple[tuple[str, ...], int]] = {
    "nothing reported yet": ((), WRITTEN_AT_ONCE),
    "writing": (("http11.send_request_headers.started",), WRITTEN_AT_ONCE),
    "written": (("http11.send_request_headers.started", "http11.send_request_headers.complete"), MANY),
    "connecting": (("connection.connect_tcp.started",), MANY),
    "connected, and written": (("connection.connect_tcp.started", "http11.send_request_headers.complete"), MANY),
}


@pytest.mark.parametrize("name", REACHED)
async def test_who_waits_for_the_network_holds_up_nobody(name: str) -> None:
    """Only while they are being written do requests wait for each other; all are answered in the end."""
    steps, reached = REACHED[name]
    transport = Held(steps=steps)
    async with a_cloud("http://127.0.0.1:1", transports=lambda: transport) as cloud, asyncio.TaskGroup() as group:
        tasks = [group.create_task(cloud.create(a_request())) for _ in range(MANY)]
        await all_as_far_as_they_get()
        seen = transport.reached
        transport.may_go.set()

    assert seen == reached
    assert [task.result() for task in tasks] == [Done(id="0a1b2c3d4e5f6071")] * MANY


async def test_a_service_in_process_is_asked_by_all_at_once() -> None:
    """Nothing tells when a request is written there, and an answer may take as long as it likes."""
    transport = Held()
    async with a_cloud("http://127.0.0.1:1", transports=lambda: transport, trace=False) as cloud:
        asked = asyncio.gather(*(cloud.create(a_request()) for _ in range(MANY)))
        await all_as_far_as_they_get()
        seen = transport.reached
        transport.may_go.set()
        await asked

    assert seen == MANY


async def test_a_turn_comes_back_from_those_that_fail() -> None:
    """As many failures as there are turns, and more, leave a turn for the next request."""
    transport = Held(failing=MANY)
    transport.may_go.set()
    async with a_cloud("http://127.0.0.1:1", transports=lambda: transport) as cloud:
        failed = [await cloud.create(a_request()) for _ in range(MANY)]
        answer = await cloud.create(a_request())

    assert all(isinstance(each, NotSent) for each in failed)
    assert answer == Done(id="0a1b2c3d4e5f6071")


async def test_the_time_for_a_request_begins_with_its_turn() -> None:
    """Those before it hang while they are being written: they are in doubt, and it is sent once they are given up."""
    transport = Held(steps=("http11.send_request_headers.started",), hanging=WRITTEN_AT_ONCE)
    transport.may_go.set()
    async with a_cloud("http://127.0.0.1:1", timeout_s=0.05, transports=lambda: transport) as cloud:
        answers = await asyncio.gather(*(cloud.create(a_request()) for _ in range(MANY)))

    kinds = [type(answer) for answer in answers]
    assert kinds == [Ambiguous] * WRITTEN_AT_ONCE + [Done] * (MANY - WRITTEN_AT_ONCE)
