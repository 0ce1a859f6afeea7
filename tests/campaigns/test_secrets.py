"""The small version of the campaign `secrets`: each command once, and every class of error."""

import pytest

from tests.campaigns.campaign import run_some
from tests.campaigns.leaks import CONDITIONS, SEEDS

# All commands against a good service; those that talk against one that repeats the key; every class of error.
_SEEDS = (0, next(at for at, one in enumerate(CONDITIONS) if one.mode == "rows"), len(CONDITIONS))


@pytest.mark.parametrize("seed", _SEEDS)
def test_no_secret_comes_out(seed: int) -> None:
    """Not in any of its forms, in any output or file."""
    failed = run_some("secrets", [seed])

    assert [failure.seed for failure in failed] == [], failed[0].what


def test_the_long_version_is_of_at_least_two_hundred_flows() -> None:
    """One of its rounds is."""
    flows = sum(len(condition.commands) for condition in CONDITIONS)

    assert flows >= 200
    assert SEEDS == len(CONDITIONS) + 2
