"""The shape and the limits of a create call."""

from typing import Any

import pytest

from tests.builders.simulator import (
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


@pytest.mark.parametrize("fields", [fields for _, fields in BAD_CREATES], ids=[name for name, _ in BAD_CREATES])
def test_a_create_call_that_breaks_a_rule_makes_nothing(fields: dict[str, Any]) -> None:
    """400 VALIDATOR_PARAM, and no instance."""
    world = a_world()

    answer = ask(an_app(world), "create", a_create_body(**fields))

    assert reason(answer) == (400, "VALIDATOR_PARAM")
    assert world.instances == {}


GOOD_CREATES: list[tuple[str, dict[str, Any]]] = [
    ("no name", {"name": None}),
    ("nulls are absent", {"clusterId": None, "envs": None}),
    ("unknown fields are ignored", {"env": ["typo"], "pageNumber": 3}),
    ("longest name", {"name": "n" * 255}),
    ("largest port", {"ports": "65535/tcp,1/http"}),
    ("fifteen ports", {"ports": ",".join(f"{port}/tcp" for port in range(8000, 8015))}),
    ("100 envs", {"envs": [ENV] * 100}),
    ("longest env", {"envs": [{"key": "k" * 511, "value": "v" * 4095}]}),
    ("storage at its default place", {"networkStorages": [{"Id": "vol-1"}]}),
    ("eight GPUs", {"gpuNum": 8}),
]


@pytest.mark.parametrize("fields", [fields for _, fields in GOOD_CREATES], ids=[name for name, _ in GOOD_CREATES])
def test_a_create_call_on_the_edge_of_a_rule_is_taken(fields: dict[str, Any]) -> None:
    """The limits are inclusive, and can be read back."""
    app = an_app(a_world())

    assert ask(app, "get", instanceId=create(app, **fields)).status_code == 200


def test_a_small_root_disk_becomes_the_smallest_one() -> None:
    """Below 10 GB it is 10 GB."""
    world = a_world()
    instance_id = create(an_app(world), rootfsSize=1)

    assert world.instances[instance_id].rootfs_gb == 10


@pytest.mark.parametrize("name", ["name", "diskSize", "ports", "command"])
def test_the_first_documentation_required_more(name: str) -> None:
    """With the switch, what it required is required."""
    full = a_create_body(diskSize=60, ports="", command="")

    answer = ask(an_app(a_world(), seed_fields=True), "create", {key: full[key] for key in full if key != name})

    assert reason(answer) == (400, "VALIDATOR_PARAM")
