"""Replacements of a run that dies, and of the ones after it: one machine an address, none forgotten, none doubled."""

import asyncio
import random
from dataclasses import dataclass, field, replace

import pytest

from gpuspec.engine.follower import follow_up
from gpuspec.engine.observe import observe
from gpuspec.engine.run import run
from gpuspec.engine.settle import settle
from gpuspec.model.answer import Done
from gpuspec.model.journal import Intended, Ordered
from gpuspec.model.live import Observation, Phase
from gpuspec.model.outcome import Ledger, Result
from gpuspec.model.plan import Action, ActionKind
from gpuspec.model.settings import Settings
from gpuspec.model.state import Call, State
from tests.builders.engine import Bench, Chance, a_plan, an_action
from tests.builders.replacing import DIRECTIONS, Shop, a_machine, assert_one_machine
from tests.builders.virtual_time import in_virtual_time
from tests.builders.world import Fault, lost, not_sent, rejected, throttled

ADDRESSES = ("a", "b", "c")


@dataclass(kw_only=True)
class Story:
    """Machines that are to be replaced, and runs that follow one another; chance goes on, so no nonce comes twice."""

    bench: Bench
    calls: tuple[Call, ...]
    chance: Chance = field(default_factory=Chance)
    unwanted: frozenset[str] = frozenset()

    async def apply(self) -> Ledger:
        """What the program does: settle, look, plan, run."""
        work = replace(self.bench.work(*ADDRESSES), randomness=self.chance)
        await settle(work)
        await follow_up(work)
        observation = await observe(work.cloud, state=work.state(), clock=work.clock, settings=work.settings)
        actions = (self.decided(address, self.bench.state, observation) for address in ADDRESSES)
        return await run(a_plan(*actions), work=replace(work, observation=observation))

    def decided(self, address: str, state: State, observation: Observation) -> Action:
        """The action for an address, by the rules that matter here."""
        record = state.records.get(address)
        opened = {one.intent.address for one in state.intents.values()}
        opened |= {one.order.address for one in state.orders.values()}
        if address in opened:
            return an_action(ActionKind.UNRESOLVED, address)
        if record is None or record.id in observation.gone:
            return an_action(ActionKind.CREATE if observation.proves_absence else ActionKind.BLOCKED, address)
        if record.outgoing:
            return an_action(ActionKind.DELETE, address, id=record.outgoing[0])
        row = observation.rows.get(record.id)
        if row is None or row.phase is Phase.LEAVING:
            return an_action(ActionKind.WAIT, address, id=record.id)
        if record.id in self.unwanted:
            return an_action(ActionKind.REPLACE, address, id=record.id, calls=self.calls)
        return an_action(ActionKind.KEEP, address, id=record.id)

    async def die(self, at: int) -> bool:
        """Whether a run died at its n-th call to the outside; from then on nothing that it does has an effect."""
        calls = 0
        dying = asyncio.ensure_future(self.apply())

        def dies(_: str) -> None:
            nonlocal calls
            calls += 1
            if calls > at:
                dying.cancel()
                raise asyncio.CancelledError

        self.bench.world.on_call = self.bench.journal.on_call = dies
        await asyncio.gather(dying, return_exceptions=True)
        self.bench.world.on_call = self.bench.journal.on_call = lambda _: None
        return dying.cancelled()

    async def apply_until_done(self) -> None:
        """At most four runs without faults: outgoing machines are deleted by one of their own."""
        self.bench.world.faults.clear()
        self.bench.world.order_faults = {}
        self.bench.world.every_create = None
        for _ in range(4):
            ledger = await self.apply()
            if {outcome.result for outcome in ledger.outcomes} <= {Result.KEPT}:
                return
        raise AssertionError(ledger.outcomes)

    def assert_replaced_once(self) -> None:
        """Each address has one machine, another one than before."""
        for address in ADDRESSES:
            assert assert_one_machine(self.bench, address) not in self.unwanted


