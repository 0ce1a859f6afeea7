"""Jobs that save an image, and what they keep an instance from."""

import pytest

from tests.builders.simulator import FakeClock, a_world, an_app, an_upgrade_body, ask, create, reason


@pytest.mark.parametrize("call", ["start", "edit", "upgrade", "save"])
def test_an_instance_takes_few_calls_while_its_image_is_saved(call: str) -> None:
    """GET shows the job; when it is done all is as before."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app)
    clock.advance(3)
    ask(app, "stop", {"instanceId": instance_id})
    clock.advance(3)
    job = ask(app, "save", {"instanceId": instance_id, "image": "mine:1"}).json()["jobId"]
    body = {**an_upgrade_body(instance_id), "image": "mine:2"}

    during = ask(app, call, body)
    shown = ask(app, "get", instanceId=instance_id).json()
    clock.advance(3)
    after = ask(app, call, body)

    assert reason(during) == (400, "CONFLICT")
    assert (shown["status"], shown["jobs"]) == ("exited", [{"id": job, "type": "saveImage"}])
    assert after.status_code == 200


def test_an_instance_can_be_deleted_while_its_image_is_saved() -> None:
    """As in every status."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world)
    instance_id = create(app)
    clock.advance(3)
    ask(app, "stop", {"instanceId": instance_id})
    clock.advance(3)
    ask(app, "save", {"instanceId": instance_id, "image": "mine:1"})

    assert ask(app, "delete", {"instanceId": instance_id}).status_code == 200


@pytest.mark.parametrize(("image", "refusal"), [("", "VALIDATOR_PARAM"), ("mine:1", "OPERATION_LIMIT")])
def test_an_image_is_saved_under_a_name_and_of_a_stopped_instance(image: str, refusal: str) -> None:
    """What runs still writes to its disk."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    instance_id = create(app)
    clock.advance(3)

    answer = ask(app, "save", {"instanceId": instance_id, "image": image})

    assert reason(answer) == (400, refusal)


@pytest.mark.parametrize("call", ["upgrade", "restart"])
def test_an_instance_can_fail_to_start_again(call: str) -> None:
    """After an upgrade and after a restart, as after its creation."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world, f"start-failure@{call}")
    instance_id = create(app)
    clock.advance(3)
    ask(app, call, an_upgrade_body(instance_id))
    clock.advance(3)

    shown = ask(app, "get", instanceId=instance_id).json()

    assert (shown["status"], shown["statusError"]["state"]) == ("exited", "failed")
    assert world.free_gpus("4090.16c62g") == 100_000
