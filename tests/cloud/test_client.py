"""The client as a whole, over a real socket: what it asks, how often, and what it tells of it."""

import json
from typing import Any

import pytest

from gpuspec.cloud.client import NovitaCloud
from gpuspec.cloud.retry import LONGEST_PAUSE_S, MOST_IN_VAIN, TRIES
from gpuspec.errors import CredentialsError
from gpuspec.model.answer import Ambiguous, Rejected
from gpuspec.model.live import NotFound, Seen, Unreadable
from gpuspec.model.secret import Revealed
from gpuspec.model.values import Env
from gpuspec.ports import Catalogue, Product
from tests.builders.cloud import KEY, JumpingClock, a_cloud, a_request
from tests.builders.wire_server import Answerer, Asked, a_server, cuts_off, http, resets, says, stalls

pytestmark = pytest.mark.anyio
ROW = {"id": "0a1b", "name": "trainer", "status": "running"}


def error(status: int, reason: str) -> bytes:
    """An error in the API's words."""
    return http(status, {"code": status, "reason": reason, "message": "instance not fount", "metadata": {}})


SIGHTS: dict[str, tuple[bytes, type]] = {
    "the instance": (http(200, ROW), Seen),
    "in an envelope": (http(200, {"data": ROW}), Seen),
    "in another envelope": (http(200, {"instance": ROW}), Seen),
    "removed": (http(200, {**ROW, "status": "removed"}), Seen),
    "400 in the API's words": (error(400, "RESOURCE_NOT_FOUND"), NotFound),
    "404 in the API's words": (error(404, "NOT_FOUND"), NotFound),
    "a proxy's 404": (http(404, b"<html>not found</html>"), Unreadable),
    "404 of a router": (http(404, {"message": "no Route matched"}), Unreadable),
    "another 400": (error(400, "VALIDATOR_PARAM"), Unreadable),
    "200 that says missing": (http(200, {"code": 400, "reason": "RESOURCE_NOT_FOUND"}), Unreadable),
    "no body": (http(200), Unreadable),
    "an empty envelope": (http(200, {"instance": None}), Unreadable),
    "another instance": (http(200, {**ROW, "id": "ffff"}), Unreadable),
    "no id": (http(200, {"name": "trainer", "status": "running"}), Unreadable),
    "a redirect": (http(301, b"", location="/elsewhere"), Unreadable),
    "a fault": (http(503, b"busy"), Unreadable),
    "throttled": (http(429), Unreadable),
}


@pytest.mark.parametrize("name", SIGHTS)
async def test_an_instance_is_seen_or_not_found_or_unreadable(name: str) -> None:
    """Only the API's own word says that there is none."""
    answer, expected = SIGHTS[name]
    async with a_server(says(answer)) as server, a_cloud(server.origin) as cloud:
        sight = await cloud.get("0a1b")

        assert type(sight) is expected
        assert server.asked[0].target == "/gpu-instance/openapi/v1/gpu/instance?instanceId=0a1b"


async def test_an_id_that_a_person_typed_stays_one_value() -> None:
    """It can't add to the query."""
    async with a_server(says(error(404, "NOT_FOUND"))) as server, a_cloud(server.origin) as cloud:
        await cloud.get("a&pageNum=0#ü\n")
        assert server.asked[0].query == {"instanceId": "a&pageNum=0#ü\n"}


@pytest.mark.parametrize(
    ("status", "body"), [(401, b""), (403, b"error code: 1010"), (403, b'{"code":403,"reason":"FORBIDDEN"}')]
)
async def test_a_refused_key_raises_at_once(status: int, body: bytes) -> None:
    """Reading on would not help, and the key is not repeated."""
    async with a_server(says(http(status, body))) as server, a_cloud(server.origin) as cloud:
        for reading in (cloud.get("0a1b"), cloud.list()):
            with pytest.raises(CredentialsError) as caught:
                await reading
            assert KEY not in caught.value.message
        assert len(server.asked) == 2


