"""The updates of a plan, and which call of one goes out next, from a reading made right before. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gpuspec.engine.ordering import Tries
from gpuspec.engine.work import Prepared
from gpuspec.errors import Bug
from gpuspec.model.address import Address
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.order import OrderRequest
from gpuspec.model.order import Stop as StopRequest
from gpuspec.model.outcome import Result
from gpuspec.model.plan import Action, ActionKind, Plan
from gpuspec.model.state import Birth, Call, Instant, Record, State
from gpuspec.planning.compare import shown_of
from gpuspec.planning.normal import Seal
from gpuspec.planning.noting import noted
from gpuspec.planning.subjects import comparison
from gpuspec.planning.updating import SETS, Unsendable, after, calls_due, request

_AT_REST = frozenset({Phase.RUNNING, Phase.STOPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """The calls of one action; `index` is its action's place in the plan. Times are monotonic seconds.

    Attributes:
        record: As it is now: after each call with what that call set.
        planned: The calls of the plan, in the order in which they are sent.
        sent: Those that the service took so far.
        ordered_at: When a call last went out; a reading from before it does not count.
        busy_since: Since when it is waited for the machine to be at rest; None when it is not.
    """

    index: int
    record: Record
    planned: tuple[Call, ...]
    sent: tuple[Call, ...] = ()
    tries: Tries = field(default_factory=Tries)
    ordered_at: float = float("-inf")
    busy_since: float | None = None

    @property
    def address(self) -> Address:
        """The address whose machine it is about."""
        return self.record.address

    @property
    def id(self) -> str:
        """The machine."""
        return self.record.id

    @property
    def left(self) -> tuple[Call, ...]:
        """What was planned and is not sent."""
        return tuple(call for call in self.planned if call not in self.sent)

    def with_sent(self, call: Call, record: Record) -> "Update":
        """This update once the service took the call."""
        return replace(self, record=record, sent=(*self.sent, call), tries=Tries(), busy_since=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """This goes out next; `after` is the record once it is done."""

    call: Call
    request: OrderRequest = field(repr=False)
    after: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """Nothing of the plan is left to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """Nothing more must be sent."""

    result: Result
    reason: str
    message: str


Next = Send | Complete | Unfit


def updates(plan: Plan, state: State) -> tuple[Update, ...]:
    """What a plan updates.

    Raises:
        Bug: The plan would update what the state does not hold.
    """
    return tuple(
        _update(index, action, state.records.get(action.address))
        for index, action in enumerate(plan.actions)
        if action.kind is ActionKind.UPDATE
    )


def _update(index: int, action: Action, record: Record | None) -> Update:
    if record is None or action.id != record.id:
        message = f"The plan would update {action.id or 'a machine'} at `{action.address}`, which is not recorded."
        raise Bug(message)
    return Update(index=index, record=record, planned=action.calls)


def is_at_rest(live: LiveInstance) -> bool:
    """Whether it takes calls: running or stopped, and no job known to be under way on it."""
    return live.phase in _AT_REST and not live.jobs


def is_enough(live: LiveInstance, calls: Iterable[Call]) -> bool:
    """Whether a reading shows what these calls have to start from."""
    lacking = {Call.EDIT: "rootfsSize" not in live.fields, Call.UPGRADE: not live.envs_shown}
    return not any(lacking.get(call, False) for call in calls)


def completed(live: LiveInstance, row: LiveInstance | None) -> LiveInstance:
    """What GET shows of a machine, with what only its row in the list shows.

    Source: Novita API reference, get instance: neither product nor root disk are among the documented fields.
    """
    if row is None:
        return live
    return replace(
        live,
        fields={**row.fields, **live.fields},
        envs_shown=live.envs_shown or row.envs_shown,
        trace=live.trace or row.trace,
    )


def next_step(
    update: Update,
    live: LiveInstance,
    prepared: Prepared | None,
    *,
    planned: LiveInstance | None,
    birth: Birth,
    now: Instant,
    seal: Seal,
) -> Next:
    """What to do with a machine at rest, by what it shows now.

    Args:
        prepared: None for an address that left the spec: its machine is stopped, and nothing else.
        planned: The row that the plan was made from. Of a busy machine a plan says nothing about drift and power:
            what turns out to be due of these is left to the next one.
    """
    due = _due(update, live, prepared, seal)
    unplanned = [call for call in due if call not in update.planned]
    if unplanned and planned is not None and is_at_rest(planned):
        words = f"By now it would take to {in_words(unplanned)} as well, which the plan did not have"
        return Unfit(result=Result.REFUSED, reason="not-as-planned", message=f"{words}; plan anew.")
    call = next((call for call in due if call in update.left), None)
    if call is None:
        return Complete()
    record = replace(update.record, updated_at=now)
    if prepared is None:
        return Send(call=call, request=StopRequest(id=record.id), after=record)
    asked = request(call, record, prepared.instance, body=prepared.body, live=live, birth=birth)
    if isinstance(asked, Unsendable):
        return Unfit(result=Result.FAILED, reason="unsendable", message=asked.reason)
    return Send(call=call, request=asked, after=_unshown(after(call, record, prepared.instance), SETS.get(call, ())))


def read_back(update: Update, live: LiveInstance, prepared: Prepared | None, *, now: Instant, seal: Seal) -> Record:
    """The record of an updated machine, with what the API shows of it."""
    record = update.record if prepared is None else noted(update.record, prepared.instance, seal)
    ready = record.ready or live.phase is Phase.RUNNING
    return replace(as_shown(record, live, seal), ready=ready, updated_at=now)


def as_shown(record: Record, live: LiveInstance, seal: Seal) -> Record:
    """The record with what is shown now; what is not shown now stays as it was shown last."""
    kept = {name: value for name, value in record.shown.items() if name in record.fields}
    return replace(record, shown={**kept, **shown_of(live.fields, record.fields, seal=seal)})


def in_words(calls: Iterable[Call]) -> str:
    """The calls, in their order."""
    return ", ".join(call.value for call in calls)


def _unshown(record: Record, names: Iterable[str]) -> Record:
    """The record without what was shown of these fields before: to differ from that is no drift any more."""
    return replace(record, shown={name: value for name, value in record.shown.items() if name not in names})


def _due(update: Update, live: LiveInstance, prepared: Prepared | None, seal: Seal) -> tuple[Call, ...]:
    if prepared is None:
        return (Call.STOP,) if live.phase is Phase.RUNNING else ()
    found = comparison(update.record, prepared.instance, live.fields, seal=seal)
    return calls_due(found.changes, found.drift, desired=prepared.instance.lifecycle.desired, phase=live.phase)
