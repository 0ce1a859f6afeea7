"""The small version of the campaign `disks`: power cuts after every step of forty histories."""

import pytest

from tests.campaigns.campaign import run_some


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_no_power_cut_loses_an_id_that_was_told(first: int) -> None:
    """After any step, whatever of the unsynced writes and names is left."""
    failed = run_some("disks", range(first, first + 10))

    assert [failure.seed for failure in failed] == [], failed[0].what
