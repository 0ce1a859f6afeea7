"""Follows orders to their end, in a run and before one; what is learnt is written down at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from gpuspec.engine.following import Following, NotDone, Through, Untold, Vanished, Verdict, followed, judged
from gpuspec.engine.halt import Halt, heeding
from gpuspec.engine.looking import sighted
from gpuspec.engine.pacing import Poll
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.work import Work
from gpuspec.errors import StoreFailed
from gpuspec.model.address import Address
from gpuspec.model.event import EventKind
from gpuspec.model.journal import Entry, Forgotten, Obeyed, OutgoingGone, Undone
from gpuspec.model.live import Sight
from gpuspec.model.outcome import Stop
from gpuspec.model.state import Call, Instant, OpenOrder, Record, State

# While nothing else is waited for, looking slows down to this many times the usual interval.
_SLOWEST = 4
# A deletion usually takes seconds; only of one that takes longer is it told that it is waited for.
_QUIET_S = 20.0
_DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of one open order; an `Untold` one stays open."""

    following: Following
    verdict: Through | Vanished | NotDone | Untold

    @property
    def address(self) -> Address:
        """The address whose machine it was about."""
        return self.following.open.order.address


class Follower:
    """The orders of one run that are looked after."""

    def __init__(self, work: Work, scribe: Scribe) -> None:
        self._work = work
        self._scribe = scribe
        self._followings: dict[str, Following] = {}

    def __bool__(self) -> bool:
        return bool(self._followings)

    @property
    def followings(self) -> tuple[Following, ...]:
        """What is not at its end yet."""
        return tuple(self._followings.values())

    def add(self, open_order: OpenOrder, before: Record) -> None:
        """Follow this order, just sent or left by an earlier run; `before` is the record at its address."""
        clock = self._work.clock
        following = followed(
            open_order,
            before,
            now=clock.monotonic(),
            wall=clock.now(),
            settings=self._work.settings,
        )
        self._followings[following.nonce] = following

    async def look(self, halt: Halt) -> tuple[Ended, ...]:
        """Look at every machine once; what is at its end is durable on return, and no longer followed.

        Raises:
            CredentialsError: The key was refused, or this client is blocked.
        """
        # What is added while this look lasts is for the next one.
        looked_for = self.followings
        state, began = self._work.state(), self._work.clock.monotonic()
        found = await sighted(self._work, [following.open.order.id for following in looked_for], halt)
        if found is None:
            return ()
        verdicts = [(following, self._judged(following, found, began=began)) for following in looked_for]
        return await self._conclude(verdicts, state)

    def _judged(self, following: Following, found: Mapping[str, Sight], *, began: float) -> Verdict:
        sight = found[following.open.order.id]
        return judged(following, sight, began=began, seal=self._work.seal, settings=self._work.settings)

    async def _conclude(self, verdicts: Iterable[tuple[Following, Verdict]], state: State) -> tuple[Ended, ...]:
        """Write down all that this look tells at once, then tell."""
        at = self._work.clock.now()
        entries: list[Entry] = []
        ended: list[Ended] = []
        for following, verdict in verdicts:
            if isinstance(verdict, Following):
                self._followings[following.nonce] = self._still(following, verdict)
            else:
                entries += _entries(following, verdict, state=state, at=at)
                ended.append(Ended(following=following, verdict=verdict))
        if entries and not await self._scribe.write(*entries):
            return ()
        for one in ended:
            del self._followings[one.following.nonce]
            self._tell(one)
        return tuple(ended)

    def _still(self, before: Following, after: Following) -> Following:
        now = self._work.clock.monotonic()
        if not before.taken or now - before.since > _QUIET_S:
            left = max((after.until if before.taken else after.due) - now, 0.0)
            self._scribe.tell(EventKind.SETTLING, address=after.open.order.address, seconds=left)
        return after

    def _tell(self, ended: Ended) -> None:
        order = ended.following.open.order
        if isinstance(ended.verdict, Through):
            kind = EventKind.DELETED if order.call is Call.DELETE else EventKind.OBEYED
            self._scribe.tell(kind, address=order.address, id=order.id)


async def follow_up(work: Work) -> tuple[Ended, ...]:
    """See orders that earlier runs left open to their end, as far as this run is ready to wait.

    Returns:
        The end of each open order; an interruption leaves the rest untold.

    Raises:
        CredentialsError: The key was refused, or this client is blocked.
        StoreFailed: What was learnt could not be written down.
    """
    halt = Halt(work.clock)
    follower = Follower(work, Scribe(work, halt))
    state = work.state()
    for open_order in state.orders.values():
        follower.add(open_order, state.records[open_order.order.address])
    ended: list[Ended] = []
    async with heeding(work.interruption, halt):
        poll = Poll(work.settings)
        while follower and not halt:
            began = work.clock.monotonic()
            ended += await follower.look(halt)
            if follower:
                await halt.sleep(poll.next_s(took_s=work.clock.monotonic() - began, slowest=_SLOWEST))
    if halt.stop is Stop.STORE:
        raise StoreFailed(halt.message)
    untold = Untold(reason="The run was interrupted before it was settled.")
    return (*ended, *(Ended(following=following, verdict=untold) for following in follower.followings))


def released(address: Address, id_: str, state: State, *, at: Instant, reason: str) -> Entry:
    """What is written once a machine is proven gone: the record goes with it, unless it had been replaced."""
    if id_ == state.records[address].id:
        return Forgotten(address=address, id=id_, at=at, reason=reason)
    return OutgoingGone(address=address, id=id_, at=at, reason=reason)


def _entries(
    following: Following, verdict: Through | Vanished | NotDone | Untold, *, state: State, at: Instant
) -> tuple[Entry, ...]:
    order = following.open.order
    match verdict:
        case Through() if following.deletes:
            return (released(order.address, order.id, state, at=at, reason=_DELETED),)
        case Through():
            return (Obeyed(nonce=order.nonce, at=at),)
        case Vanished():
            return (Undone(nonce=order.nonce, at=at, reason="gone"),)
        case NotDone():
            return (Undone(nonce=order.nonce, at=at, reason="not-done"),)
        case Untold():
            return ()
        case _:
            assert_never(verdict)
