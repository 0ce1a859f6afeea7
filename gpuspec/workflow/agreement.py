"""What was agreed to before a run: a reviewed plan or a receipt, and whether the plan made anew is still that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gpuspec.codec.receipt import deed
from gpuspec.errors import PlanForeign, PlanMoved
from gpuspec.model.plan import Action, ActionKind, Change, Plan
from gpuspec.model.secret import Sealed
from gpuspec.model.state import Birth, Instant
from gpuspec.workflow.recorded import birth_of
from gpuspec.workflow.session import Session

MAX_AGE_S = 24 * 3600.0
# Clocks of two machines may differ; a plan from further ahead was not made with a clock that can be trusted.
SKEW_S = 300.0
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a run was allowed to do, by its plan or by its receipt; neither binds it to nothing."""

    plan: Plan | None = None
    receipt: str = ""
    max_age_s: float = MAX_AGE_S


def refuse_unfit(agreement: Agreement, session: Session) -> None:
    """Refuse what can be told before anything is read: a plan's age, and what it is for.

    Raises:
        PlanMoved: It is too old, or from the future.
        PlanForeign: It is of another project, environment or service.
    """
    if agreement.plan is None:
        return
    planned, offline = agreement.plan.birth, session.offline
    here = birth_of(offline, origin=session.target.origin, lineage="")
    if planned.lineage and not offline.home.project.name:
        # The state keeps the name that it was born with, whatever its folder is called now.
        here = replace(here, project=planned.project)
    refuse_elsewhere(planned, here)
    refuse_aged(agreement, now=offline.clock.now())


def refuse_aged(agreement: Agreement, *, now: Instant) -> None:
    """Refuse a reviewed plan that is too old, or that was made ahead of this machine's clock.

    Raises:
        PlanMoved: See above.
    """
    if agreement.plan is None:
        return
    age_s = now - agreement.plan.made_at
    if age_s > agreement.max_age_s:
        message = f"The plan was made {_span(age_s)} ago, and a plan is good for {_span(agreement.max_age_s)}."
        raise PlanMoved(message, hint="plan again and have it reviewed; `--max-age` sets for how long it is good")
    if age_s < -SKEW_S:
        message = f"The plan was made {_span(-age_s)} ahead of this machine's clock, so its age can't be told."
        raise PlanMoved(message, hint="set the clock of this machine, or plan again on it")


def refuse_foreign(agreement: Agreement, birth: Birth) -> None:
    """Refuse a reviewed plan that is not of this state.

    Args:
        birth: The state's; with an empty lineage where none was born yet.

    Raises:
        PlanForeign: It is of another project, environment, service or state.
        PlanMoved: It was made before the state was born, or the project's marker is another now.
    """
    if agreement.plan is None:
        return
    planned = agreement.plan.birth
    refuse_elsewhere(planned, birth)
    if planned.lineage != birth.lineage:
        raise _other_state(planned, birth)
    if planned.marker is not birth.marker:
        message = f"It was planned with `marker: {planned.marker.value}`, and now it is `{birth.marker.value}`."
        raise PlanMoved(message, hint="plan again")


def refuse_elsewhere(planned: Birth, here: Birth) -> None:
    """Refuse a plan of another project, environment or service, whatever their states.

    Raises:
        PlanForeign: See above.
    """
    ways = (
        (planned.project != here.project, "run it in the folder of its project, or name that with `-C`"),
        (planned.environment != here.environment, "leave `-e` out: a plan knows its environment"),
        (planned.origin != here.origin, "name the plan's service, with `--simulate` or `--endpoint`"),
    )
    hints = [hint for differs, hint in ways if differs]
    if hints:
        message = f"The plan is for {_target(planned)}, and this is {_target(here)}; nothing was sent."
        raise PlanForeign(message, hint=hints[0])


