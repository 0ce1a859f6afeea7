"""`apply`: make what the specs ask for, each instance exactly once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gpuspec.engine.follower import follow_up
from gpuspec.engine.observe import observe
from gpuspec.engine.run import run
from gpuspec.engine.settle import settle
from gpuspec.engine.unborn import ledger_without_state
from gpuspec.engine.work import Prepared
from gpuspec.errors import StoreFailed
from gpuspec.model.address import Address
from gpuspec.model.journal import KeyUsed
from gpuspec.model.outcome import Ledger, Stop
from gpuspec.model.plan import Action, ActionKind
from gpuspec.model.state import Birth, Call, Record
from gpuspec.model.values import Fields
from gpuspec.planning.guard import settling_refusals
from gpuspec.planning.noting import accepted, noted
from gpuspec.planning.updating import upgraded_fields
from gpuspec.ports import Cloud, Sealer
from gpuspec.store.state_store import Session as Held
from gpuspec.store.state_store import Vacant
from gpuspec.workflow.agreement import Agreement, refuse_foreign, refuse_moved, refuse_unfit
from gpuspec.workflow.calling import whole_ledger
from gpuspec.workflow.draft import (
    Desired,
    Draft,
    Selection,
    creates_something,
    desire,
    draft,
    forewarned,
    refuse,
)
from gpuspec.workflow.ending import heed, open_addresses, unless_interrupted, unresolved_first
from gpuspec.workflow.policy import load_agreed
from gpuspec.workflow.recorded import birth_of, finish, hold, sealer_to_write, unborn
from gpuspec.workflow.secrets import revealed
from gpuspec.workflow.session import Session
from gpuspec.workflow.specs import Asked
from gpuspec.workflow.work import work_of

NOTHING_AGREED = Agreement()

# Shows the plan and asks whoever may decide; raises what ends the command when it is not to be applied.
Approve = Callable[[Draft], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What was planned, and what became of it."""

    draft: Draft
    ledger: Ledger


async def apply(
    session: Session,
    asked: Asked,
    selection: Selection,
    *,
    approve: Approve,
    agreement: Agreement = NOTHING_AGREED,
) -> Applied:
    """Load, lock, settle what an earlier run left open, plan, ask, carry out.

    Args:
        agreement: Holds the run to a reviewed plan, made from what is asked and selected, or to a receipt.

    Raises:
        SpecFaults: The specs have faults, or are against a policy or a limit; nothing was locked.
        StateError: The state can't be used, or what was agreed to is not what would be done; nothing was sent.
        Refused: A guard stands in the way, or consent is missing; nothing was sent.
        SecretMissing: A secret that a request needs is not at hand; nothing was sent.
        CredentialsError: The key was refused before anything was sent.
        Interrupted: A signal came before anything was sent.
    """
    refuse_unfit(agreement, session)
    loaded = load_agreed(session.offline, asked)
    place = await hold(session)
    try:
        refuse_foreign(agreement, _birth(session, place))
        sealer = sealer_to_write(session.offline)
        desired = desire(session.offline, loaded, sealer)
        with unresolved_first(lambda: _open_addresses(place)):
            async with session.target.connect() as cloud:
                made = await _planned(session, cloud, place, desired=desired, sealer=sealer, selection=selection)
                requests = _approved(session, made, approve, agreement=agreement)
                place = await _begun(session, place, made)
                ledger = await _carried_out(session, cloud, place, made=made, requests=requests, sealer=sealer)
    except BaseException:
        await finish(place)
        raise
    return Applied(draft=made, ledger=await _written(place, ledger))


def _birth(session: Session, place: Held | Vacant) -> Birth:
    if isinstance(place, Held):
        return place.state.birth
    return unborn(session.offline, origin=session.target.origin).birth


