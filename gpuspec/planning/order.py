"""The order of a plan: what frees quota first, what costs next, what stays as it is last."""

from collections.abc import Iterable

from gpuspec.model.plan import Action, ActionKind

# Records before requests; deletes and stops before what needs their quota; the order of the spec within a kind.
_RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (
            ActionKind.FORGET,
            ActionKind.NOTE,
            ActionKind.DELETE,
            ActionKind.UPDATE,
            ActionKind.REPLACE,
            ActionKind.CREATE,
            ActionKind.WAIT,
            ActionKind.UNRESOLVED,
            ActionKind.STRAY,
            ActionKind.BLOCKED,
            ActionKind.REFUSED,
            ActionKind.KEEP,
        )
    )
}


def in_order(actions: Iterable[Action]) -> tuple[Action, ...]:
    """The actions in the order in which they are taken; stable within a kind."""
    return tuple(sorted(actions, key=_rank))


def _rank(action: Action) -> tuple[int, bool]:
    # A stop of what left the spec comes right after the deletes.
    return _RANKS[action.kind], action.reason != "removed-stop"
