"""Fleets as specs, and what a process takes that works on one: wall time, CPU time and peak memory.

A fleet has 12 fields an instance, among them 3 envs, a tool and a storage; it is written as a loop in a template, out
in full, or with a fault in each instance. Figures are those of whole processes, as the system accounts them (wait4),
with the interpreter's start in them.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Two processes that do the same differ by as much.
NOISE_S = 0.15
# The exit status of a spec that is refused.
INVALID_SPEC = 1
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


def faulty(count: int) -> Iterator[str]:
    """The fleet without a template, with a fault in each instance."""
    return (part.replace("gpuNum: 1", "gpuNum: one") for part in full(count))


WRITERS = {"loop": loop, "full": full, "faulty": faulty}


def run(arguments: Sequence[str], folder: Path, environ: Mapping[str, str], *, status: int = 0) -> Cost:
    """What a process took that has to end with this exit status."""
    # An installed program has its bytecode, whatever the shell says that measures.
    environ = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(arguments, cwd=folder, env=environ, stdout=output, stderr=output)
        _, ended, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(ended)
    if process.returncode != status:
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


def median(costs: Sequence[Cost]) -> Cost:
    """The medians, each on its own."""
    return Cost(
        wall_s=statistics.median(cost.wall_s for cost in costs),
        cpu_s=statistics.median(cost.cpu_s for cost in costs),
        peak_mb=statistics.median(cost.peak_mb for cost in costs),
    )


class Slope:
    """How the cost of an instance grows from size to size, the start aside: what the smallest fleet costs."""

    def __init__(self) -> None:
        self._smallest: tuple[int, float] | None = None
        self._each_ms = 0.0

    def after(self, count: int, cost: Cost) -> str:
        """This size's cost of an instance by that of the size before; empty where there is too little to compare."""
        smallest, start_s = self._smallest = self._smallest or (count, cost.cpu_s)
        beyond_s = cost.cpu_s - start_s
        before_ms, self._each_ms = self._each_ms, 0.0
        if beyond_s > NOISE_S:
            self._each_ms = beyond_s / (count - smallest) * 1000
        return f"{self._each_ms / before_ms:.2f}" if self._each_ms and before_ms else ""
