"""A team's runs on one S3 bucket: killed anywhere, several at once, or asleep while somebody breaks their lock.

Real processes between a simulated service and an S3 server, both on loopback. Whatever was killed leaves its lock, and
nobody gets past it but by `gpuspec unlock`.
"""

import contextlib
import functools
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.util import Finalize
from pathlib import Path

from tests.builders.fleet import KILLED, Ended, Service, a_service, ended, until
from tests.builders.s3 import S3, an_s3_server
from tests.builders.shared_fleet import SharedFleet, a_shared_fleet
from tests.builders.warm import WarmInterpreter, a_warm_interpreter

_CLONES = 3
_ROUNDS = 3
_GROWTH = 3
# A run makes about so many calls on its store; from before the program's first line to after its last.
_MOST_CALLS = 48
_SHORTEST_S, _LONGEST_S = 0.1, 2.0
# What runs without a kill may end with under faults: some address failed, or is not settled yet.
_FAIR = frozenset({0, 4, 7})
_MOST_TRIES = 10
_SLOW = ("slow@create:0.3:0.1", "slow@list:0.2:0.1")
_LOSSY = (*_SLOW, "lost-response:0.1", "lost-request:0.05", "reset:0.05", "429:0.05:0.1")
# The sleeper is put to sleep while it waits for an answer.
_LATE = ("slow@create:1.0:1.5",)


@dataclass(kw_only=True)
class Story:
    """One seed's team: clones of one project, whose state is at one place."""

    chance: random.Random
    clones: list[SharedFleet]
    interpreter: WarmInterpreter
    addresses: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)

    @property
    def one(self) -> SharedFleet:
        """Somebody's clone."""
        return self.chance.choice(self.clones)

    def grow(self) -> None:
        """The spec asks for more instances, in every clone."""
        first = len(self.addresses)
        self.addresses += [f"worker-{first + number}" for number in range(self.chance.randint(1, _GROWTH))]
        for clone in self.clones:
            clone.asks_for(*self.addresses)

    def looked_at(self, said: Ended, *statuses: int) -> None:
        """A run has ended as it may, and nothing is doubled."""
        said.checked(said.status)
        assert said.status in _FAIR | {*statuses}, said.text
        self.figures["runs"] += 1
        self.figures["kills"] += said.status == KILLED
        self.clones[0].assert_never_repeated()
        self.clones[0].assert_none_doubled()

    def unlock(self) -> None:
        """Somebody breaks the lock that a killed run has left, if it has; before that nobody gets past it."""
        lock = self.clones[0].store.held()
        if lock is None or lock.holder is None:
            return
        other = self.one
        assert f"unlock {lock.id}" in self.interpreter.apply(other).checked(6).stderr
        self.interpreter.run(other, "unlock", lock.id, "--yes").checked(0)
        self.figures["locks broken"] += 1


def run_seed(seed: int) -> Mapping[str, int]:
    """Play the story of this seed; how many runs, kills and broken locks there were."""
    chance = random.Random(seed)
    play, faults = chance.choice(_PLAYS)
    with (
        tempfile.TemporaryDirectory() as name,
        a_service(*chance.choice(faults), seed=seed) as service,
        a_warm_interpreter(Path(name)) as interpreter,
    ):
        story = Story(chance=chance, clones=_clones(Path(name), service), interpreter=interpreter)
        for _ in range(_ROUNDS):
            story.grow()
            play(story)
        _end_well(story)
    return story.figures


def _clones(folder: Path, service: Service) -> list[SharedFleet]:
    server = _server()
    place = server.place()
    return [a_shared_fleet(folder / str(number), service, server, place=place) for number in range(_CLONES)]


@functools.cache
def _server() -> S3:
    """This process's own; it ends with the process."""
    stack = contextlib.ExitStack()
    server = stack.enter_context(an_s3_server())
    Finalize(None, stack.close, exitpriority=1)
    return server


def _killed(story: Story) -> None:
    """A run dies at one of its calls on the store, or at any moment."""
    if story.chance.random() < 0.5:
        call, when = story.chance.randint(1, _MOST_CALLS), story.chance.choice(("before", "after"))
        story.looked_at(story.interpreter.apply(story.one, failpoint=f"{call}:{when}:objects"), KILLED)
    else:
        with story.one.start("apply", "--yes") as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=story.chance.uniform(_SHORTEST_S, _LONGEST_S))
            process.kill()
            story.looked_at(ended(process), KILLED)
    story.unlock()


def _together(story: Story) -> None:
    """Runs from all clones at once; one of them is killed, and its lock is broken while the others wait for it."""
    runs = [clone.start("apply", "--yes", "--lock-timeout", "60s") for clone in story.clones]
    victim = story.chance.choice(runs)
    time.sleep(story.chance.uniform(_SHORTEST_S, _LONGEST_S))
    victim.kill()
    victim.wait()
    while any(run.poll() is None for run in runs):
        lock = story.clones[0].store.held()
        if lock is not None and lock.holder is not None and lock.holder.pid == victim.pid:
            story.interpreter.run(story.one, "unlock", lock.id, "--yes").checked(0)
            story.figures["locks broken"] += 1
        time.sleep(0.05)
    for run in runs:
        story.looked_at(ended(run), KILLED)
    story.unlock()


def _asleep(story: Story) -> None:
    """A run sleeps while its lock is broken and another one goes through; awake, it sends nothing more."""
    sleeper, other = story.chance.sample(story.clones, 2)
    before = len(sleeper.sent)
    with sleeper.start("apply", "--yes", "--parallelism", "1") as process:
        until(lambda: process.poll() is not None or len(sleeper.sent) > before)
        process.send_signal(signal.SIGSTOP)
        lock = sleeper.store.held()
        assert lock is not None
        story.interpreter.run(other, "unlock", lock.id, "--yes").checked(0)
        story.figures["locks broken"] += 1
        story.looked_at(story.interpreter.apply(other))
        process.send_signal(signal.SIGCONT)
        story.looked_at(ended(process), 6)


def _end_well(story: Story) -> None:
    """Sooner or later a run has nothing left to do; then each address has one instance, and the state knows it."""
    for _ in range(_MOST_TRIES):
        said = story.interpreter.apply(story.one)
        story.looked_at(said)
        if said.status == 0:
            break
    story.clones[0].assert_whole(*story.addresses)


# What happens in each round, and which faults the service may have then.
_PLAYS: tuple[tuple[Callable[[Story], None], tuple[tuple[str, ...], ...]], ...] = (
    (_killed, ((), _SLOW, _LOSSY)),
    (_together, ((), _SLOW, _LOSSY)),
    (_asleep, (_LATE,)),
)
