"""Runs gpuspec in forks of one warm interpreter: for tests that need hundreds of processes."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.builders.fleet import REPOSITORY, Ended, Fleet
from tests.failpoints import Order


class WarmInterpreter:
    """Runs one process after another; each is killed, signalled and waited for like any other."""

    def __init__(self, process: "subprocess.Popen[str]", output: Path) -> None:
        self._process = process
        self._output = output

    def apply(self, fleet: Fleet, *options: str, failpoint: str = "") -> Ended:
        """`gpuspec apply --yes`, run to its end; with a failpoint, killed there by itself."""
        return self.run(fleet, "apply", "--yes", *options, failpoint=failpoint)

    def run(self, fleet: Fleet, *arguments: str, failpoint: str = "") -> Ended:
        """gpuspec, run to its end."""
        order = Order(
            folder=str(fleet.folder),
            environ=fleet.environ,
            arguments=list(arguments),
            output=str(self._output),
            failpoint=failpoint,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        return Ended(status=status, stdout="", stderr=self._output.read_text())


@contextlib.contextmanager
def a_warm_interpreter(folder: Path) -> Iterator[WarmInterpreter]:
    """The interpreter; the folder is for what its processes say."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.failpoints", "serve"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield WarmInterpreter(process, folder / "output")
