"""Mutants of the table of decisions, which is data and therefore beyond a tool that changes code.

Each lacks a row, or a condition of a row, or has a row end otherwise.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pytest

from gpuspec.model.plan import ActionKind
from gpuspec.planning import table
from gpuspec.planning.table import TABLE, Row

MODULE = "gpuspec/planning/table.py"
_ROOT = Path(__file__).parents[2]
_LONGEST_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """Another table, and in words what is other about it."""

    name: str
    rows: tuple[Row, ...]


def mutants() -> tuple[Mutant, ...]:
    """All of them, in the order of the rows."""
    return tuple(mutant for at in range(len(TABLE)) for mutant in _of_row(at))


def is_noticed(number: int | None, tests: Sequence[str]) -> bool:
    """Whether one of these tests fails on the mutant with this number, or on the table as it is.

    Each runs in a process of its own, which is not forked: what goes wrong in one stays there, and ends in time.
    """
    chosen = "none" if number is None else str(number)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.campaigns.mutated_table", chosen, *tests],
            cwd=_ROOT,
            # Options of the run around it may belong to plugins that are not loaded here.
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # A table that makes a test wait for ever is noticed too.
        return True
    if done.returncode not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise SystemExit(f"The tests of {MODULE} could not be run on {chosen}.\n{done.stdout[-4000:]}{done.stderr}")
    return done.returncode != pytest.ExitCode.OK


def _of_row(at: int) -> Iterator[Mutant]:
    row = TABLE[at]
    before, after = TABLE[:at], TABLE[at + 1 :]
    name = f"row {at + 1}, {row.reason}"
    yield Mutant(name=f"{name}: dropped", rows=before + after)
    for fact in row.where:
        where = MappingProxyType({key: values for key, values in row.where.items() if key != fact})
        yield Mutant(name=f"{name}: whatever {fact} is", rows=(*before, replace(row, where=where), *after))
    kind = ActionKind.KEEP if row.kind is not ActionKind.KEEP else ActionKind.CREATE
    yield Mutant(name=f"{name}: {kind.value}", rows=(*before, replace(row, kind=kind), *after))


def _tried(chosen: str, *tests: str) -> int:
    """The exit status of pytest, with this mutant in the place of the table."""
    if chosen != "none":
        table.TABLE = mutants()[int(chosen)].rows
    # Plain asserts: to explain how two enumerations differ takes pytest minutes.
    return int(pytest.main(["-q", "-x", "--assert=plain", "-p", "no:cacheprovider", *tests]))


if __name__ == "__main__":
    sys.exit(_tried(*sys.argv[1:]))
