"""The small version of the campaign `kills`: each way to come to grief, with actions that differ.

More of them, of creates and replacements, are in `tests/recovery`.
"""

import pytest

from tests.campaigns.campaign import run_some


@pytest.mark.parametrize("seed", [4, 15, 26, 37, 53, 64])
def test_a_run_that_comes_to_grief_is_made_good_by_the_next(seed: int) -> None:
    """Each call reaches the service once, and each machine is there once."""
    failed = run_some("kills", [seed])

    assert [failure.seed for failure in failed] == [], failed[0].what
