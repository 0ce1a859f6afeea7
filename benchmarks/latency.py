"""How close creates come to the ideal when each answer takes a while: instances x latency / requests in flight.

    .venv/bin/python -m benchmarks.latency
    .venv/bin/python -m benchmarks.latency --count 1000 --latency 0.05 --runs 5

Prints a Markdown table. The simulator, in a process of its own on loopback, holds each answer back so long that a bare
client waits for the latency. A run lasts from the first request to the last machine that is recorded, as `apply
--events` tells them.
"""

import argparse
import http.client
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.fleets import GPUSPEC, loop, run, simulator

BODY = {
    "name": "a",
    "productId": "4090.16c62g",
    "gpuNum": 1,
    "clusterId": "us-ca-6",
    "rootfsSize": 60,
    "imageUrl": "a/b",
    "kind": "gpu",
}
HEADERS = {"Authorization": "Bearer first", "Content-Type": "application/json", "User-Agent": "bare"}


def bare_s(pause_s: float) -> float:
    """How long a client that does nothing else waits for an answer that is held back for a while; the median."""
    with tempfile.TemporaryDirectory() as name, simulator(Path(name), *held_back(pause_s)) as origin:
        connection = http.client.HTTPConnection(origin.removeprefix("http://"))
        waits = []
        for _ in range(40):
            began = time.perf_counter()
            connection.request("POST", "/gpu-instance/openapi/v1/gpu/instance/create", json.dumps(BODY), HEADERS)
            answer = connection.getresponse()
            answer.read()
            waits.append(time.perf_counter() - began)
            assert answer.status == http.HTTPStatus.OK
        connection.close()
    return statistics.median(waits)


def held_back(pause_s: float) -> tuple[str, str]:
    """The simulator's option that holds answers back."""
    return "--fault", f"slow@create:1:{pause_s:.6f}"


def seconds(count: int, *, in_flight: int, pause_s: float) -> float:
    """What creating the fleet took, without the start and the plan."""
    with tempfile.TemporaryDirectory() as name, simulator(Path(name), *held_back(pause_s)) as origin:
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
    # What the simulator and the network themselves take is no part of the latency that is asked for.
    pause_s = 2 * given.latency - bare_s(given.latency)
    print(f"A bare client waits {bare_s(pause_s) * 1000:.1f} ms for an answer.\n")
    print("| in flight | creates | seconds | ideal | ratio |")
    print("|--:|--:|--:|--:|--:|")
    for in_flight in (16, 64):
        runs = [seconds(given.count, in_flight=in_flight, pause_s=pause_s) for _ in range(given.runs)]
        took, ideal = statistics.median(runs), given.count * given.latency / in_flight
        print(f"| {in_flight} | {given.count:,} | {took:.2f} | {ideal:.2f} | {took / ideal:.2f} |", flush=True)


if __name__ == "__main__":
    main()
