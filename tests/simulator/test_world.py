"""The world is the same after it was read back, costs what is done to it, and can be changed from outside."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gpuspec.errors import Bug, UsageError
from gpuspec.simulator.catalogue import catalogue
from gpuspec.simulator.instance import Asked
from gpuspec.simulator.settings import Settings
from gpuspec.simulator.world import World
from tests.builders.simulator import FakeClock, a_create_body, a_world, an_app, ask, create, reason

ASKED = Asked(name="trainer", product_id="4090.16c62g", image="i", envs=(("A", "b"),), ports=((80, "http"),))


def test_a_product_that_is_no_longer_sold_names_itself(tmp_path: Path) -> None:
    """A world may be opened with another catalogue; what is there can still be shown, grown and deleted."""
    path = tmp_path / "world"
    clock = FakeClock()
    with a_world(clock, path=path) as world:
        instance_id = create(an_app(world), clusterId="as-sgp-2")
    clock.advance(3)

    with a_world(clock, path=path, catalogue=catalogue((), ())) as bare:
        app = an_app(bare)
        shown = ask(app, "get", instanceId=instance_id).json()
        changed = [
            ask(app, "edit", {"instanceId": instance_id, "expandRootDisk": 1}).status_code,
            ask(app, "delete", {"instanceId": instance_id}).status_code,
        ]

    assert (shown["productName"], shown["clusterName"], shown["cpuNum"]) == ("4090.16c62g", "as-sgp-2", "0")
    assert changed == [200, 200]


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_time_must_pass(speed: float) -> None:
    """A speed is a number above 0."""
    with pytest.raises(UsageError, match="speed"):
        Settings(speed=speed)


def test_an_id_is_never_given_twice() -> None:
    """One instance would be lost from sight."""
    world = World.open(None, now=FakeClock(), identities=lambda: "f" * 16)
    world.create("a", ASKED)

    with pytest.raises(Bug, match="twice"):
        world.create("b", ASKED)


def test_an_instance_can_be_changed_behind_everybodys_back(tmp_path: Path) -> None:
    """Image, status, status error: as by a person at the console. It is kept like any change."""
    path = tmp_path / "world"
    with a_world(path=path) as world:
        app = an_app(world)
        instance_id = create(app)
        world.alter(
            instance_id,
            lambda it: replace(it, image="other", stuck_at="freezing", status_error=("failed", "no such luck")),
        )

    shown = ask(an_app(a_world(path=path)), "get", instanceId=instance_id).json()

    assert (shown["imageUrl"], shown["status"]) == ("other", "freezing")
    assert shown["statusError"] == {"state": "failed", "message": "no such luck"}


def test_an_instance_can_vanish_behind_everybodys_back() -> None:
    """No status, no row, and its GPUs are free."""
    world = a_world()
    app = an_app(world)
    instance_id = create(app, gpuNum=8)

    world.vanish(instance_id)

    assert ask(app, "list").json() == {"instances": [], "total": 0}
    assert reason(ask(app, "get", instanceId=instance_id)) == (400, "RESOURCE_NOT_FOUND")
    assert world.free_gpus("4090.16c62g") == 100_000


def test_the_stock_can_change_while_the_service_runs() -> None:
    """Somebody else took all the rest."""
    world = a_world()
    app = an_app(world)
    create(app)

    world.set_capacity("4090.16c62g", 1)

    assert reason(ask(app, "create", a_create_body())) == (400, "INSUFFICIENT_RESOURCE")


def test_the_requests_are_remembered_with_their_bodies() -> None:
    """Reading ones too, and those that were refused."""
    world = a_world()
    app = an_app(world)
    ask(app, "list", pageNum=0)
    instance_id = create(app, name="a")
    ask(app, "stop", {"instanceId": instance_id})

    assert [request.call for request in world.requests] == ["list", "create", "stop"]
    assert world.requests[0].query == {"pageNum": "0"}
    assert [request.body.get("name") for request in world.mutating_requests] == ["a", None]


def test_only_so_many_requests_are_remembered() -> None:
    """A service that runs for days doesn't grow by being asked."""
    world = a_world(requests_kept=2)
    app = an_app(world)

    for number in range(3):
        ask(app, "list", pageNum=number)

    assert [request.query["pageNum"] for request in world.requests] == ["1", "2"]


def calls_made(work: Callable[[], Any]) -> int:
    """How many functions this work calls: a measure of cost that no other program disturbs."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def grow(world: World, count: int) -> None:
    for _ in range(count):
        world.create("a", ASKED)


def test_creating_costs_the_same_however_many_there_are(tmp_path: Path) -> None:
    """The thousandth after ten thousand costs what the first did, in calls and in bytes."""
    path = tmp_path / "world"
    with a_world(path=path) as world:
        grow(world, 10)
        early, early_size = calls_made(lambda: grow(world, 100)), path.stat().st_size
        grow(world, 3_000)
        size = path.stat().st_size

        late, growth = calls_made(lambda: grow(world, 100)), path.stat().st_size

    assert late <= early * 1.02
    assert growth - size <= early_size


def test_a_page_costs_its_rows_however_many_there_are() -> None:
    """No page looks at instances that are not on it, once the order is known."""
    clock = FakeClock()
    small, large = a_world(clock), a_world(clock)
    grow(small, 200)
    grow(large, 4_000)

    def walk(world: World) -> int:
        held = world.holdings("a")
        held.page(0, 100)
        return calls_made(lambda: world.holdings("a").page(100, 100))

    assert walk(large) == walk(small)


def test_reading_back_costs_the_same_for_each_event(tmp_path: Path) -> None:
    """Twice as long a life takes twice as long to read."""

    def cost(count: int) -> int:
        path = tmp_path / f"world-{count}"
        with a_world(path=path) as world:
            grow(world, count)
        return calls_made(lambda: a_world(path=path))

    assert cost(2_000) <= 2.05 * cost(1_000)
