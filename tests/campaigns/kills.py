"""Real kills: runs that are killed, interrupted or suspended at any step and moment, for each kind of action."""

import contextlib
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.builders.fleet import KILLED, PATIENCE_S, REPOSITORY, a_service, until
from tests.campaigns.fault_proxy import a_proxy
from tests.campaigns.network import CONSENT, KINDS, Home, Kind, Lost, a_home

# From before the first line of the program to after its last.
SHORTEST_S, LONGEST_S = 0.05, 1.2
_SLOW = ("slow@create:0.5:0.2", "slow@delete:0.5:0.2", "slow@edit:0.5:0.2", "slow@upgrade:0.5:0.2", "slow@list:0.3:0.1")
_ACTIONS: Mapping[str, Kind] = {
    **{name: kind for name, kind in KINDS.items() if not kind.command and name != "replace, create"},
    "replace, create first": Kind(
        path="",
        calls=("create", "delete"),
        first={"lifecycle": {"createBeforeDestroy": True}},
        then={"gpuNum": 2, "lifecycle": {"createBeforeDestroy": True}},
    ),
    "note": Kind(path="", calls=(), then={"lifecycle": {"protect": True}}),
    "forget": Kind(path="", calls=(), first={"lifecycle": {"onRemove": "forget"}}, then=None, let_go=1),
}
_STATUSES = frozenset({0, 4, 7, 130, 143, KILLED, -signal.SIGINT, -signal.SIGTERM})


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How a run comes to grief."""

    name: str
    happens: Callable[[Home, random.Random], int]


def run_seed(seed: int) -> Mapping[str, int]:
    """Let one run of one kind of action come to grief in one way; the runs after it make it good.

    Raises:
        Lost: A call reached the service twice or never, or the state does not say what is there.
    """
    chance = random.Random(seed)
    kind = _ACTIONS[list(_ACTIONS)[seed % len(_ACTIONS)]]
    way = _WAYS[seed // len(_ACTIONS) % len(_WAYS)]
    slow = _SLOW if way.name != "killed at a step" else ()
    with (
        tempfile.TemporaryDirectory() as name,
        a_service(*slow, seed=seed) as service,
        a_proxy(service.origin) as proxy,
    ):
        home = Home(shell=a_home(Path(name) / "project", service.origin), service=service, proxy=proxy)
        before = home.begin(kind)
        status = way.happens(home, chance)
        if status not in _STATUSES:
            raise Lost(f"The run that was {way.name} ended with {status}.")
        runs = home.brought_in_order()
        home.check(kind, before)
    ended = {0: "ended well", KILLED: "died"}.get(status, "ended by a signal or its faults")
    return {way.name: 1, f"{way.name}: {ended}": 1, "runs to bring it in order": runs}


def _started(home: Home, *options: str, failpoint: str = "") -> "subprocess.Popen[bytes]":
    module = ["tests.failpoints", failpoint, "--"] if failpoint else ["gpuspec"]
    return subprocess.Popen(
        [sys.executable, "-m", *module, "apply", *CONSENT, *options],
        cwd=home.shell.folder,
        env={**home.shell.environ, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _ended(process: "subprocess.Popen[bytes]") -> int:
    _, err = process.communicate(timeout=PATIENCE_S)
    # A signal may come while Python itself is still starting, before a line of ours was run.
    if b"Traceback" in err and b"gpuspec/cli" in err:
        raise Lost(f"The run broke down: {err.decode(errors='replace')[-2_000:]}")
    return process.returncode


def _at_a_step(home: Home, chance: random.Random) -> int:
    """A step of its disk, or half of a write."""
    mode = chance.choice(("before", "after", "half"))
    step = chance.randint(1, 10 if mode == "half" else 36)
    return _ended(_started(home, failpoint=f"{step}:{mode}"))


def _at_a_moment(home: Home, chance: random.Random) -> int:
    with _started(home) as process:
        _wait(process, chance.uniform(SHORTEST_S, LONGEST_S))
        process.kill()
        return _ended(process)


def _interrupted(home: Home, chance: random.Random) -> int:
    number = chance.choice((signal.SIGINT, signal.SIGTERM))
    with _started(home) as process:
        _wait(process, chance.uniform(0.3, LONGEST_S))
        for _ in range(chance.choice((1, 2))):
            process.send_signal(number)
            _wait(process, chance.uniform(0.0, 0.1))
        return _ended(process)


def _suspended(home: Home, chance: random.Random) -> int:
    """Stopped while it has the lock or waits for it; another run comes meanwhile, and this one goes on after it."""
    with _started(home, "--lock-timeout", "30s") as first, _started(home, "--lock-timeout", "30s") as second:
        _wait(first, chance.uniform(0.3, LONGEST_S))
        stopped = chance.choice((first, second))
        stopped.send_signal(signal.SIGSTOP)
        _wait(second if stopped is first else first, chance.uniform(0.1, 1.0))
        stopped.send_signal(signal.SIGCONT)
        statuses = {_ended(first), _ended(second)}
    until(home.at_rest)
    return max(statuses)


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Until then, or until it ends by itself."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)


_WAYS = (
    _Way(name="killed at a step", happens=_at_a_step),
    _Way(name="killed at a moment", happens=_at_a_moment),
    _Way(name="killed at a step", happens=_at_a_step),
    _Way(name="killed at a moment", happens=_at_a_moment),
    _Way(name="interrupted", happens=_interrupted),
    _Way(name="suspended", happens=_suspended),
)
