"""A set of instances against the limits of its project, with places."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import chain

from gpuspec.model.instance import Instance
from gpuspec.model.problem import Problem
from gpuspec.model.project import Limits
from gpuspec.spec.check.faults import gathered
from gpuspec.spec.load import SpecSet

_SHOWN = 5


def limit_faults(specs: SpecSet, limits: Limits, *, file: str) -> tuple[Problem, ...]:
    """What the specs alone ask for beyond the limits; what is recorded beside them is `planning.limits`'s.

    Args:
        file: The project file's name, for hints.
    """
    return gathered(chain(_instances(specs, limits, file), _gpus(specs, limits, file), _each(specs, limits, file)))


def _each(specs: SpecSet, limits: Limits, file: str) -> Iterator[Problem]:
    for instance in specs.instances.values():
        yield from _product(specs, instance, limits, file)
        yield from _cluster(specs, instance, limits, file)


def _instances(specs: SpecSet, limits: Limits, file: str) -> Iterator[Problem]:
    most, count = limits.max_instances, len(specs.instances)
    if most is not None and count > most:
        one_too_many = list(specs.instances.values())[most]
        message = f"The specs ask for {_counted(count, 'instance')}, and `maxInstances` is {most:,}."
        yield _problem(specs, one_too_many, "", message, hint=_hint("ask for fewer", "maxInstances", file))


def _gpus(specs: SpecSet, limits: Limits, file: str) -> Iterator[Problem]:
    most, total = limits.max_gpus, sum(map(_gpus_of, specs.instances.values()))
    if most is None or total <= most:
        return
    so_far = 0
    for instance in specs.instances.values():
        so_far += _gpus_of(instance)
        if so_far > most:
            message = f"The specs ask for {_counted(total, 'GPU')} together, and `maxGpus` is {most:,}."
            yield _problem(specs, instance, "gpuNum", message, hint=_hint("ask for fewer", "maxGpus", file))
            return


def _gpus_of(instance: Instance) -> int:
    """How many GPUs the instance asks for."""
    number = instance.fields.get("gpuNum")
    return number if isinstance(number, int) else 0


def _product(specs: SpecSet, instance: Instance, limits: Limits, file: str) -> Iterator[Problem]:
    allowed, product = limits.allowed_products, str(instance.fields.get("productId", ""))
    if allowed is not None and not _matches(product, allowed):
        message = f"The product `{product}` is not among `allowedProducts`: {_known(allowed)}."
        hint = _hint("take one that is", "allowedProducts", file)
        yield _problem(specs, instance, "productId", message, hint=hint)


def _cluster(specs: SpecSet, instance: Instance, limits: Limits, file: str) -> Iterator[Problem]:
    allowed, cluster = limits.allowed_clusters, str(instance.fields.get("clusterId", ""))
    if allowed is None or (cluster and _matches(cluster, allowed)):
        return
    message = f"The cluster `{cluster}` is not among `allowedClusters`: {_known(allowed)}."
    if not cluster:
        message = f"Without `clusterId` the service chooses the cluster, and `allowedClusters` are {_known(allowed)}."
    hint = _hint("name one that is" if cluster else "name one of these", "allowedClusters", file)
    yield _problem(specs, instance, "clusterId", message, hint=hint)


def _matches(text: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, glob) for glob in globs)


def _known(globs: tuple[str, ...]) -> str:
    named = ", ".join(f"`{glob}`" for glob in globs[:_SHOWN])
    return named if len(globs) <= _SHOWN else f"{named} and {len(globs) - _SHOWN} more"


def _hint(mending: str, limit: str, file: str) -> str:
    return f"{mending}, or agree on another `{limit}` in {file}."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _problem(specs: SpecSet, instance: Instance, field: str, message: str, *, hint: str) -> Problem:
    path = ".".join(filter(None, ("instances", instance.address, field)))
    place = specs.place(instance.address, field)
    return Problem(code="limit-exceeded", message=message, place=place, path=path, hint=hint)
