"""An order whose answer was lost, at the simulated service: what is concluded from looking is what happened."""

import dataclasses

import pytest

from gpuspec.engine.obedience import Obedience, obeyed
from gpuspec.model.answer import Ambiguous, Done
from gpuspec.model.live import Seen, Sight
from gpuspec.model.order import Convert, Delete, Edit, OrderRequest, Restart, Start, Stop, call_of
from gpuspec.model.secret import Revealed, Sealed
from gpuspec.model.state import Call, Record
from gpuspec.model.values import Env, FieldValue, Port
from gpuspec.ports import Cloud
from tests.builders.cloud import a_cloud_in_process, a_request, an_upgrade
from tests.builders.recorded import a_record, an_order
from tests.builders.simulator import FakeClock, a_world, an_app

pytestmark = pytest.mark.anyio


def seal(text: str) -> Sealed:
    """A seal that tests can predict."""
    return Sealed(key_id="k1", digest=f"digest of {text}")


PORTS = (Port(number=9000, protocol="http"),)
BEFORE: dict[str, FieldValue] = {
    **a_request().fields,
    "envs": (Env(key="TOKEN", value=seal("first")),),
    "rootfsSize": 60,
}
CALLS = [call for call in Call if call is not Call.CREATE]


def asked(call: Call, instance_id: str) -> tuple[OrderRequest, dict[str, FieldValue]]:
    """A call, and the fields that it changes, secrets sealed."""
    match call:
        case Call.EDIT:
            return Edit(id=instance_id, ports=PORTS, grow_gb=20), {"ports": PORTS, "rootfsSize": 80}
        case Call.UPGRADE:
            request = an_upgrade(instance_id, envs=(Env(key="TOKEN", value=Revealed(text="second")),))
            return request, {
                "imageUrl": request.image_url,
                "imageAuthId": request.image_auth_id,
                "envs": (Env(key="TOKEN", value=seal("second")),),
                "command": request.command,
                "entrypoint": request.entrypoint,
                "networkStorages": request.mounts,
            }
        case Call.CONVERT:
            return Convert(id=instance_id, months=1), {"billingMode": "monthly", "month": 1}
        case _:
            plain = (Delete(id=instance_id), Start(id=instance_id), Stop(id=instance_id), Restart(id=instance_id))
            return next(request for request in plain if call_of(request) is call), {}


async def _machine(cloud: Cloud, clock: FakeClock, *, stopped: bool) -> Record:
    """The record of a machine that is at rest."""
    answer = await cloud.create(a_request(envs=(Env(key="TOKEN", value=Revealed(text="first")),)))
    assert isinstance(answer, Done)
    clock.advance(1000.0)
    if stopped:
        await cloud.order(Stop(id=answer.id))
        clock.advance(1000.0)
    return dataclasses.replace(a_record(fields=BEFORE), id=answer.id)


async def _row(cloud: Cloud, instance_id: str) -> Sight:
    """The machine as the list shows it; GET's word where the list has it no more."""
    rows = (row for row in (await cloud.list()).rows if row.id == instance_id)
    row = next(rows, None)
    return await cloud.get(instance_id) if row is None else Seen(instance=row)


async def _looks(call: Call, *, carried_out: bool, from_get: bool) -> list[Obedience]:
    """What looking tells, at once and once the machine is at rest."""
    clock = FakeClock()
    world = a_world(clock)
    when = "after" if carried_out else "before"
    fault = f"500-{when}@{'monthly' if call is Call.CONVERT else call.value}"
    async with a_cloud_in_process(an_app(world)) as quiet:
        before = await _machine(quiet, clock, stopped=call is Call.START)
    async with a_cloud_in_process(an_app(world, fault)) as cloud:
        request, changes = asked(call, before.id)
        assert isinstance(await cloud.order(request), Ambiguous)
        order = an_order(before, call_of(request))
        if order.after is not None:
            order = dataclasses.replace(order, after=dataclasses.replace(before, fields={**BEFORE, **changes}))
        found = []
        for seconds in (0.0, 1000.0):
            clock.advance(seconds)
            sight = await (cloud.get(before.id) if from_get else _row(cloud, before.id))
            found.append(obeyed(order, sight, before=before, seal=seal).obedience)
        return found


@pytest.mark.parametrize("from_get", [False, True], ids=["by the list", "by GET"])
@pytest.mark.parametrize("call", CALLS)
async def test_what_was_carried_out_is_seen(call: Call, from_get: bool) -> None:
    """Under way first, where the call takes its time, and then done; a restart is seen only while it lasts."""
    at_once = Obedience.DONE if call in {Call.EDIT, Call.CONVERT} else Obedience.UNDER_WAY
    then = Obedience.UNTOLD if call is Call.RESTART else Obedience.DONE

    assert await _looks(call, carried_out=True, from_get=from_get) == [at_once, then]


@pytest.mark.parametrize("from_get", [False, True], ids=["by the list", "by GET"])
@pytest.mark.parametrize("call", CALLS)
async def test_what_was_not_carried_out_is_seen(call: Call, from_get: bool) -> None:
    """But for a restart, of which nothing is."""
    expected = Obedience.UNTOLD if call is Call.RESTART else Obedience.NOT_DONE

    assert await _looks(call, carried_out=False, from_get=from_get) == [expected] * 2
