"""The service on a port comes up, says where it is, and comes down in good order."""

import os
import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from gpuspec.errors import UsageError
from gpuspec.simulator.server import background, serve
from tests.builders.simulator import CALL_BY_NAME, KEY, a_create_body, a_world, an_app

LIST = CALL_BY_NAME["list"].path
HEADERS = {"Authorization": f"Bearer {KEY}"}


def test_the_service_runs_in_the_background() -> None:
    """On a free loopback port, and no longer than the context."""
    with background(an_app(a_world())) as origin:
        answer = httpx.get(origin + LIST, headers=HEADERS)

    assert origin.startswith("http://127.0.0.1:")
    assert answer.json() == {"instances": [], "total": 0}
    with pytest.raises(httpx.ConnectError):
        httpx.get(origin + LIST, headers=HEADERS)


def test_no_thread_stays_behind() -> None:
    """Neither the server's nor another."""
    before = threading.active_count()
    with background(an_app(a_world())):
        pass

    assert threading.active_count() == before


def test_many_clients_are_served_at_once() -> None:
    """Each gets an instance of its own."""
    world = a_world()
    with background(an_app(world)) as origin:

        def create_some() -> None:
            with httpx.Client(base_url=origin, headers=HEADERS) as client:
                for _ in range(5):
                    client.post(CALL_BY_NAME["create"].path, json=a_create_body())

        threads = [threading.Thread(target=create_some) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(world.instances) == 40


def test_the_service_serves_until_it_is_told_to_stop() -> None:
    """And tells its origin when it can be asked."""
    stop = threading.Event()
    answers = []

    def ready(origin: str) -> None:
        def ask_and_stop() -> None:
            answers.append(httpx.get(origin + LIST, headers=HEADERS).status_code)
            stop.set()

        threading.Thread(target=ask_and_stop).start()

    serve(an_app(a_world()), host="127.0.0.1", port=0, ready=ready, stopped=stop.is_set)

    assert answers == [200]


def test_a_taken_port_is_told() -> None:
    """With the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="can't listen") as caught:
        serve(an_app(a_world()), host="127.0.0.1", port=taken.getsockname()[1], ready=lambda _: None)

    assert "another port" in caught.value.hint


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 65_536), ("h" * 300, 0), ("127.0.0.1", -1)])
def test_an_address_that_there_is_not_is_told(host: str, port: int) -> None:
    """Never a traceback."""
    with pytest.raises(UsageError, match="can't listen"):
        serve(an_app(a_world()), host=host, port=port, ready=lambda _: None)


def test_an_unreadable_request_is_answered() -> None:
    """By the server, with 400; the service goes on."""
    with background(an_app(a_world())) as origin:
        with socket.create_connection(("127.0.0.1", int(origin.rpartition(":")[2]))) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            answer = connection.recv(1024)
        after = httpx.get(origin + LIST, headers=HEADERS)

    assert answer.startswith(b"HTTP/1.1 400")
    assert after.status_code == 200


def test_a_client_that_goes_away_in_the_midst_of_its_request_changes_nothing() -> None:
    """And disturbs nobody."""
    world = a_world()
    path = CALL_BY_NAME["create"].path
    with background(an_app(world)) as origin:
        with socket.create_connection(("127.0.0.1", int(origin.rpartition(":")[2]))) as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 99\r\n\r\n"
            connection.sendall(head.encode() + b'{"name"')
        after = httpx.get(origin + LIST, headers=HEADERS)

    assert (after.status_code, len(world.mutating_requests)) == (200, 0)


PROGRAM = """
import time
from gpuspec.simulator.app import build_app
from gpuspec.simulator.server import serve
from gpuspec.simulator.world import World

world = World.open(None, now=time.time, identities=lambda: "0" * 16)
serve(build_app(world), host="127.0.0.1", port=0, ready=lambda origin: print(origin, flush=True))
print("down in good order", flush=True)
"""


def test_ctrl_c_ends_the_service_in_good_order() -> None:
    """It returns, and nothing is said on stderr."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        origin = process.stdout.readline().strip()
        assert httpx.get(origin + LIST, headers=HEADERS).status_code == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

    assert (out, err, process.returncode) == ("down in good order\n", "", 0)
