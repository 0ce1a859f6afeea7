"""What every implementation of `ports.Cloud` must hold of calls on machines that are there, seen from the engine.

An implementation takes part as a row of `CLOUDS`: a way to open it over a simulated world.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette

from gpuspec.model.answer import Ambiguous, Denied, Done, NotSent, Rejected, Throttled
from gpuspec.model.live import LiveInstance, NotFound, Phase, Seen
from gpuspec.model.order import Convert, Delete, Edit, OrderRequest, Restart, Start, Stop, call_of
from gpuspec.model.secret import Revealed
from gpuspec.model.state import Call
from gpuspec.model.values import Env, Mount, Port
from gpuspec.ports import Cloud
from gpuspec.simulator.fault_kinds import KINDS
from gpuspec.simulator.instance import Instance
from gpuspec.simulator.server import background
from gpuspec.simulator.world import World
from tests.builders.cloud import a_cloud, a_cloud_in_process, a_request, an_upgrade, every_order
from tests.builders.description import only_described_requests
from tests.builders.simulator import FakeClock, a_world, an_app

pytestmark = pytest.mark.anyio
Open = Callable[[Starlette], AbstractAsyncContextManager[Cloud]]

# What the simulator calls them.
CALLS = {call: "monthly" if call is Call.CONVERT else call.value for call in Call}
LONG_S = 1000.0


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


class Service:
    """A simulated service, its clock, and machines at rest in it."""

    def __init__(self, *faults: str, **switches: Any) -> None:
        self.clock = FakeClock()
        self.world: World = a_world(self.clock)
        self.app = an_app(self.world, *faults, **switches)

    async def machine(self, cloud: Cloud, **fields: Any) -> str:
        """The id of a machine that runs."""
        answer = await cloud.create(a_request(**{"envs": (Env(key="RUN", value="nightly"),), **fields}))
        assert isinstance(answer, Done)
        self.rest()
        return answer.id

    async def machine_for(self, cloud: Cloud, call: Call) -> str:
        """The id of a machine that would take this call."""
        instance_id = await self.machine(cloud)
        if call is Call.START:
            assert isinstance(await cloud.order(Stop(id=instance_id)), Done)
            self.rest()
        return instance_id

    def rest(self) -> None:
        """Let pass what is under way."""
        self.clock.advance(LONG_S)

    def instance(self, instance_id: str) -> Instance:
        """The service's own word on a machine."""
        (account,) = {received.account for received in self.world.requests}
        return self.world.find(account, instance_id)


async def seen(cloud: Cloud, instance_id: str) -> LiveInstance:
    """The machine as GET shows it."""
    sight = await cloud.get(instance_id)
    assert isinstance(sight, Seen)
    return sight.instance


async def row_of(cloud: Cloud, instance_id: str) -> LiveInstance:
    """The machine as the list shows it."""
    return next(row for row in (await cloud.list()).rows if row.id == instance_id)


def of_kind(call: Call, instance_id: str) -> OrderRequest:
    """A call of this kind on this machine."""
    return next(request for request in every_order(instance_id) if call_of(request) is call)


ORDERS = tuple(call for call in Call if call is not Call.CREATE)


@pytest.mark.parametrize("call", ORDERS)
@pytest.mark.parametrize("switches", [{}, {"empty_bodies": True}, {"wrapped": True}], ids=str)
async def test_each_call_is_done_once(opened: Open, call: Call, switches: dict[str, Any]) -> None:
    """Whatever the service says to it, and the answer names the machine."""
    service = Service(**switches)
    async with opened(service.app) as cloud:
        instance_id = await service.machine_for(cloud, call)
        count, before = len(service.world.requests), service.instance(instance_id)
        answer = await cloud.order(of_kind(call, instance_id))

    assert answer == Done(id=instance_id)
    assert [received.call for received in service.world.requests[count:]] == [CALLS[call]]
    assert service.instance(instance_id) != before


PASSING = {
    Delete: (Call.DELETE, Phase.LEAVING, Phase.REMOVED),
    Stop: (Call.STOP, Phase.BUSY, Phase.STOPPED),
    Restart: (Call.RESTART, Phase.BUSY, Phase.RUNNING),
}


@pytest.mark.parametrize("kind", PASSING, ids=lambda kind: kind.__name__)
async def test_what_is_under_way_and_what_came_of_it_is_seen(opened: Open, kind: type[Delete | Stop | Restart]) -> None:
    """In the list as by GET."""
    call, passing, then = PASSING[kind]
    service = Service()
    async with opened(service.app) as cloud:
        instance_id = await service.machine(cloud)
        await cloud.order(kind(id=instance_id))
        under_way = [await seen(cloud, instance_id), await row_of(cloud, instance_id)]
        service.clock.advance(5.0)
        after = [await seen(cloud, instance_id), await row_of(cloud, instance_id)]

    assert [(each.phase, each.under_way) for each in under_way] == [(passing, call)] * 2
    assert [(each.phase, each.under_way) for each in after] == [(then, None)] * 2


