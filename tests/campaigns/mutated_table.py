"""Mutants of the table of decisions, which is data and therefore beyond a tool that changes code.

Each lacks a row, or a condition of a row, or has a row end otherwise.
"""

import contextlib
import io
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import pytest

from gpuspec.model.plan import ActionKind
from gpuspec.planning import table
from gpuspec.planning.table import TABLE, Row

MODULE = "gpuspec/planning/table.py"
_LONGEST_S = 120


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """Another table, and in words what is other about it."""

    name: str
    rows: tuple[Row, ...]


def mutants() -> tuple[Mutant, ...]:
    """All of them, in the order of the rows."""
    return tuple(mutant for at in range(len(TABLE)) for mutant in _of_row(at))


def is_noticed(number: int, tests: Sequence[str]) -> bool:
    """Whether one of these tests fails on the mutant with this number, in a process of its own."""
    mutant = mutants()[number]
    pid = os.fork()
    if pid == 0:
        # The exit status of pytest: 0 when all tests passed.
        os._exit(_tried(mutant, tests))
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) != 0


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


def _tried(mutant: Mutant, tests: Sequence[str]) -> int:
    # A table that makes a test wait for ever is noticed too.
    signal.alarm(_LONGEST_S)
    table.TABLE = mutant.rows
    table.decide.cache_clear()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        # Plain asserts: to explain how two enumerations differ takes pytest minutes.
        return int(pytest.main(["-q", "-x", "--assert=plain", "-p", "no:cacheprovider", *tests]))
