"""The status of an instance follows from the time since its last order."""

from dataclasses import replace

import pytest

from gpuspec.simulator.statuses import FAST, NORMAL, PASSING, standing
from tests.builders.simulator import FakeClock, a_world, an_app, ask, create

TIMES = [(0, "pending"), (0.6, "toCreate"), (1.2, "creating"), (2.5, "pulling"), (3, "running"), (9_999, "running")]


@pytest.mark.parametrize(("after_s", "status"), TIMES)
def test_a_created_instance_passes_through_the_documented_statuses(after_s: float, status: str) -> None:
    """pending, toCreate, creating, pulling, and running after three seconds."""
    assert standing("create", "running", elapsed_s=after_s, pace=NORMAL).status == status


def test_a_status_knows_how_long_it_has_lasted() -> None:
    """The seconds count from the status, not from the order."""
    assert standing("create", "running", elapsed_s=3.5, pace=NORMAL).for_s == pytest.approx(0.5)


def test_the_fast_pace_runs_within_a_fifth_of_a_second() -> None:
    """For tests that can't hand in a clock."""
    assert FAST.length_s("create") == pytest.approx(0.2)


@pytest.mark.parametrize("order", PASSING)
def test_every_status_on_the_way_has_a_length(order: str) -> None:
    """No status is passed at once by mistake."""
    assert all(NORMAL.passing_s[status] > 0 and FAST.passing_s[status] > 0 for status in PASSING[order])


def test_a_stuck_instance_goes_as_far_as_its_status() -> None:
    """It still passes the statuses before."""
    first, later = (
        standing("create", "running", elapsed_s=at, pace=NORMAL, stuck_at="pulling").status for at in (0, 99)
    )

    assert (first, later) == ("pending", "pulling")


def test_a_status_that_is_not_on_the_way_is_shown_at_once() -> None:
    """So that a test can show one that nobody has heard of."""
    assert standing("create", "running", elapsed_s=0, pace=NORMAL, stuck_at="freezing").status == "freezing"


def test_speed_makes_time_pass_faster() -> None:
    """At ten times the speed an instance runs after a third of a second."""
    clock = FakeClock()
    world = a_world(clock, speed=10)
    instance_id = create(an_app(world))

    clock.advance(0.31)

    assert world.status(instance_id) == "running"


WAYS = [
    ("stop", ["toStop", "stopping", "exited"]),
    ("restart", ["toRestart", "restarting", "running"]),
    ("delete", ["toRemove", "removing", "removed"]),
]


@pytest.mark.parametrize(("call", "statuses"), WAYS, ids=[way[0] for way in WAYS])
def test_an_order_leads_through_its_statuses(call: str, statuses: list[str]) -> None:
    """Each order has two statuses on its way and one where it rests."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app)
    clock.advance(3)
    ask(app, call, {"instanceId": instance_id})
    seen = []

    for seconds in (0, 0.5, 1):
        clock.advance(seconds)
        seen.append(world.status(instance_id))

    assert seen == statuses


def test_a_removed_instance_lingers_and_vanishes() -> None:
    """It is still listed for a while, and then nobody knows it."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app)
    ask(app, "delete", {"instanceId": instance_id})
    clock.advance(11)
    lingering = ask(app, "list").json()

    clock.advance(1)

    assert [row["status"] for row in lingering["instances"]] == ["removed"]
    assert ask(app, "list").json() == {"instances": [], "total": 0}
    assert ask(app, "get", instanceId=instance_id).json()["reason"] == "RESOURCE_NOT_FOUND"


def test_an_instance_stuck_on_its_way_out_does_not_vanish() -> None:
    """It is never removed; ordered again, it goes."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app)
    world.alter(instance_id, lambda it: replace(it, order="remove", stuck_at="removing"))
    clock.advance(9_999)
    stuck = [row["status"] for row in ask(app, "list").json()["instances"]]

    world.alter(instance_id, lambda it: replace(it, ordered_at=clock(), stuck_at=""))
    clock.advance(12)

    assert stuck == ["removing"]
    assert ask(app, "list").json()["total"] == 0
