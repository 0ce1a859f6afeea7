"""What became of a create whose answer was lost."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuspec.engine.doubt import Absent, Doubt, Evidence, Found, GivenUp, StillOpen, inherited, judge
from gpuspec.engine.settle import settle
from gpuspec.errors import CredentialsError, StoreFailed
from gpuspec.model.live import LiveInstance, Observation, Phase
from gpuspec.model.marker import MarkerMode, Trace
from gpuspec.model.settings import Settings
from gpuspec.model.state import MarkerSeen, OpenIntent, State
from tests.builders.engine import QUICK, Bench, a_marker, a_record, an_intent
from tests.builders.virtual_time import virtual
from tests.builders.world import BIRTH, World

NONCE = "00000000000000aa"
DOUBT = Doubt(open=OpenIntent(intent=an_intent("a", nonce=NONCE)), due=100.0, taken_at=0.0)


def a_row(instance_id: str, *, name: str = "other", nonce: str = "") -> LiveInstance:
    trace = Trace(nonce=nonce, birthplace="00000000") if nonce else None
    return LiveInstance(
        id=instance_id, name=name, status="running", phase=Phase.RUNNING, fields={}, envs_shown=True, trace=trace
    )


def evidence(
    *rows: LiveInstance,
    began: float = 200.0,
    seen: MarkerSeen = MarkerSeen.LIST,
    mode: MarkerMode = MarkerMode.ENV,
    incomplete: str = "",
    hidden: str = "",
) -> Evidence:
    state = State(birth=replace(BIRTH, marker=mode), marker_seen=seen)
    observation = Observation(rows={row.id: row for row in rows}, incomplete=incomplete, hidden=hidden)
    return Evidence.of(observation, state=state, began=began)


def judged(*looks: Evidence) -> list[object]:
    """What each look in turn tells about one doubt."""
    doubt, verdicts = DOUBT, []
    for one in looks:
        verdict = judge(doubt, one)
        verdicts.append(type(verdict))
        if isinstance(verdict, StillOpen):
            doubt = verdict.doubt
    return list(verdicts)


@pytest.mark.parametrize("began", [0.0, 99.0, 200.0])
@pytest.mark.parametrize("incomplete", ["", "a page is missing"])
def test_a_nonce_that_is_seen_is_found(began: float, incomplete: str) -> None:
    """In the window or after it, in a whole list or a part of one."""
    row = a_row("x", nonce=NONCE)

    assert judge(DOUBT, evidence(row, began=began, incomplete=incomplete)) == Found(instance=row)


def test_absent_takes_two_looks_that_began_after_the_window() -> None:
    """However many there were before."""
    early = evidence(began=99.9)
    late = evidence(began=100.0)

    assert judged(early, early, early, late, late) == [StillOpen, StillOpen, StillOpen, StillOpen, Absent]


@pytest.mark.parametrize("blind", [evidence(incomplete="a page is missing"), evidence(hidden="a row shows no envs")])
def test_looks_that_prove_nothing_do_not_count(blind: Evidence) -> None:
    """They lie between two that do, and in the end the doubt is given up for this run."""
    clean = evidence()

    assert judged(blind, clean, blind, clean)[-1] is Absent
    assert judged(*[blind] * 5) == [*[StillOpen] * 4, GivenUp]


def test_what_is_left_of_the_window_is_told() -> None:
    """From the beginning of the look."""
    verdict = judge(DOUBT, evidence(began=30.0))

    assert isinstance(verdict, StillOpen)
    assert verdict.wait_s == 70.0


@pytest.mark.parametrize(
    ("mode", "seen"),
    [(MarkerMode.OFF, MarkerSeen.UNKNOWN), (MarkerMode.ENV, MarkerSeen.NOWHERE), (MarkerMode.NAME, MarkerSeen.NOWHERE)],
)
def test_without_readable_markers_a_person_has_to_decide(mode: MarkerMode, seen: MarkerSeen) -> None:
    """Candidates of the same name are listed; nothing is taken as ours or as absent."""
    verdict = judge(DOUBT, evidence(a_row("x", name="a"), a_row("y"), mode=mode, seen=seen))

    assert verdict == GivenUp(reason="No marker tells which instances are ours.", candidates=("x",))


def test_as_long_as_no_marker_was_ever_seen_a_namesake_proves_nothing() -> None:
    """It could be ours, and the service hides the marker: it is not doubled."""
    namesake = evidence(a_row("x", name="a"), seen=MarkerSeen.UNKNOWN)

    assert judged(*[namesake] * 5) == [*[StillOpen] * 4, GivenUp]
    assert judged(*[evidence(a_row("x"), seen=MarkerSeen.UNKNOWN)] * 2) == [StillOpen, Absent]
    assert judged(*[evidence(a_row("x", name="a"), seen=MarkerSeen.GET)] * 2) == [StillOpen, Absent]


def test_a_recorded_namesake_is_no_candidate() -> None:
    """The state knows whose it is."""
    state = State(birth=BIRTH, records={"a": a_record("a", "x")})
    rows = {"x": a_row("x", name="a")}

    assert Evidence.of(Observation(rows=rows), state=state, began=0.0).strangers == {}


LOOKS = st.lists(st.tuples(st.floats(0, 300), st.booleans(), st.booleans()), max_size=12)


@given(LOOKS)
def test_absent_is_never_judged_early_or_on_poor_evidence(looks: Sequence[tuple[float, bool, bool]]) -> None:
    """Whatever the looks: two of those so far were complete, readable and began after the window."""
    doubt = DOUBT
    clean = 0
    for began, complete, readable in looks:
        one = evidence(began=began, incomplete="" if complete else "cut", hidden="" if readable else "bare")
        verdict = judge(doubt, one)
        clean += began >= doubt.due and complete and readable
        assert (verdict == Absent()) <= (clean >= 2)
        if not isinstance(verdict, StillOpen):
            return
        doubt = verdict.doubt


@given(st.floats(-1e6, 1e6), st.floats(0, 600), st.floats(0, 1e6))
def test_a_wall_clock_that_was_turned_back_only_lengthens_the_window(
    turned: float, passed: float, monotonic: float
) -> None:
    """What is left is never less than what really is, and never more than a window after a request sent now."""
    settings = Settings(settle_window_s=300.0)
    open_intent = OpenIntent(intent=an_intent("a", at=1e9, timeout_s=60.0))

    now = 1e9 + 60.0 + passed - max(turned, 0.0)
    doubt = inherited(open_intent, now=now, monotonic=monotonic, settings=settings)

    left = doubt.due - monotonic
    assert left >= min(300.0 - passed, 360.0) - 1e-3
    assert 0.0 <= left <= 360.0 + 1e-3


def test_a_doubted_answer_counts_from_when_it_was_given_up() -> None:
    """A crash leaves only the intent: then its request's time-out is added."""
    settings = Settings(settle_window_s=300.0)
    intent = an_intent("a", at=1000.0, timeout_s=60.0)

    doubted = inherited(OpenIntent(intent=intent, doubted_at=1010.0), now=1100.0, monotonic=0.0, settings=settings)
    crashed = inherited(OpenIntent(intent=intent), now=1100.0, monotonic=0.0, settings=settings)

    assert (doubted.due, crashed.due) == (210.0, 260.0)