async def _planned(
    session: Session,
    cloud: Cloud,
    place: Held | Vacant,
    *,
    desired: Desired,
    sealer: Sealer,
    selection: Selection,
) -> Draft:
    """The plan, from one reading of what is live, after what an earlier run left open was settled."""
    offline, target = session.offline, session.target
    if isinstance(place, Held) and (place.state.intents or place.state.orders):
        refuse(settling_refusals(place.state, key_digest=target.key_digest, allowances=selection.allowances))
        work = work_of(session, cloud, place, sealer=sealer)
        await settle(work)
        heed(session)
        await follow_up(work)
        heed(session)
    state = place.state if isinstance(place, Held) else unborn(offline, origin=target.origin)
    looking = observe(cloud, state=state, clock=offline.clock, settings=session.settings)
    observation = await unless_interrupted(session, looking)
    made = draft(
        offline,
        desired,
        state,
        observation=observation,
        sealer=sealer,
        selection=selection,
        key_digest=target.key_digest,
    )
    if not creates_something(made.plan):
        return made
    return forewarned(made, await unless_interrupted(session, cloud.catalogue()))


def _open_addresses(place: Held | Vacant) -> tuple[Address, ...]:
    return open_addresses(place.state) if isinstance(place, Held) else ()


def _approved(session: Session, made: Draft, approve: Approve, *, agreement: Agreement) -> Mapping[Address, Prepared]:
    """What to send, once whoever may decide has said yes."""
    unresolved = {ActionKind.UNRESOLVED, ActionKind.STRAY}
    with unresolved_first(lambda: (action.address for action in made.plan.actions if action.kind in unresolved)):
        refuse_moved(agreement, made.plan)
        approve(made)
        requests = _requests(made)
        heed(session)
    return requests


def _requests(made: Draft) -> Mapping[Address, Prepared]:
    """What to send, every secret read: one that is missing ends the run before its first request."""
    instances = made.desired.instances
    return {
        action.address: Prepared(body=_body(made, action), instance=instances[action.address])
        for action in made.plan.actions
        if action.kind in _PREPARED and action.address in instances
    }


# What left the spec is stopped as it is recorded, and needs nothing of a spec.
_PREPARED = frozenset({ActionKind.CREATE, ActionKind.REPLACE, ActionKind.UPDATE})


def _body(made: Draft, action: Action) -> Fields:
    """The fields with their secrets revealed, as far as a call of the action sends them."""
    instance = made.desired.loaded.specs.instances[action.address]
    if Call.CREATE in action.calls:
        return revealed(instance.fields, made.desired.vault)
    if Call.UPGRADE in action.calls:
        return revealed(upgraded_fields(instance), made.desired.vault)
    return {}


def _notes(made: Draft, sealer: Sealer) -> Mapping[Address, Record]:
    return {
        action.address: _note(made, action, sealer) for action in made.plan.actions if action.kind is ActionKind.NOTE
    }


def _note(made: Draft, action: Action, sealer: Sealer) -> Record:
    record = made.state.records[action.address]
    if action.reason == "drift-accepted":
        live = made.observation.rows[record.id]
        return accepted(record, live.fields, action.drift, seal=sealer.seal)
    return noted(record, made.desired.instances[action.address], sealer.seal)


async def _begun(session: Session, place: Held | Vacant, made: Draft) -> Held | Vacant:
    """The state, born if it has to be, with the account's key remembered and the records where the spec has them."""
    offline, target = session.offline, session.target
    if isinstance(place, Vacant):
        if not made.plan.writes_something:
            return place
        lineage = offline.randomness.lineage()
        place = place.bear(birth_of(offline, origin=target.origin, lineage=lineage))
    if place.state.key_digest != target.key_digest:
        await place.journal.append(KeyUsed(key_digest=target.key_digest))
    if made.moves:
        await place.journal.append(*made.moves)
    return place


async def _carried_out(
    session: Session,
    cloud: Cloud,
    place: Held | Vacant,
    *,
    made: Draft,
    requests: Mapping[Address, Prepared],
    sealer: Sealer,
) -> Ledger:
    if isinstance(place, Vacant):
        return ledger_without_state(made.plan)
    work = work_of(session, cloud, place, sealer=sealer)
    handlings = {address: instance.handling for address, instance in made.desired.instances.items()}
    notes = _notes(made, sealer)
    work = replace(work, requests=requests, notes=notes, handlings=handlings, observation=made.observation)
    return whole_ledger(await run(made.plan, work=work), session.offline.calling)


async def _written(place: Held | Vacant, ledger: Ledger) -> Ledger:
    """The ledger, after the end; it outlives a snapshot that can't be written, since the journal has all of it."""
    try:
        await finish(place)
    except StoreFailed as failure:
        return replace(ledger, stop=Stop.STORE, stop_message=failure.message)
    return ledger
