"""A proxy on loopback between gpuspec and the service that breaks one kind of call in one of many ways."""

import contextlib
import re
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# Longer than a request may take, shorter than anybody waits.
STALL_S = 1.5
_SLOW_S = 0.03
_PAGE = b"<!DOCTYPE html><html><body><h1>%s</h1></body></html>"


@dataclass(kw_only=True)
class Call:
    """One request on its way: the client's connection, the request, and the service behind."""

    client: socket.socket
    request: bytes
    behind: tuple[str, int]

    def forward(self, request: bytes = b"") -> bytes:
        """The whole answer of the service."""
        with socket.create_connection(self.behind) as service:
            service.sendall(_closing(request or self.request))
            return b"".join(iter(lambda: service.recv(65_536), b""))

    def forward_half(self) -> None:
        """Let the service have the first half of it, and hang up."""
        with socket.create_connection(self.behind) as service:
            service.sendall(self.request[: len(self.request) // 2])

    def say(self, *parts: bytes, pause_s: float = 0.0) -> None:
        """Answer."""
        for part in parts:
            self.client.sendall(part)
            time.sleep(pause_s)

    def reset(self) -> None:
        """End the connection as if the machine behind had died."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Scenario = Callable[[Call], None]


def _answer(status: int, body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    named = b"".join(b"%s\r\n" % header for header in headers)
    size = len(body) if length is None else length
    return b"HTTP/1.1 %d Because\r\n%sContent-Length: %d\r\n\r\n%s" % (status, named, size, body)


def _parts(answer: bytes) -> tuple[bytes, bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", body


def _cut(share: Callable[[bytes], int], *, reset: bool = False) -> Scenario:
    def scenario(call: Call) -> None:
        answer = call.forward()
        call.say(answer[: share(answer)])
        if reset:
            call.reset()

    return scenario


def _instead(*answers: bytes, done: bool) -> Scenario:
    def scenario(call: Call) -> None:
        if done:
            call.forward()
        call.say(*answers)

    return scenario


def _page(status: int, *, done: bool) -> Scenario:
    return _instead(_answer(status, _PAGE % str(status).encode(), b"Content-Type: text/html"), done=done)


def _redirect(status: int) -> Scenario:
    return _instead(_answer(status, b"", b"Location: /gpu-instance/openapi/v1/elsewhere"), done=False)


def _dropped(call: Call) -> None:
    del call


def _reset(call: Call) -> None:
    call.reset()


def _half_sent(call: Call) -> None:
    call.forward_half()


def _reset_after(call: Call) -> None:
    call.forward()
    call.reset()


def _slowly(call: Call) -> None:
    head, body = _parts(call.forward())
    call.say(*(bytes([each]) for each in head + body), pause_s=_SLOW_S)


def _piecewise(call: Call) -> None:
    answer = call.forward()
    call.say(*(answer[at : at + 50] for at in range(0, len(answer), 50)), pause_s=0.005)


def _twice(call: Call) -> None:
    answer = call.forward()
    call.say(answer, answer)


def _late_twice(call: Call) -> None:
    answer = call.forward()
    call.say(answer)
    time.sleep(0.05)
    with contextlib.suppress(OSError):
        call.say(answer)


def _stalled(call: Call) -> None:
    call.forward()
    time.sleep(STALL_S)


def _swallowed(call: Call) -> None:
    time.sleep(STALL_S)


def _silent_after_headers(call: Call) -> None:
    call.say(_parts(call.forward())[0])
    time.sleep(STALL_S)


def _length(change: int) -> Scenario:
    def scenario(call: Call) -> None:
        _, body = _parts(call.forward())
        call.say(_answer(200, body, b"Content-Type: application/json", length=max(len(body) + change, 0)))

    return scenario


def _chunked(how: Callable[[bytes], bytes]) -> Scenario:
    def scenario(call: Call) -> None:
        _, body = _parts(call.forward())
        call.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", how(body))

    return scenario


def _prefaced(*answers: bytes) -> Scenario:
    def scenario(call: Call) -> None:
        call.say(*answers, call.forward())

    return scenario


def _of_another(call: Call) -> None:
    call.forward()
    call.say(_answer(200, b'{"instances": [], "total": 0}', b"Content-Type: application/json"))


def _mangled(call: Call) -> None:
    head, body = _parts(call.forward())
    call.say(head, body[::-1])


# Name -> what happens to the call. Beside these, connections that close as they are used, and TLS that fails: see
# `network`.
SCENARIOS: Mapping[str, Scenario] = {
    "closed before the request was passed on": _dropped,
    "reset before the request was passed on": _reset,
    "half of the request passed on": _half_sent,
    "swallowed": _swallowed,
    "closed without an answer": _cut(lambda _: 0),
    "reset without an answer": _reset_after,
    "closed after one byte": _cut(lambda _: 1),
    "reset after one byte": _cut(lambda _: 1, reset=True),
    "closed within the headers": _cut(lambda answer: answer.find(b"\r\n\r\n") // 2),
    "closed after the headers": _cut(lambda answer: answer.find(b"\r\n\r\n") + 4),
    "closed one byte too soon": _cut(lambda answer: len(answer) - 1),
    "reset within the body": _cut(lambda answer: len(answer) - 2, reset=True),
    "byte by byte, and too slow": _slowly,
    "in pieces": _piecewise,
    "answered twice": _twice,
    "answered twice, the second time late": _late_twice,
    "stalled without an answer": _stalled,
    "stalled after the headers": _silent_after_headers,
    "502 before": _page(502, done=False),
    "502 after": _page(502, done=True),
    "503 before": _page(503, done=False),
    "503 after": _page(503, done=True),
    "504 before": _page(504, done=False),
    "504 after": _page(504, done=True),
    "408 after": _page(408, done=True),
    "404 page": _page(404, done=False),
    "a page before": _page(200, done=False),
    "a page after": _page(200, done=True),
    "nothing, and 200": _instead(_answer(200, b""), done=True),
    "204": _instead(b"HTTP/1.1 204 No Content\r\n\r\n", done=True),
    "the answer of another call": _of_another,
    "the answer's body back to front": _mangled,
    "no HTTP": _instead(b"\x00\xff garbage\r\n\r\n", done=True),
    "HTTP of another kind": _instead(b"SSH-2.0-OpenSSH_9.6\r\n", done=True),
    "a length too large": _length(10),
    "a length too small": _length(-3),
    "two lengths": _instead(_answer(200, b"{}", b"Content-Length: 7"), done=True),
    "chunks": _chunked(lambda body: b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)),
    "chunks without an end": _chunked(lambda body: b"%x\r\n%s\r\n" % (len(body), body)),
    "chunks of a wrong size": _chunked(lambda body: b"%x\r\n%s\r\n0\r\n\r\n" % (len(body) + 5, body)),
    "chunks of no size": _chunked(lambda body: b"zz\r\n%s\r\n0\r\n\r\n" % body),
    "301": _redirect(301),
    "302": _redirect(302),
    "307": _redirect(307),
    "308": _redirect(308),
    "100 Continue": _prefaced(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103 three times": _prefaced(*[b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"] * 3),
    "101": _instead(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", done=True),
    "compressed": _instead(_answer(200, b"\x1f\x8b\x08", b"Content-Encoding: gzip"), done=True),
}


@dataclass(kw_only=True)
class Proxy:
    """The proxy, and what it does to whom: to calls whose path ends with `path`, at most `times`."""

    behind: tuple[str, int]
    origin: str = ""
    path: str = ""
    scenario: Scenario | None = None
    times: int = 0
    # Every connection is closed after one answer that did not announce it.
    hangs_up: bool = False
    # TLS towards the client: what each connection is offered, by its number; None: no TLS.
    offers: Callable[[int], ssl.SSLContext] | None = None
    connections: int = 0
    # How many calls came in.
    heard: int = 0
    struck: int = 0
    deciding: threading.Lock = field(default_factory=threading.Lock)

    def strike(self, path: str) -> Scenario | None:
        """What is to happen to a call of this path."""
        with self.deciding:
            self.heard += 1
            if self.scenario is None or not path.endswith(self.path) or self.struck >= self.times:
                return None
            self.struck += 1
            return self.scenario

    @contextlib.contextmanager
    def secured(self, client: socket.socket) -> Iterator[socket.socket]:
        """The connection, with TLS where it is offered."""
        with self.deciding:
            number, self.connections = self.connections, self.connections + 1
        if self.offers is None:
            yield client
            return
        with self.offers(number).wrap_socket(client, server_side=True) as secured:
            yield secured

    def serve(self, client: socket.socket) -> None:
        """One connection."""
        while request := _request(client):
            path = request.split(b" ", 2)[1].decode("latin-1").partition("?")[0]
            call, scenario = Call(client=client, request=request, behind=self.behind), self.strike(path)
            if scenario is not None:
                scenario(call)
                return
            call.say(_kept_alive(call.forward()))
            if self.hangs_up:
                return


@contextlib.contextmanager
def a_proxy(behind: str) -> Iterator[Proxy]:
    """The proxy in front of the service at this origin; it passes everything on until it is told otherwise."""
    parts = urlsplit(behind)
    proxy = Proxy(behind=(parts.hostname or "", parts.port or 0))

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError), proxy.secured(self.request) as client:
                proxy.serve(client)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

        def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
            # Without the half-close of its parent: with it, a reset would be a close.
            self.close_request(request)

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        proxy.origin = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


def _request(client: socket.socket) -> bytes:
    content = b""
    while b"\r\n\r\n" not in content:
        part = client.recv(65_536)
        if not part:
            return b""
        content += part
    head, _, body = content.partition(b"\r\n\r\n")
    lines = (line.split(b":", 1) for line in head.split(b"\r\n")[1:])
    length = next((int(value) for name, value in lines if name.lower() == b"content-length"), 0)
    while len(body) < length:
        part = client.recv(65_536)
        if not part:
            return b""
        content, body = content + part, body + part
    return content


def _closing(request: bytes) -> bytes:
    line, _, rest = re.sub(rb"\r\nconnection: [^\r]*", b"", request, count=1, flags=re.I).partition(b"\r\n")
    return line + b"\r\nConnection: close\r\n" + rest


def _kept_alive(answer: bytes) -> bytes:
    return answer.replace(b"\r\nconnection: close", b"", 1)