def a_story(calls: tuple[Call, ...], *, bench: Bench, seed: int = 0) -> Story:
    """Three machines that run, all to be replaced."""
    unwanted = frozenset(a_machine(bench, address).id for address in ADDRESSES)
    return Story(bench=bench, calls=calls, unwanted=unwanted, chance=Chance(seed))


@pytest.mark.parametrize("calls", DIRECTIONS)
@pytest.mark.parametrize(
    ("create", "delete"),
    [
        (None, None),
        (lost(shown_after_s=10.0), None),
        (lost(makes=False), None),
        (None, lost(makes=True)),
        (None, lost(makes=False)),
        (throttled(2.0), not_sent()),
    ],
)
def test_a_run_that_replaces_may_die_at_any_of_its_calls(
    calls: tuple[Call, ...], create: Fault | None, delete: Fault | None
) -> None:
    """One death at each call in turn; without faults nothing is sent that was not needed."""

    async def scenario(at: int) -> bool:
        story = a_story(calls, bench=Bench(world=Shop()))
        story.bench.world.faults = {} if create is None else {"a": [create]}
        story.bench.world.order_faults = {} if delete is None else {Call.DELETE: [delete]}
        died = await story.die(at)
        await story.apply_until_done()

        story.assert_replaced_once()
        if create is None and delete is None:
            # A call that the run died at was written down and may not have been sent: it is the only one to come twice.
            assert len(story.bench.journal.of(Intended)) <= 2 * len(ADDRESSES)
            assert len(story.bench.journal.of(Ordered)) <= 2 * len(ADDRESSES)
            assert len(story.bench.world.machines) == 2 * len(ADDRESSES)
        return died

    at = 0
    while in_virtual_time(scenario(at)):
        at += 1
    assert at > 40


def a_fault(chance: random.Random) -> Fault:
    """Something that goes wrong with a create or a deletion."""
    return chance.choice(
        [
            lost(makes=True, shown_after_s=chance.uniform(0, 50), takes_s=chance.choice([0.1, 30.0])),
            lost(makes=False, takes_s=chance.choice([0.1, 30.0])),
            Fault(answer=RuntimeError("the connection broke"), makes=chance.random() < 0.5),
            not_sent(),
            throttled(chance.choice([None, 3.0])),
            rejected(chance.choice(["IMAGE_NOT_FOUND", "BALANCE_NOT_ENOUGH"])),
        ]
    )


async def play(seed: int) -> None:
    """Several generations of machines, with faults and up to three deaths each."""
    chance = random.Random(seed)
    world = Shop(latency_s=chance.choice([0.01, 0.5]), list_lag_s=chance.choice([0.0, 15.0]))
    settings = Settings(
        parallelism=chance.choice([1, 2, 4]), rate=chance.choice([0.0, 2.0]), settle_window_s=60.0, poll_s=2.0
    )
    story = a_story(chance.choice(DIRECTIONS), bench=Bench(world=world, settings=settings), seed=seed)
    for _ in range(2):
        for _ in range(chance.randint(1, 3)):
            number = len(world.requests)
            world.faults = {number + ahead: a_fault(chance) for ahead in range(6) if chance.random() < 0.4}
            taken = Fault(answer=Done(id="taken"), makes=False)
            faults = [chance.choice([a_fault(chance), taken]) for _ in range(chance.randint(0, 3))]
            world.order_faults = {Call.DELETE: faults}
            await story.die(chance.randint(0, 80))
            world.clock.offset -= chance.choice([0.0, 0.0, 1000.0])
        await story.apply_until_done()
        story.assert_replaced_once()
        story.unwanted |= {record.id for record in story.bench.state.records.values()}
        story.calls = chance.choice(DIRECTIONS)


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_nothing_is_doubled_or_forgotten_whatever_dies(first: int) -> None:
    """Seeded faults and deaths, fifty schedules a test."""
    for seed in range(first, first + 50):
        try:
            in_virtual_time(play(seed))
        except BaseException as error:
            error.add_note(f"schedule {seed}")
            raise
