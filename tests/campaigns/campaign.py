"""The table of campaigns, and the command that runs one over many seeds on all cores."""

import argparse
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.campaigns import disks, inputs, schedules

# Raises what went wrong.
RunSeed = Callable[[int], None]

_AT_ONCE = 100
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """What one seed does, what it proves, and how many seeds make the long version."""

    run_seed: RunSeed
    proves: str
    seeds: int


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
    failures = list(_failures(chosen.name, seeds, jobs=chosen.jobs))
    for failure in failures[:_SHOWN]:
        again = f"python -m tests.campaigns {chosen.name} --first {failure.seed} --seeds 1"
        print(f"\nseed {failure.seed}: {again}\n{failure.what}")
    print(f"{chosen.name}: {len(seeds):,} seeds, {len(failures):,} failed, {time.monotonic() - began:.1f} s")
    return 1 if failures else 0


def run_some(name: str, seeds: Sequence[int]) -> list[Failure]:
    """Those of these seeds that fail."""
    failures = []
    for seed in seeds:
        try:
            CAMPAIGNS[name].run_seed(seed)
        except Exception:  # noqa: BLE001 - whatever it is, it belongs to the seed
            failures.append(Failure(seed=seed, what=traceback.format_exc()))
    return failures


def _failures(name: str, seeds: range, *, jobs: int) -> Iterator[Failure]:
    chunks = [seeds[at : at + _AT_ONCE] for at in range(0, len(seeds), _AT_ONCE)]
    if jobs == 1 or len(chunks) == 1:
        for chunk in chunks:
            yield from run_some(name, chunk)
        return
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        for failures in pool.map(run_some, [name] * len(chunks), chunks):
            yield from failures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    parser.add_argument("name", choices=sorted(CAMPAIGNS))
    parser.add_argument("--seeds", type=int, help="how many; left out, the long version")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many processes")
    return parser
