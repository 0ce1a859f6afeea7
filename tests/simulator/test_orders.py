"""Which calls are taken in which status, and that they change nothing when they are refused."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette

from gpuspec.simulator.world import World
from tests.builders.simulator import (
    FakeClock,
    a_create_body,
    a_world,
    an_app,
    an_upgrade_body,
    ask,
    create,
    reason,
)

ENV = {"key": "A", "value": "b"}
MOUNT = {"Id": "vol-1", "mountPoint": "/data"}
TOOL = {"name": "Jupyter", "port": "8888", "type": "http"}

BAD_CREATES: list[tuple[str, dict[str, Any]]] = [
    *((f"no {name}", {name: None}) for name in ("productId", "gpuNum", "rootfsSize", "imageUrl", "kind")),
    ("another kind", {"kind": "cpu"}),
    ("name too long", {"name": "n" * 256}),
    ("name is a number", {"name": 7}),
    ("product is a number", {"productId": 26}),
    ("product unknown", {"productId": "4090"}),
    ("product empty", {"productId": ""}),
    ("cluster unknown", {"clusterId": "moon-1"}),
    ("no GPU", {"gpuNum": 0}),
    ("nine GPUs", {"gpuNum": 9}),
    ("GPUs as text", {"gpuNum": "1"}),
    ("GPUs as a fraction", {"gpuNum": 1.5}),
    ("GPUs as a flag", {"gpuNum": True}),
    ("root disk too large", {"rootfsSize": 6145}),
    ("image too long", {"imageUrl": "i" * 501}),
    ("image empty", {"imageUrl": ""}),
    ("image credentials too long", {"imageAuth": "c" * 10_240}),
    ("command too long", {"command": "c" * 2048}),
    ("entrypoint too long", {"entrypoint": "e" * 2048}),
    ("ports as a list", {"ports": [{"port": 80, "type": "http"}]}),
    ("port without a type", {"ports": "8080"}),
    ("port of another type", {"ports": "8080/udp"}),
    ("port 0", {"ports": "0/tcp"}),
    ("port too large", {"ports": "65536/tcp"}),
    ("port no number", {"ports": "http/8080"}),
    ("port with a blank", {"ports": "80/http, 81/http"}),
    *((f"port {port} reserved", {"ports": f"{port}/tcp"}) for port in (2222, 2223, 2224)),
    ("sixteen ports", {"ports": ",".join(f"{port}/tcp" for port in range(8000, 8016))}),
    ("fifteen ports and a tool", {"ports": ",".join(f"{port}/tcp" for port in range(8000, 8015)), "tools": [TOOL]}),
    ("another tool", {"tools": [{**TOOL, "name": "VSCode"}]}),
    ("tool port as a number", {"tools": [{**TOOL, "port": 8888}]}),
    ("tool port reserved", {"tools": [{**TOOL, "port": "2222"}]}),
    ("101 envs", {"envs": [ENV] * 101}),
    ("env key too long", {"envs": [{**ENV, "key": "k" * 512}]}),
    ("env value too long", {"envs": [{**ENV, "value": "v" * 4096}]}),
    ("env value a number", {"envs": [{**ENV, "value": 1}]}),
    ("envs as a map", {"envs": {"A": "b"}}),
    ("31 storages", {"networkStorages": [MOUNT] * 31}),
    ("storage by its long name", {"networkStorages": [{"networkStorageId": "vol-1"}]}),
    ("storage mounted nowhere", {"networkStorages": [{**MOUNT, "mountPoint": ""}]}),
    ("billing mode unknown", {"billingMode": "prepaid"}),
    ("months negative", {"month": -1}),
    ("renewal of what isn't monthly", {"autoRenew": True}),
    ("renewal no flag", {"autoRenew": "yes", "month": 1}),
    ("renewal for too long", {"autoRenewMonth": 13, "month": 1}),
    ("CUDA version too long", {"minCudaVersion": "1" * 256}),
]


def a_stopped_instance(world: World, app: Starlette, clock: FakeClock) -> str:
    instance_id = create(app)
    clock.advance(3)
    ask(app, "stop", {"instanceId": instance_id})
    clock.advance(3)
    return instance_id


def test_the_gpus_of_a_stopped_instance_may_be_taken() -> None:
    """It can't be started again then."""
    clock = FakeClock()
    world = a_world(clock, capacity={"4090.16c62g": 1})
    app = an_app(world)
    instance_id = a_stopped_instance(world, app, clock)
    create(app)

    answer = ask(app, "start", {"instanceId": instance_id})

    assert reason(answer) == (400, "INSUFFICIENT_RESOURCE")
    assert world.status(instance_id) == "exited"


