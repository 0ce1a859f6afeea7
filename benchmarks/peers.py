"""gpuspec beside Terraform, command by command, pair by pair: the same fleet, the same machine, the same minute.

    .venv/bin/python -m benchmarks.peers
    .venv/bin/python -m benchmarks.peers --sizes 1,100 --runs 5 --only validate --written loop

Prints a Markdown table. Terraform is taken from the PATH and plays with its built-in `terraform_data`, one resource
block an instance, its faster form; without it our figures stand alone. Each pair of processes runs one after the other
(A B A B), a ratio is taken of each pair, and the table has the medians; times are wall clock of whole processes, memory
is the peak of one. An instance has 12 fields, among them 3 envs, a tool and a storage. gpuspec applies to a simulator
in a process of its own on loopback, over HTTP; Terraform's resources need no service at all.

The slope is what an instance costs us, in CPU time beyond the smallest fleet's, divided by what one of the size before
costs: it stays near 1 while the cost grows linearly.

Terraform's state is rewritten for each create, so that its cost grows with the square: above `--most-applied` instances
it is not asked to apply or destroy, and its state is written by this program, in the form that it writes itself. Beyond
10,000 it is not asked at all. Above 1,000 one pair is measured: minutes vary less than seconds.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.fleets import GPUSPEC, INVALID_SPEC, WRITERS, Cost, Slope, median, run, simulator

TERRAFORM = shutil.which("terraform")
SIZES = "1,100,1000,10000,100000"
LARGE = 1_000
MOST_OF_THEIRS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row a size of the table.

    `ours` and `theirs` are the commands. `before` says how many instances of the fleet are made when they begin:
    "none", "all", or "most", which leaves 50 to be made. `is_long` marks what Terraform can't finish for a large fleet.
    `most` is the largest fleet that is tried, `status` the exit status that is right.
    """

    name: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...] = ()
    before: str = "none"
    is_long: bool = False
    written: tuple[str, ...] = ("loop", "full")
    sizes: tuple[int, ...] = ()
    most: int = MOST_OF_THEIRS
    status: int = 0


_PLAN = ("plan", "-input=false", "-no-color")
_APPLY = ("apply", "-input=false", "-no-color", "-auto-approve")
_OURS_APPLY = ("apply", "--yes", "--wait", "none")

STEPS = (
    Step(name="--version", ours=("--version",), theirs=("version",), written=("loop",), sizes=(1,)),
    Step(name="validate", ours=("validate", "{spec}"), theirs=("validate", "-no-color"), most=100_000),
    Step(name="validate, all faulty", ours=("validate", "{spec}"), written=("faulty",), status=INVALID_SPEC),
    Step(name="plan, all new", ours=("plan", "--offline", "{spec}"), theirs=_PLAN, most=100_000),
    Step(name="plan, unchanged", ours=("plan", "--offline", "{spec}"), theirs=_PLAN, before="all"),
    Step(name="plan, unchanged, live", ours=("plan", "{spec}"), theirs=_PLAN, before="all", written=("loop",)),
    Step(name="apply, all new", ours=(*_OURS_APPLY, "{spec}"), theirs=_APPLY, is_long=True, written=("loop",)),
    Step(name="apply, unchanged", ours=(*_OURS_APPLY, "{spec}"), theirs=_APPLY, before="all", written=("loop",)),
    Step(
        name="apply, 50 more",
        ours=(*_OURS_APPLY, "{spec}"),
        theirs=_APPLY,
        before="most",
        written=("loop",),
        sizes=(100, 1_000, 10_000),
    ),
    Step(
        name="destroy",
        ours=("destroy", "--yes", "--allow-destroy", "{spec}"),
        theirs=("destroy", "-input=false", "-no-color", "-auto-approve"),
        before="all",
        is_long=True,
        written=("loop",),
    ),
)


def instance(number: int) -> dict[str, Any]:
    """The fields of one instance, as `benchmarks.fleets` writes them."""
    return {
        "productId": "4090.16c62g",
        "gpuNum": 1,
        "clusterId": "us-ca-6",
        "rootfsSize": 60,
        "diskSize": 60,
        "imageUrl": "registry.example.com/training/worker:2024.11",
        "minCudaVersion": "12.4",
        "command": f"python -m worker --shard {number}",
        "ports": ["8080/tcp", "8081/http"],
        "envs": {"SHARD": f"{number}", "RUN": "nightly", "LOG_LEVEL": "info"},
        "tools": [{"name": "Jupyter", "port": "8888", "type": "http"}],
        "networkStorages": [{"Id": "e797ce8f-5f0c-4f3d-9a55-3f1a0e3f7d21", "mountPoint": "/data"}],
    }


def blocks(count: int) -> Iterator[str]:
    """The fleet as Terraform's resource blocks."""
    for number in range(count):
        fields = "\n".join(f"    {name} = {_hcl(value)}" for name, value in instance(number).items())
        yield f'resource "terraform_data" "worker-{number}" {{\n  input = {{\n{fields}\n  }}\n}}\n\n'


def _hcl(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_hcl(part)}" for name, part in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_hcl, value)) + "]"
    return json.dumps(value)


def terraform_state(count: int) -> Iterator[str]:
    """The state that Terraform leaves after making the fleet.

    In parts: a process counts the memory of the one that begot it as its own peak, so that this one has to stay small.
    """
    head = {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": count,
        "lineage": "0027e355-375d-5f4b-98d4-b9e88d668732",
        "outputs": {},
        "check_results": None,
    }
    yield json.dumps(head).removesuffix("}") + ', "resources": ['
    for number in range(count):
        yield ("," if number else "") + json.dumps(_resource(number), indent=2)
    yield "]}"


