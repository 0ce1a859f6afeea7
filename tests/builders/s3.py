"""An S3 server on loopback, in a process of its own, for tests of shared states."""

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from unittest.mock import patch

from gpuspec.model.state_url import StateUrl
from gpuspec.store.objects import Objects

BUCKET = "team"
SECRET = "s3-secret-that-nobody-may-see"
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class S3:
    """A server that honours conditional writes; `origin` may be that of a proxy in front of it."""

    origin: str
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def place(self) -> StateUrl:
        """A place that nothing is at."""
        return StateUrl(scheme="s3", bucket=BUCKET, prefix=f"states/{next(self._numbers)}")

    @property
    def environ(self) -> Mapping[str, str]:
        """What a process that uses the server has in its environment."""
        return {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.origin,
        }

    def objects(self, place: StateUrl, *, retries: int = 8) -> Objects:
        """The objects at a place, as a run would have them."""
        # Not before a test asks for it: processes are forked where no client is there yet.
        from gpuspec.store.objects_obstore import connect

        with patch.dict(os.environ, self.environ):
            return connect(place, plain_http=True, retries=retries)


@contextlib.contextmanager
def an_s3_server() -> Iterator[S3]:
    """The server, with a bucket, until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            origin = f"http://127.0.0.1:{port}"
            _make_bucket(origin)
            yield S3(origin=origin)
        finally:
            process.kill()


def _make_bucket(origin: str) -> None:
    request = urllib.request.Request(f"{origin}/{BUCKET}", method="PUT")
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(request, timeout=PATIENCE_S).close()
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < end, "The S3 server did not start."
            time.sleep(0.02)
        else:
            return
