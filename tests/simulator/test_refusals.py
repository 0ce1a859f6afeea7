"""What the service refuses, and how: in its own JSON, nearly always with 400."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.builders.simulator import (
    CALL_BY_NAME,
    KEY,
    ORIGIN,
    a_create_body,
    a_world,
    an_app,
    ask,
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


ON_ONE = ["get", "start", "stop", "restart", "delete", "edit", "upgrade", "monthly", "renew"]


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("call", ON_ONE)
def test_an_instance_that_is_not_there_is_reported_in_two_ways(call: str, status: int) -> None:
    """400 or 404, as the switch says; the reason is the same."""
    app = an_app(a_world(), not_found_status=status)

    answer = ask(app, call, {"instanceId": "0123456789abcdef"}, instanceId="0123456789abcdef")

    assert reason(answer) == (status, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("field", ["name", "ports", "envs", "month", "autoRenew", "networkStorages", "kind"])
def test_null_is_not_absence(field: str) -> None:
    """The documentation gives each field one type, and null is of none of them."""
    body = {**a_create_body(), field: None}

    assert reason(ask(an_app(a_world()), "create", body)) == (400, "VALIDATOR_PARAM")


@pytest.mark.parametrize("filtering", ["name", "productName"])
def test_a_list_filtered_by_too_long_a_name_is_refused(filtering: str) -> None:
    """A name has at most 255 characters."""
    app = an_app(a_world())
    fitting: dict[str, Any] = {filtering: "n" * 255}
    too_long: dict[str, Any] = {filtering: "n" * 256}

    assert ask(app, "list", **fitting).status_code == 200
    assert reason(ask(app, "list", **too_long)) == (400, "VALIDATOR_PARAM")


@pytest.mark.parametrize("field", ["minCpuPerGpu", "minMemoryPerGpu", "minRootFSSize"])
def test_a_bad_parameter_is_refused_also_where_another_leaves_no_product(field: str) -> None:
    """What is refused does not depend on what is sold."""
    query: dict[str, Any] = {"clusterId": "nowhere", field: -1}

    assert reason(ask(an_app(a_world()), "products", **query)) == (400, "VALIDATOR_PARAM")


@pytest.mark.parametrize("query", [{"billingMethod": "prepaid"}, {"gpuNum": 9}, {"minCpuPerGpu": "many"}])
def test_products_with_bad_parameters_are_refused(query: dict[str, Any]) -> None:
    """400 VALIDATOR_PARAM."""
    assert reason(ask(an_app(a_world()), "products", **query)) == (400, "VALIDATOR_PARAM")


@pytest.mark.parametrize("query", [{}, {"instanceId": ""}])
def test_get_wants_an_id(query: dict[str, Any]) -> None:
    """Without one nothing can be found."""
    assert reason(ask(an_app(a_world()), "get", **query)) == (400, "VALIDATOR_PARAM")


def raw(app: Starlette, call: str, content: bytes = b"{}", **headers: str) -> httpx.Response:
    """What the service answers to these bytes, with nothing added to the headers but httpx's own."""

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            wanted = CALL_BY_NAME[call]
            return await client.request(wanted.method, wanted.path, content=content, headers=named)

    return asyncio.run(asked())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000], ids=lambda it: str(it[:9]))
def test_a_body_that_is_no_json_object_is_refused(content: bytes) -> None:
    """400 REQUEST."""
    answer = raw(an_app(a_world()), "create", content, authorization=f"Bearer {KEY}", content_type="application/json")

    assert reason(answer) == (400, "REQUEST")


def test_half_a_surrogate_pair_is_echoed_as_it_came(tmp_path: Path) -> None:
    """It has no UTF-8, and still breaks neither the answer nor the file."""
    content = json.dumps(a_create_body(name="\ud800")).encode()
    with a_world(path=tmp_path / "world") as world:
        app = an_app(world)
        created = raw(app, "create", content, authorization=f"Bearer {KEY}", content_type="application/json")

        shown = ask(app, "get", instanceId=created.json()["id"])

    assert (shown.status_code, shown.json()["name"]) == (200, "\ud800")


def test_a_body_must_be_called_json() -> None:
    """The documentation requires the content type."""
    answer = raw(an_app(a_world()), "create", authorization=f"Bearer {KEY}", content_type="text/plain")

    assert reason(answer) == (400, "REQUEST")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", f"Basic {KEY}", KEY])
@pytest.mark.parametrize("call", ["create", "list", "products"])
def test_a_request_without_a_key_is_refused(call: str, header: str) -> None:
    """401 with the service's JSON, and nothing is made."""
    world = a_world()

    assert reason(raw(an_app(world), call, authorization=header)) == (401, "UNAUTHORIZED")
    assert world.requests == ()


def test_only_the_set_key_is_accepted() -> None:
    """Once there is one."""
    app = an_app(a_world(), key="sk_right")

    assert ask(app, "list", key="sk_right").status_code == 200
    assert reason(ask(app, "list", key="sk_wrong")) == (401, "UNAUTHORIZED")


def test_pythons_default_client_is_refused_by_what_stands_before_the_service() -> None:
    """403, and not in JSON."""
    answer = raw(an_app(a_world()), "list", authorization=f"Bearer {KEY}", user_agent="Python-urllib/3.11")

    assert (answer.status_code, answer.text) == (403, "error code: 1010")


@pytest.mark.parametrize(
    "path", ["/", "/gpu-instance/openapi/v1/gpu/instance/list", "/gpu-instance/openapi/v1/products/"]
)
def test_an_unknown_path_is_404(path: str) -> None:
    """Without the service's JSON, and without being led elsewhere."""

    async def asked() -> httpx.Response:
        app = an_app(a_world())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
            return await client.get(path, headers={"Authorization": f"Bearer {KEY}"})

    answer = asyncio.run(asked())

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")