async def test_a_stopped_machine_starts(opened: Open) -> None:
    """On its way first, then running."""
    service = Service()
    async with opened(service.app) as cloud:
        instance_id = await service.machine_for(cloud, Call.START)
        await cloud.order(Start(id=instance_id))
        under_way = await seen(cloud, instance_id)
        service.rest()
        after = await seen(cloud, instance_id)

    assert (under_way.phase, under_way.under_way) == (Phase.BUSY, Call.START)
    assert after.phase is Phase.RUNNING


async def test_an_edit_is_read_back(opened: Open) -> None:
    """The ports are those of the call, the disk is larger by what it says, and the rest stays."""
    service = Service()
    ports = (Port(number=9000, protocol="http"), Port(number=22, protocol="tcp"))
    async with opened(service.app) as cloud:
        instance_id = await service.machine(cloud, ports=(Port(number=8080, protocol="tcp"),))
        before = await row_of(cloud, instance_id)
        await cloud.order(Edit(id=instance_id, ports=ports, grow_gb=20))
        after = await row_of(cloud, instance_id)
        await cloud.order(Edit(id=instance_id, ports=()))
        closed = await row_of(cloud, instance_id)

    assert after.fields == {**before.fields, "ports": ports, "rootfsSize": 80}
    assert closed.fields == {**before.fields, "ports": (), "rootfsSize": 80}


async def test_an_upgrade_is_read_back(opened: Open) -> None:
    """All of it replaces what there was, secrets too, and the marker is still the same."""
    service = Service()
    async with opened(service.app) as cloud:
        instance_id = await service.machine(cloud)
        before = await row_of(cloud, instance_id)
        await cloud.order(an_upgrade(instance_id, envs=(Env(key="TOKEN", value=Revealed(text="hunter2")),)))
        under_way = await seen(cloud, instance_id)
        service.rest()
        after = await row_of(cloud, instance_id)

    assert under_way.under_way is Call.UPGRADE
    assert (after.trace, after.phase) == (before.trace, Phase.RUNNING)
    assert after.fields == {
        **before.fields,
        "imageUrl": "pytorch/pytorch:2.7",
        "imageAuthId": "auth-1",
        "envs": (Env(key="TOKEN", value="hunter2"),),
        "command": "run",
        "entrypoint": "/bin/sh",
        "networkStorages": (Mount(id="vol-1", mount_point="/data"),),
    }


async def test_an_upgrade_to_nothing_is_read_back(opened: Open) -> None:
    """What is empty in the call is cleared; without a marker there is none."""
    service = Service()
    bare: dict[str, Any] = {"image_auth_id": "", "envs": (), "command": "", "entrypoint": "", "mounts": ()}
    async with opened(service.app) as cloud:
        instance_id = await service.machine(cloud)
        await cloud.order(an_upgrade(instance_id, marker=None, **bare))
        after = await row_of(cloud, instance_id)

    cleared = ("imageAuthId", "envs", "command", "entrypoint", "networkStorages")
    assert [after.fields[name] for name in cleared] == ["", (), "", "", ()]
    assert (after.trace, after.envs_shown) == (None, True)


async def test_a_conversion_is_read_back(opened: Open) -> None:
    """Paid as it goes first, monthly with an end then; and what is paid ahead can't be deleted."""
    service = Service()
    async with opened(service.app) as cloud:
        instance_id = await service.machine(cloud)
        before = await row_of(cloud, instance_id)
        await cloud.order(Convert(id=instance_id, months=2))
        after = await row_of(cloud, instance_id)
        refusal = await cloud.order(Delete(id=instance_id))

    assert (before.fields["billingMode"], before.end_time) == ("onDemand", 0)
    assert after.fields["billingMode"] == "monthly"
    assert after.end_time is not None
    assert after.end_time > service.clock.at
    assert isinstance(refusal, Rejected)
    assert refusal.reason == "PREPAID_INSTANCE_NOT_SUPPORT_RELEASE"