def refuse_moved(agreement: Agreement, made: Plan) -> None:
    """Refuse to go on with anything but what was agreed to.

    Raises:
        PlanMoved: The plan made anew does something else.
    """
    if agreement.plan is not None:
        found = tuple(differences(agreement.plan, made))
        # The words explain; it is the receipt that binds, even where they should find nothing to say.
        if found or agreement.plan.receipt != made.receipt:
            raise _moved(found)
    if agreement.receipt and agreement.receipt != made.receipt:
        message = f"The receipt is {made.receipt}, and {agreement.receipt} was expected; nothing was sent."
        raise PlanMoved(message, hint="look at it as it is now", command="gpuspec plan")


def _moved(found: Sequence[str]) -> PlanMoved:
    more = [f"… and {len(found) - _SHOWN:,} more"] if len(found) > _SHOWN else []
    message = "\n".join(["Planned anew, it is not the same; nothing was sent.", *found[:_SHOWN], *more])
    hint = "look at it as it is now, and have it reviewed again"
    return PlanMoved(message, hint=hint, command="gpuspec plan --out PLAN")


def differences(reviewed: Plan, made: Plan) -> Iterator[str]:
    """Where two plans would do different things, a line each; none when they would do the same.

    Beyond the receipt, two seals of one key tell that a secret was changed since the review.
    """
    planned, now = _by_address(reviewed), _by_address(made)
    same = reviewed.receipt == made.receipt
    for key in dict.fromkeys((*planned, *now)):
        words = _difference(planned.get(key), now.get(key), same=same)
        if words:
            yield f"{key[0]}: {words}"


def _by_address(plan: Plan) -> Mapping[tuple[str, str], Action]:
    """A stray stands beside its address's own action, and there may be several."""
    return {(action.address, action.id if action.kind is ActionKind.STRAY else ""): action for action in plan.actions}


def _difference(planned: Action | None, now: Action | None, *, same: bool) -> str:
    if planned is None:
        return "" if now is None else f"{now.kind.value}, which is not in the plan"
    if now is None:
        return f"{planned.kind.value}, which is not to be done any more"
    if planned.kind is not now.kind:
        return f"{planned.kind.value} in the plan, now {now.kind.value} ({now.explanation})"
    if planned.id != now.id:
        return f"{now.kind.value} of {planned.id or 'no machine'} in the plan, now of {now.id or 'none'}"
    fields = [*(() if same else _other_fields(planned, now)), *_other_secrets(planned, now)]
    named = ", ".join(f"`{field}`" for field in dict.fromkeys(fields))
    return f"{now.kind.value} with another {named}" if named else ""


def _other_fields(planned: Action, now: Action) -> Iterator[str]:
    before, after = deed(planned)["changes"], deed(now)["changes"]
    if before != after and isinstance(before, dict) and isinstance(after, dict):
        yield from (field for field in dict.fromkeys((*before, *after)) if before.get(field) != after.get(field))


def _other_secrets(planned: Action, now: Action) -> Iterator[str]:
    seals = {change.field: change.after for change in planned.changes if isinstance(change.after, Sealed)}
    if seals:
        yield from (change.field for change in now.changes if _is_other_secret(seals.get(change.field), change))


def _is_other_secret(seal: Sealed | None, change: Change) -> bool:
    after = change.after
    if seal is None or not isinstance(after, Sealed):
        return False
    return seal.key_id == after.key_id and seal.digest != after.digest


def _other_state(planned: Birth, birth: Birth) -> PlanForeign | PlanMoved:
    if not planned.lineage:
        message = "The plan was made before this project had a state; by now a run has begun one."
        return PlanMoved(message, hint="look at it as it is now", command="gpuspec plan")
    there = f"here is the state {birth.lineage}" if birth.lineage else "here no state was begun yet"
    message = f"The plan was made from the state {planned.lineage}, and {there}; nothing was sent."
    return PlanForeign(message, hint="bring the state that it was made from, or plan again")


def _target(birth: Birth) -> str:
    return f"{birth.project}/{birth.environment} at {birth.origin}"


def _span(seconds: float) -> str:
    if seconds < 3600:
        return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
    return f"{seconds / 3600:,.1f} h".replace(".0 h", " h")
