"""The example on the API's own page, "create GPU instance": its spec sends it, read from the wire on loopback."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tests.builders.shell import Said, Shell

EXAMPLE = Path(__file__).parents[2] / "examples" / "seed"
ID = "0123456789abcdef"
CREATE = "/gpu-instance/openapi/v1/gpu/instance/create"

# Source: Novita API reference, "Create GPU instance", the example request.
BODY: dict[str, Any] = {
    "name": "gpu-test",
    "productId": "26",
    "gpuNum": 1,
    "cpuNum": 0,
    "memory": 0,
    "diskSize": 60,
    "rootfsSize": 30,
    "imageUrl": "infrai/pytorch:2.2.1",
    "imageAuth": "",
    "ports": "8080/tcp,8081/http",
    "envs": [{"key": "test", "value": "test"}],
    "tools": [{"name": "Jupyter", "port": "8888", "type": "http"}],
    "command": "",
    "clusterId": "",
    "localStorageMountPoint": "/workspace",
    "networkStorages": [
        {"Id": "e797ce8f-f4ff-4b3b-b7a8-6972d96f46f2", "mountPoint": "/network_0"},
        {"Id": "b924cdf5-82ec-4903-bdb2-74a03f2b0ae7", "mountPoint": "/network_1"},
    ],
    "networkId": "18f1ff05-1370-45ce-a4c6-b58d5e8d547e",
    "kind": "gpu",
}


class Service(BaseHTTPRequestHandler):
    """Answers each create with an id, each list with what was created, and remembers the creates as they came."""

    posts: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.posts.append((self.path, {name.lower(): value for name, value in self.headers.items()}, content))
        self._answer({"id": ID})

    def do_GET(self) -> None:
        rows = [{**json.loads(content), "id": ID, "status": "running"} for _, _, content in self.posts]
        self._answer({"instances": rows, "total": len(rows), "pageNum": 0, "pageSize": 100})

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _answer(self, document: object) -> None:
        content = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def a_service() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """Its origin, and what was posted to it."""
    posts: list[tuple[str, dict[str, str], bytes]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Remembering", (Service,), {"posts": posts}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", posts
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def applied(folder: Path, *, project: str = "") -> tuple[Said, str, dict[str, str], dict[str, Any]]:
    """What the example's apply said, and the one request that it posted: path, headers, body."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".gpuspec"))
    shell = Shell(folder, NOVITA_API_KEY="sk_test")
    if project:
        shell.write("gpuspec.yaml", project)
    with a_service() as (origin, posts):
        said = shell("apply", "--yes", "--wait", "none", "--endpoint", origin)
    assert said.status == 0, said.err
    ((path, headers, content),) = posts
    return said, path, headers, json.loads(content)


def test_the_example_sends_the_documented_body_and_the_marker(tmp_path: Path) -> None:
    """Every field to the letter and in the page's order; the marker is one entry more in `envs`, and shown nowhere."""
    said, path, headers, body = applied(tmp_path / "seed")

    marker = body["envs"].pop()
    assert (path, body) == (CREATE, BODY)
    assert json.dumps(body) == json.dumps(BODY)
    assert (marker["key"], marker["value"].split(":")[0]) == ("GPUSPEC_REF", "1")
    assert ":seed/default/gpu-test#" in marker["value"]
    assert (headers["content-type"], headers["authorization"]) == ("application/json", "Bearer sk_test")
    assert headers["user-agent"].startswith("gpuspec/")
    assert "GPUSPEC_REF" not in said.raw + said.err


def test_without_a_marker_the_example_sends_the_documented_body_to_the_letter(tmp_path: Path) -> None:
    """With `marker: off` nothing is added."""
    _, path, _, body = applied(tmp_path / "seed", project="version: 1\nproject: seed\nmarker: off\n")

    assert path == CREATE
    assert json.dumps(body) == json.dumps(BODY)
