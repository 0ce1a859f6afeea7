"""Pages, filters and accounts: which instances a list shows."""

from typing import Any

import pytest
from starlette.applications import Starlette

from tests.builders.simulator import FakeClock, a_world, an_app, ask, create, reason


def an_app_with(count: int, *faults: str, **switches: Any) -> Starlette:
    app = an_app(a_world(), *faults, **switches)
    for number in range(count):
        create(app, name=f"worker-{number}")
    return app


def names(app: Starlette, **query: Any) -> list[str]:
    return [row["name"] for row in ask(app, "list", **query).json()["instances"]]


def test_pages_begin_with_page_0() -> None:
    """Three pages of two hold five instances, in the order of creation."""
    app = an_app_with(5)

    pages = [names(app, pageSize=2, pageNum=number) for number in range(4)]

    assert pages == [["worker-0", "worker-1"], ["worker-2", "worker-3"], ["worker-4"], []]
    assert ask(app, "list", pageSize=2, pageNum=1).json()["total"] == 5


def test_pages_can_begin_with_page_1() -> None:
    """Then page 0 is page 1."""
    app = an_app_with(3, first_page=1)

    assert [names(app, pageSize=2, pageNum=number) for number in range(4)] == [
        ["worker-0", "worker-1"],
        ["worker-0", "worker-1"],
        ["worker-2"],
        [],
    ]


def test_a_list_without_page_parameters_is_the_first_ten() -> None:
    """Names of parameters that the service doesn't know are ignored."""
    app = an_app_with(11)

    assert len(names(app)) == len(names(app, pageNumber=1, page_size=50)) == 10


def test_a_page_is_never_larger_than_the_cap() -> None:
    """Whatever is asked."""
    app = an_app_with(4, page_cap=3)

    assert len(names(app, pageSize=1000)) == 3


def test_a_list_can_lack_its_total() -> None:
    """A client must then read on until a page is empty."""
    assert set(ask(an_app_with(1, missing_total=True), "list").json()) == {"instances"}


def test_rows_can_lack_their_envs() -> None:
    """GET still shows them."""
    app = an_app(a_world(), envs_in_list=False)
    instance_id = create(app, envs=[{"key": "A", "value": "b"}])

    assert "envs" not in ask(app, "list").json()["instances"][0]
    assert ask(app, "get", instanceId=instance_id).json()["envs"] == [{"key": "A", "value": "b"}]


@pytest.mark.parametrize("in_list", [True, False])
def test_rows_can_lack_the_endpoints_of_their_ports(in_list: bool) -> None:
    """GET shows them once the instance has run for a while."""
    clock = FakeClock()
    app = an_app(a_world(clock), endpoints_in_list=in_list)
    instance_id = create(app, ports="8081/http")
    clock.advance(60)

    row, shown = ask(app, "list").json()["instances"][0], ask(app, "get", instanceId=instance_id).json()
    assert row["portMappings"][0]["port"] == shown["portMappings"][0]["port"] == 8081
    assert (row["portMappings"][0]["endpoint"] != "") is in_list
    assert shown["portMappings"][0]["endpoint"].startswith("https://")


@pytest.mark.parametrize("query", [{"pageSize": -1}, {"pageNum": "two"}, {"pageSize": 2**31}, {"status": "failed"}])
def test_a_list_with_bad_parameters_is_refused(query: dict[str, Any]) -> None:
    """400 VALIDATOR_PARAM."""
    assert reason(ask(an_app(a_world()), "list", **query)) == (400, "VALIDATOR_PARAM")


def test_names_are_matched_by_a_part_of_them() -> None:
    """Whatever the case; so `worker-1` finds `worker-10` too. The total is that of the matches."""
    app = an_app_with(12)

    page = ask(app, "list", name="Worker-1", pageSize=2).json()

    assert (len(page["instances"]), page["total"]) == (2, 3)


def test_lists_can_be_filtered_by_product_and_status() -> None:
    """Both at once."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    create(app, name="a", productId="3090.16c92g")
    create(app, name="b")
    clock.advance(3)
    create(app, name="c", productId="3090.16c92g")

    assert names(app, productName="3090") == ["a", "c"]
    assert names(app, status="running") == ["a", "b"]
    assert names(app, productName="3090", status="running") == ["a"]


def test_names_need_not_be_unique() -> None:
    """The service makes another one."""
    app = an_app(a_world())

    assert create(app, name="twin") != create(app, name="twin")


def test_each_key_sees_its_own_account() -> None:
    """Another key is no error, but another account: nothing is there."""
    app = an_app(a_world())
    instance_id = create(app)

    assert ask(app, "list", key="sk_other").json() == {"instances": [], "total": 0}
    assert reason(ask(app, "get", key="sk_other", instanceId=instance_id)) == (400, "RESOURCE_NOT_FOUND")
    assert reason(ask(app, "delete", {"instanceId": instance_id}, key="sk_other")) == (400, "RESOURCE_NOT_FOUND")


def test_accounts_share_the_gpus_and_not_the_quota() -> None:
    """What one has taken, the other can't get."""
    app = an_app(a_world(quota=1, capacity={"26": 2}))
    body = {"name": "n", "productId": "26", "gpuNum": 1, "rootfsSize": 60, "imageUrl": "i", "kind": "gpu"}

    answers = [ask(app, "create", body, key=key) for key in ("sk_a", "sk_a", "sk_b", "sk_c")]

    assert [answer.json().get("reason", "made") for answer in answers] == [
        "made",
        "CREATE_INSTANCE_LIMIT",
        "made",
        "INSUFFICIENT_RESOURCE",
    ]
