"""One plan from one consistent reading: what plan and apply have in common."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gpuspec.codec.receipt import receipt
from gpuspec.errors import Refused
from gpuspec.model.address import Address
from gpuspec.model.instance import Instance
from gpuspec.model.journal import Moved
from gpuspec.model.live import Observation
from gpuspec.model.plan import Basis, Plan
from gpuspec.model.project import Limits
from gpuspec.model.state import Call, State
from gpuspec.planning.guard import Allowances, refusals, replace_refusals, stock_refusals
from gpuspec.planning.limits import limit_refusals
from gpuspec.planning.moving import due, move_refusals, moved_state, told
from gpuspec.planning.planner import make_plan
from gpuspec.planning.scope import Scope
from gpuspec.ports import Catalogue, Sealer
from gpuspec.workflow.calling import whole_errors, whole_plan
from gpuspec.workflow.foresight import foreseen
from gpuspec.workflow.secrets import Vault, read_secrets, sealed
from gpuspec.workflow.session import Offline
from gpuspec.workflow.specs import Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Globs over addresses, what is asked of some of them by hand, and what the user lets pass; see `Scope`."""

    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    replace: tuple[Address, ...] = ()
    refresh_only: bool = False
    allowances: Allowances = Allowances()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """The set that was asked for, as written and with its secrets sealed."""

    loaded: Loaded
    vault: Vault
    instances: Mapping[Address, Instance]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan with all that it was made from; `refused` says why it must not be applied, weightiest first.

    `moves` are the records that the spec moves to an address of this plan; in `state` they stand there already.
    """

    plan: Plan
    desired: Desired
    state: State
    observation: Observation
    refused: tuple[Refused, ...]
    moves: tuple[Moved, ...] = ()


def desire(offline: Offline, loaded: Loaded, sealer: Sealer) -> Desired:
    """Read the secrets that are at hand and seal them, so that the set can be compared with the state."""
    vault = read_secrets(loaded.specs.instances.values(), offline.secrets)
    return Desired(loaded=loaded, vault=vault, instances=sealed(loaded.specs.instances, vault, sealer))


def draft(
    offline: Offline,
    desired: Desired,
    state: State,
    *,
    observation: Observation,
    sealer: Sealer,
    selection: Selection,
    key_digest: str,
) -> Draft:
    """Plan, and find what stands in the plan's way. Pure but for a look whether recorded files still exist."""
    moved = {} if selection.refresh_only else desired.loaded.specs.moved
    moves = due(state, moved, at=offline.clock.now())
    hindered = tuple(move_refusals(state, moves))
    state = moved_state(state, moves)
    scope = _scope(offline, desired.loaded, state, selection=selection)
    plan = make_plan(
        desired.instances,
        state,
        observation,
        scope=scope,
        seal=sealer.seal,
        receipt=receipt,
        made_at=offline.clock.now(),
    )
    made = Draft(plan=plan, desired=desired, state=state, observation=observation, refused=hindered)
    guards = _guards(made, scope, selection.allowances, key_digest=key_digest, limits=offline.home.limits)
    plan = whole_plan(plan if hindered else _telling(plan, moves), offline.calling)
    plan = replace(plan, basis=_basis(desired.loaded, selection))
    planned = {action.address for action in plan.actions}
    moves = tuple(move for move in moves if move.to in planned)
    return replace(made, plan=plan, refused=whole_errors((*hindered, *guards), offline.calling), moves=moves)


def _guards(made: Draft, scope: Scope, allowances: Allowances, *, key_digest: str, limits: Limits) -> Iterator[Refused]:
    """Why the plan of this draft must not be applied, weightiest first."""
    plan, instances, state = made.plan, made.desired.instances, made.state
    yield from replace_refusals(scope, instances, state)
    yield from refusals(
        plan, instances, state, observation=made.observation, key_digest=key_digest, allowances=allowances
    )
    yield from limit_refusals(plan, instances, state, limits=limits)


def _telling(plan: Plan, moves: Sequence[Moved]) -> Plan:
    """The plan whose actions say which records move, with the receipt that is theirs."""
    if not moves:
        return plan
    actions = told(plan.actions, moves)
    return replace(plan, actions=actions, receipt=receipt(plan.birth, actions))


def forewarned(made: Draft, catalogue: Catalogue) -> Draft:
    """The draft with what the service's lists foretell: warnings, and the refusal to delete what can't be made anew."""
    instances = made.desired.instances
    warnings = (*made.plan.warnings, *foreseen(made.plan, instances, catalogue))
    refused = (*made.refused, *stock_refusals(made.plan, instances, catalogue))
    return replace(made, plan=replace(made.plan, warnings=warnings), refused=refused)


def refuse(refused: Sequence[Refused]) -> None:
    """Stop for the weightiest of these guards, if there is one.

    Raises:
        Refused: The first of them.
    """
    if refused:
        raise refused[0]


def creates_something(plan: Plan) -> bool:
    """Whether the plan makes a machine, so that the service's lists are worth asking for."""
    return any(Call.CREATE in action.calls for action in plan.actions)


def _basis(loaded: Loaded, selection: Selection) -> Basis:
    return Basis(
        files=loaded.files,
        only=selection.only,
        exclude=selection.exclude,
        replace=selection.replace,
        refresh_only=selection.refresh_only,
        recreate_lost=selection.allowances.recreate_lost,
        allow_empty=selection.allowances.allow_empty,
    )


def _scope(offline: Offline, loaded: Loaded, state: State, *, selection: Selection) -> Scope:
    sources = {record.source for record in state.records.values() if record.source}
    return Scope(
        whole=loaded.whole,
        named=loaded.named,
        existing=frozenset(source for source in sources if (offline.home.folder / source).is_file()),
        only=selection.only,
        exclude=selection.exclude,
        replace=frozenset(selection.replace),
        refresh_only=selection.refresh_only,
        moved=loaded.specs.moved,
    )
