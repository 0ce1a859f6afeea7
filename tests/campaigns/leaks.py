"""Secrets: canaries in every channel, through every command and every way in which one can fail; none comes out."""

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.campaigns.leaks_of_errors import cause_every_error
from tests.campaigns.leaks_of_processes import run_processes
from tests.campaigns.planted import Planted, planted
from tests.campaigns.talker import a_talker


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What the commands meet: how the service talks, its faults, and the commands."""

    mode: str = "good"
    mutating_only: bool = False
    faults: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    commands: tuple[str, ...]


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
    "plan --format markdown",
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
_TALKS = (*_ASKS, *_DOES)
_FAULTY = ("lost-response:0.4", "429:0.2:0.1", "half-body:0.2", "500-after@edit:0.5", "no-balance:0.1")
CONDITIONS: tuple[Condition, ...] = (
    Condition(commands=(*_LOOKS, *_TALKS)),
    Condition(options=("--simulate",), commands=(*_LOOKS, *_TALKS)),
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
SEEDS = len(CONDITIONS) + 2
_JSON = frozenset({"vars", "explain imageAuth", "state pull", "fmt --diff"})
_WITH_VARIABLES = frozenset({"validate", "render", "plan", "drift", "apply", "destroy", "import", "vars", "fmt"})


def run_seed(seed: int) -> Mapping[str, int]:
    """Let every command meet one condition, or every class of error happen, with canaries of this seed.

    Raises:
        Leaked: One of them came out.
    """
    chance, kind = random.Random(seed), seed % SEEDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        if kind == len(CONDITIONS):
            return cause_every_error(folder, chance)
        if kind > len(CONDITIONS):
            return run_processes(folder, chance)
        return _met(CONDITIONS[kind], folder, chance)


def _met(condition: Condition, folder: Path, chance: random.Random) -> Mapping[str, int]:
    with a_talker(*condition.faults, seed=chance.getrandbits(16)) as talker:
        home = planted(folder, chance, origin=talker.origin)
        talker.secrets = home.sent
        if not condition.faults:
            said = home.run("apply", "--yes", "--wait", "none", "--var-file", "values.yaml", *condition.options)
            assert said.status == 0, said.err
        _ask_for_more(home)
        talker.mode, talker.mutating_only = condition.mode, condition.mutating_only
        for command in condition.commands:
            said = home.run(*_arguments(command, condition, chance))
            home.figures[f"exit status {said.status}"] += 1
    return home.figures


def _ask_for_more(home: Planted) -> None:
    """One more, one changed, one gone."""
    home.ask_for(another={}, trainer={"ports": "8888/http", "imageAuth": f"you:{home.text('imageAuth')}"}, worker=None)


def _arguments(command: str, condition: Condition, chance: random.Random) -> tuple[str, ...]:
    name, *rest = command.split()
    asks = command in _TALKS and name != "show"
    more = [*rest, *(condition.options if asks or name in {"state", "plan"} else ())]
    if name in _WITH_VARIABLES:
        more += ["--var-file", "values.yaml"]
    if asks and chance.random() < 0.5:
        more += ["--debug"]
    if "--format" not in command and command not in _JSON and chance.random() < 0.5:
        more += ["--json"]
    return (name, *more)
