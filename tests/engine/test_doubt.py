"""What one look tells about a doubt: the words, the candidates, and how long to wait, exactly."""

from dataclasses import replace
from typing import Any

import pytest

from gpuspec.engine.doubt import Doubt, Evidence, GivenUp, StillOpen, judge
from gpuspec.model.live import LiveInstance, Observation, Phase
from gpuspec.model.marker import MarkerMode
from gpuspec.model.state import MarkerSeen, OpenIntent, State
from tests.builders.engine import an_intent
from tests.builders.world import BIRTH

LAST_BLIND = Doubt(open=OpenIntent(intent=an_intent("a")), due=100.0, taken_at=0.0, blind=4)
NAMESAKE = LiveInstance(
    id="id-a", name="a", status="running", phase=Phase.RUNNING, fields={}, envs_shown=True, trace=None
)


def evidence(
    *rows: LiveInstance,
    began: float = 200.0,
    seen: MarkerSeen = MarkerSeen.LIST,
    mode: MarkerMode = MarkerMode.ENV,
    incomplete: str = "",
    hidden: str = "",
) -> Evidence:
    """One look that began after the window of the doubt."""
    state = State(birth=replace(BIRTH, marker=mode), marker_seen=seen)
    observation = Observation(rows={row.id: row for row in rows}, incomplete=incomplete, hidden=hidden)
    return Evidence.of(observation, state=state, began=began)


def test_in_the_window_the_rest_of_it_is_awaited() -> None:
    """And the look counts for nothing."""
    doubt = replace(LAST_BLIND, blind=0)

    assert judge(doubt, evidence(began=70.0)) == StillOpen(doubt=doubt, wait_s=30.0)


@pytest.mark.parametrize(
    ("look", "counted"),
    [(evidence(), {"clean": 1}), (evidence(incomplete="a page is missing"), {"blind": 1})],
    ids=["clean", "blind"],
)
def test_after_the_window_the_next_look_is_all_that_is_awaited(look: Evidence, counted: dict[str, Any]) -> None:
    """Nothing is left of the window, and the look is counted as what it was."""
    doubt = replace(LAST_BLIND, blind=0)

    assert judge(doubt, look) == StillOpen(doubt=replace(doubt, **counted), wait_s=0.0)


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        (evidence(NAMESAKE, incomplete="a page is missing"), "a page is missing"),
        (evidence(NAMESAKE, hidden="a row shows no envs"), "a row shows no envs"),
        (evidence(NAMESAKE, incomplete="a page is missing", hidden="a row shows no envs"), "a page is missing"),
        (evidence(NAMESAKE, seen=MarkerSeen.UNKNOWN), "An instance of the same name shows no marker."),
    ],
    ids=["incomplete", "hidden", "both", "namesake"],
)
def test_what_could_not_be_told_is_given_up_with_the_reason(look: Evidence, reason: str) -> None:
    """And with the live instances of that name, one of which could be it."""
    assert judge(LAST_BLIND, look) == GivenUp(reason=reason, candidates=("id-a",))


@pytest.mark.parametrize("look", [evidence(NAMESAKE, mode=MarkerMode.OFF), evidence(NAMESAKE, seen=MarkerSeen.NOWHERE)])
def test_without_markers_nothing_is_told(look: Evidence) -> None:
    """At once, and with the candidates."""
    expected = GivenUp(reason="No marker tells which instances are ours.", candidates=("id-a",))

    assert judge(replace(LAST_BLIND, blind=0), look) == expected
