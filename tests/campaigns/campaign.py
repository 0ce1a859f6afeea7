"""The table of campaigns, and the command that runs one over many seeds on all cores."""

import argparse
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.campaigns import (
    disks,
    hostile,
    inputs,
    kills,
    leaks,
    network,
    readers,
    schedules,
    shared,
    syscalls,
    together,
)

# Raises what went wrong; may give figures, which are added up.
RunSeed = Callable[[int], Mapping[str, int] | None]

_AT_ONCE = 100
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """What one seed does, what it proves, how many seeds make the long version, and how many one process takes."""

    run_seed: RunSeed
    proves: str
    seeds: int
    at_once: int = _AT_ONCE


CAMPAIGNS: Mapping[str, Campaign] = {
    "schedules": Campaign(
        run_seed=schedules.run_seed,
        proves="no history of faults, lags, edits and deaths loses or doubles an instance",
        seeds=1_000_000,
    ),
    "disks": Campaign(
        run_seed=disks.run_seed,
        proves="after a power cut at any step the state is whole or refused, and no id that was told is lost",
        seeds=2_000,
    ),
    "inputs": Campaign(
        run_seed=inputs.run_seed,
        proves="no broken file or answer ends in a traceback, without a word, or not at all",
        seeds=50_000,
    ),
    "readers": Campaign(
        run_seed=readers.run_seed,
        proves="no reader of specs, tests, settings, states, journals, plans or answers breaks down",
        seeds=200_000,
        at_once=1_000,
    ),
    "secrets": Campaign(
        run_seed=leaks.run_seed,
        proves="no secret comes out of any command, whatever becomes of it",
        seeds=leaks.SEEDS * 10,
        at_once=1,
    ),
    "hostile": Campaign(
        run_seed=hostile.run_seed,
        proves="what a service says is harmless wherever it is shown, no template gets out, no pattern hangs",
        seeds=3_000,
        at_once=10,
    ),
    "network": Campaign(
        run_seed=network.run_seed,
        proves="whatever the connection does, a call reaches the service once, and each machine is there once",
        seeds=network.SEEDS * 2,
        at_once=5,
    ),
    "together": Campaign(
        run_seed=together.run_seed,
        proves="of runs at once one works, whoever is turned away says who, and the state is whole in the end",
        seeds=50,
        at_once=1,
    ),
    "kills": Campaign(
        run_seed=kills.run_seed,
        proves="whenever a run is killed, interrupted or suspended, the next has each machine once",
        seeds=1_080,
        at_once=10,
    ),
    "syscalls": Campaign(
        run_seed=syscalls.run_seed,
        proves="whichever system call on the state fails, a run says so, and the next has each instance once",
        seeds=syscalls.SEEDS,
        at_once=1,
    ),
    "shared": Campaign(
        run_seed=shared.run_seed,
        proves="no run on S3 loses or doubles an instance, whatever is killed, waits or sleeps meanwhile",
        seeds=1_000,
        at_once=10,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A seed that failed, and how."""

    seed: int
    what: str


def main(arguments: Sequence[str]) -> int:
    """Run a campaign; 1 when a seed failed."""
    chosen = _parser().parse_args(arguments)
    campaign = CAMPAIGNS[chosen.name]
    seeds = range(chosen.first, chosen.first + (campaign.seeds if chosen.seeds is None else chosen.seeds))
    print(f"{chosen.name}: {len(seeds):,} seeds from {seeds.start}: {campaign.proves}")
    began = time.monotonic()
    figures: Counter[str] = Counter()
    failures = list(_failures(chosen.name, seeds, jobs=chosen.jobs, figures=figures))
    for failure in failures[:_SHOWN]:
        again = f"python -m tests.campaigns {chosen.name} --first {failure.seed} --seeds 1"
        print(f"\nseed {failure.seed}: {again}\n{failure.what}")
    if figures:
        print(f"{chosen.name}: {', '.join(f'{count:,} {what}' for what, count in sorted(figures.items()))}")
    print(f"{chosen.name}: {len(seeds):,} seeds, {len(failures):,} failed, {time.monotonic() - began:.1f} s")
    return 1 if failures else 0


def run_some(name: str, seeds: Sequence[int]) -> list[Failure]:
    """Those of these seeds that fail."""
    return _run_some(name, seeds)[0]


def _run_some(name: str, seeds: Sequence[int]) -> tuple[list[Failure], Counter[str]]:
    failures, figures = [], Counter[str]()
    for seed in seeds:
        try:
            figures.update(CAMPAIGNS[name].run_seed(seed) or {})
        except Exception:  # noqa: BLE001 - whatever it is, it belongs to the seed
            failures.append(Failure(seed=seed, what=traceback.format_exc()))
    return failures, figures


def _failures(name: str, seeds: range, *, jobs: int, figures: Counter[str]) -> Iterator[Failure]:
    at_once = CAMPAIGNS[name].at_once
    chunks = [seeds[at : at + at_once] for at in range(0, len(seeds), at_once)]
    if jobs == 1 or len(chunks) == 1:
        for chunk in chunks:
            failures, found = _run_some(name, chunk)
            figures.update(found)
            yield from failures
        return
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        for failures, found in pool.map(_run_some, [name] * len(chunks), chunks):
            figures.update(found)
            yield from failures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    parser.add_argument("name", choices=sorted(CAMPAIGNS))
    parser.add_argument("--seeds", type=int, help="how many; left out, the long version")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many processes")
    return parser
