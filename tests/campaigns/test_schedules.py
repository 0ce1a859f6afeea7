"""The small version of the campaign `schedules`: 10,000 histories."""

import pytest

from tests.campaigns.campaign import run_some

_AT_ONCE = 500


@pytest.mark.parametrize("first", range(0, 10_000, _AT_ONCE))
def test_no_history_loses_or_doubles_an_instance(first: int) -> None:
    """Of all these seeds; a failing one says how to play it alone."""
    failed = run_some("schedules", range(first, first + _AT_ONCE))

    assert [failure.seed for failure in failed] == [], failed[0].what
