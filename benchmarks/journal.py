"""What journaling adds to a create: its two entries, an intent before the request and its outcome, durable each time.

    .venv/bin/python -m benchmarks.journal
    .venv/bin/python -m benchmarks.journal --creates 1000 --folder DIR

Prints a Markdown table. The journal is the one of a run, on the disk of the folder (the working folder's, if none is
given), with its snapshots; the requests between the entries take no time. So it is the most that a create can wait for.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gpuspec.model.journal import Intended
from gpuspec.ports import Journal
from tests.builders.recorded import a_made, all_fields, an_intent
from tests.builders.stores import begun, local_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Of all creates together, in seconds."""

    wall_s: float
    cpu_s: float


async def measured(folder: Path, *, creates: int, in_flight: int) -> Took:
    """What it took to journal the creates, so many at once."""
    session = begun(local_store(folder))
    numbers = iter(range(1, creates + 1))
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_work(session.journal, numbers) for _ in range(in_flight)))
    took = Took(wall_s=time.perf_counter() - wall_s, cpu_s=time.process_time() - cpu_s)
    await session.end()
    return took


async def _work(journal: Journal, numbers: Iterator[int]) -> None:
    for number in numbers:
        await journal.append(Intended(intent=an_intent(f"worker-{number}", number=number, fields=all_fields())))
        await journal.append(a_made(number))


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--creates", type=int, default=10_000, help="how many are journaled")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the state's folder is made")
    given = parser.parse_args()
    print("| in flight | creates | wall ms a create | CPU ms a create |")
    print("|--:|--:|--:|--:|")
    for in_flight in (1, 16, 64):
        with tempfile.TemporaryDirectory(dir=given.folder) as name:
            took = asyncio.run(measured(Path(name), creates=given.creates, in_flight=in_flight))
        each = [f"{seconds / given.creates * 1000:.3f}" for seconds in (took.wall_s, took.cpu_s)]
        print(f"| {in_flight} | {given.creates:,} | {each[0]} | {each[1]} |", flush=True)


if __name__ == "__main__":
    main()
