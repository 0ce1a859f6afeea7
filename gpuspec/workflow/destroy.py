"""`destroy`: delete what is recorded, whatever the specs say."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gpuspec.codec.receipt import receipt
from gpuspec.engine.follower import follow_up
from gpuspec.engine.observe import observe
from gpuspec.engine.run import run
from gpuspec.engine.settle import settle
from gpuspec.errors import Refused, StoreFailed, UsageError
from gpuspec.model.instance import OnRemove
from gpuspec.model.journal import KeyUsed
from gpuspec.model.live import Observation
from gpuspec.model.outcome import Ledger, Stop
from gpuspec.model.plan import Action, Plan
from gpuspec.model.state import State
from gpuspec.planning.guard import Allowances, refusals, settling_refusals
from gpuspec.planning.limits import limit_refusals
from gpuspec.planning.planner import make_plan
from gpuspec.planning.scope import Scope
from gpuspec.ports import Cloud, Sealer
from gpuspec.store.state_store import Session as Held
from gpuspec.store.state_store import Vacant
from gpuspec.workflow.calling import whole_ledger, whole_plan
from gpuspec.workflow.draft import refuse
from gpuspec.workflow.ending import heed, open_addresses, unless_interrupted, unresolved_first
from gpuspec.workflow.recorded import hold, sealer_to_write
from gpuspec.workflow.session import Offline, Session
from gpuspec.workflow.work import work_of

# Reason -> what it means here, where the specs are not asked: what they say and the way on.
_WORDS = {
    "removed": ("it is recorded", ""),
    "gone": ("{id} is gone; its record is dropped", ""),
    "removed-leaving": ("{id} is being removed; its record is dropped once it is gone", "do it again when it is gone"),
    "removed-protected": (
        "`lifecycle.protect` forbids to touch {id}",
        "apply a spec without `protect` first, or have the rest with `--exclude '{address}'`",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is to be destroyed: files as typed, none for the whole project, and globs over addresses.

    `forget_lost` goes on although all records seem to be gone.
    """

    files: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    forget_lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """What would be deleted, and why it must not be, weightiest first."""

    plan: Plan
    refused: tuple[Refused, ...]


# Shows the plan and asks whoever may decide; raises what ends the command when it is not to be done.
Approve = Callable[[Destruction], None]


async def destroy(session: Session, chosen: Chosen, *, approve: Approve) -> Ledger:
    """Lock, settle what an earlier run left open, plan, ask, delete.

    Raises:
        UsageError: A file was named that no record is of.
        StateError: The state can't be used; nothing was sent.
        Refused: A guard stands in the way, or consent is missing; nothing was sent.
        CredentialsError: The key was refused before anything was sent.
        Interrupted: A signal came before anything was sent.
    """
    place = await hold(session)
    if isinstance(place, Vacant):
        place.end()
        return Ledger(outcomes=())
    held = place
    try:
        scope = _scope(session.offline, held.state, chosen)
        sealer = sealer_to_write(session.offline)
        with unresolved_first(lambda: open_addresses(held.state)):
            async with session.target.connect() as cloud:
                observation = await _observed(session, cloud, held, sealer=sealer, chosen=chosen)
                made = _planned(session, held.state, observation, scope=scope, sealer=sealer, chosen=chosen)
                approve(made)
                heed(session)
                ledger = await _carried_out(session, cloud, held, made=made.plan, observation=observation)
    except BaseException:
        await held.end()
        raise
    try:
        await held.end()
    except StoreFailed as failure:
        return replace(ledger, stop=Stop.STORE, stop_message=failure.message)
    return ledger