READABLE = http(200, ROW)
PASSING: dict[str, Answerer] = {
    "a reset": resets,
    "an end": cuts_off(b""),
    "half an answer": cuts_off(READABLE[:-5]),
    "silence": stalls(),
    "408": says(http(408)),
    "429": says(http(429)),
    "500": says(error(500, "UNKNOWN")),
    "502": says(http(502, b"<html>")),
}


@pytest.mark.parametrize("name", PASSING)
async def test_a_read_is_repeated_when_that_may_help(name: str) -> None:
    """The fault passes, and the second answer counts."""
    count = 0

    async def first_fails(asked: Asked, writer: Any) -> None:
        nonlocal count
        count += 1
        await (PASSING[name] if count == 1 else says(READABLE))(asked, writer)

    async with a_server(first_fails) as server, a_cloud(server.origin, timeout_s=0.2) as cloud:
        assert isinstance(await cloud.get("0a1b"), Seen)
        assert len(server.asked) == 2


async def test_a_read_is_given_up_after_a_few_tries() -> None:
    """The pauses between them grow."""
    clock = JumpingClock()
    async with a_server(resets) as server, a_cloud(server.origin, clock=clock) as cloud:
        sight = await cloud.get("0a1b")

        assert isinstance(sight, Unreadable)
        assert len(server.asked) == TRIES == 4
        assert clock.slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(("header", "expected"), [("7", 7.0), ("3000", LONGEST_PAUSE_S), ("0", 0.5), ("soon", 0.5)])
async def test_a_read_waits_as_long_as_it_is_told_but_not_for_ever(header: str, expected: float) -> None:
    """And never shorter than it would by itself."""
    clock = JumpingClock()
    answers = says(http(429, b"", retry_after=header), READABLE)
    async with a_server(answers) as server, a_cloud(server.origin, clock=clock) as cloud:
        await cloud.get("0a1b")
        assert clock.slept == [expected]


async def test_reads_that_are_all_repeated_in_vain_are_repeated_no_longer() -> None:
    """A thousand machines that are looked at one by one don't each wait; the first answer changes that again."""
    fault, clock = http(429, b"", retry_after="30"), JumpingClock()
    repeated = MOST_IN_VAIN * TRIES
    answers = says(*[fault] * (repeated + 1), READABLE, fault, READABLE)
    async with a_server(answers) as server, a_cloud(server.origin, clock=clock) as cloud:
        for _ in range(MOST_IN_VAIN):
            await cloud.get("0a1b")
        asked = [len(server.asked)]
        for _ in range(3):
            await cloud.get("0a1b")
            asked.append(len(server.asked))

        assert asked == [repeated, repeated + 1, repeated + 2, repeated + 4]


@pytest.mark.parametrize("answer", [http(400, b"<html>"), http(301), http(200, b"<html>"), http(200, b"x" * 2**21)])
async def test_a_read_is_not_repeated_when_that_would_not_help(answer: bytes) -> None:
    """The same question gets the same answer."""
    async with a_server(says(answer)) as server, a_cloud(server.origin) as cloud:
        assert isinstance(await cloud.get("0a1b"), Unreadable)
        assert len(server.asked) == 1


@pytest.mark.parametrize("answer", [http(500), http(502), http(429, b"", retry_after="1"), http(408)])
async def test_a_create_is_never_repeated(answer: bytes) -> None:
    """Whatever came back, the request was sent once."""
    clock = JumpingClock()
    async with a_server(says(answer)) as server, a_cloud(server.origin, clock=clock) as cloud:
        await cloud.create(a_request())
        assert (len(server.asked), clock.slept) == (1, [])


