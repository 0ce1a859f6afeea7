"""One `apply` on a state and a service in memory, the same way through as `workflow.apply` takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gpuspec.codec.receipt import receipt
from gpuspec.engine.follower import follow_up
from gpuspec.engine.observe import observe
from gpuspec.engine.run import run
from gpuspec.engine.settle import settle
from gpuspec.engine.work import Prepared, Work
from gpuspec.model.address import Address
from gpuspec.model.instance import Instance
from gpuspec.model.outcome import Ledger
from gpuspec.model.plan import ActionKind, Plan
from gpuspec.model.settings import Settings
from gpuspec.model.state import Record, State
from gpuspec.planning.noting import noted
from gpuspec.planning.planner import make_plan
from gpuspec.planning.scope import Scope
from gpuspec.ports import Cloud, Listener, Randomness, StateStore
from gpuspec.store.state_store import Vacant, begin
from tests.builders.engine import Heard, Signal
from tests.builders.planning import seal
from tests.builders.stores import a_holder, expected_of
from tests.builders.virtual_time import VirtualClock
from tests.builders.world import BIRTH

_SENDS = frozenset({ActionKind.CREATE, ActionKind.UPDATE, ActionKind.REPLACE})


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What was planned, what became of it, and the state that the run left."""

    plan: Plan
    ledger: Ledger
    state: State


async def applied(
    desired: Mapping[Address, Instance],
    *,
    store: StateStore,
    cloud: Cloud,
    settings: Settings,
    randomness: Randomness,
    listener: Listener | None = None,
    watch: Callable[[Callable[[], State]], None] = lambda _: None,
) -> Applied:
    """Lock, settle, plan, carry out; every consent is given.

    Args:
        watch: Is handed what gives the recorded state while the run lasts.
    """
    held = begin(store, a_holder(), expected=expected_of(BIRTH), timeout_s=0.0)
    if isinstance(held, Vacant):
        held = held.bear(BIRTH)
    watch(lambda: held.state)
    clock = VirtualClock()
    work = Work(
        cloud=cloud,
        journal=held.journal,
        clock=clock,
        randomness=randomness,
        listener=Heard() if listener is None else listener,
        interruption=Signal(),
        settings=settings,
        state=lambda: held.state,
        seal=seal,
    )
    await settle(work)
    await follow_up(work)
    state = held.state
    observation = await observe(cloud, state=state, clock=clock, settings=settings)
    plan = make_plan(desired, state, observation, scope=Scope(), seal=seal, receipt=receipt, made_at=clock.now())
    work = replace(work, **_made_ready(plan, desired, state), observation=observation)
    ledger = await run(plan, work=work)
    return Applied(plan=plan, ledger=ledger, state=await held.end())


def _made_ready(plan: Plan, desired: Mapping[Address, Instance], state: State) -> dict[str, Any]:
    notes: dict[Address, Record] = {
        action.address: noted(state.records[action.address], desired[action.address], seal)
        for action in plan.actions
        if action.kind is ActionKind.NOTE
    }
    requests = {
        action.address: Prepared(body=desired[action.address].fields, instance=desired[action.address])
        for action in plan.actions
        if action.kind in _SENDS and action.address in desired
    }
    handlings = {address: instance.handling for address, instance in desired.items()}
    return {"notes": notes, "requests": requests, "handlings": handlings}
