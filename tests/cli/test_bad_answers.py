"""A service that is none, or answers what no service should: told, bounded, and never taken for an empty account."""

import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.builders.process import gpuspec
from tests.builders.shell import Said, a_spec, files_below

CANARY = "canary-0xDEADBEEF"
PROJECT = "version: 1\nproject: demo\nrequestTimeout: 1\nsettleWindow: 1\n"
ESCAPE = "\x1b[31m"
MOST_MB = 600.0

Answer = Callable[[socket.socket], None]


def says(status: str, body: bytes = b"", **headers: str) -> Answer:
    """The same answer to every request."""
    named = {"Content-Length": str(len(body)), **{name.replace("_", "-"): text for name, text in headers.items()}}
    lines = "".join(f"{name}: {text}\r\n" for name, text in named.items())
    return lambda connection: connection.sendall(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)


def refuses(status: str, reason: str) -> Answer:
    """In the API's words, with what no terminal should obey and no log should keep."""
    body = {"code": int(status[:3]), "reason": reason, "message": f"{CANARY} {ESCAPE} is wrong"}
    return says(status, json.dumps(body).encode(), Content_Type="application/json")


def pours(start: bytes, piece: bytes, times: int) -> Answer:
    """More than anybody should read."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(times):
            connection.sendall(piece)

    return answer


def resets(connection: socket.socket) -> None:
    """The connection ends as if the machine behind it had died."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def sleeps(connection: socket.socket) -> None:
    """Nothing, for longer than anybody waits."""
    connection.recv(1)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
MEGABYTE = b"a" * 1_000_000
# What every request gets -> what is said of the list. None proves that nothing is there.
UNREADABLE: Mapping[str, tuple[Answer, str]] = {
    "HTML": (says("200 OK", f"<html>{ESCAPE}{CANARY}</html>".encode(), Content_Type="text/html"), "no list in the"),
    "HTML 502": (says("502 Bad Gateway", f"<html>{ESCAPE}".encode(), Content_Type="text/html"), "status 502"),
    "nothing": (says("200 OK"), "no list in the answer"),
    "a redirect": (says("302 Found", Location=f"https://evil.example/{CANARY}"), "a redirect, which is never followed"),
    "another redirect": (says("308 Permanent Redirect", Location="http://169.254.169.254/"), "status 308"),
    "no answer": (lambda _: None, "closed without one"),
    "no HTTP": (lambda connection: connection.sendall(b"\x00\xff\x1b[31m garbage\r\n\r\n"), "was no HTTP"),
    "a reset": (resets, "the connection broke"),
    "300 MB": (pours(OK + b'Content-Length: 300000000\r\n\r\n["', MEGABYTE, 300), "larger than any answer"),
    "300 MB in chunks": (
        pours(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"F4240\r\n" + MEGABYTE + b"\r\n", 300),
        "larger than any answer",
    ),
    "100 MB of headers": (pours(OK, b"X-Filler: " + MEGABYTE + b"\r\n", 100), "was no HTTP"),
    "a compressed bomb": (
        says("200 OK", gzip.compress(b" " * 100_000_000, 1), Content_Encoding="gzip"),
        "compressed, which was not asked for",
    ),
    "200,000 brackets": (says("200 OK", b"[" * 200_000, Content_Type="application/json"), "no list in the answer"),
    "5,000 digits": (says("200 OK", b'{"total": ' + b"9" * 5_000 + b"}"), "no list in the answer"),
}


@contextmanager
def served(answer: Answer) -> Iterator[str]:
    """The origin of a server that gives this answer to whatever it is asked."""
    listener = socket.create_server(("127.0.0.1", 0))

    def attend(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            try:
                if connection.recv(65536):
                    answer(connection)
            except OSError:
                return

    def listen() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=attend, args=(connection,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # Closing alone does not wake whoever is in `accept`.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def asked(folder: Path, origin: str, *arguments: str) -> Said:
    """What a command says of this service, held to what is true of all of them."""
    folder.mkdir(exist_ok=True)
    (folder / "gpuspec.yaml").write_text(PROJECT)
    (folder / "instances.yaml").write_text(a_spec("trainer"))
    environ = {"NOVITA_API_KEY": CANARY, "GPUSPEC_ENDPOINT": origin}

    ended = gpuspec(folder, *arguments, environ=environ)

    said = Said(status=ended.status, out=ended.out.decode(), err=ended.err.decode(), raw="")
    assert ended.peak_mb < MOST_MB
    assert "Traceback" not in said.err
    assert "a bug in gpuspec" not in said.err
    assert CANARY not in said.out + said.err
    assert "\x1b" not in said.out + said.err
    return said


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_list_proves_nothing_and_makes_nothing(tmp_path: Path, name: str) -> None:
    """Status 4: the address is blocked, with the reason. No state is born, since it would be bound to this service."""
    answer, reason = UNREADABLE[name]
    with served(answer) as origin:
        applied = asked(tmp_path / "demo", origin, "apply", "--yes")

    assert (applied.status, applied.out.splitlines()[-1]) == (4, "Ledger: 1 blocked")
    assert reason in applied.out
    assert "gpuspec.state.json" not in files_below(tmp_path / "demo")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (refuses("401 Unauthorized", "INVALID_API_KEY"), "The service refuses the API key (INVALID_API_KEY: (secret) "),
        (says("401 Unauthorized", b"<html>"), "The service refuses the API key (status 401)."),
        (refuses("403 Forbidden", "FORBIDDEN"), "The service refuses the API key (FORBIDDEN: (secret) "),
        (says("403 Forbidden", b"<html>"), "Something before the API refuses this client"),
    ],
)
@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes")], ids=" ".join)
def test_a_refused_key_ends_a_command(tmp_path: Path, answer: Answer, message: str, command: tuple[str, ...]) -> None:
    """Status 3, before anything is made."""
    with served(answer) as origin:
        said = asked(tmp_path / "demo", origin, *command)

    assert (said.status, said.out) == (3, "")
    assert message in said.err
    assert "\nhint: " in said.err
    assert "gpuspec.state.json" not in files_below(tmp_path / "demo")


def test_a_service_that_is_silent_is_given_up(tmp_path: Path) -> None:
    """After the time for a request, and a few more tries."""
    with served(sleeps) as origin:
        said = asked(tmp_path / "demo", origin, "plan")

    assert said.status == 4
    assert "not answered within the time for one request" in said.out


def test_a_service_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Nobody listens on this port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    said = asked(tmp_path / "demo", f"http://127.0.0.1:{port}", "plan")

    assert said.status == 4
    assert "no connection could be made" in said.out
