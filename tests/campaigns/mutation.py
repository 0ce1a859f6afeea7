"""Mutants: `python -m tests.campaigns.mutation [MODULE…]` changes a module in every small way; its tests must notice.

Needs the extra `campaign`. Works on a copy: nothing in the checkout changes. With one job a module takes from ten
seconds to half an hour; `tests/cases/mutation/survivors.md` has the seconds.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.campaigns import mutated_table

_ROOT = Path(__file__).parents[2]
_COPIED = ("gpuspec", "tests", "schemas", "examples", "pyproject.toml", "README.md")
_FLOOR = 0.85
# How mutmut says that all tests passed, or that none reaches the change. Any other end was noticed, a time limit too.
_UNNOTICED = frozenset({0, 5, 33, 34})
_CONFIGURATION = """
[tool.mutmut]
source_paths = ["gpuspec"]
only_mutate = [{module}]
also_copy = ["schemas", "examples", "README.md"]
pytest_add_cli_args = ["-p", "anyio.pytest_plugin", "-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = [{tests}]
timeout_constant = 10.0
timeout_multiplier = 4.0
track_dependencies = false
use_git_change_detection = false
"""
# Which tests judge a module: those that are about it, and the nearest ones that put it to use.
TARGETS: Mapping[str, tuple[str, ...]] = {
    mutated_table.MODULE: (
        "tests/planning/test_table_rows.py",
        "tests/planning/test_decide.py",
        "tests/planning/test_table.py",
    ),
    "gpuspec/planning/decide.py": ("tests/planning",),
    "gpuspec/planning/subjects.py": ("tests/planning",),
    "gpuspec/cloud/failures.py": (
        "tests/cloud/test_failures.py",
        "tests/cloud/test_order_answers.py",
        "tests/cloud/test_client.py",
        "tests/cloud/test_distrust.py",
        "tests/cloud/test_pages.py",
    ),
    "gpuspec/cloud/order_answers.py": ("tests/cloud/test_order_answers.py", "tests/cloud/test_client.py"),
    "gpuspec/engine/consequence.py": ("tests/engine/test_consequence.py", "tests/engine/test_answers.py"),
    "gpuspec/engine/doubt.py": ("tests/engine/test_settle.py", "tests/engine/test_doubt.py"),
    "gpuspec/engine/settle.py": (
        "tests/engine/test_settle.py",
        "tests/engine/test_settling.py",
        "tests/engine/test_interruption.py",
    ),
    "gpuspec/engine/following.py": (
        "tests/engine/test_following.py",
        "tests/engine/test_ending.py",
        "tests/engine/test_power.py",
    ),
    "gpuspec/engine/obedience.py": (
        "tests/engine/test_obedience_words.py",
        "tests/engine/test_obedience.py",
        "tests/engine/test_obedience_seen.py",
        "tests/engine/test_power.py",
    ),
    "gpuspec/store/replay.py": (
        "tests/store/test_replay.py",
        "tests/store/test_replay_edits.py",
        "tests/store/test_replay_orders.py",
    ),
    "gpuspec/store/objections.py": (
        "tests/store/test_replay.py",
        "tests/store/test_replay_edits.py",
        "tests/store/test_replay_orders.py",
        "tests/store/test_soundness.py",
    ),
    "gpuspec/store/journal.py": (
        "tests/store/test_local.py",
        "tests/store/test_crash.py",
        "tests/store/test_writer.py",
        "tests/store/test_journal.py",
    ),
    "gpuspec/store/writer.py": (
        "tests/store/test_writer.py",
        "tests/store/test_writer_order.py",
        "tests/store/test_crash.py",
    ),
    "gpuspec/codec/journal.py": ("tests/codec", "tests/store/test_replay.py", "tests/store/test_replay_orders.py"),
}


@dataclass(frozen=True, kw_only=True)
class Survivor:
    """A change that no test noticed."""

    name: str
    difference: str = ""


@dataclass(frozen=True, kw_only=True)
class Score:
    """What became of the mutants of a module."""

    module: str
    mutants: int
    survivors: tuple[Survivor, ...]

    @property
    def killed(self) -> int:
        return self.mutants - len(self.survivors)

    @property
    def share(self) -> float:
        return self.killed / self.mutants if self.mutants else 1.0

    def __str__(self) -> str:
        return f"{self.module}: {self.mutants} mutants, {self.killed} killed ({self.share:.1%})"


def main(arguments: Sequence[str]) -> int:
    """Print the score of each module; 1 when one is below the floor."""
    chosen = _parser().parse_args(arguments)
    began = time.monotonic()
    scores = []
    for module in chosen.modules or TARGETS:
        score = _score(module, jobs=chosen.jobs)
        scores.append(score)
        print(score, flush=True)
        for survivor in score.survivors:
            print(f"\n{survivor.name}\n{survivor.difference}" if chosen.show else f"  {survivor.name}", flush=True)
    mutants, killed = sum(score.mutants for score in scores), sum(score.killed for score in scores)
    print(
        f"mutation: {mutants} mutants, {killed} killed ({killed / max(mutants, 1):.1%}), "
        f"{time.monotonic() - began:.0f} s"
    )
    return 1 if any(score.share < _FLOOR for score in scores) else 0


def _score(module: str, *, jobs: int) -> Score:
    return _score_of_table(jobs=jobs) if module == mutated_table.MODULE else _score_of_code(module, jobs=jobs)


def _score_of_table(*, jobs: int) -> Score:
    mutants = mutated_table.mutants()
    noticed_by_its_tests = partial(mutated_table.is_noticed, tests=TARGETS[mutated_table.MODULE])
    if noticed_by_its_tests(None):
        raise SystemExit(f"{mutated_table.MODULE}: its tests fail on the table as it is.")
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        noticed = pool.map(noticed_by_its_tests, range(len(mutants)))
        shown = tuple(Survivor(name=mutant.name) for mutant, was in zip(mutants, noticed, strict=True) if not was)
    return Score(module=mutated_table.MODULE, mutants=len(mutants), survivors=shown)


def _score_of_code(module: str, *, jobs: int) -> Score:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _lay_out(module, folder)
        ran = _mutmut(folder, "run", "--max-children", str(jobs))
        results = folder / "mutants" / f"{module}.meta"
        if not results.is_file():
            raise SystemExit(f"{module}: mutmut gave no results.\n{ran[-4000:]}")
        exits: Mapping[str, int | None] = json.loads(results.read_text())["exit_code_by_key"]
        unfinished = [mutant for mutant, exit_status in exits.items() if exit_status is None]
        if unfinished:
            raise SystemExit(f"{module}: mutmut stopped before {unfinished[0]}.\n{ran[-4000:]}")
        survivors = (mutant for mutant, exit_status in exits.items() if exit_status in _UNNOTICED)
        shown = tuple(Survivor(name=mutant, difference=_mutmut(folder, "show", mutant)) for mutant in survivors)
        return Score(module=module, mutants=len(exits), survivors=shown)


def _lay_out(module: str, folder: Path) -> None:
    for name in _COPIED:
        source = _ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    tests = ", ".join(f'"{path}"' for path in TARGETS[module])
    with (folder / "pyproject.toml").open("a") as configuration:
        configuration.write(_CONFIGURATION.format(module=f'"{module}"', tests=tests))


def _mutmut(folder: Path, *arguments: str) -> str:
    # Without plugins that a test run would load anew for each mutant.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONWARNINGS": ""}
    done = subprocess.run(
        [Path(sys.executable).with_name("mutmut"), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", choices=[*TARGETS, []], metavar="MODULE", help="left out, all of them")
    parser.add_argument("--show", action="store_true", help="show what each surviving mutant changed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many processes")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
