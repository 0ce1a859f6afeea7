"""A small deterministic simulation: runs that die at any call, and what the next ones make of it.

Whatever dies when, at the end each wanted address has exactly one live machine, every other one none, and every
machine is recorded.
"""

import asyncio
import random
from dataclasses import dataclass, field, replace

import pytest

from gpuspec.engine.follower import follow_up
from gpuspec.engine.observe import observe
from gpuspec.engine.run import run
from gpuspec.engine.settle import settle
from gpuspec.model.answer import Done
from gpuspec.model.live import Observation, Phase
from gpuspec.model.outcome import Ledger, Result
from gpuspec.model.plan import Action, ActionKind
from gpuspec.model.settings import Settings, Wait
from gpuspec.model.state import Call, State
from tests.builders.engine import Bench, Chance, a_plan, an_action
from tests.builders.virtual_time import in_virtual_time
from tests.builders.world import Fault, World, lost, not_sent, rejected, throttled

ADDRESSES = ("a", "b", "c", "d", "e")


class Death:
    """Ends a run at its n-th call to the outside; from then on nothing that it does has an effect."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.calls = 0
        self.dead = False
        self.task: asyncio.Task[Ledger] | None = None

    def on_call(self, _: str) -> None:
        if not self.dead and self.calls == self.at:
            self.dead = True
            assert self.task is not None
            self.task.cancel()
        self.calls += 1
        if self.dead:
            raise asyncio.CancelledError


@dataclass(kw_only=True)
class Story:
    """A world in which runs follow one another; chance goes on, so that no nonce is drawn twice."""

    bench: Bench
    chance: Chance = field(default_factory=Chance)
    wanted: tuple[str, ...] = ADDRESSES

    async def apply(self) -> Ledger:
        """What the program does: settle, look, plan, run."""
        work = replace(self.bench.work(*ADDRESSES), randomness=self.chance)
        await settle(work)
        await follow_up(work)
        observation = await observe(work.cloud, state=work.state(), clock=work.clock, settings=work.settings)
        state = self.bench.state
        actions = [decided(address, state, observation) for address in self.wanted]
        actions += [removed(address, state, observation) for address in state.records if address not in self.wanted]
        return await run(a_plan(*actions), work=replace(work, observation=observation))

    async def die(self, at: int) -> bool:
        """Whether a run died at its n-th call, rather than ending before."""
        death = Death(at)
        self.bench.world.on_call = self.bench.journal.on_call = death.on_call
        death.task = asyncio.ensure_future(self.apply())
        await asyncio.gather(death.task, return_exceptions=True)
        self.bench.world.on_call = self.bench.journal.on_call = lambda _: None
        if not death.dead:
            death.task.result()
        return death.dead


def decided(address: str, state: State, observation: Observation) -> Action:
    """The action for an address, by the rules that matter here."""
    record = state.records.get(address)
    if is_open(address, state):
        return an_action(ActionKind.UNRESOLVED, address)
    if record is not None and record.id not in observation.gone:
        return an_action(ActionKind.KEEP, address, id=record.id)
    known = {one.id for one in state.records.values()} | set(state.released)
    for row in observation.rows.values():
        marker = None if row.trace is None else row.trace.marker
        unknown = row.id not in known and row.trace is not None and row.trace.nonce not in state.tombstones
        assert not (unknown and marker is not None and marker.address == address), "a machine was forgotten"
    return an_action(ActionKind.CREATE if observation.proves_absence else ActionKind.BLOCKED, address)


def removed(address: str, state: State, observation: Observation) -> Action:
    """The action for a recorded address that is not wanted any more."""
    id_ = state.records[address].id
    row = observation.rows.get(id_)
    if is_open(address, state):
        return an_action(ActionKind.UNRESOLVED, address)
    if row is None:
        kind = ActionKind.FORGET if id_ in observation.gone else ActionKind.BLOCKED
        return an_action(kind, address, id=id_, reason="gone")
    return an_action(ActionKind.WAIT if row.phase is Phase.LEAVING else ActionKind.DELETE, address, id=id_)


def is_open(address: str, state: State) -> bool:
    """Whether a call for an address is not through."""
    intents = {held.intent.address for held in state.intents.values()}
    return address in intents | {held.order.address for held in state.orders.values()}


def assert_each_is_there_once(bench: Bench, wanted: tuple[str, ...] = ADDRESSES) -> None:
    """Each wanted address has one live machine, recorded; nothing else of ours is live."""
    live = {address: bench.world.live_ids(address) for address in ADDRESSES}
    recorded = {address: [record.id] for address, record in bench.state.records.items()}
    assert {address: ids for address, ids in live.items() if ids} == recorded
    assert set(recorded) == set(wanted)
    assert not bench.state.intents
    assert not bench.state.orders


def a_fault(chance: random.Random) -> Fault:
    """Something that goes wrong, whose instance shows within the settle window."""
    return chance.choice(
        [
            lost(makes=True, shown_after_s=chance.uniform(0, 50), takes_s=chance.choice([0.1, 30.0])),
            lost(makes=False, takes_s=chance.choice([0.1, 30.0])),
            Fault(answer=RuntimeError("the connection broke"), makes=chance.random() < 0.5),
            not_sent(),
            throttled(chance.choice([None, 3.0])),
            rejected(),
        ]
    )


def a_story(seed: int, chance: random.Random) -> Story:
    world = World(
        latency_s=chance.choice([0.01, 0.5]),
        list_lag_s=chance.choice([0.0, 15.0]),
        envs_in=chance.choice(["list", "get"]),
    )
    world.add("somebody-else")
    for number in range(20):
        if chance.random() < 0.4:
            world.faults[number] = a_fault(chance)
    settings = Settings(
        parallelism=chance.choice([1, 4]),
        rate=chance.choice([0.0, 2.0]),
        settle_window_s=60.0,
        poll_s=2.0,
        wait=chance.choice(list(Wait)),
    )
    return Story(bench=Bench(world=world, settings=settings), chance=Chance(seed))


async def play(seed: int) -> None:
    """Up to three deaths in a row, then runs without faults until nothing is left to do."""
    chance = random.Random(seed)
    story = a_story(seed, chance)
    for _ in range(chance.randint(1, 3)):
        await story.die(chance.randint(0, 60))
        # The wall clock may be turned back between runs: the window is not cut short by it.
        story.bench.world.clock.offset -= chance.choice([0.0, 0.0, 1000.0])
    story.bench.world.faults.clear()
    await story.apply()
    ledger = await story.apply()

    assert {outcome.result for outcome in ledger.outcomes} == {Result.KEPT}
    assert_each_is_there_once(story.bench)


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_nothing_is_doubled_or_forgotten_whatever_dies(first: int) -> None:
    """Seeded faults and deaths, fifty schedules a test."""
    for seed in range(first, first + 50):
        try:
            in_virtual_time(play(seed))
        except BaseException as error:
            error.add_note(f"schedule {seed}")
            raise


@pytest.mark.parametrize("faulty", [False, True])
def test_a_run_may_die_at_any_of_its_calls(faulty: bool) -> None:
    """One death at each call of a run in turn, until the run ends before the death comes."""

    async def scenario(at: int) -> bool:
        story = Story(bench=Bench())
        if faulty:
            story.bench.world.faults = {
                1: lost(shown_after_s=10.0),
                2: lost(makes=False),
                3: throttled(2.0),
                5: not_sent(),
            }
        died = await story.die(at)
        story.bench.world.faults.clear()
        await story.apply()
        await story.apply()
        assert_each_is_there_once(story.bench)
        return died

    at = 0
    while in_virtual_time(scenario(at)):
        at += 1
    assert at > 30


def a_fault_of_a_delete(chance: random.Random) -> Fault:
    """Something that goes wrong with a deletion."""
    return chance.choice(
        [
            lost(makes=True, takes_s=chance.choice([0.1, 30.0])),
            lost(makes=False, takes_s=chance.choice([0.1, 30.0])),
            Fault(answer=RuntimeError("the connection broke"), makes=chance.random() < 0.5),
            Fault(answer=Done(id="taken"), makes=False),
            not_sent(),
            throttled(3.0),
            rejected("OPERATION_LIMIT"),
        ]
    )


async def play_deletes(seed: int) -> None:
    """All are made; some are taken out of the spec, some put back, while runs die."""
    chance = random.Random(seed)
    story = a_story(seed, chance)
    story.bench.world.faults.clear()
    await story.apply()
    for _ in range(chance.randint(1, 4)):
        story.wanted = tuple(address for address in ADDRESSES if chance.random() < 0.5)
        story.bench.world.order_faults = {
            Call.DELETE: [a_fault_of_a_delete(chance) for _ in range(chance.randint(0, 4))],
        }
        await story.die(chance.randint(0, 60))
        story.bench.world.clock.offset -= chance.choice([0.0, 0.0, 1000.0])
    story.bench.world.order_faults = {}
    await story.apply()
    await story.apply()
    ledger = await story.apply()

    assert {outcome.result for outcome in ledger.outcomes} <= {Result.KEPT}
    assert_each_is_there_once(story.bench, story.wanted)
    assert len(story.bench.world.machines) > len(ADDRESSES)


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_nothing_unwanted_stays_and_nothing_wanted_goes_whatever_dies(first: int) -> None:
    """Seeded faults and deaths of deletions, fifty schedules a test."""
    for seed in range(first, first + 50):
        try:
            in_virtual_time(play_deletes(seed))
        except BaseException as error:
            error.add_note(f"schedule {seed}")
            raise


@pytest.mark.parametrize("fault", [None, lost(makes=True), lost(makes=False), throttled(2.0), not_sent()])
def test_a_run_that_deletes_may_die_at_any_of_its_calls(fault: Fault | None) -> None:
    """One death at each call in turn; what is kept is kept, what is to go goes, and nothing is told to go twice
    without need.
    """

    async def scenario(at: int) -> bool:
        story = Story(bench=Bench())
        await story.apply()
        kept = {address: story.bench.state.records[address].id for address in ("a", "b")}
        story.wanted = ("a", "b")
        story.bench.world.order_faults = {Call.DELETE: [] if fault is None else [fault]}
        died = await story.die(at)
        story.bench.world.order_faults = {}
        await story.apply()
        await story.apply()
        assert_each_is_there_once(story.bench, story.wanted)
        assert {address: record.id for address, record in story.bench.state.records.items()} == kept
        assert not {order.id for order in story.bench.world.orders} & set(kept.values())
        return died

    at = 0
    while in_virtual_time(scenario(at)):
        at += 1
    assert at > 20