async def _observed(session: Session, cloud: Cloud, held: Held, *, sealer: Sealer, chosen: Chosen) -> Observation:
    """What is live, after what an earlier run left open was settled."""
    if held.state.intents or held.state.orders:
        allowances = Allowances(recreate_lost=chosen.forget_lost)
        found = settling_refusals(held.state, key_digest=session.target.key_digest, allowances=allowances)
        refuse(tuple(_in_our_words(each) for each in found))
        work = work_of(session, cloud, held, sealer=sealer)
        await settle(work)
        heed(session)
        await follow_up(work)
        heed(session)
    looking = observe(cloud, state=held.state, clock=session.offline.clock, settings=session.settings)
    return await unless_interrupted(session, looking)


def _planned(
    session: Session, state: State, observation: Observation, *, scope: Scope, sealer: Sealer, chosen: Chosen
) -> Destruction:
    """The plan of a spec that asks for nothing; what `onRemove` says is for instances that leave their spec."""
    plan = make_plan(
        {},
        _without_wishes(state),
        observation,
        scope=scope,
        seal=sealer.seal,
        receipt=receipt,
        made_at=session.offline.clock.now(),
    )
    plan = replace(plan, actions=tuple(_reworded(action) for action in plan.actions))
    plan = whole_plan(plan, session.offline.calling)
    refused = refusals(
        plan,
        {},
        state,
        observation=observation,
        key_digest=session.target.key_digest,
        allowances=Allowances(allow_empty=True, recreate_lost=chosen.forget_lost),
    )
    refused += limit_refusals(plan, {}, state, limits=session.offline.home.limits)
    return Destruction(plan=plan, refused=tuple(_in_our_words(each) for each in refused))


def _without_wishes(state: State) -> State:
    records = {
        address: replace(record, lifecycle=replace(record.lifecycle, on_remove=OnRemove.DELETE))
        for address, record in state.records.items()
    }
    return replace(state, records=records)


def _reworded(action: Action) -> Action:
    if action.reason not in _WORDS:
        return action
    says, hint = (words.format(id=action.id, address=action.address) for words in _WORDS[action.reason])
    return replace(action, explanation=says, hint=hint)


def _in_our_words(refused: Refused) -> Refused:
    """The guard of lost machines names an option of apply; here another one goes on."""
    if refused.reason != "wrong-account":
        return refused
    hint = "check the API key; if it is the right one, go on with `--forget-lost`"
    return Refused(refused.message, reason=refused.reason, hint=hint)


async def _carried_out(session: Session, cloud: Cloud, held: Held, *, made: Plan, observation: Observation) -> Ledger:
    if made.changes_something and held.state.key_digest != session.target.key_digest:
        await held.journal.append(KeyUsed(key_digest=session.target.key_digest))
    work = work_of(session, cloud, held, sealer=sealer_to_write(session.offline))
    return whole_ledger(await run(made, work=replace(work, observation=observation)), session.offline.calling)


def _scope(offline: Offline, state: State, chosen: Chosen) -> Scope:
    """What is spoken for; a file need not be there any more, but some record has to be of it."""
    sources = {record.source for record in state.records.values() if record.source}
    named = _named(offline, chosen.files, sources)
    return Scope(
        whole=not chosen.files,
        named=frozenset(named.values()),
        existing=frozenset(sources),
        only=chosen.only,
        exclude=chosen.exclude,
    )


def _named(offline: Offline, files: Iterable[str], sources: set[str]) -> Mapping[str, str]:
    named = {file: _inside(file, offline.home.folder) for file in files}
    unknown = [file for file, source in named.items() if source not in sources]
    if unknown:
        known = ", ".join(f"`{source}`" for source in sorted(sources)[:10]) or "none of any file"
        message = f"No record is of `{unknown[0]}`. There are records of {known}."
        raise UsageError(message, hint="name one of these, or no file for all of the project")
    return named


def _inside(file: str, folder: Path) -> str:
    """The file as records name it; empty for what can't be one."""
    try:
        real = Path(file).resolve()
    except (OSError, ValueError, RuntimeError):
        return ""
    return real.relative_to(folder).as_posix() if real.is_relative_to(folder) else ""
