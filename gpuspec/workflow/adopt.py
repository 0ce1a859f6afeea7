"""`import`: record an instance that is there at an address of the specs."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gpuspec.errors import GpuspecError, Refused
from gpuspec.model.address import Address
from gpuspec.model.adoption import Adoption
from gpuspec.model.journal import Adopted, KeyUsed
from gpuspec.model.live import LiveInstance, NotFound, Seen, Unreadable
from gpuspec.model.secret import OutOfReach
from gpuspec.model.state import State
from gpuspec.model.values import Fields
from gpuspec.planning.adopting import address_refusal, adoption, all_shown, instance_refusal, marker_notes, nonce_of
from gpuspec.planning.normal import env_values
from gpuspec.planning.status import has_other_key
from gpuspec.ports import Cloud
from gpuspec.store.state_store import Session as Held
from gpuspec.store.state_store import Vacant
from gpuspec.workflow.ending import heed, unless_interrupted
from gpuspec.workflow.recorded import birth_of, finish, hold, sealer_to_write, unborn
from gpuspec.workflow.secrets import Vault, read_secrets, sealed
from gpuspec.workflow.session import Session
from gpuspec.workflow.specs import Asked, Loaded, load_specs
from gpuspec.workflow.stanza import Edit, Layout, edit_for, refuse_moved, write

_OTHER_KEY = "Another API key is in use than the last time: is this the account of the recorded instances?"

# Shows what would be recorded and asks whoever may decide; raises what ends the command when it is not to be.
Approve = Callable[[Adoption], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which instance is to be recorded where.

    `take_over` lets another state's marker pass. `write` is the spec that its stanza is written to, laid out by
    `layout`; empty for an address that the specs have.
    """

    address: Address
    id: str
    asked: Asked
    layout: Layout
    take_over: bool = False
    write: str = ""


async def adopt(session: Session, wish: Wish, *, approve: Approve) -> Adoption:
    """Compare the instance with the spec, ask, record it. No request changes anything.

    Raises:
        SpecFaults: The specs have faults; nothing was locked.
        Refused: The address, the id or the instance can't be had, or the answer is no; nothing was recorded.
        SecretMissing: A secret of a field that the API does not show is not at hand.
        StateError: The state can't be used.
        CredentialsError: The key was refused.
    """
    loaded = load_specs(session.offline, wish.asked)
    _refuse(_spec_refusal(loaded, wish))
    place = await hold(session)
    try:
        state = place.state if isinstance(place, Held) else unborn(session.offline, origin=session.target.origin)
        _refuse(address_refusal(state, wish.address, wish.id))
        async with session.target.connect() as cloud:
            live = await unless_interrupted(session, _live(cloud, wish.id))
        _refuse(instance_refusal(live, state, loaded.specs.instances, take_over=wish.take_over))
        edit = _edit(session, wish, loaded, live)
        made = _adoption(session, wish.address, live, state=state, loaded=edit.loaded if edit else loaded)
        made = replace(made, stanza=edit.stanza if edit else "")
        approve(made)
        heed(session)
        if edit:
            refuse_moved(edit)
        place = await _recorded(session, place, made)
        if edit:
            # Behind the record: a stanza without one would be made a second time by the next apply.
            write(edit)
    finally:
        await finish(place)
    return made


def _spec_refusal(loaded: Loaded, wish: Wish) -> Refused | None:
    is_there = wish.address in loaded.specs.instances
    if is_there and wish.write:
        message = f"`{wish.address}` is in the specs already, so its stanza is not written."
        return Refused(message, reason="in-spec", hint="leave `--write` out.")
    if not is_there and not wish.write:
        message = f"`{wish.address}` is not in the specs, so there is nothing to compare {wish.id} with."
        hint = "write its stanza first, or have it written into one of the specs with `--write FILE`"
        return Refused(message, reason="not-in-spec", hint=hint)
    return None


def _edit(session: Session, wish: Wish, loaded: Loaded, live: LiveInstance) -> Edit | None:
    if not wish.write:
        return None
    return edit_for(
        session.offline,
        wish.asked,
        loaded,
        file=wish.write,
        address=wish.address,
        live=live,
        layout=wish.layout,
    )


def _refuse(refusal: Refused | None) -> None:
    if refusal is not None:
        raise refusal


async def _live(cloud: Cloud, instance_id: str) -> LiveInstance:
    """All that GET and the list show of the instance; some fields stand in only one of them."""
    match await cloud.get(instance_id):
        case NotFound():
            message = f"The service knows no instance {instance_id}."
            raise Refused(message, reason="not-there", hint="compare the id with the console's.")
        case Unreadable(reason=reason):
            raise GpuspecError(f"The instance {instance_id} could not be looked at. {reason}", hint="try again later.")
        case Seen(instance=instance):
            listing = await cloud.list()
            return all_shown(next((row for row in listing.rows if row.id == instance_id), instance), instance)


def _adoption(session: Session, address: Address, live: LiveInstance, *, state: State, loaded: Loaded) -> Adoption:
    offline, instance = session.offline, loaded.specs.instances[address]
    sealer, vault = sealer_to_write(offline), read_secrets([instance], offline.secrets)
    made = adoption(
        sealed({address: instance}, vault, sealer)[address],
        live,
        nonce=nonce_of(live, state, loaded.specs.instances) or offline.randomness.nonce(),
        at=offline.clock.now(),
        seal=sealer.seal,
    )
    _refuse_unsealed(made.record.fields, vault)
    other_key = (_OTHER_KEY,) if has_other_key(state, session.target.key_digest) else ()
    return replace(made, notes=(*marker_notes(live, address, state.birth), *other_key))


def _refuse_unsealed(fields: Fields, vault: Vault) -> None:
    """A secret that is not at hand and that the API does not show can't be recorded, and leaving it out would lie."""
    for value in (*fields.values(), *env_values(fields.get("envs", ())).values()):
        if isinstance(value, OutOfReach):
            raise vault.missing[value.refs[0]]


async def _recorded(session: Session, place: Held | Vacant, made: Adoption) -> Held:
    offline, target = session.offline, session.target
    if isinstance(place, Vacant):
        place = place.bear(birth_of(offline, origin=target.origin, lineage=offline.randomness.lineage()))
    if not place.state.key_digest:
        await place.journal.append(KeyUsed(key_digest=target.key_digest))
    await place.journal.append(Adopted(record=made.record))
    return place
