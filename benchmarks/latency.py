"""How close creates come to the ideal when each answer takes a while: instances x latency / requests in flight.

    .venv/bin/python -m benchmarks.latency
    .venv/bin/python -m benchmarks.latency --count 1000 --latency 0.05 --runs 5

Prints a Markdown table. The simulator, in a process of its own on loopback, holds each answer back for the latency. A
run lasts from the first request to the last machine that is recorded, as `apply --events` tells them.
"""

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path

from benchmarks.fleets import GPUSPEC, loop, run, simulator


def seconds(count: int, *, in_flight: int, latency_s: float) -> float:
    """What creating the fleet took, without the start and the plan."""
    with (
        tempfile.TemporaryDirectory() as name,
        simulator(Path(name), "--fault", f"slow@create:1:{latency_s}") as origin,
    ):
        folder = Path(name) / "work"
        folder.mkdir()
        with (folder / "spec.yaml").open("w") as file:
            file.writelines(loop(count))
        environ = {**os.environ, "GPUSPEC_ENDPOINT": origin, "NOVITA_API_KEY": "first"}
        options = ("--yes", "--wait", "none", "--parallelism", str(in_flight), "--events", "events.ndjson")
        run([GPUSPEC, "apply", *options, "spec.yaml"], folder, environ)
        events = [json.loads(text) for text in (folder / "events.ndjson").read_text().splitlines()]
    began = min(event["at"] for event in events if event["kind"] == "sending")
    return float(max(event["at"] for event in events if event["kind"] == "made") - began)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_000, help="instances in the fleet")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that each answer is held back")
    parser.add_argument("--runs", type=int, default=3, help="runs whose median is taken")
    given = parser.parse_args()
    print("| in flight | creates | seconds | ideal | ratio |")
    print("|--:|--:|--:|--:|--:|")
    for in_flight in (16, 64):
        runs = [seconds(given.count, in_flight=in_flight, latency_s=given.latency) for _ in range(given.runs)]
        took, ideal = statistics.median(runs), given.count * given.latency / in_flight
        print(f"| {in_flight} | {given.count:,} | {took:.2f} | {ideal:.2f} | {took / ideal:.2f} |", flush=True)


if __name__ == "__main__":
    main()
