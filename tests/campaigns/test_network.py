"""The small version of the campaign `network`: one in forty of its meetings, each kind of call among them."""

import pytest

from tests.campaigns.campaign import run_some
from tests.campaigns.network import KINDS, SEEDS

# The last is of a certificate that changes while a run goes on.
_STEP = 41
_SEEDS = (*range(3, SEEDS, _STEP), SEEDS - 1)


@pytest.mark.parametrize("seed", _SEEDS)
def test_a_call_whose_connection_fails_is_done_exactly_once(seed: int) -> None:
    """At most one request reaches the service, and in the end each machine is there once."""
    failed = run_some("network", [seed])

    assert [failure.seed for failure in failed] == [], failed[0].what


def test_every_kind_of_call_is_among_them() -> None:
    """The step has no divisor in common with how many kinds there are."""
    assert len({seed % len(KINDS) for seed in _SEEDS}) == len(KINDS)
