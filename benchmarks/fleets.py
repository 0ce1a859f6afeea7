"""How the cost of each command grows with a fleet: wall time, CPU time and peak memory of whole processes.

    .venv/bin/python benchmarks/fleets.py
    .venv/bin/python benchmarks/fleets.py --sizes 1,1000 --runs 5 --only validate

Prints a Markdown table. Each figure is the median of several processes, as the system accounts them (wait4), with the
interpreter's start in it. What counts is the last column, taken in one run on one machine: what an instance costs,
divided by what an instance of the size before it costs. It stays near 1 while the cost grows linearly.

A fleet has 12 fields an instance, among them 3 envs, a tool and a storage; it is written as a loop in a template, and
out in full. `apply` and `plan` ask a simulator in a process of its own on loopback, where nothing is paced: the first
apply waits for nothing, `ready` waits until every instance runs, which takes the simulated service some 3 seconds.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Two processes that do the same differ by as much.
NOISE_S = 0.15
GPUSPEC = str(Path(sys.executable).with_name("gpuspec"))

FIELDS = """\
    productId: 4090.16c62g
    gpuNum: 1
    clusterId: us-ca-6
    rootfsSize: 60
    diskSize: 60
    imageUrl: registry.example.com/training/worker:2024.11
    minCudaVersion: "12.4"
    command: python -m worker --shard {number}
    ports: [8080/tcp, 8081/http]
    envs: {{SHARD: "{number}", RUN: nightly, LOG_LEVEL: info}}
    tools: [{{name: Jupyter, port: "8888", type: http}}]
    networkStorages: [{{Id: e797ce8f-5f0c-4f3d-9a55-3f1a0e3f7d21, mountPoint: /data}}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process took; of several, the medians."""

    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of the table. The steps of one account run in their order, in one folder."""

    name: str
    arguments: tuple[str, ...]
    written: str = "loop"
    account: str = "first"


STEPS = (
    Step(name="validate", arguments=("validate",)),
    Step(name="validate", arguments=("validate",), written="full"),
    Step(name="plan --offline, all new", arguments=("plan", "--offline")),
    Step(name="plan --offline, all new", arguments=("plan", "--offline"), written="full"),
    Step(name="plan, all new", arguments=("plan",)),
    Step(name="apply --wait none, all new", arguments=("apply", "--yes", "--wait", "none")),
    Step(name="plan, none changed", arguments=("plan",)),
    Step(name="apply, none changed", arguments=("apply", "--yes", "--wait", "none")),
    Step(name="apply, all new", arguments=("apply", "--yes"), account="second"),
)


def loop(count: int) -> Iterator[str]:
    """The fleet as a template."""
    yield f"version: 1\ninstances:\n  #% for number in range({count})\n"
    yield "  worker-{{ number }}:\n" + FIELDS.replace("{number}", "{{{{ number }}}}").format()
    yield "  #% endfor\n"


def full(count: int) -> Iterator[str]:
    """The fleet without a template."""
    yield "version: 1\ninstances:\n"
    for number in range(count):
        yield f"  worker-{number}:\n" + FIELDS.format(number=number)


WRITERS = {"loop": loop, "full": full}


def run(arguments: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Cost:
    """What a process took that has to succeed."""
    # An installed program has its bytecode, whatever the shell says that measures.
    environ = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(arguments, cwd=folder, env=environ, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = (folder / "output").read_text(errors="replace")[-2000:]
        sys.exit(f"`{' '.join(arguments)}` ended with {process.returncode}:\n{tail}")
    # Linux counts the peak in KiB, macOS in bytes.
    peak_mb = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
    return Cost(wall_s=wall_s, cpu_s=usage.ru_utime + usage.ru_stime, peak_mb=peak_mb)


@contextmanager
def simulator(folder: Path, *options: str) -> Iterator[str]:
    """The origin of a simulator in a process of its own."""
    process = subprocess.Popen(
        [GPUSPEC, "sim", "serve", "--port", "0", *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        if process.poll() is not None:
            print(f"the simulator ended by itself with {process.returncode}", file=sys.stderr)
        process.terminate()
        process.wait()
        process.stdout.close()


def fleet(count: int, steps: Sequence[Step]) -> dict[Step, Cost]:
    """What each step took, on a fleet of this size and a service that were not there before."""
    with tempfile.TemporaryDirectory() as name, simulator(Path(name)) as origin:
        return {step: run_step(step, count, Path(name) / step.account, origin) for step in steps}


def run_step(step: Step, count: int, folder: Path, origin: str) -> Cost:
    """What the step took."""
    folder.mkdir(exist_ok=True)
    spec = folder / f"{step.written}.yaml"
    with spec.open("w") as file:
        file.writelines(WRITERS[step.written](count))
    environ = {**os.environ, "GPUSPEC_ENDPOINT": origin, "NOVITA_API_KEY": step.account}
    return run([GPUSPEC, *step.arguments, spec.name], folder, environ)


def median(costs: Sequence[Cost]) -> Cost:
    """The medians, each on its own."""
    return Cost(
        wall_s=statistics.median(cost.wall_s for cost in costs),
        cpu_s=statistics.median(cost.cpu_s for cost in costs),
        peak_mb=statistics.median(cost.peak_mb for cost in costs),
    )


def start_rows(runs: int) -> Iterator[str]:
    """What it takes to start at all, beside the interpreter alone."""
    with tempfile.TemporaryDirectory() as name:
        for title, arguments in (("python -c pass", [sys.executable, "-c", ""]), ("--version", [GPUSPEC, "--version"])):
            cost = median([run(arguments, Path(name), os.environ) for _ in range(runs)])
            yield row(title, "", "", cost, "", "")


def step_rows(step: Step, costs: Mapping[int, Cost]) -> Iterator[str]:
    """A row a size. An instance costs what a fleet costs beyond the smallest one, which is mostly the start."""
    smallest, before_ms = min(costs), 0.0
    for count, cost in costs.items():
        beyond_s = cost.cpu_s - costs[smallest].cpu_s
        each_ms = beyond_s / (count - smallest) * 1000 if beyond_s > NOISE_S else 0.0
        ratio = f"{each_ms / before_ms:.2f}" if before_ms else ""
        yield row(step.name, step.written, f"{count:,}", cost, f"{each_ms:.3f}" if each_ms else "", ratio)
        before_ms = each_ms


def row(title: str, written: str, count: str, cost: Cost, each_ms: str, ratio: str) -> str:
    """A row of the table."""
    figures = f"{cost.wall_s:.2f} | {cost.cpu_s:.2f} | {cost.peak_mb:.0f}"
    return f"| {title} | {written} | {count} | {figures} | {each_ms} | {ratio} |"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default="1,100,1000,10000", help="instances in a fleet, ascending")
    parser.add_argument("--runs", type=int, default=3, help="processes whose median is taken")
    parser.add_argument("--only", default="", help="steps whose name begins with this; plans need their apply")
    given = parser.parse_args()
    sizes = sorted({int(size) for size in given.sizes.split(",")})
    steps = [step for step in STEPS if step.name.startswith(given.only)]
    print("| command | written as | instances | wall s | CPU s | peak MB | CPU ms an instance | ratio |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    print(*start_rows(max(given.runs, 5)), sep="\n", flush=True)
    # Run after run rather than size after size, so that a busy minute of the machine falls on all sizes alike.
    fleets = [{size: fleet(size, steps) for size in sizes} for _ in range(given.runs)]
    for step in steps:
        costs = {size: median([run_[size][step] for run_ in fleets]) for size in sizes}
        print(*step_rows(step, costs), sep="\n", flush=True)


if __name__ == "__main__":
    main()
