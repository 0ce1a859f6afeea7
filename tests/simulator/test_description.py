"""The simulator takes and answers what the written description of the service says, and nothing else."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.applications import Starlette

from gpuspec.simulator.app import account_of
from gpuspec.simulator.calls import CALL_NAMES, CALLS, PREFIX
from gpuspec.simulator.instance import Asked, Instance
from gpuspec.simulator.world import World
from tests.builders.description import DESCRIPTION, METHOD_AND_PATH, Sent, misfits, objections
from tests.builders.simulator import (
    KEY,
    FakeClock,
    a_create_body,
    a_world,
    an_app,
    an_upgrade_body,
    ask,
    create,
    reason,
    requested,
)

SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
HEADERS = {"Authorization": f"Bearer {KEY}"}
FEW = settings(max_examples=40, database=None, suppress_health_check=list(HealthCheck))
PRODUCT = "4090.16c62g"


def an_operation(call: str) -> APIOperation[Any, Any, Any, Any]:
    """The call, as schemathesis knows it."""
    method, path = METHOD_AND_PATH[call]
    return SCHEMA[path.removeprefix(PREFIX)][method]


def a_served_instance(call: str) -> tuple[World, Starlette, str]:
    """A service, and an instance of which this call can be asked."""
    clock = FakeClock()
    world = a_world(clock)
    asked = Asked(product_id=PRODUCT, cluster_id="us-ca-6", image="a/b", envs=(("A", "b"),))
    made = world.create(account_of(KEY), asked)
    world.alter(made.id, lambda it: _prepared(it, call, at=clock.at))
    clock.advance(60)
    return world, an_app(world, key=KEY), made.id


def _prepared(instance: Instance, call: str, *, at: float) -> Instance:
    if call in ("start", "save"):
        return replace(instance, order="stop", ordered_at=at, rests_at="exited")
    return replace(instance, billing_mode="monthly", months=1, ends_at=at) if call == "renew" else instance


def about(case: Case[Any], instance_id: str) -> None:
    """Let a request name what is there, wherever it names something of the right form."""
    body, query = case.body, case.query
    for fields in (body, query):
        if isinstance(fields, dict):
            _set(fields, "instanceId", instance_id)
    if isinstance(body, dict):
        _set(body, "productId", PRODUCT)
        cluster_id = body.get("clusterId")
        if isinstance(cluster_id, str) and len(cluster_id) <= 255:
            body["clusterId"] = ""


def _set(fields: dict[str, Any], name: str, value: str) -> None:
    if isinstance(fields.get(name), str) and 1 <= len(fields[name]) <= 255:
        fields[name] = value


def sent_with(answer: Response) -> Sent:
    """The request that was answered so."""
    request = answer.request
    content = request.body or b""
    assert isinstance(content, str | bytes)
    return Sent(
        method=str(request.method),
        url=str(request.url),
        headers={name: str(value) for name, value in request.headers.items()},
        content=content.encode() if isinstance(content, str) else content,
    )


def break_a_rule_between_fields(call: str, body: Any) -> bool:
    """Whether fields that are right by themselves don't go together."""
    if call == "edit":
        return bool(body.get("expandRootDisk", 0) > 6144 - 10)
    if call != "create":
        return False
    ports = body.get("ports", "")
    monthly = body.get("month", 0) > 0 or body.get("billingMode") == "monthly"
    many = len(ports.split(",") if ports else ()) + len(body.get("tools", ())) > 15
    return many or (body.get("autoRenew", False) and not monthly)


def test_every_call_of_the_simulator_is_described() -> None:
    """And the other way round."""
    assert {(call.method, call.path) for call in CALLS} == set(METHOD_AND_PATH.values())


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("call", CALL_NAMES)
def test_what_is_described_is_taken_and_all_else_refused(call: str, mode: GenerationMode) -> None:
    """A request that fits the description is answered 200, any other one refused, and changes nothing."""

    @FEW
    @given(case=an_operation(call).as_strategy(generation_mode=mode))
    def hold(case: Case[Any]) -> None:
        world, app, instance_id = a_served_instance(call)
        about(case, instance_id)
        before = world.instances

        answer = case.call(app=app, headers=HEADERS)

        case.validate_response(answer, checks=CHECKS)
        sent = sent_with(answer)
        wrong = objections(sent)
        if wrong:
            assert answer.status_code == (401 if wrong == ["There is no key."] else 400), wrong
            assert world.instances == before
        elif isinstance(case.body, Mapping) and break_a_rule_between_fields(call, case.body):
            assert answer.status_code == 400
        else:
            assert answer.status_code == 200, (answer.text, sent)

    hold()


@pytest.mark.parametrize("query", ["pageSize=false&pageSize=", "pageSize=2&pageSize=2", "name=&name="])
def test_a_parameter_that_is_given_twice_is_refused(query: str) -> None:
    """Which of the two counts would be a guess, even where one of them is empty."""
    app = an_app(a_world(), key=KEY)

    answer = requested(app, "GET", f"{PREFIX}/gpu/instances?{query}", headers=HEADERS)

    assert reason(answer) == (400, "VALIDATOR_PARAM")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer sk_another", f"Basic {KEY}", KEY, f"Token {KEY}"])