def _resource(number: int) -> dict[str, Any]:
    value = instance(number)
    held = {"value": value, "type": _type(value)}
    attributes = {
        "id": f"267ccf70-63ff-49d6-1439-{number:012x}",
        "input": held,
        "output": held,
        "triggers_replace": None,
    }
    return {
        "mode": "managed",
        "type": "terraform_data",
        "name": f"worker-{number}",
        "provider": 'provider["terraform.io/builtin/terraform"]',
        "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}],
    }


def _type(value: Any) -> Any:
    if isinstance(value, dict):
        return ["object", {name: _type(part) for name, part in value.items()}]
    if isinstance(value, list):
        return ["tuple", [_type(part) for part in value]]
    return "number" if isinstance(value, int) else "string"


def made_before(step: Step, count: int) -> int:
    """How many instances are there when the step begins."""
    return {"none": 0, "all": count, "most": count - 50}[step.before]


def our_cost(step: Step, written: str, count: int) -> Cost:
    """What our command took, on a service and in a folder that were not there before."""
    with tempfile.TemporaryDirectory() as name, simulator(Path(name)) as origin:
        folder = Path(name) / "work"
        folder.mkdir()
        environ = {**os.environ, "GPUSPEC_ENDPOINT": origin, "NOVITA_API_KEY": "first"}
        made = made_before(step, count)
        if made:
            _write(folder / "spec.yaml", WRITERS[written](made))
            run([GPUSPEC, *_OURS_APPLY, "spec.yaml"], folder, environ)
        _write(folder / "spec.yaml", WRITERS[written](count))
        arguments = [part.format(spec="spec.yaml") for part in step.ours]
        return run([GPUSPEC, *arguments], folder, environ, status=step.status)


def their_cost(step: Step, count: int) -> Cost:
    """What Terraform's command took, in a folder that was not there before."""
    assert TERRAFORM is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = {**os.environ, "TF_CLI_CONFIG_FILE": str(folder / "none.tfrc"), "CHECKPOINT_DISABLE": "1"}
        _write(folder / "none.tfrc", [""])
        _write(folder / "main.tf", blocks(count))
        made = made_before(step, count)
        if made:
            _write(folder / "terraform.tfstate", terraform_state(made))
        run([TERRAFORM, "init", "-input=false", "-no-color"], folder, environ)
        return run([TERRAFORM, *step.theirs], folder, environ)


def _write(path: Path, parts: Sequence[str] | Iterator[str]) -> None:
    with path.open("w") as file:
        file.writelines(parts)


def rows(step: Step, written: str, sizes: Sequence[int], *, runs: int, most_applied: int) -> Iterator[str]:
    """A row a size, for one way in which the fleet is written."""
    slope = Slope()
    for count in sizes:
        theirs_of = _theirs(step, count, most_applied)
        pairs = list(_pairs(partial(our_cost, step, written, count), theirs_of, runs=1 if count > LARGE else runs))
        ours = median([our for our, _ in pairs])
        theirs = [their for _, their in pairs if their is not None]
        cells = [step.name, written, f"{count:,}", _figures(ours), slope.after(count, ours)]
        if theirs:
            wall = statistics.median(our.wall_s / their.wall_s for our, their in pairs if their)
            peak = statistics.median(our.peak_mb / their.peak_mb for our, their in pairs if their)
            cells += [_figures(median(theirs)), f"{wall:.3f}", f"{peak:.2f}"]
        else:
            cells += ["", "", ""]
        yield "| " + " | ".join(cells) + " |"


def _theirs(step: Step, count: int, most_applied: int) -> Callable[[], Cost] | None:
    if TERRAFORM is None or not step.theirs or count > (most_applied if step.is_long else MOST_OF_THEIRS):
        return None
    return partial(their_cost, step, count)


def _pairs(
    ours: Callable[[], Cost], theirs: Callable[[], Cost] | None, *, runs: int
) -> Iterator[tuple[Cost, Cost | None]]:
    for _ in range(runs):
        yield ours(), theirs() if theirs else None


def _figures(cost: Cost) -> str:
    return f"{cost.wall_s:.2f} s, {cost.cpu_s:.2f} s, {cost.peak_mb:.0f} MB"


def main() -> None:
    """Measure, and print the table row by row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default=SIZES, help="instances in a fleet")
    parser.add_argument("--runs", type=int, default=3, help="pairs whose median is taken")
    parser.add_argument("--only", default="", help="steps whose name begins with this")
    parser.add_argument("--written", default="loop,full,faulty", help="how our fleets are written")
    parser.add_argument("--most-applied", type=int, default=1_000, help="the largest fleet that Terraform applies")
    given = parser.parse_args()
    if TERRAFORM is None:
        print("terraform is not on the PATH: our figures only", file=sys.stderr)
    print("| command | written as | instances | gpuspec: wall, CPU, peak | slope | Terraform | wall, × | peak, × |")
    print("|---|---|--:|---|--:|---|--:|--:|")
    wanted = sorted({int(size) for size in given.sizes.split(",")})
    for step in STEPS:
        sizes = [count for count in wanted if count <= step.most and (not step.sizes or count in step.sizes)]
        for written in step.written if step.name.startswith(given.only) else ():
            if written in given.written.split(","):
                for row in rows(step, written, sizes, runs=given.runs, most_applied=given.most_applied):
                    print(row, flush=True)


if __name__ == "__main__":
    main()
