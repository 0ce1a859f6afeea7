"""The small version of the campaign `inputs`: 1,750 broken files and answers."""

import pytest

from tests.campaigns.campaign import run_some


@pytest.mark.parametrize("first", range(0, 1_750, 350))
def test_no_broken_input_goes_untold(first: int) -> None:
    """No traceback, a right exit status, a place, no secret, and an end."""
    failed = run_some("inputs", range(first, first + 350))

    assert [failure.seed for failure in failed] == [], failed[0].what