@pytest.mark.parametrize("call", CALL_NAMES)
def test_no_call_is_answered_without_the_key(call: str, header: str) -> None:
    """401 in the documented form, and nothing is made or changed."""
    world, app, instance_id = a_served_instance(call)
    before = world.instances

    answer = _asked(app, call, instance_id, Authorization=header)

    assert (answer.status_code, misfits(call, answer)) == (401, [])
    assert world.instances == before


@pytest.mark.parametrize("method", ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"])
@pytest.mark.parametrize("path", sorted({path for _, path in METHOD_AND_PATH.values()}))
def test_other_methods_do_nothing(path: str, method: str) -> None:
    """A method that is not described is refused by name, and changes nothing."""
    world, app, instance_id = a_served_instance("get")
    before = world.instances
    described = {each for each, at in METHOD_AND_PATH.values() if at == path}

    answer = requested(app, method, path, headers=HEADERS, json={"instanceId": instance_id})

    if method not in described:
        assert answer.status_code == 405 or (method == "HEAD" and "GET" in described)
        assert world.instances == before


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("call", sorted(set(CALL_NAMES) - {"create", "list", "clusters", "products"}))
def test_what_is_not_there_is_missed_in_the_described_form(call: str, status: int) -> None:
    """Both ways in which it was seen."""
    app = an_app(a_world(), not_found_status=status)

    answer = _asked(app, call, "ffffffffffffffff")

    assert (answer.status_code, misfits(call, answer)) == (status, [])


def test_an_instance_is_as_described_at_every_moment_of_its_life() -> None:
    """In the list and alone, four times a second, while it is created, changed, stopped, saved, started and deleted."""
    clock = FakeClock()
    app = an_app(a_world(clock))
    tool = {"name": "Jupyter", "port": "8888", "type": "http"}
    mount = {"Id": "vol-1", "mountPoint": "/data"}
    fields = {"ports": "80/http", "tools": [tool], "networkStorages": [mount], "localStorageMountPoint": "/w"}
    instance_id = ask(app, "create", a_create_body(**fields, billingMode="spot")).json()["id"]
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("edit", {"ports": [{"port": 81, "type": "tcp"}], "expandRootDisk": 5}),
        ("upgrade", an_upgrade_body(instance_id)),
        ("restart", {}),
        ("stop", {}),
        ("save", {"image": "me/saved:1"}),
        ("start", {}),
        ("delete", {}),
    )
    seen = set()

    for call, body in (("get", {}), *steps):
        answer = ask(app, call, {**body, "instanceId": instance_id}, instanceId=instance_id)
        assert (answer.status_code, misfits(call, answer)) == (200, []), answer.text
        for _ in range(20):
            alone, listed = ask(app, "get", instanceId=instance_id), ask(app, "list")
            assert (misfits("get", alone), misfits("list", listed)) == ([], [])
            seen |= {row["status"] for row in listed.json()["instances"]}
            clock.advance(0.25)

    assert seen == set(DESCRIPTION["components"]["schemas"]["Status"]["enum"]) - {"migrating", "freezing"}


def test_any_order_of_calls_is_answered_as_described() -> None:
    """What is created is read, changed, paid for, saved and deleted in whatever order; time passes in between."""
    answered: Counter[tuple[str, int]] = Counter()
    requests = {call: an_operation(call).as_strategy() for call in CALL_NAMES}

    @settings(FEW, max_examples=30)
    @given(data=st.data(), calls=st.lists(st.sampled_from((*CALL_NAMES, "stop", "start")), min_size=12, max_size=20))
    def hold(data: st.DataObject, calls: list[str]) -> None:
        clock = FakeClock()
        app = an_app(a_world(clock), key=KEY)
        instance_id = create(app)
        clock.advance(10)
        for call in calls:
            clock.advance(data.draw(st.sampled_from((0.4, 5.0))))
            case = data.draw(requests[call])
            about(case, instance_id)

            answer = case.call(app=app, headers=HEADERS)

            case.validate_response(answer, checks=CHECKS)
            answered[call, answer.status_code] += 1
            instance_id = answer.json()["id"] if call == "create" and answer.status_code == 200 else instance_id

    hold()

    done = {call for call, status in answered if status == 200}
    assert done >= {"create", "list", "get", "edit", "upgrade", "stop", "delete"}


def _asked(app: Starlette, call: str, instance_id: str, **headers: str) -> httpx.Response:
    method, path = METHOD_AND_PATH[call]
    bodies = {"create": a_create_body(), "upgrade": an_upgrade_body(instance_id)}
    whole = {"instanceId": instance_id, "month": 1, "image": "me/saved:1"}
    options = {"json": bodies.get(call, whole)} if method == "POST" else {"params": {"instanceId": instance_id}}
    return requested(app, method, path, headers={**HEADERS, **headers}, **options)
