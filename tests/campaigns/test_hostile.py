"""The small version of the campaign `hostile`: a few of the words, most of the known escapes, some patterns."""

import pytest

from tests.campaigns.campaign import run_some
from tests.campaigns.escapes import EXPRESSIONS, TEMPLATES

# By turns: what a service says, ten templates, five patterns.
_SPOKEN = (0, 9, 15, 18, 36)
_TEMPLATED = range(1, 37, 3)
_MATCHED = (2, 5, 8)


@pytest.mark.parametrize("seed", [*_SPOKEN, *_TEMPLATED, *_MATCHED])
def test_what_is_hostile_stays_harmless(seed: int) -> None:
    """Shown as it is written, refused within the bounds, or matched in no time."""
    failed = run_some("hostile", [seed])

    assert [failure.seed for failure in failed] == [], failed[0].what


def test_the_list_of_escapes_is_long() -> None:
    """Of each kind only once."""
    known = {*EXPRESSIONS, *TEMPLATES}

    assert len(known) == len(EXPRESSIONS) + len(TEMPLATES)
    assert len(known) >= 60
