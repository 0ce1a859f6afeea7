"""What stands in the way of a plan: refusals, and the consents that it needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

from gpuspec.errors import Refused
from gpuspec.model.address import Address
from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Instance
from gpuspec.model.live import LiveInstance, Observation
from gpuspec.model.marker import NAME_SUFFIX_LENGTH, MarkerMode
from gpuspec.model.plan import Action, ActionKind, Plan
from gpuspec.model.state import Birth, Call, State
from gpuspec.planning.scope import Scope
from gpuspec.ports import Catalogue

_SHOWN = 10


class Consent(Enum):
    """What a user has to agree to; the value is the option that says so."""

    YES = "--yes"
    RESTART = "--allow-restart"
    DESTROY = "--allow-destroy"
    PREPAID = "--allow-prepaid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """What the command line lets pass."""

    recreate_lost: bool = False
    allow_empty: bool = False


def refusals(
    plan: Plan,
    desired: Mapping[Address, Instance],
    state: State,
    *,
    observation: Observation,
    key_digest: str,
    allowances: Allowances,
) -> tuple[Refused, ...]:
    """Why this plan must not be applied, weightiest first; empty when nothing stands in its way.

    Args:
        desired: All that the spec asks for, before any glob.
        key_digest: Of the API key in use, to recognise another account; empty where no key is used.
    """
    found: list[Refused] = []
    if not allowances.allow_empty:
        found += _empty_set(desired, state)
    if not allowances.recreate_lost:
        found += _lost_in_bulk(state, observation, key_digest)
        found += _lost_state(plan, state, observation)
    found += _long_names(plan, desired)
    found += _refused_actions(plan)
    return tuple(found)


def replace_refusals(scope: Scope, desired: Mapping[Address, Instance], state: State) -> Iterator[Refused]:
    """Why `--replace` can't be meant: an address that is not in the specs, has no machine, or is left out."""
    known = sorted(desired.keys() & state.records.keys())
    for address in sorted(scope.replace):
        if address not in known:
            lack = "no machine is recorded there" if address in desired else "the specs don't have it"
            near = get_close_matches(address, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "see what is recorded:"
            yield Refused(
                f"`--replace {address}`: {lack}.",
                reason="replace-unknown",
                hint=hint,
                command="" if near else "gpuspec state list",
            )
        elif not scope.considers(address):
            yield Refused(
                f"`--replace {address}`: `--only` and `--exclude` leave it out.",
                reason="replace-left-out",
                hint="let the globs have it, or leave `--replace` out",
            )


def stock_refusals(plan: Plan, desired: Mapping[Address, Instance], catalogue: Catalogue) -> Iterator[Refused]:
    """Why machines must not be deleted for others that can't be had now.

    A replacement that is made first loses nothing when it is not to be had, and a list that could not be read tells
    of no lack.
    """
    without = [
        action
        for action in plan.actions
        if action.kind is ActionKind.REPLACE
        and action.calls[:1] == (Call.DELETE,)
        and catalogue.products
        and not _is_to_be_had(desired[action.address], catalogue)
    ]
    if without:
        yield Refused(
            f"To replace a machine it is deleted first, and there is no stock for another: {_addresses(without)}.",
            reason="no-stock",
            hint="try again later; with `lifecycle.createBeforeDestroy` the machine is kept until another is made",
        )


def _is_to_be_had(instance: Instance, catalogue: Catalogue) -> bool:
    product = catalogue.products.get(str(instance.fields.get("productId", "")))
    return product is not None and product.available


def settling_refusals(state: State, *, key_digest: str, allowances: Allowances) -> tuple[Refused, ...]:
    """Why open calls must not be settled now: another account's list would prove the absence of what is there.

    To be asked before anything is settled; an intent judged absent is made a second time, and a machine whose
    deletion was ordered is forgotten.
    """
    other_key = bool(state.key_digest and key_digest and state.key_digest != key_digest)
    open_at = {held.intent.address for held in state.intents.values()}
    open_at |= {held.order.address for held in state.orders.values()}
    if not open_at or not other_key or allowances.recreate_lost:
        return ()
    addresses = ", ".join(sorted(open_at)[:_SHOWN])
    refusal = Refused(
        f"What became of requests for {addresses} is not known, and another API key is in use than the last time. "
        "In another account they would seem never made, or gone.",
        reason="wrong-account",
        hint="use the key of before; if this one is of the same account, go on with `--recreate-lost`",
    )
    return (refusal,)


def needed_consents(plan: Plan) -> frozenset[Consent]:
    """What a user has to agree to before this plan is applied; empty when it changes nothing."""
    counts = plan.counts
    needed = {
        Consent.YES: any(counts[kind] for kind in _CHANGING),
        Consent.RESTART: any(action.restarts for action in plan.actions),
        Consent.DESTROY: bool(counts[ActionKind.DELETE] or counts[ActionKind.REPLACE]),
        Consent.PREPAID: any(action.prepaid for action in plan.actions),
    }
    return frozenset(consent for consent, holds in needed.items() if holds)


_CHANGING = (
    ActionKind.CREATE,
    ActionKind.UPDATE,
    ActionKind.REPLACE,
    ActionKind.DELETE,
    ActionKind.FORGET,
    ActionKind.NOTE,
)


def _empty_set(desired: Mapping[Address, Instance], state: State) -> Iterator[Refused]:
    if not desired and state.records:
        yield Refused(
            f"The spec renders to no instance, but the state has {_count(len(state.records), 'instance')}.",
            reason="empty-set",
            hint="if all of them are to go, say so with `--allow-empty`",
        )


def _lost_in_bulk(state: State, observation: Observation, key_digest: str) -> Iterator[Refused]:
    ids = {record.id for record in state.records.values()}
    other_key = bool(state.key_digest and key_digest and state.key_digest != key_digest)
    # In another account everything is missing; to go on there would make that account the state's own.
    missing = ids - observation.rows.keys() if other_key else ids & observation.gone
    if not missing:
        return
    none_there = len(ids) > 1 and not ids & observation.rows.keys()
    if other_key or none_there:
        which = "another API key is in use than the last time" if other_key else "none of them is there"
        yield Refused(
            f"{len(missing)} of {_count(len(ids), 'recorded instance')} can't be found, and {which}. "
            "Is this the right account? If it is not, they would be made a second time.",
            reason="wrong-account",
            hint="check the API key; if they are really gone, make them again with `--recreate-lost`",
        )


def _lost_state(plan: Plan, state: State, observation: Observation) -> Iterator[Refused]:
    """Without a state, machines of this project say that there was one: they may be what the plan makes, renamed."""
    if state.birth.lineage or not plan.count(ActionKind.CREATE) or any(map(_is_elsewhere, plan.actions)):
        return
    ours = sorted(row.id for row in observation.rows.values() if _is_of_project(row, state.birth))
    if ours:
        yield Refused(
            f"There is no state, and {_count(len(ours), 'machine')} of this project and environment, made from "
            f"another one, may be what the specs ask for, under another address: {_some(ours)}.",
            reason="state-lost",
            hint="bring back the state file, choose another project name, or go on with `--recreate-lost` if they are "
            "none of these; or make the state again from the markers:",
            command="gpuspec state rebuild",
        )


def _is_elsewhere(action: Action) -> bool:
    """Whether the action itself is refused for a machine of its address, and says so better."""
    return action.kind is ActionKind.REFUSED and action.reason in {"marker-elsewhere", "marker-unrecorded"}


def _is_of_project(row: LiveInstance, birth: Birth) -> bool:
    marker = None if row.trace is None else row.trace.marker
    return marker is not None and (marker.project, marker.environment) == (birth.project, birth.environment)


def _long_names(plan: Plan, desired: Mapping[Address, Instance]) -> Iterator[Refused]:
    limit = FIELDS["name"].max_length
    if plan.birth.marker is not MarkerMode.NAME or limit is None:
        return
    room = limit - NAME_SUFFIX_LENGTH
    too_long = [
        action
        for action in plan.actions
        if Call.CREATE in action.calls and len(str(desired[action.address].fields.get("name", ""))) > room
    ]
    if too_long:
        yield Refused(
            f"With `marker: name` a name has {room} characters at most; too long: {_addresses(too_long)}.",
            reason="name-too-long",
            hint="shorten `name`",
        )


def _refused_actions(plan: Plan) -> Iterator[Refused]:
    refused = [action for action in plan.actions if action.kind is ActionKind.REFUSED]
    if not refused:
        return
    first = refused[0]
    reasons = {action.reason for action in refused}
    yield Refused(
        f"Nothing is sent because of {_addresses(refused)}. {first.address}: {first.explanation}.",
        reason=first.reason if len(reasons) == 1 else "several",
        hint=first.hint,
    )


def _addresses(actions: list[Action]) -> str:
    return _some([action.address for action in actions])


def _some(names: list[str]) -> str:
    named = ", ".join(names[:_SHOWN])
    return named if len(names) <= _SHOWN else f"{named} and {len(names) - _SHOWN} more"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
