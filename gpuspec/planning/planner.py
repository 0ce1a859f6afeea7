"""The front door of planning: desired, recorded and live to a Plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from gpuspec.model.address import Address
from gpuspec.model.instance import Instance
from gpuspec.model.live import Observation
from gpuspec.model.plan import Action, Plan
from gpuspec.model.state import Birth, Instant, MarkerSeen, State
from gpuspec.planning.decide import plan_actions
from gpuspec.planning.normal import Seal
from gpuspec.planning.rebuilding import told
from gpuspec.planning.scope import Scope


def make_plan(
    desired: Mapping[Address, Instance],
    state: State,
    observation: Observation,
    *,
    scope: Scope,
    seal: Seal,
    receipt: Callable[[Birth, Sequence[Action]], str],
    made_at: Instant,
) -> Plan:
    """The plan that brings the recorded instances to what is desired.

    Pure: the same desired, state, observation and scope give the same actions and receipt, whenever it is made.
    `plan_actions` says what `desired` and `seal` have to be; `receipt` belongs to the plan document.
    """
    decisions = plan_actions(desired, state, observation, scope=scope, seal=seal)
    decisions = replace(decisions, actions=told(decisions.actions, state))
    nowhere = (_NOWHERE,) if state.marker_seen is MarkerSeen.NOWHERE else ()
    return Plan(
        birth=state.birth,
        serial=state.serial,
        made_at=made_at,
        actions=decisions.actions,
        receipt=receipt(state.birth, decisions.actions),
        outside=decisions.outside,
        asked=observation.asked,
        warnings=decisions.warnings + nowhere,
    )


_NOWHERE = (
    "The service did not show the marker of the first instance, so a lost answer can't be settled by itself; "
    "`marker: name` in a project that has no instances yet puts it where it is shown."
)
