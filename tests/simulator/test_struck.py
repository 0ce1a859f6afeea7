"""What a client sees of each fault over a real connection, and what has become of the instance."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from gpuspec.errors import Bug
from gpuspec.simulator.fault_kinds import KINDS, Answer, Cut, Turn
from gpuspec.simulator.server import background
from gpuspec.simulator.world import World
from tests.builders.simulator import CALL_BY_NAME, KEY, FakeClock, a_create_body, a_world, an_app, ask, create

CREATE = CALL_BY_NAME["create"].path


@contextmanager
def a_client(world: World, *faults: str, timeout_s: float = 5.0, **switches: Any) -> Iterator[httpx.Client]:
    """A client of a service on a port, with these faults ordered."""
    headers = {"Authorization": f"Bearer {KEY}"}
    with (
        background(an_app(world, *faults, **switches)) as origin,
        httpx.Client(base_url=origin, headers=headers, timeout=timeout_s) as client,
    ):
        yield client


def made(world: World) -> int:
    return len(world.instances)


ANSWERED = [kind for kind in KINDS.values() if isinstance(kind.effect, Answer)]


@pytest.mark.parametrize("kind", ANSWERED, ids=[kind.name for kind in ANSWERED])
def test_a_fault_that_answers_in_the_services_place(kind: Any) -> None:
    """Its status and content come; the instance was made if the table says so."""
    world = a_world()
    with a_client(world, f"{kind.name}@create") as client:
        answer = client.post(CREATE, json=a_create_body())
        again = client.post(CREATE, json=a_create_body())

    assert (answer.status_code, again.status_code) == (kind.effect.status, kind.effect.status)
    assert answer.content == kind.effect.content * kind.effect.repeat
    assert answer.headers["content-type"].startswith(kind.effect.content_type)
    assert made(world) == (2 if kind.effect.executed else 0)
    assert [request.faults for request in world.requests] == [(kind.name,)] * 2


CUTS = {
    "lost-response": (httpx.RemoteProtocolError, "without sending a response", 1),
    "lost-request": (httpx.RemoteProtocolError, "without sending a response", 0),
    "reset": (httpx.ReadError, "reset", 1),
    "reset-request": (httpx.ReadError, "reset", 0),
    "half-body": (httpx.RemoteProtocolError, "without sending complete message body", 1),
    "stalled-body": (httpx.ReadTimeout, "timed out", 1),
}


def test_every_break_has_its_test() -> None:
    """The table below is complete."""
    assert {name for name, kind in KINDS.items() if isinstance(kind.effect, Cut)} == set(CUTS)


@pytest.mark.parametrize("name", CUTS)
def test_a_fault_that_breaks_the_connection(name: str) -> None:
    """The client sees how it broke; the instance was made if the table says so; the next call is served."""
    error, text, count = CUTS[name]
    world = a_world()
    with a_client(world, f"{name}:1x", timeout_s=0.3 if name == "stalled-body" else 5) as client:
        with pytest.raises(error, match=text):
            client.post(CREATE, json=a_create_body())
        after = client.post(CREATE, json=a_create_body())

    assert after.status_code == 200
    assert made(world) == count + 1


def test_a_stalled_answer_has_its_headers() -> None:
    """Status 200 is there, and the body is not."""
    with (
        a_client(a_world(), "stalled-body", timeout_s=0.3) as client,
        client.stream("POST", CREATE, json=a_create_body()) as answer,
    ):
        status = answer.status_code
        with pytest.raises(httpx.ReadTimeout):
            answer.read()

    assert status == 200


def test_half_a_body_is_half() -> None:
    """The announced length is that of the whole."""
    with a_client(a_world(), "half-body") as client, client.stream("POST", CREATE, json=a_create_body()) as answer:
        chunks = answer.iter_raw()
        received = next(chunks)
        with pytest.raises(httpx.RemoteProtocolError):
            next(chunks)

    assert len(received) == int(answer.headers["content-length"]) // 2


def test_an_empty_answer_can_break_too() -> None:
    """A deletion that answers nothing is broken in the midst all the same."""
    world = a_world()
    instance_id = create(an_app(world))
    with a_client(world, "half-body@delete", empty_bodies=True) as client, pytest.raises(httpx.RemoteProtocolError):
        client.post(CALL_BY_NAME["delete"].path, json={"instanceId": instance_id})

    assert world.status(instance_id) == "toRemove"


def test_a_slow_answer_comes_in_the_end() -> None:
    """After the time that was ordered."""
    begun = time.monotonic()
    with a_client(a_world(), "slow:1:0.2") as client:
        answer = client.post(CREATE, json=a_create_body())

    assert answer.status_code == 200
    assert time.monotonic() - begun >= 0.2


def test_a_slow_answer_is_too_late_for_an_impatient_client() -> None:
    """The instance was made; the service comes down at once although it has not answered yet."""
    world = a_world()
    begun = time.monotonic()
    with a_client(world, "slow:1:60", timeout_s=0.2) as client, pytest.raises(httpx.ReadTimeout):
        client.post(CREATE, json=a_create_body())

    assert made(world) == 1
    assert time.monotonic() - begun < 10


def test_a_service_with_a_waiting_client_comes_down() -> None:
    """The answer that is under way is broken off."""
    world = a_world()
    with background(an_app(world, "stalled-body")) as origin:
        client = httpx.Client(base_url=origin, headers={"Authorization": f"Bearer {KEY}"}, timeout=5)
        answer = client.send(client.build_request("POST", CREATE, json=a_create_body()), stream=True)

    with pytest.raises(httpx.HTTPError):
        answer.read()
    client.close()


def test_a_refused_call_names_when_to_come_back() -> None:
    """`429` with the header, `429-bare` without."""
    with a_client(a_world(), "429:1x:7", "429-bare:1x") as client:
        answers = [client.post(CREATE, json=a_create_body()) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert [answer.headers.get("retry-after") for answer in answers] == ["7", None, None]


def test_a_redirect_leads_elsewhere() -> None:
    """Where there is nothing."""
    with a_client(a_world(), "redirect-308") as client:
        answer = client.post(CREATE, json=a_create_body())
        elsewhere = client.get(answer.headers["location"])

    assert (answer.status_code, elsewhere.status_code) == (308, 404)


def test_a_fault_can_strike_any_call() -> None:
    """Here each of several."""
    world = a_world()
    app = an_app(world, "500-before@any")

    assert {ask(app, call, {}).status_code for call in CALL_BY_NAME} == {500}


def test_a_fault_of_the_wire_needs_a_wire() -> None:
    """In process it would be no fault at all, so it is a bug to order it there."""
    with pytest.raises(Bug, match="wire"):
        ask(an_app(a_world(), "reset"), "create", a_create_body())


@pytest.mark.parametrize(("name", "found"), [("late-listing", 200), ("late-everywhere", 400)])
def test_a_created_instance_appears_late(name: str, found: int) -> None:
    """In lists, or to GET too; also when the answer was lost."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world, f"{name}:1:30", "500-after")
    ask(app, "create", a_create_body())
    (instance_id,) = world.instances
    clock.advance(29)
    early = ask(app, "list").json(), ask(app, "get", instanceId=instance_id).status_code
    clock.advance(1)

    late = ask(app, "list").json()["total"], ask(app, "get", instanceId=instance_id).status_code

    assert early == ({"instances": [], "total": 0}, found)
    assert late == (1, 200)