@virtual
async def test_what_an_earlier_run_left_is_found() -> None:
    """The record is durable on return."""
    bench = Bench(world=World(envs_in="get"))
    now = bench.world.clock.now()
    bench.intend(OpenIntent(intent=an_intent("a", nonce=NONCE, at=now)))
    machine = bench.world.add("a", marker=a_marker("a", NONCE), shown_at=20.0)

    (settlement,) = await settle(bench.work())

    assert isinstance(settlement.verdict, Found)
    assert bench.state.records["a"].id == machine.id
    assert not bench.state.intents


@virtual
async def test_what_an_earlier_run_left_is_absent_after_the_window() -> None:
    """A crash: the window counts from the intent's time plus its request's time-out."""
    bench = Bench()
    bench.intend(OpenIntent(intent=an_intent("a", at=bench.world.clock.now())))

    (settlement,) = await settle(bench.work())

    assert settlement.verdict == Absent()
    assert bench.world.clock.monotonic() >= 60.0 + QUICK.settle_window_s
    assert set(bench.state.tombstones) == {NONCE}


@virtual
async def test_nothing_open_asks_for_nothing() -> None:
    """No walk over the list."""
    bench = Bench()

    assert await settle(bench.work()) == ()
    assert bench.world.lists == 0


@virtual
async def test_the_patience_of_a_run_bounds_settling() -> None:
    """`--settle 30`: given up after that, with what is left of the window in words."""
    bench = Bench(settings=replace(QUICK, settle_s=30.0))
    bench.intend(OpenIntent(intent=an_intent("a", at=bench.world.clock.now())))

    (settlement,) = await settle(bench.work())

    assert isinstance(settlement.verdict, GivenUp)
    assert settlement.verdict.reason == "It was not seen yet; it can't be ruled out for another 90 s."
    assert 30.0 <= bench.world.clock.monotonic() < 31.0
    assert set(bench.state.intents) == {NONCE}


@virtual
async def test_a_window_that_has_passed_is_settled_by_a_run_without_patience() -> None:
    """`--settle 0`: two looks are no waiting, and without them such runs would leave it open for ever."""
    bench = Bench(settings=replace(QUICK, settle_s=0.0))
    bench.intend(OpenIntent(intent=an_intent("a", at=bench.world.clock.now() - 1000.0)))

    (settlement,) = await settle(bench.work())

    assert isinstance(settlement.verdict, Absent)
    assert (bench.world.lists, set(bench.state.tombstones)) == (2, {NONCE})


@virtual
async def test_a_store_that_fails_while_settling_is_raised() -> None:
    """Before the plan, nothing else can go on without it."""
    bench = Bench()
    bench.intend(OpenIntent(intent=an_intent("a", nonce=NONCE)))
    bench.world.add("a", marker=a_marker("a", NONCE))
    bench.journal.fails_at = 0

    with pytest.raises(StoreFailed, match="disk is full"):
        await settle(bench.work())


@virtual
async def test_a_refused_key_is_raised() -> None:
    """Settling needs to look."""
    bench = Bench()
    bench.intend(OpenIntent(intent=an_intent("a")))
    bench.world.credentials_refused = True

    with pytest.raises(CredentialsError):
        await settle(bench.work())