def test_a_stopped_instance_is_not_started_without_money() -> None:
    """The reason is another one than at creation."""
    clock = FakeClock()
    world = a_world(clock, balance=35_000)
    app = an_app(world)
    instance_id = a_stopped_instance(world, app, clock)
    world.balance = 0

    answer = ask(app, "start", {"instanceId": instance_id})

    assert reason(answer) == (400, "EXPIRED_OR_BALANCE_NOT_ENOUGH")


def test_months_are_not_limited_but_by_the_size_of_a_number() -> None:
    """The documentation names no most; ten years are a matter of the customer's."""
    app = an_app(a_world())
    instance_id = create(app, month=121)

    assert ask(app, "get", instanceId=instance_id).json()["billingMode"] == "monthly"
    assert reason(ask(app, "create", a_create_body(month=2**31))) == (400, "VALIDATOR_PARAM")


def test_a_monthly_instance_is_not_deleted() -> None:
    """Its month is paid."""
    world = a_world()
    app = an_app(world)
    instance_id = create(app, month=1)

    answer = ask(app, "delete", {"instanceId": instance_id})

    assert reason(answer) == (400, "PREPAID_INSTANCE_NOT_SUPPORT_RELEASE")
    assert world.status(instance_id) == "pending"


def test_deleting_a_leaving_instance_again_is_fine_and_a_removed_one_is_not_found() -> None:
    """So that a repeated deletion can be told from a first one only when it has been carried out."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    instance_id = create(app)
    ask(app, "delete", {"instanceId": instance_id})

    again = ask(app, "delete", {"instanceId": instance_id})
    clock.advance(3)

    assert again.status_code == 200
    assert reason(ask(app, "delete", {"instanceId": instance_id})) == (400, "RESOURCE_NOT_FOUND")


WRONG_STATUS = [
    *(("pending", call) for call in ("start", "stop", "restart", "edit", "upgrade", "monthly")),
    *(("running", call) for call in ("start",)),
    *(("exited", call) for call in ("stop", "restart", "monthly")),
    *(("toRemove", call) for call in ("start", "stop", "restart", "edit", "upgrade", "monthly")),
]


@pytest.mark.parametrize(("status", "call"), WRONG_STATUS)
def test_a_call_is_refused_in_the_wrong_status(status: str, call: str) -> None:
    """OPERATION_LIMIT, and nothing has changed."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app)
    clock.advance(0 if status == "pending" else 3)
    if status in ("exited", "toRemove"):
        ask(app, "stop" if status == "exited" else "delete", {"instanceId": instance_id})
        clock.advance(3 if status == "exited" else 0)
    before = world.instances[instance_id]

    answer = ask(app, call, {**an_upgrade_body(instance_id), "month": 1})

    assert reason(answer) == (400, "OPERATION_LIMIT")
    assert world.instances[instance_id] == before


BAD_EDITS: list[dict[str, Any]] = [
    {"ports": "80/http"},
    {"ports": [{"port": "80", "type": "http"}]},
    {"ports": [{"port": 80, "type": "udp"}]},
    {"ports": [{"port": 2222, "type": "tcp"}]},
    {"ports": [{"port": 0, "type": "tcp"}]},
    {"ports": [{"port": port, "type": "tcp"} for port in range(8000, 8016)]},
    {"expandRootDisk": -1},
    {"expandRootDisk": 6100},
    {"instanceId": None},
]


