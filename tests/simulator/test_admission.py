"""Whether an account may have what it asks for."""

from typing import Any

import pytest

from tests.builders.simulator import (
    FakeClock,
    a_create_body,
    a_world,
    an_app,
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


SCARCE: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("no GPUs left", {"capacity": {"4090.16c62g": 1}}, {"gpuNum": 2}, "INSUFFICIENT_RESOURCE"),
    (
        "product not in the cluster",
        {},
        {"productId": "4090.16c96g.v2", "clusterId": "us-ca-6"},
        "INSUFFICIENT_RESOURCE",
    ),
    ("root disk cap of today", {"rootfs_caps": {"4090.16c62g": 42}}, {}, "VALIDATOR_PARAM"),
    ("no money", {"balance": 34_999}, {}, "BALANCE_NOT_ENOUGH"),
    ("no quota", {"quota": 0}, {}, "CREATE_INSTANCE_LIMIT"),
    ("no spot for it", {}, {"productId": "26", "billingMode": "spot"}, "UNSUPPORTED_BILLING_MODE"),
    ("no such image", {"missing_images": frozenset({"a/b"})}, {"imageUrl": "a/b"}, "IMAGE_NOT_FOUND"),
    ("no such storage", {"storages": frozenset()}, {"networkStorages": [MOUNT]}, "NETWORK_STORAGE_NOT_FOUND"),
    ("no such network", {"networks": frozenset()}, {"networkId": "net-1"}, "NETWORK_NOT_FOUND"),
    (
        "no storage there",
        {},
        {"clusterId": "5", "networkStorages": [MOUNT]},
        "CUR_CLUSTER_NETWORK_STORAGE_NOT_SUPPORT",
    ),
]


@pytest.mark.parametrize(
    ("settings", "fields", "expected"), [case[1:] for case in SCARCE], ids=[case[0] for case in SCARCE]
)
def test_what_cannot_be_had_is_refused_with_its_reason(
    settings: dict[str, Any], fields: dict[str, Any], expected: str
) -> None:
    """400 with the reason of the documentation's table, and no instance."""
    world = a_world(**settings)

    answer = ask(an_app(world), "create", a_create_body(**fields))

    assert reason(answer) == (400, expected)
    assert world.instances == {}


def test_a_root_disk_above_the_cap_is_told_the_cap() -> None:
    """In the words of the service."""
    answer = ask(an_app(a_world(rootfs_caps={"4090.16c62g": 42})), "create", a_create_body())

    assert answer.json()["message"] == "rootfs size must not be more than 42 GB"


def test_the_quota_counts_what_is_not_deleted() -> None:
    """Deleting one makes room for one."""
    app = an_app(a_world(quota=1))
    instance_id = create(app)
    refused = ask(app, "create", a_create_body())
    ask(app, "delete", {"instanceId": instance_id})

    admitted = ask(app, "create", a_create_body())

    assert reason(refused) == (400, "CREATE_INSTANCE_LIMIT")
    assert admitted.status_code == 200


def test_the_balance_must_cover_an_hour_of_everything_that_runs() -> None:
    """A stopped instance costs no GPU."""
    clock = FakeClock()
    app = an_app(a_world(clock, balance=80_000))
    instances = [create(app), create(app)]
    refused = ask(app, "create", a_create_body())
    clock.advance(3)
    ask(app, "stop", {"instanceId": instances[0]})

    admitted = ask(app, "create", a_create_body())

    assert reason(refused) == (400, "BALANCE_NOT_ENOUGH")
    assert admitted.status_code == 200
