"""What products and clusters are shown as, and how products are filtered."""

from typing import Any

import pytest

from tests.builders.simulator import a_world, an_app, ask

SEED_EXAMPLE = {
    "name": "gpu-test",
    "productId": "26",
    "gpuNum": 1,
    "cpuNum": 0,
    "memory": 0,
    "diskSize": 60,
    "rootfsSize": 30,
    "imageUrl": "infrai/pytorch:2.2.1",
    "imageAuth": "",
    "ports": "8080/tcp,8081/http",
    "envs": [{"key": "test", "value": "test"}],
    "tools": [{"name": "Jupyter", "port": "8888", "type": "http"}],
    "command": "",
    "clusterId": "",
    "localStorageMountPoint": "/workspace",
    "networkStorages": [
        {"Id": "e797ce8f-f4ff-4b3b-b7a8-6972d96f46f2", "mountPoint": "/network_0"},
        {"Id": "b924cdf5-82ec-4903-bdb2-74a03f2b0ae7", "mountPoint": "/network_1"},
    ],
    "networkId": "18f1ff05-1370-45ce-a4c6-b58d5e8d547e",
    "kind": "gpu",
}


def test_clusters_name_what_they_have() -> None:
    """Ids are slugs, names have a place in brackets."""
    shown = {cluster["id"]: cluster for cluster in ask(an_app(a_world()), "clusters").json()["data"]}

    assert shown["us-ca-6"] == {
        "id": "us-ca-6",
        "name": "US-CA-06 (California)",
        "availableGpuType": [
            "RTX 4090 24GB",
            "RTX 3090 24GB",
            "RTX 5090 32GB",
            "L40S 48GB",
            "A100 SXM 80GB",
            "H100 SXM 80GB",
        ],
        "supportNetworkStorage": True,
        "supportInstanceNetwork": True,
    }
    assert {"us-ca-nas-2", "as-sgp-2", "eu-ger-2"} <= set(shown)


def test_products_have_prices_as_text_and_clusters_by_name() -> None:
    """A price is 1e-5 USD for an hour."""
    shown = {product["id"]: product for product in ask(an_app(a_world()), "products").json()["data"]}

    assert (
        shown["4090.16c62g"].items()
        >= {
            "name": "RTX 4090 24GB",
            "cpuPerGpu": 16,
            "memoryPerGpu": 62,
            "price": "35000",
            "spotPrice": "17500",
            "availableDeploy": True,
            "inventoryState": "high",
        }.items()
    )
    assert "US-CA-06 (California)" in shown["4090.16c62g"]["regions"]
    assert shown["26"]["availableDeploy"] is True


FILTERS = [
    ({"productName": "h100"}, {"H100-80GB.20c240g"}),
    ({"minMemoryPerGpu": 200}, {"A100-80GB.14c240g", "H100-80GB.20c240g"}),
    ({"minCpuPerGpu": 21}, {"L40S.22c125g"}),
    (
        {"billingMethod": "spot", "productName": "24GB", "clusterId": "us-ca-nas-2"},
        {"4090.16c62g", "4090.16c96g.v2", "3090.16c92g"},
    ),
    ({"minRootFSSize": 7000}, set()),
]


@pytest.mark.parametrize(("query", "ids"), FILTERS)
def test_products_can_be_filtered(query: dict[str, Any], ids: set[str]) -> None:
    """By name, size, place and way of billing."""
    assert {product["id"] for product in ask(an_app(a_world()), "products", **query).json()["data"]} == ids


STOCKS = [
    (0, 1, False, "none"),
    (8, 8, True, "low"),
    (8, 1, True, "low"),
    (7, 8, False, "low"),
    (64, 1, True, "normal"),
]


@pytest.mark.parametrize(("free", "wanted", "available", "state"), STOCKS)
def test_availability_depends_on_how_many_gpus_are_wanted(free: int, wanted: int, available: bool, state: str) -> None:
    """What is there for one GPU may not be there for eight."""
    world = a_world(capacity={"26": free})

    shown = ask(an_app(world), "products", gpuNum=wanted).json()["data"]

    (product,) = [product for product in shown if product["id"] == "26"]
    assert (product["availableDeploy"], product["inventoryState"]) == (available, state)