@pytest.mark.parametrize("fields", BAD_EDITS, ids=str)
def test_an_edit_that_breaks_a_rule_changes_nothing(fields: dict[str, Any]) -> None:
    """Neither the ports nor the disk, even if only one of them was wrong."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app, ports="80/http")
    clock.advance(3)
    before = world.instances[instance_id]

    answer = ask(app, "edit", {"instanceId": instance_id, "expandRootDisk": 1, **fields})

    assert reason(answer) == (400, "VALIDATOR_PARAM")
    assert world.instances[instance_id] == before


def test_an_edit_counts_the_tools_too() -> None:
    """Fifteen ports and a tool are one too many."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    instance_id = create(app, tools=[TOOL])
    clock.advance(3)
    ports = [{"port": port, "type": "tcp"} for port in range(8000, 8015)]

    assert reason(ask(app, "edit", {"instanceId": instance_id, "ports": ports})) == (400, "VALIDATOR_PARAM")


def test_a_cap_that_has_sunk_since_doesnt_stand_against_ports() -> None:
    """Only growing is measured against it."""
    clock = FakeClock()
    world = a_world(clock)
    instance_id = create(an_app(world))
    clock.advance(3)
    world.settings = replace(world.settings, rootfs_caps={"4090.16c62g": 42})
    app = an_app(world)

    ports = ask(app, "edit", {"instanceId": instance_id, "ports": []})
    growth = ask(app, "edit", {"instanceId": instance_id, "expandRootDisk": 1})

    assert (ports.status_code, reason(growth)) == (200, (400, "VALIDATOR_PARAM"))


BAD_UPGRADES: list[dict[str, Any]] = [
    *({name: None} for name in ("imageUrl", "envs", "command", "save", "networkVolume")),
    {"networkVolume": {}},
    {"networkVolume": "vol-1"},
    {"networkVolume": {"volumeMounts": [{"type": "local", "id": "vol-1"}]}},
    {"networkVolume": {"volumeMounts": [{"type": "network", "Id": "vol-1"}]}},
    {"save": "yes"},
    {"envs": [{"key": "A", "value": None}] * 101},
]


@pytest.mark.parametrize("fields", BAD_UPGRADES, ids=lambda fields: str(fields)[:60])
def test_an_upgrade_wants_all_its_parameters(fields: dict[str, Any]) -> None:
    """Nothing is filled in from what the instance has."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app)
    clock.advance(3)
    before = world.instances[instance_id]

    answer = ask(app, "upgrade", an_upgrade_body(instance_id, **fields))

    assert reason(answer) == (400, "VALIDATOR_PARAM")
    assert world.instances[instance_id] == before


def test_an_upgrade_checks_image_and_storages() -> None:
    """As creation does."""
    clock = FakeClock()
    world = a_world(clock, storages=frozenset({"vol-2"}), missing_images=frozenset({"a/b"}))
    app = an_app(world)
    instance_id = create(app)
    clock.advance(3)

    image = ask(app, "upgrade", an_upgrade_body(instance_id, imageUrl="a/b"))
    storage = ask(app, "upgrade", an_upgrade_body(instance_id))

    assert [reason(image)[1], reason(storage)[1]] == ["IMAGE_NOT_FOUND", "NETWORK_STORAGE_NOT_FOUND"]


def test_billing_changes_only_where_it_can() -> None:
    """A monthly one can't be made monthly again, others can't be renewed, and none while it is made."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    on_demand, monthly = create(app), create(app, month=1)
    early = ask(app, "renew", {"instanceId": monthly, "month": 1})
    clock.advance(3)

    answers = [
        early,
        ask(app, "renew", {"instanceId": on_demand, "month": 1}),
        ask(app, "monthly", {"instanceId": monthly, "month": 1}),
        ask(app, "monthly", {"instanceId": on_demand, "month": 0}),
        ask(app, "monthly", {"instanceId": on_demand}),
    ]

    assert [reason(answer)[1] for answer in answers] == [
        "CREATING_INSTANCE_NOT_SUPPORT_RENEWAL",
        "UNSUPPORTED_BILLING_MODE",
        "UNSUPPORTED_BILLING_MODE",
        "VALIDATOR_PARAM",
        "VALIDATOR_PARAM",
    ]
