"""The small version of the campaign `together`: one round of two, one of four."""

from tests.campaigns.campaign import run_some


def test_runs_at_once_take_turns() -> None:
    """Whoever does not wait is told who is at work; each instance is made once, and nobody's state differs."""
    failed = run_some("together", [1])

    assert [failure.seed for failure in failed] == [], failed[0].what
