"""What a plan comes to that needs no state, where none was born yet."""

from gpuspec.engine.quiet import REPORTED
from gpuspec.model.outcome import Ledger, Outcome
from gpuspec.model.plan import Plan


def ledger_without_state(plan: Plan) -> Ledger:
    """An outcome for each action that is only told, such as one that is blocked; nothing was sent or written.

    A state is bound to a service for good: one that has made nothing, and may not be the one that was meant, gets none.
    """
    outcomes = (
        Outcome(
            address=action.address,
            result=REPORTED[action.kind],
            id=action.id,
            reason=action.reason,
            message=action.explanation,
        )
        for action in plan.actions
        if action.kind in REPORTED
    )
    return Ledger(outcomes=tuple(outcomes))