async def test_the_list_asks_for_pages_by_their_documented_names() -> None:
    """A wrong parameter would be ignored silently, and every page be the first."""

    async def answer(asked: Asked, writer: Any) -> None:
        first = int(asked.query["pageNum"]) * int(asked.query["pageSize"])
        rows = [{"id": f"i{number}"} for number in range(first, min(first + 100, 250))]
        writer.write(http(200, {"instances": rows, "total": "250"}))

    async with a_server(answer) as server, a_cloud(server.origin) as cloud:
        listing = await cloud.list()

        assert (len(listing.rows), listing.incomplete) == (250, "")
        assert {asked.path for asked in server.asked} == {"/gpu-instance/openapi/v1/gpu/instances"}
        assert sorted(asked.query["pageNum"] for asked in server.asked) == ["0", "1", "2"]
        assert {asked.query["pageSize"] for asked in server.asked} == {"100"}


async def test_a_service_that_can_not_be_reached_makes_the_list_incomplete() -> None:
    """It is said in a sentence; nothing is raised."""
    async with a_server(resets) as server:
        origin = server.origin
    async with a_cloud(origin) as cloud:
        listing = await cloud.list()
    assert listing.rows == ()
    assert "no connection could be made (ConnectError)" in listing.incomplete


CLUSTERS = http(200, {"data": [{"id": "us-ca-6", "name": "US-CA-06"}, {"id": ""}, "x"]})
PRODUCTS = http(
    200,
    {
        "data": [
            {"id": "4090", "name": "RTX 4090", "availableDeploy": True, "inventoryState": "low"},
            {"id": "h100", "name": "H100\x1b", "availableDeploy": True, "inventoryState": "none"},
            {"id": "26", "availableDeploy": False},
            {"id": 107, "name": 5},
            {"name": "no id"},
        ]
    },
)


async def test_the_catalogue_is_what_can_be_read_of_it() -> None:
    """A product is available unless it says otherwise."""

    async def answer(asked: Asked, writer: Any) -> None:
        writer.write(CLUSTERS if asked.path.endswith("/clusters") else PRODUCTS)

    async with a_server(answer) as server, a_cloud(server.origin) as cloud:
        found = await cloud.catalogue()

    assert found.clusters == {"us-ca-6"}
    assert found.products == {
        "4090": Product(id="4090", name="RTX 4090", available=True),
        "h100": Product(id="h100", name="H100", available=False),
        "26": Product(id="26", name="", available=False),
        "107": Product(id="107", name="", available=True),
    }


@pytest.mark.parametrize("answer", [http(401), http(500), http(200, b"<html>"), http(200, {"data": 5}), http(200, 5)])
async def test_a_catalogue_that_can_not_be_read_is_empty(answer: bytes) -> None:
    """It only warns ahead, so that it never stands in the way."""
    async with a_server(says(answer)) as server, a_cloud(server.origin) as cloud:
        assert await cloud.catalogue() == Catalogue(products={}, clusters=frozenset())


async def test_debug_tells_each_exchange_in_one_line_without_a_value() -> None:
    """Bodies are told by the names of their fields; the service's own code is the only word quoted."""
    lines: list[str] = []
    refusal = error(400, "IMAGE_NOT_FOUND")
    listed = http(200, {"instances": [{**ROW, "sshPassword": "hunter2"}], "total": 1})
    async with (
        a_server(says(refusal, listed, http(502, b"<html>hunter2"))) as server,
        a_cloud(server.origin, debug=lines.append) as cloud,
    ):
        secret = Env(key="TOKEN", value=Revealed(text="hunter2"))
        await cloud.create(a_request(envs=(secret,), imageAuth=Revealed(text="bob:hunter2")))
        await cloud.list()
        await cloud.create(a_request())
        sent = [len(asked.content) for asked in server.asked]
    async with a_cloud(server.origin, debug=lines.append) as cloud:
        await cloud.create(a_request())

    create = "POST /gpu-instance/openapi/v1/gpu/instance/create"
    named = "name, productId, gpuNum, diskSize, rootfsSize, imageUrl"
    secret_one = f"{{{named}, imageAuth, ports, envs[2], command, kind}}"
    plain = f"{{{named}, ports, envs[1], command, kind}}"
    answered = len(refusal.partition(b"\r\n\r\n")[2])
    rows = len(listed.partition(b"\r\n\r\n")[2])
    refused = f"400 IMAGE_NOT_FOUND, {answered} bytes {{code, reason, message, metadata}}"
    page = "GET /gpu-instance/openapi/v1/gpu/instances?pageNum=0&pageSize=100"
    assert lines == [
        f"{create} -> {refused} in 0.000 s; sent {sent[0]} bytes {secret_one}",
        f"{page} -> 200, {rows} bytes {{instances[1], total}} in 0.000 s",
        f"{create} -> 502, 13 bytes (no JSON object) in 0.000 s; sent {sent[2]} bytes {plain}",
        f"{create} -> not sent: no connection could be made (ConnectError) in 0.000 s; sent {sent[2]} bytes {plain}",
    ]
    assert not [line for line in lines if "hunter2" in line or KEY in line]


