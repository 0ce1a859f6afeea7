"""How fast requests go out."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuspec.engine.pacing import Pacer, Poll, TokenBucket, backoff_s, throttle_s
from gpuspec.engine.run import run
from gpuspec.model.settings import Settings, Wait
from tests.builders.engine import QUICK, Bench, creates
from tests.builders.virtual_time import virtual


@virtual
async def test_a_burst_goes_out_at_once_and_the_rest_at_the_rate() -> None:
    """2 a second with a burst of 8."""
    bench = Bench(settings=replace(QUICK, rate=2.0, burst=8, parallelism=64, wait=Wait.NONE))
    addresses = [f"w{number}" for number in range(20)]

    await run(creates(*addresses), work=bench.work(*addresses))

    sent = bench.world.sent_at
    assert sent[7] - sent[0] < 0.1
    assert [round(later - earlier, 3) for earlier, later in pairwise(sent[8:])] == [0.5] * 11


@virtual
async def test_a_rate_of_zero_is_no_pacing() -> None:
    """Only the parallelism bounds it."""
    bench = Bench(settings=replace(QUICK, rate=0.0, parallelism=10, wait=Wait.NONE))
    addresses = [f"w{number}" for number in range(100)]

    await run(creates(*addresses), work=bench.work(*addresses))

    assert bench.world.most_under_way == 10
    assert bench.world.sent_at[-1] < 2.0


@given(st.floats(0.1, 50), st.integers(1, 20), st.lists(st.floats(0, 3), min_size=30, max_size=60))
def test_no_stretch_of_time_has_more_than_burst_and_rate_allow(rate: float, burst: int, gaps: list[float]) -> None:
    """Whatever the rhythm of those who ask."""
    now = 0.0
    bucket = TokenBucket(rate=rate, burst=burst, now=now)
    taken: list[float] = []
    for gap in gaps:
        now += gap
        now += bucket.wait_s(now)
        bucket.take(now)
        taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + (taken[last] - taken[first]) * rate + 1e-3


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_backoff_stays_in_its_bounds(tries: int, jitter: float) -> None:
    """Half a second to a minute, however many tries there were."""
    assert 0.5 <= backoff_s(tries, jitter=jitter) <= 60.0


@pytest.mark.parametrize(
    ("retry_after_s", "expected"), [(None, 1.0), (0.2, 1.0), (7.0, 7.0), (1e9, 300.0), (-5.0, 1.0)]
)
def test_retry_after_is_honoured_within_reason(retry_after_s: float | None, expected: float) -> None:
    """Never less than the backoff, never more than five minutes."""
    assert throttle_s(1, retry_after_s=retry_after_s, jitter=0.0) == expected


def test_slots_open_one_by_one() -> None:
    """Within a twentieth of a second, so that answers don't come all at once; one that has opened stays open."""
    pacer = Pacer(Settings(parallelism=4, rate=0.0), now=0.0)
    waits = []
    for now in (100.0, 100.0125, 100.025, 100.0375):
        waits.append((pacer.wait_s(now - 0.0025), pacer.wait_s(now)))
        pacer.start(now)
    pacer.end()
    pacer.end()

    assert waits == [(0.0, 0.0)] + [(pytest.approx(0.0025), pytest.approx(0.0, abs=1e-9))] * 3
    assert pacer.wait_s(100.05) == 0.0


def test_slots_halve_once_for_requests_that_were_under_way_together() -> None:
    """And never fall below one; successes bring them back, not beyond the parallelism."""
    pacer = Pacer(Settings(parallelism=8, rate=0.0), now=0.0)
    pacer.throttled(sent_at=0.0, now=1.0, delay_s=1.0)
    pacer.throttled(sent_at=0.5, now=1.1, delay_s=1.0)
    assert pacer.slots == 4

    for now in (2.0, 3.0, 4.0, 5.0):
        pacer.throttled(sent_at=now, now=now, delay_s=1.0)
    assert pacer.slots == 1

    for _ in range(100):
        pacer.succeeded()
    assert pacer.slots == 8


def test_a_throttled_service_is_left_alone() -> None:
    """Nobody goes out until the time that it asked for is over."""
    pacer = Pacer(Settings(parallelism=8, rate=0.0), now=0.0)
    pacer.throttled(sent_at=0.0, now=1.0, delay_s=10.0)

    assert pacer.wait_s(4.0) == 7.0
    assert pacer.wait_s(11.0) == 0.0


def test_polling_slows_down_and_starts_anew() -> None:
    """From a fifth of the interval to all of it, or to a multiple."""
    poll = Poll(Settings(poll_s=5.0))

    assert [poll.next_s(took_s=0.0) for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert [poll.next_s(took_s=0.0, slowest=4) for _ in range(3)] == [10.0, 20.0, 20.0]
    poll.restart()
    assert poll.next_s(took_s=0.0) == 1.0


def test_looking_leaves_time_for_making() -> None:
    """Three times as long as a look took, up to 15 seconds; never shorter than the look."""
    poll = Poll(Settings(poll_s=1.0))

    assert [poll.next_s(took_s=took_s) for took_s in (1.0, 4.0, 6.0, 30.0)] == [3.0, 12.0, 15.0, 30.0]
