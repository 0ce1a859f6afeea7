"""Requests whose answers are lost, late, or never seen because the run died."""

import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from gpuspec.simulator.instance import Instance
from tests.builders.fleet import KILLED, PRODUCT, Fleet, Service, a_service, ended, marker_of, read_until, until

FLEET = tuple(f"worker-{number:03}" for number in range(200))


def test_a_run_that_is_killed_before_the_answer_finds_its_instances(tmp_path: Path) -> None:
    """The service has the requests and has made the instances; the answers come when nobody is there any more."""
    with a_service("slow@create:1.0:20") as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer", "worker")
        with fleet.start("apply", "--yes") as process:
            until(lambda: len(fleet.instances) == 2)
            process.kill()
            process.communicate()

        found = fleet.apply("--json").checked(0)

        assert process.returncode == KILLED
        assert len(fleet.sent) == 2
        fleet.assert_whole("trainer", "worker")
    assert {outcome["result"] for outcome in json.loads(found.stdout)["outcomes"]} == {"kept"}


@pytest.mark.parametrize("envs_in_list", [True, False], ids=["marker in the list", "marker in GET only"])
def test_two_hundred_instances_come_about_although_every_third_answer_is_lost(
    tmp_path: Path, envs_in_list: bool
) -> None:
    """Exactly two hundred, each recorded; no create is sent anew for one that is there."""
    with a_service("lost-response:0.3", envs_in_list=envs_in_list) as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for(*FLEET)

        fleet.apply().checked(0)

        fleet.assert_whole(*FLEET)
        assert len(fleet.sent) == 200


def test_a_run_that_was_suspended_while_its_answers_came_doubles_nothing(tmp_path: Path) -> None:
    """A closed lid: the answers time out in its sleep, and are settled when it wakes."""
    with a_service("slow@create:1.0:0.5") as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer", "worker")
        with fleet.start("apply", "--yes") as process:
            until(lambda: len(fleet.instances) == 2)
            process.send_signal(signal.SIGSTOP)
            woken_at = service.world.now() + 4
            until(lambda: service.world.now() > woken_at)
            process.send_signal(signal.SIGCONT)
            ended(process).checked(0)

        assert len(fleet.sent) == 2
        fleet.assert_whole("trainer", "worker")


def test_an_answer_that_comes_too_late_is_found(tmp_path: Path) -> None:
    """The request times out after it was sent; the instance is there, and is not made a second time."""
    with a_service("slow@create:2x:5") as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer", "worker")

        run = fleet.apply("--json").checked(0)

        assert len(fleet.sent) == 2
        fleet.assert_whole("trainer", "worker")
    assert {outcome["result"] for outcome in json.loads(run.stdout)["outcomes"]} == {"found"}


def test_an_instance_that_appears_after_the_window_is_reported_by_every_run(tmp_path: Path) -> None:
    """Its address is made anew, since nobody could see it; from then on each run names it until it is gone."""
    with a_service("lost-response:1x", "late-listing:1x:4") as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer")
        fleet.apply().checked(0)
        stray, kept = sorted(fleet.instances, key=lambda instance: instance.created_at)
        until(lambda: service.world.now() > stray.listed_at)

        for _ in range(2):
            run = fleet.apply().checked(7)
            assert f"stray  trainer  {stray.id}" in run.stdout
        assert {marker_of(instance).address for instance in fleet.instances} == {"trainer"}
        assert fleet.state["records"]["trainer"]["id"] == kept.id
        assert len(fleet.sent) == 2

        service.world.vanish(stray.id)
        fleet.apply().checked(0)


def test_an_instance_that_is_not_shown_yet_is_not_taken_for_gone(tmp_path: Path) -> None:
    """Its id came back, and neither list nor GET shows it so far: within the window that proves nothing."""
    settings = {"settleWindow": 300, "requestTimeout": 2}
    with a_service("late-everywhere:1x:300") as service:
        fleet = Fleet(folder=tmp_path, service=service, settings=settings).asks_for("trainer")
        with fleet.start("apply", "--yes") as process:
            read_until(process, "made")
            process.kill()
            process.communicate()

        fleet.apply().checked(4)
        _show(service, fleet.instances[0])
        fleet.apply().checked(0)

        assert len(fleet.sent) == 1
        fleet.assert_whole("trainer")


def test_an_instance_that_appears_where_its_address_has_none_is_not_doubled(tmp_path: Path) -> None:
    """Judged absent, then not made anew because the service had no room: when it does appear, it can be taken."""
    with a_service("lost-response:1x", "late-listing:1x:300") as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer")
        with fleet.start("apply", "--yes") as process:
            until(lambda: fleet.instances)
            service.world.set_capacity(PRODUCT, 1)
            ended(process).checked(4)
        service.world.set_capacity(PRODUCT, 100)
        _show(service, fleet.instances[0])

        fleet.apply().checked(7)
        fleet.run("recover", "trainer", "--found", fleet.instances[0].id).checked(0)
        fleet.apply().checked(0)

        fleet.assert_whole("trainer")


def test_a_lost_instance_that_comes_back_is_reported_by_every_run(tmp_path: Path) -> None:
    """The service denied it, so that its address was made anew; now both cost money."""
    # Without a window, an instance that was made a moment ago can be gone.
    settings = {"settleWindow": 0, "requestTimeout": 2}
    with a_service() as service:
        fleet = Fleet(folder=tmp_path, service=service, settings=settings).asks_for("trainer", "worker")
        fleet.apply().checked(0)
        lost = next(instance for instance in fleet.instances if marker_of(instance).address == "trainer")
        service.world.vanish(lost.id)
        fleet.apply().checked(0)
        _show(service, lost)

        for _ in range(2):
            run = fleet.apply().checked(7)
            assert f"stray  trainer  {lost.id}" in run.stdout
        assert len(fleet.sent) == 3


def _show(service: Service, instance: Instance) -> None:
    """Let the service show an instance from now on."""
    now = service.world.now()
    with service.world.lock:
        if instance.id in service.world.instances:
            service.world.vanish(instance.id)
        service.world.put("create", None, replace(instance, listed_at=now, found_at=now))
