"""Runs killed at random moments, one after another, on a fleet that grows meanwhile."""

import contextlib
import random
import subprocess
from pathlib import Path

import pytest

from tests.builders.fleet import KILLED, Fleet, a_service

# A longer campaign has larger numbers here.
KILLS_A_FLEET = 28
GROWTH = 4
# After so many kills a run is let through to its end, so that later ones have something to keep.
WHOLE_EVERY = 7
# From before the first line of the program to after its last: some of a run's requests come late, see `a_service`.
SHORTEST_S, LONGEST_S = 0.1, 1.1
SLOW = ("slow@create:0.3:0.1", "slow@list:0.2:0.1")
LOSSY = ("lost-response:0.1", "lost-request:0.05", "reset:0.05", "429:0.05:0.1", "500-after:0.05")


# Two fleets, so that they can be tested side by side.
@pytest.mark.parametrize(("seed", "faults"), [(1, SLOW), (2, (*SLOW, *LOSSY))], ids=["slow", "slow and lossy"])
def test_a_fleet_whose_runs_are_killed_at_random_moments_is_made_exactly_once(
    tmp_path: Path, seed: int, faults: tuple[str, ...]
) -> None:
    """Whatever instruction SIGKILL hits: in the end each address has one instance, and the state knows them all."""
    chance = random.Random(seed)
    killed = 0
    addresses: list[str] = []
    with a_service(*faults, seed=seed) as service:
        fleet = Fleet(folder=tmp_path, service=service, settings={"settleWindow": 0.5, "requestTimeout": 1})
        while killed < KILLS_A_FLEET:
            addresses += [f"worker-{len(addresses) + number}" for number in range(GROWTH)]
            fleet.asks_for(*addresses)
            killed += _is_killed(fleet, after_s=chance.uniform(SHORTEST_S, LONGEST_S))
            fleet.assert_never_repeated()
            fleet.assert_none_doubled()
            if killed % WHOLE_EVERY == 0:
                fleet.apply().checked(0)
                fleet.assert_whole(*addresses)

    fleet.assert_whole(*addresses)


def _is_killed(fleet: Fleet, *, after_s: float) -> bool:
    """Whether a run was killed so long after its start, and had not ended by itself before."""
    with fleet.start("apply", "--yes") as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=after_s)
        process.kill()
        process.communicate()
    assert process.returncode in {0, KILLED}
    return process.returncode == KILLED
