"""Processes of their own, with secrets at hand: looked at while they run, interrupted, killed, without room."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.builders.fleet import PATIENCE_S, REPOSITORY, until
from tests.campaigns.planted import Leaked, Planted, planted
from tests.campaigns.talker import a_talker

_APPLY = ("apply", "--yes", "--wait", "none", "--debug", "--var-file", "values.yaml", "--events", "events.ndjson")
# The n-th write of the disk, see `tests.failpoints`.
_FAILPOINTS = ("3:before", "9:after", "2:half", "12:full", "20:after")


def run_processes(folder: Path, chance: random.Random) -> Mapping[str, int]:
    """Run them one after another over one project.

    Raises:
        Leaked: A command line, an output or a file told a secret.
    """
    with a_talker("slow@create:1.0:0.4") as talker:
        home = planted(folder, chance, origin=talker.origin)
        talker.secrets = home.sent
        for number, failpoint in enumerate(_FAILPOINTS):
            home.ask_for(**{f"killed-{number}": {}})
            _run(home, *_APPLY, failpoint=failpoint)
        for number, signals in enumerate(((signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGINT))):
            home.ask_for(**{f"interrupted-{number}": {}})
            _run(home, *_APPLY, *_json(number), signals=signals)
        _run(home, *_APPLY)
        talker.mode = "refusing"
        home.ask_for(refused={})
        _run(home, *_APPLY, "--json")
        for command in ("plan", "vars", "render"):
            _run(home, command, "--var-file", "values.yaml", stdout=Path("/dev/full"))
        _run(home, "status", "--debug")
    return home.figures


def _json(number: int) -> tuple[str, ...]:
    return ("--json",) if number % 2 else ()


def _run(
    home: Planted,
    *arguments: str,
    failpoint: str = "",
    signals: Sequence[signal.Signals] = (),
    stdout: Path | None = None,
) -> None:
    module = ["tests.failpoints", failpoint, "--"] if failpoint else ["gpuspec"]
    shown = os.open(stdout, os.O_WRONLY) if stdout is not None and stdout.exists() else subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-m", *module, *arguments],
        cwd=home.shell.folder,
        env={**home.shell.environ, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        stdout=shown,
        stderr=subprocess.PIPE,
    )
    if shown != subprocess.PIPE:
        os.close(shown)
    with process:
        seen = _watched(home, process, signals)
        out, err = process.communicate(timeout=PATIENCE_S)
    if b"Traceback" in err:
        raise Leaked(f"`{' '.join(arguments)}` broke down: {err.decode(errors='replace')[-2_000:]}")
    home.figures["processes"] += 1
    home.check(f"{failpoint} {' '.join(arguments)}", out or b"", err, *seen)


def _watched(home: Planted, process: "subprocess.Popen[bytes]", signals: Sequence[signal.Signals]) -> list[bytes]:
    """What everybody on the machine can see of the process."""
    before = _size(home)
    seen = _public(process.pid)
    for number in signals:
        until(lambda: process.poll() is not None or _size(home) > before)
        if process.poll() is None:
            process.send_signal(number)
    return [*seen, *_public(process.pid)]


def _public(pid: int) -> list[bytes]:
    found = []
    for name in ("cmdline", "comm", "status"):
        try:
            found.append(Path(f"/proc/{pid}/{name}").read_bytes())
        except OSError:
            continue
    return found


def _size(home: Planted) -> int:
    """How much is in the journal: a run that is at work wrote something."""
    path = home.shell.folder / ".gpuspec" / "gpuspec.state.json.journal"
    return path.stat().st_size if path.exists() else 0
