"""The limits of a project against a plan: what there would be after it, and how much it would delete."""

from collections.abc import Iterator, Mapping

from gpuspec.errors import Refused
from gpuspec.model.address import Address
from gpuspec.model.instance import Instance
from gpuspec.model.plan import ActionKind, Plan
from gpuspec.model.project import Limits
from gpuspec.model.state import State
from gpuspec.model.values import Fields

_GOING = frozenset({ActionKind.DELETE, ActionKind.FORGET})


def limit_refusals(
    plan: Plan, desired: Mapping[Address, Instance], state: State, *, limits: Limits
) -> tuple[Refused, ...]:
    """Why the limits forbid this plan; empty when they don't.

    What the specs alone ask for is checked with them. Here what is recorded beside it counts too: records of other
    specs, those that the plan keeps or can't judge, and requests whose answer was lost. A plan that makes nothing is
    never refused for what there is already: it may be the way down.

    Args:
        desired: All that the spec asks for, before any glob.
    """
    beside = _beside(plan, desired, state)
    found: list[Refused] = []
    if plan.counts[ActionKind.CREATE] or plan.counts[ActionKind.REPLACE]:
        found += _too_many(desired, beside, limits)
        found += _too_many_gpus(desired, beside, limits)
    return (*found, *_too_many_deletes(plan, limits))


def _beside(plan: Plan, desired: Mapping[Address, Instance], state: State) -> Mapping[Address, Fields]:
    """What there is at addresses that the spec doesn't have, and will be there after the plan too."""
    going = {action.address for action in plan.actions if action.kind in _GOING}
    recorded = {address: record.fields for address, record in state.records.items() if address not in going}
    unresolved = {held.intent.address: held.intent.fields for held in state.intents.values()}
    there = {**unresolved, **recorded}
    return {address: fields for address, fields in there.items() if address not in desired}


def _too_many(
    desired: Mapping[Address, Instance], beside: Mapping[Address, Fields], limits: Limits
) -> Iterator[Refused]:
    most, count = limits.max_instances, len(desired) + len(beside)
    if most is not None and count > most:
        yield Refused(
            f"There would be {count:,} instances, and `maxInstances` is {most:,}: {_parts(len(desired), len(beside))}.",
            reason="limit-instances",
            hint=_hint("maxInstances"),
        )


def _too_many_gpus(
    desired: Mapping[Address, Instance], beside: Mapping[Address, Fields], limits: Limits
) -> Iterator[Refused]:
    asked, there = sum(_gpus(each.fields) for each in desired.values()), sum(map(_gpus, beside.values()))
    if limits.max_gpus is not None and asked + there > limits.max_gpus:
        yield Refused(
            f"There would be {asked + there:,} GPUs, and `maxGpus` is {limits.max_gpus:,}: {_parts(asked, there)}.",
            reason="limit-gpus",
            hint=_hint("maxGpus"),
        )


def _too_many_deletes(plan: Plan, limits: Limits) -> Iterator[Refused]:
    most, count = limits.max_deletes_per_run, plan.counts[ActionKind.DELETE] + plan.counts[ActionKind.REPLACE]
    if most is not None and count > most:
        machines = "1 machine" if count == 1 else f"{count:,} machines"
        yield Refused(
            f"{machines} would be deleted or replaced, and `maxDeletesPerRun` is {most:,}.",
            reason="limit-deletes",
            hint="check the plan; do it in parts with `--only`, or agree on another `maxDeletesPerRun` in gpuspec.yaml",
        )


def _gpus(fields: Fields) -> int:
    number = fields.get("gpuNum")
    return number if isinstance(number, int) else 0


def _parts(asked: int, beside: int) -> str:
    return f"{asked:,} that the specs ask for, and {beside:,} recorded beside them"


def _hint(limit: str) -> str:
    return f"ask for fewer, delete what is not needed, or agree on another `{limit}` in gpuspec.yaml"