async def test_jobs_are_counted(opened: Open) -> None:
    """GET shows that there are none; a list says nothing of them."""
    service = Service()
    async with opened(service.app) as cloud:
        instance_id = await service.machine(cloud)
        assert (await seen(cloud, instance_id)).jobs == 0
        assert (await row_of(cloud, instance_id)).jobs is None


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("call", ORDERS)
async def test_only_a_deletion_of_what_is_not_there_is_done(opened: Open, call: Call, status: int) -> None:
    """The others are refused, and say why; so is it once the machine was deleted."""
    service = Service(not_found_status=status)
    async with opened(service.app) as cloud:
        nobody = await cloud.order(of_kind(call, "ffffffffffffffff"))
        instance_id = await service.machine(cloud)
        await cloud.order(Delete(id=instance_id))
        service.rest()
        gone = await cloud.order(of_kind(call, instance_id))
        sight = await cloud.get(instance_id)

    assert sight == NotFound()
    for answer, id_ in ((nobody, "ffffffffffffffff"), (gone, instance_id)):
        if call is Call.DELETE:
            assert answer == Done(id=id_)
        else:
            assert isinstance(answer, Rejected)
            assert (answer.status, answer.reason) == (status, "RESOURCE_NOT_FOUND")


async def test_a_deletion_said_twice_is_done_twice(opened: Open) -> None:
    """While the machine is leaving."""
    service = Service()
    async with opened(service.app) as cloud:
        instance_id = await service.machine(cloud)
        answers = [await cloud.order(Delete(id=instance_id)) for _ in range(2)]

    assert answers == [Done(id=instance_id)] * 2


@pytest.mark.parametrize("call", [Call.START, Call.STOP, Call.RESTART, Call.EDIT, Call.CONVERT])
async def test_a_machine_in_the_wrong_status_refuses(opened: Open, call: Call) -> None:
    """Nothing is done, and the service's reason is passed on."""
    service = Service()
    async with opened(service.app) as cloud:
        instance_id = await service.machine(cloud)
        if call is Call.CONVERT:
            await cloud.order(Stop(id=instance_id))
            service.rest()
        elif call is not Call.START:
            await cloud.order(an_upgrade(instance_id))
        before = service.instance(instance_id)
        answer = await cloud.order(of_kind(call, instance_id))

    assert isinstance(answer, Rejected)
    assert (answer.status, answer.reason) == (400, "OPERATION_LIMIT")
    assert service.instance(instance_id) == before


async def test_a_secret_is_not_repeated_in_a_refusal(opened: Open) -> None:
    """The service may quote what it was sent; we don't."""
    service = Service()
    service.app.state.unfit_on_purpose = True
    secret = Revealed(text="s3cret" * 400)
    async with opened(service.app) as cloud:
        instance_id = await service.machine(cloud)
        answer = await cloud.order(an_upgrade(instance_id, command=secret))

    assert isinstance(answer, Rejected)
    assert answer.reason == "VALIDATOR_PARAM"
    assert "s3cret" not in answer.message


async def test_many_calls_at_once_stay_apart(opened: Open) -> None:
    """Each answer is of its own machine."""
    service = Service()
    async with opened(service.app) as cloud:
        ids = [await service.machine(cloud) for _ in range(20)]
        answers = await asyncio.gather(*(cloud.order(Stop(id=id_)) for id_ in ids))

    assert answers == [Done(id=id_) for id_ in ids]


async def test_a_refused_key_is_denied(opened: Open) -> None:
    """Like that of a create."""
    async with opened(an_app(a_world(), key="sk_another")) as cloud:
        answers = [await cloud.order(request) for request in every_order("0a1b")]

    assert {type(answer) for answer in answers} == {Denied}


# Faults of the wire exist on a port only.
FAULTED = [
    (name, fault)
    for name in CLOUDS
    for fault, kind in KINDS.items()
    if (not kind.only or kind.only & set(CALLS.values()) - {"create"}) and not (kind.wire and name == "in process")
]


async def struck(cloud: Cloud, service: Service, request: OrderRequest) -> None:
    """One call under a fault: what its answer says of the machine must be true."""
    before = service.instance(request.id)
    answer = await cloud.order(request)
    after = service.instance(request.id)

    match answer:
        case Done(id=named):
            assert named == request.id
            # What says that nothing is there may be wrong: a deletion is proven by looking, not by its answer.
            assert after != before or isinstance(request, Delete)
        case Ambiguous():
            pass
        case NotSent() | Throttled() | Denied() | Rejected():
            assert after == before


@pytest.mark.parametrize(("name", "fault"), FAULTED)
async def test_no_answer_denies_what_was_done(name: str, fault: str) -> None:
    """An answer that says "nothing done" is true, and one that says "done" is true; anything else is in doubt."""
    kind = KINDS[fault]
    calls = [call for call in ORDERS if not kind.only or CALLS[call] in kind.only]
    service = Service(f"{fault}@{','.join(CALLS[call] for call in calls)}")
    async with in_process(an_app(service.world)) as quiet:
        requests = [of_kind(call, await service.machine_for(quiet, call)) for call in calls]
    count = len(service.world.requests)
    async with CLOUDS[name](service.app) as cloud:
        await asyncio.gather(*(struck(cloud, service, request) for request in requests))

    received = [each.call for each in service.world.requests[count:]]
    assert sorted(received) == sorted(CALLS[call] for call in calls)