def test_an_instance_can_hang_in_pulling() -> None:
    """For ever; it can still be deleted."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world, "stuck-pulling")
    instance_id = create(app)
    clock.advance(1_000_000)
    stuck = world.status(instance_id)
    ask(app, "delete", {"instanceId": instance_id})

    assert (stuck, world.status(instance_id)) == ("pulling", "toRemove")


def test_an_instance_can_fail_to_start() -> None:
    """It ends in `exited`, with an error that says why, and holds no GPU."""
    clock = FakeClock()
    world = a_world(clock)
    app = an_app(world, "start-failure")
    instance_id = create(app)
    clock.advance(3)

    shown = ask(app, "get", instanceId=instance_id).json()

    assert shown["status"] == "exited"
    assert shown["statusError"] == {"state": "failed", "message": "the container could not be started"}
    assert world.free_gpus("4090.16c62g") == 100_000


def rows(page: dict[str, Any]) -> list[str]:
    return [row["name"] for row in page["instances"]]


TURNS: dict[str, Any] = {
    "no-envs-in-list": lambda ask: "envs" not in ask("list")["instances"][0],
    "no-envs-in-get": lambda ask: "envs" not in ask("get"),
    "missing-total": lambda ask: "total" not in ask("list"),
    "page-base-1": lambda ask: rows(ask("list", pageNum=0)) == rows(ask("list", pageNum=1)),
    "duplicate-rows": lambda ask: rows(ask("list", pageSize=2)) == ["worker-0", "worker-1", "worker-0"],
    "shifting-pages": lambda ask: rows(ask("list", pageSize=2, pageNum=1)) == ["worker-3"],
    "missing-404": lambda ask: ask("get", instanceId="nowhere")["code"] == 404,
    "wrapped": lambda ask: list(ask("get")) == ["data"],
    "bare-get": lambda ask: "productId" not in ask("get"),
    "empty-bodies": lambda ask: ask("delete") is None,
}


def test_every_turn_has_its_test() -> None:
    """The table above is complete."""
    assert {name for name, kind in KINDS.items() if isinstance(kind.effect, Turn)} == set(TURNS)


@pytest.mark.parametrize("name", TURNS)
def test_a_fault_that_words_an_answer_in_another_way(name: str) -> None:
    """As the switch of the same meaning does, but by chance and for chosen calls."""
    world = a_world()
    plain = an_app(world)
    instances = [create(plain, name=f"worker-{number}") for number in range(4)]
    app = an_app(world, name)

    def asked(call: str, **query: Any) -> Any:
        body = {"instanceId": instances[0]}
        answer = ask(app, call, body, **({**body, **query} if call == "get" else query))
        return answer.json() if answer.content else None

    assert TURNS[name](asked)
