"""The small version of `readers` and of fuzzing: every seed as it is, and 1,400 of them gone wrong."""

import pytest

from tests.campaigns import corpus
from tests.campaigns.campaign import run_some
from tests.campaigns.readers import READERS, examine


@pytest.mark.parametrize("reader", READERS)
def test_every_seed_is_read_or_refused(reader: str) -> None:
    """Good and bad files of the tests, each by the reader that it is for."""
    for content in corpus.seeds(reader):
        examine(reader, content)


def test_no_reader_breaks_down() -> None:
    """Whatever bytes they are given, in bounds of time and memory."""
    failed = run_some("readers", range(1_400))

    assert [failure.seed for failure in failed] == [], failed[0].what