async def test_debug_names_what_broke() -> None:
    """A lost answer and one that is too large say so."""
    lines: list[str] = []
    for answerer in (resets, says(http(200, b"x" * 2**21))):
        async with a_server(answerer) as server, a_cloud(server.origin, debug=lines.append) as cloud:
            assert isinstance(await cloud.create(a_request()), Ambiguous)
    assert "no reply: " in lines[0]
    assert "200 (is larger than any answer of the API), 0 bytes" in lines[1]


async def test_secrets_are_in_no_picture_of_the_client_or_its_answers() -> None:
    """A log line or a traceback that shows an object shows no secret."""
    message = {"code": 400, "reason": "VALIDATOR_PARAM", "message": "token hunter2"}
    async with a_server(says(http(400, message))) as server, a_cloud(server.origin) as cloud:
        request = a_request(command=Revealed(text="hunter2"))
        answer = await cloud.create(request)

    assert isinstance(answer, Rejected)
    shown = f"{cloud!r} {request!r} {answer!r} {json.dumps(answer.message)}"
    assert "hunter2" not in shown
    assert KEY not in shown


async def test_the_origin_is_told_as_it_was_given() -> None:
    """In process it is a bare name."""
    cloud: NovitaCloud = a_cloud("simulator")
    assert cloud.origin == "simulator"


async def test_what_was_told_as_a_secret_is_not_repeated_by_a_later_look() -> None:
    """A login that the service quotes when a pull fails stays out of the instance's error."""
    error_shown = {"state": "failed", "message": "pull refused for bob:canary-pass"}
    row = {**ROW, "statusError": error_shown}
    answers = (http(200, {"id": "0a1b"}), http(200, {"instances": [row], "total": 1}), http(200, row))
    async with a_server(says(*answers)) as server, a_cloud(server.origin) as cloud:
        await cloud.create(a_request(imageAuth=Revealed(text="bob:canary-pass")))
        (listed,) = (await cloud.list()).rows
        sight = await cloud.get("0a1b")

    assert isinstance(sight, Seen)
    assert [listed.status_error, sight.instance.status_error] == ["failed: pull refused for (secret)"] * 2


async def test_a_service_that_repeats_the_key_in_a_row_is_not_quoted() -> None:
    """Whichever text it puts the key into; rows go into the state and onto the screen."""
    row = {**ROW, "name": f"trainer {KEY}", "status": f"new {KEY}", "statusError": {"state": KEY, "message": KEY}}
    answers = (http(200, {"instances": [row], "total": 1}), http(200, {"instance": row}))
    async with a_server(says(*answers)) as server, a_cloud(server.origin) as cloud:
        (listed,) = (await cloud.list()).rows
        sight = await cloud.get("0a1b")

    assert isinstance(sight, Seen)
    assert [listed.name, sight.instance.name] == ["trainer (secret)"] * 2
    assert KEY not in repr((listed, sight))
