"""The small version of the campaign `shared`: each of its stories once."""

import pytest

from tests.campaigns.campaign import run_some


# One seed of each story: several at once, killed, asleep.
@pytest.mark.parametrize("seed", [0, 1, 5])
def test_no_run_on_a_shared_state_loses_or_doubles_an_instance(seed: int) -> None:
    """Whatever is killed, waits or sleeps meanwhile."""
    failed = run_some("shared", [seed])

    assert [failure.seed for failure in failed] == [], failed[0].what
