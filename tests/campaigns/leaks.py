"""Secrets: canaries in every channel, through every command and every way in which one can fail; none comes out."""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.builders.shell import Said, Shell
from tests.campaigns.canaries import Canary, canary, contents, tellers, told
from tests.campaigns.leaks_of_errors import ERRORS
from tests.campaigns.leaks_of_processes import PROCESSES
from tests.campaigns.planted import Planted, planted
from tests.campaigns.talker import Talker, a_talker


class Leaked(AssertionError):
    """A secret came out."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What the commands meet: the service's mode, the faults of a good one, and how many of the commands are run."""

    mode: str = "good"
    mutating_only: bool = False
    faults: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


_LOOKS = (
    "validate",
    "validate --format github",
    "render",
    "vars",
    "env list",
    "fmt --diff",
    "test",
    "explain imageAuth",
    "state list",
    "state show trainer",
    "state verify",
    "state pull",
    "plan --offline",
    "plan --offline --format github",
)
_ASKS = (
    "plan --out plan.json --summary summary.md",
    "show plan.json",
    "show plan.json --format markdown",
    "plan --format markdown --full",
    "plan --replace trainer --full",
    "status",
    "status --brief",
    "ssh-config",
    "drift",
    "drift --format markdown --summary summary.md",
    "audit",
)
_DOES = (
    "apply --yes --allow-restart --allow-destroy --wait none --settle 0s --events events.ndjson",
    "restart trainer --yes --wait-timeout 1s --settle 0s",
    "recover --settle 0s",
    "recover another --absent --settle 0s",
    "import adopted i000000000000001 --write more.yaml --yes --take-over",
    "destroy --yes --allow-destroy --settle 0s --wait-timeout 1s --events more.ndjson",
    "state rebuild --yes",
)
_FEW = (_ASKS[0], _ASKS[5], _DOES[0])
_ALL = (*_LOOKS, *_ASKS, *_DOES)
_TALKS = (*_ASKS, *_DOES)
_FAULTY = ("lost-response:0.4", "429:0.2:0.1", "half-body:0.2", "500-after@edit:0.5", "no-balance:0.1")
CONDITIONS: tuple[Condition, ...] = (
    Condition(commands=_ALL),
    Condition(options=("--simulate",), commands=_ALL),
    Condition(faults=_FAULTY, commands=_TALKS),
    Condition(mode="refusing", commands=_TALKS),
    Condition(mode="naming", commands=_TALKS),
    Condition(mode="denying", commands=_TALKS),
    Condition(mode="forbidding", mutating_only=True, commands=_TALKS),
    Condition(mode="throttling", mutating_only=True, commands=_FEW),
    Condition(mode="blocking", commands=_TALKS),
    Condition(mode="gateway", commands=_FEW),
    Condition(mode="page", commands=_TALKS),
    Condition(mode="half", mutating_only=True, commands=_TALKS),
    Condition(mode="moving", commands=_TALKS),
    Condition(mode="rows", commands=_TALKS),
)


@dataclass(kw_only=True)
class _Watch:
    """What was run, and whether any of it told a secret."""

    home: Planted
    figures: Counter[str] = field(default_factory=Counter)

    def check(self, what: str, *said: bytes) -> None:
        """One flow has ended."""
        self.figures["flows"] += 1
        patterns = tellers(self.home.canaries)
        places = [(f"{what}: output", content) for content in said]
        for path, content in contents(self.home.shell.folder, but=self.home.holders):
            places.append((f"{what}: {path.relative_to(self.home.shell.folder)}", content))
        for place, content in places:
            self.figures["bytes searched"] += len(content)
            leaks = told(content, patterns)
            if leaks:
                raise Leaked(f"{place} tells {', '.join(leaks)}:\n{content.decode(errors='replace')[-3_000:]}")


def run_seed(seed: int) -> Mapping[str, int]:
    """Let every command meet one condition, or every class of error happen, with canaries of this seed.

    Raises:
        Leaked: One of them came out.
    """
    chance = random.Random(seed)
    kinds = (*CONDITIONS, ERRORS, PROCESSES)
    kind = kinds[seed % len(kinds)]
    with tempfile.TemporaryDirectory() as name:
        if isinstance(kind, Condition):
            return _met(kind, Path(name), chance)
        return _caused(kind, Path(name), chance)


def _met(condition: Condition, folder: Path, chance: random.Random) -> Mapping[str, int]:
    with a_talker(*condition.faults, seed=chance.getrandbits(16)) as talker:
        home = planted(folder / "project", chance, origin=talker.origin)
        watch = _Watch(home=home)
        if not condition.faults:
            said = home.shell("apply", "--yes", "--wait", "none", *condition.options)
            assert said.status == 0, said.err
            watch.check("the first apply", said.raw.encode(), said.err.encode())
        home.ask_for_more()
        talker.mode, talker.mutating_only = condition.mode, condition.mutating_only
        for command in condition.commands:
            talker.secrets = [one.text for one in home.canaries if one.channel in home.sent]
            arguments = _arguments(command, condition, chance)
            said = home.shell(*arguments)
            _sound(arguments, said)
            watch.check(" ".join(arguments), said.raw.encode(), said.err.encode())
            watch.figures[f"status {said.status}"] += 1
    return watch.figures
