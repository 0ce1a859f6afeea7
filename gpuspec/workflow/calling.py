"""What a run tells, with commands that work as printed: which environment they are for, and which specs."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from gpuspec.errors import GpuspecError
from gpuspec.model.calling import Calling
from gpuspec.model.outcome import Ledger
from gpuspec.model.plan import Action, Plan

E = TypeVar("E", bound=GpuspecError)


def whole_plan(plan: Plan, calling: Calling) -> Plan:
    """The plan; of what it is receipted for, nothing is another."""
    return replace(plan, actions=tuple(_whole_action(action, calling) for action in plan.actions))


def whole_errors(errors: Iterable[E], calling: Calling) -> tuple[E, ...]:
    """The same errors, which may be shown before one of them is raised."""
    found = tuple(errors)
    for error in found:
        error.hint, error.command = calling.whole(error.hint), calling.whole(error.command)
    return found


def whole_ledger(ledger: Ledger, calling: Calling) -> Ledger:
    """The ledger, whose outcomes may say how to go on."""
    outcomes = (replace(outcome, message=calling.whole(outcome.message)) for outcome in ledger.outcomes)
    return replace(ledger, outcomes=tuple(outcomes))


def _whole_action(action: Action, calling: Calling) -> Action:
    if not action.hint and not action.command:
        return action
    return replace(action, hint=calling.whole(action.hint), command=calling.whole(action.command))
