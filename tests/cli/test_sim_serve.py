"""`gpuspec sim serve`: the simulator as a server."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.builders.shell import Shell, a_project, a_spec


@contextmanager
def a_served_simulator(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the first line that it says."""
    command = [sys.executable, "-m", "gpuspec", "sim", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_origin_is_told_served_and_ended(tmp_path: Path, number: signal.Signals) -> None:
    """The first line is the origin, any client of the API can ask there, and a signal ends it with 0."""
    with a_served_simulator() as (process, origin):
        applied = a_project(tmp_path, a_spec("a"), NOVITA_API_KEY="sk_any")(
            "apply", "--yes", "--wait", "none", "--endpoint", origin
        )
        products = httpx.get(f"{origin}/gpu-instance/openapi/v1/products", headers={"Authorization": "Bearer sk_any"})
        process.send_signal(number)
        out, err = process.communicate(timeout=20)

    assert (applied.status, products.status_code) == (0, 200)
    assert (process.returncode, out) == (0, "")
    assert err == f"    GPUSPEC_ENDPOINT={origin} NOVITA_API_KEY=any gpuspec apply\n"


def test_a_world_outlives_its_server(tmp_path: Path) -> None:
    """With `--world FILE` what was made is there again; the origin is data with `--json`."""
    world = str(tmp_path / "world.ndjson")
    shell = a_project(tmp_path, a_spec("a"), NOVITA_API_KEY="sk_any")
    with a_served_simulator("--world", world) as (_, origin):
        shell("apply", "--yes", "--wait", "none", "--endpoint", origin)
    with a_served_simulator("--world", world, "--json", "--key", "sk_right") as (process, first):
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        document = json.loads(first + "".join(lines))

    assert (document["version"], document["command"]) == (1, "sim serve")
    assert document["origin"].startswith("http://127.0.0.1:")
    assert '"event":"create"' in (tmp_path / "world.ndjson").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fault", "nonsense"), "nonsense"),
        (("--speed", "0"), "The simulator can't run at a speed of 0.0."),
        (("--host", "256.0.0.1"), "The simulator can't listen on 256.0.0.1 port 8931"),
        (("--port", "70000"), "70000"),
    ],
)
def test_what_can_not_be_served_is_told(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """64, before anything listens."""
    said = Shell(tmp_path)("sim", "serve", *arguments)

    assert (said.status, said.out) == (64, "")
    assert words in said.err
