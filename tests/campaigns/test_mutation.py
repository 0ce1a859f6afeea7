"""The mutation campaign names what is there, and tells a table that was changed from the one that is."""

from pathlib import Path

import pytest

from tests.campaigns import mutated_table
from tests.campaigns.mutation import TARGETS

ROOT = Path(__file__).parents[2]
ROWS = ("tests/planning/test_table_rows.py",)


@pytest.mark.parametrize("module", TARGETS)
def test_every_module_and_its_tests_are_there(module: str) -> None:
    """One that was renamed would be found out only by who runs the campaign."""
    assert [path for path in (module, *TARGETS[module]) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(("number", "noticed"), [(None, False), (0, True)], ids=["as it is", "without its first row"])
def test_only_a_table_that_was_changed_is_noticed(number: int | None, noticed: bool) -> None:
    """Each is tried in a process of its own, which ends."""
    assert mutated_table.is_noticed(number, ROWS) is noticed


def test_tests_that_can_not_be_run_notice_nothing() -> None:
    """A mutant does not count as killed for a file that is not there."""
    with pytest.raises(SystemExit, match="could not be run"):
        mutated_table.is_noticed(None, ["tests/planning/test_nothing.py"])
