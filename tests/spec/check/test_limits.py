"""What specs alone ask for beyond the limits of their project, each with its place."""

from typing import Any

import pytest

from gpuspec.model.project import Limits
from gpuspec.spec.check.limits import limit_faults
from tests.builders.spec import an_instance, spec_set

# Three instances with 1, 2 and 3 GPUs; the first in lines 2 to 7, each with its GPUs in its third line.
SPEC = "instances:\n" + "".join(an_instance(name, gpuNum=str(number)) for number, name in enumerate("abc", start=1))


def faults(text: str = SPEC, **limits: Any) -> list[tuple[str, str, str]]:
    """Place, path and message of each."""
    found = limit_faults(spec_set(text), Limits(**limits), file="gpuspec.yaml")
    assert {problem.code for problem in found} <= {"limit-exceeded"}
    return [(str(problem.place), problem.path, problem.message) for problem in found]


def test_without_limits_nothing_is_too_much() -> None:
    """And what is just within them is not either."""
    assert faults() == []
    assert faults(max_instances=3, max_gpus=6, allowed_products=("p",)) == []


def test_the_first_instance_too_many_has_the_fault() -> None:
    """Counted in the order of the file; 0 is a limit too."""
    message = "The specs ask for 3 instances, and `maxInstances` is 2."

    assert faults(max_instances=2) == [("i.yaml:14:3", "instances.c", message)]
    assert [path for _, path, _ in faults(max_instances=0)] == ["instances.a"]


def test_the_first_gpu_too_many_has_the_fault() -> None:
    """The line that asks for it."""
    message = "The specs ask for 6 GPUs together, and `maxGpus` is 2."

    assert faults(max_gpus=2) == [("i.yaml:10:13", "instances.b.gpuNum", message)]


@pytest.mark.parametrize("globs", [("p",), ("x", "p*"), ("?",), ("[pq]",)])
def test_a_product_that_fits_a_glob_is_allowed(globs: tuple[str, ...]) -> None:
    """One of them is enough."""
    assert faults(allowed_products=globs) == []


def test_a_product_that_fits_none_is_not() -> None:
    """Capital letters are other letters; each instance has its fault."""
    found = faults(allowed_products=("P", "4090.*"))

    assert [place for place, _, _ in found] == ["i.yaml:3:16", "i.yaml:9:16", "i.yaml:15:16"]
    assert found[0][2] == "The product `p` is not among `allowedProducts`: `P`, `4090.*`."


def test_a_cluster_has_to_be_named() -> None:
    """Where some are allowed and others are not, the service would choose; an empty one is none."""
    text = "instances:\n" + "".join(
        an_instance(name, clusterId=cluster)
        for name, cluster in (("a", "us-ca-6"), ("b", "eu-1"), ("c", '""'), ("d", ""))
    )

    found = faults(text, allowed_clusters=("us-*",))

    assert [(path, message) for _, path, message in found] == [
        ("instances.b.clusterId", "The cluster `eu-1` is not among `allowedClusters`: `us-*`."),
        *(
            (
                f"instances.{name}.clusterId",
                "Without `clusterId` the service chooses the cluster, and `allowedClusters` are `us-*`.",
            )
            for name in "cd"
        ),
    ]


def test_many_globs_are_counted() -> None:
    """Five are named."""
    globs = tuple(f"x{number}" for number in range(7))

    assert faults(allowed_products=globs)[0][2].endswith(": `x0`, `x1`, `x2`, `x3`, `x4` and 2 more.")
