"""Two at once: processes that apply one project at the same time, round after round, while its spec changes."""

import json
import random
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.builders.fleet import Ended, Fleet, a_service, ended, marker_of, until

ADDRESSES = tuple(f"worker-{number}" for number in range(6))
SLOW = ("slow@create:0.5:0.15", "slow@list:0.2:0.05")
_LOCKED, _DONE, _INTERRUPTED = 6, 0, 130
_ENDS = frozenset({_LOCKED, _DONE, _INTERRUPTED})
_CONSENT = ("--yes", "--allow-destroy", "--allow-restart")


class Broken(AssertionError):
    """Two runs got in each other's way."""


def run_seed(seed: int) -> Mapping[str, int]:
    """One round: two or four processes at once over one folder, some of which wait for the lock.

    Raises:
        Broken: They worked at the same time, or lost or doubled something, or did not say who was at work.
    """
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, a_service(*SLOW, seed=seed) as service:
        fleet = Fleet(folder=Path(name) / "project", service=service, settings={"settleWindow": 1, "requestTimeout": 5})
        figures: Counter[str] = Counter()
        asked: Sequence[str] = ()
        for _ in range(2):
            asked = (*asked, *[each for each in ADDRESSES if each not in asked][: chance.randint(1, 3)])
            fleet.asks_for(*asked)
            figures.update(_round(fleet, chance, many=chance.choice((2, 4))))
        fleet.apply(*_CONSENT[1:]).checked(0)
        fleet.assert_whole(*asked)
        _check_order(fleet)
        # Whoever comes last has nothing to do, and leaves every byte.
        before = fleet.state_path.read_bytes()
        fleet.apply(*_CONSENT[1:]).checked(0)
        if fleet.state_path.read_bytes() != before:
            raise Broken("Runs after one another leave different states.")
        return {**figures, "rounds": 2}


def _round(fleet: Fleet, chance: random.Random, *, many: int) -> Mapping[str, int]:
    processes = []
    for number in range(many):
        waits = ("--lock-timeout", "30s") if chance.random() < 0.5 else ()
        processes.append(
            (fleet.start("apply", *_CONSENT, *waits, "--json", "--events", f"{number}.events"), bool(waits))
        )
    suspended = chance.random() < 0.3
    if suspended:
        _suspend_a_moment(fleet, processes[0][0])
    figures = Counter({"processes": many, "suspended": int(suspended)})
    for process, patient in processes:
        _check_end(ended(process), waits=patient, pids={each.pid for each, _ in processes}, figures=figures)
    _check_turns([fleet.folder / f"{number}.events" for number in range(many)])
    fleet.assert_never_repeated()
    fleet.assert_none_doubled()
    return figures


def _check_turns(paths: Sequence[Path]) -> None:
    """No run began before the one before it had ended."""
    turns = []
    for path in paths:
        events = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        instants = [event["at"] for event in events if event["kind"] in {"run-started", "run-ended"}]
        if instants:
            turns.append((min(instants), max(instants)))
        path.unlink(missing_ok=True)
    turns.sort()
    if any(earlier[1] > later[0] for earlier, later in pairwise(turns)):
        raise Broken(f"Runs worked at the same time: {turns}")


def _suspend_a_moment(fleet: Fleet, process: "subprocess.Popen[str]") -> None:
    """SIGSTOP where it may hold the lock, and SIGCONT a moment later: nobody may have taken it meanwhile."""
    sent = len(fleet.sent)
    until(lambda: process.poll() is not None or len(fleet.sent) > sent or fleet.state_path.exists())
    if process.poll() is None:
        process.send_signal(signal.SIGSTOP)
        woken_at = fleet.service.world.now() + 0.5
        until(lambda: fleet.service.world.now() > woken_at)
        process.send_signal(signal.SIGCONT)


def _check_end(run: Ended, *, waits: bool, pids: set[int], figures: Counter[str]) -> None:
    if "Traceback" in run.text or run.status not in _ENDS:
        raise Broken(f"A run ended with {run.status}: {run.text}")
    figures["waited" if waits else "did not wait"] += 1
    if run.status != _LOCKED:
        return
    figures["turned away"] += 1
    error: dict[str, Any] = json.loads(run.stdout)["error"]
    if waits or error["code"] != "state-locked":
        raise Broken(f"A run was turned away, and should not have been: {run.text}")
    if not any(f"process {pid}" in error["message"] for pid in pids):
        raise Broken(f"A run that was turned away does not say who is at work: {error['message']}")


def _check_order(fleet: Fleet) -> None:
    """Every create is of another nonce, and every machine is of one of them."""
    machines = Counter(marker_of(machine).address for machine in fleet.instances)
    if any(count != 1 for count in machines.values()) or len(fleet.sent) != len(machines):
        raise Broken(f"There were {len(fleet.sent)} creates for {dict(machines)}.")
