"""The small version of the campaign `syscalls`: syncs, writes, renames, cuts and closes, where they are soon tried."""

import pytest

from tests.campaigns.campaign import run_some
from tests.campaigns.syscalls import why_not


@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.parametrize("seed", [10, 11, 13, 6, 9])
def test_a_run_whose_system_calls_fail_is_made_good_by_the_next(seed: int) -> None:
    """It says what failed, no instance is forgotten, and each is there once in the end."""
    failed = run_some("syscalls", [seed])

    assert [failure.seed for failure in failed] == [], failed[0].what
