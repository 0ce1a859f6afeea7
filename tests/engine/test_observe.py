"""What is live, and what the answers prove."""

from dataclasses import replace

import pytest

from gpuspec.engine.observe import Readings, look
from gpuspec.errors import CredentialsError
from gpuspec.model.live import Observation
from gpuspec.model.marker import MarkerMode
from gpuspec.model.state import Released
from tests.builders.engine import QUICK, Bench, MemoryJournal, a_marker, a_record
from tests.builders.virtual_time import virtual
from tests.builders.world import BIRTH, World

NONCE = "00000000000000aa"


@virtual
async def test_a_complete_list_with_readable_markers_proves_absence() -> None:
    """All rows show envs: nothing is hidden, and nothing is asked by id."""
    bench = Bench()
    bench.world.add("stranger")
    ours = bench.world.add("ours", marker=a_marker("a", NONCE))

    observation = await bench.observed()

    assert observation.proves_absence
    assert observation.rows[ours.id].trace is not None
    assert bench.world.gets == 0


@virtual
async def test_an_empty_list_proves_absence() -> None:
    """Nothing is there, and that is all there is to know."""
    bench = Bench()

    assert await bench.observed() == Observation(rows={})


@virtual
async def test_rows_that_show_no_envs_are_asked_by_id_for_their_marker() -> None:
    """The marker that GET shows is put into the row."""
    bench = Bench(world=World(envs_in="get"))
    bench.world.add("stranger")
    ours = bench.world.add("ours", marker=a_marker("a", NONCE))

    observation = await bench.observed()

    assert observation.proves_absence
    trace = observation.rows[ours.id].trace
    assert trace is not None
    assert trace.marker == a_marker("a", NONCE)
    assert bench.world.gets == 2


@virtual
async def test_rows_that_the_state_knows_are_not_asked_for() -> None:
    """Recorded, outgoing and released machines are known without their markers."""
    bench = Bench(world=World(envs_in="get"))
    for name in ("recorded", "outgoing", "released"):
        bench.world.add(name, id=name)
    bench.record(a_record("a", "recorded", outgoing=("outgoing",)))
    released = Released(id="released", address="b", at=0.0, reason="forgotten")
    bench.journal.state = replace(bench.state, released={"released": released})

    observation = await bench.observed()

    assert observation.proves_absence
    assert bench.world.gets == 0


@virtual
async def test_a_marker_that_nothing_shows_keeps_absence_unproven() -> None:
    """The reason names an instance."""
    bench = Bench(world=World(envs_in="nowhere"))
    bench.world.add("stranger", id="s1")
    bench.world.add("stranger", id="s2")

    observation = await bench.observed()

    assert not observation.proves_absence
    assert observation.incomplete == ""
    assert observation.hidden == ("2 instances show no envs in the list, such as s1: GET shows no envs either.")


@pytest.mark.parametrize(
    ("unreadable", "why"),
    [(True, "The service answered with 502."), (False, "GET does not find what the list shows.")],
)
def test_a_row_that_get_can_not_show_keeps_absence_unproven(unreadable: bool, why: str) -> None:
    """An answer that proves nothing, or none at all."""

    @virtual
    async def scenario() -> None:
        bench = Bench(world=World(envs_in="get"))
        machine = bench.world.add("stranger", id="s1")
        if unreadable:
            bench.world.unreadable.add("s1")
        else:
            machine.id = "s2"

        observation = await bench.observed()

        assert observation.hidden.startswith("1 instance shows no envs in the list, such as s")
        assert observation.hidden.endswith(why)

    scenario()


@pytest.mark.parametrize("mode", [MarkerMode.NAME, MarkerMode.OFF])
def test_without_env_markers_nothing_can_hide(mode: MarkerMode) -> None:
    """A name is in every row; without markers there is nothing to read. Nobody is asked by id."""

    @virtual
    async def scenario() -> None:
        bench = Bench(world=World(envs_in="nowhere"), journal=MemoryJournal(replace(BIRTH, marker=mode)))
        bench.world.add("stranger")
        ours = bench.world.add("ours", marker=a_marker("a", NONCE), mode=mode)

        observation = await bench.observed()

        assert observation.proves_absence
        assert (observation.rows[ours.id].trace is not None) is (mode is MarkerMode.NAME)
        assert bench.world.gets == 0

    scenario()


@virtual
async def test_an_incomplete_list_proves_nothing_gone() -> None:
    """Missing recorded instances are unproven, and nobody is asked by id."""
    bench = Bench()
    bench.record(a_record("a", "missing"))
    bench.world.incomplete = "Page 2 could not be read."

    observation = await bench.observed()

    assert not observation.proves_absence
    assert observation.unproven == {"missing": "Page 2 could not be read."}
    assert (observation.gone, bench.world.gets) == (frozenset(), 0)


@virtual
async def test_a_list_with_an_instance_twice_is_not_complete() -> None:
    """Whatever its reader says of it."""
    bench = Bench()
    machine = bench.world.add("twice")
    bench.world.machines["again"] = machine

    observation = await bench.observed()

    assert observation.incomplete == "The list shows an instance twice."


@virtual
async def test_gone_is_what_get_does_not_find_twice_some_seconds_apart() -> None:
    """However many are missing, it takes one pause."""
    bench = Bench()
    bench.record(a_record("a", "x"), a_record("b", "y", outgoing=("z",)))

    observation = await bench.observed()

    assert observation.gone == {"x", "y", "z"}
    assert bench.world.gets == 6
    assert bench.world.clock.monotonic() == pytest.approx(QUICK.gone_spacing_s + 0.3)


@virtual
async def test_an_instance_that_was_just_made_is_not_gone() -> None:
    """A service that shows it late would otherwise have it made a second time; what is seen removed is gone."""
    bench = Bench()
    made_at = bench.world.clock.now() - QUICK.settle_window_s + QUICK.gone_spacing_s + 10.0
    bench.world.add("removed", id="r", statuses=((0.0, "removed"),))
    bench.record(a_record("a", "x", created_at=made_at), a_record("b", "r", created_at=made_at))

    observation = await bench.observed()
    await bench.world.clock.sleep(10.0)
    later = await bench.observed()

    assert (set(observation.gone), set(observation.unproven)) == ({"r"}, {"x"})
    assert (set(later.gone), dict(later.unproven)) == ({"x", "r"}, {})


@virtual
async def test_a_removed_instance_is_gone_once_get_agrees() -> None:
    """Its row is left out."""
    bench = Bench()
    bench.world.add("removed", id="r", statuses=((0.0, "removed"),))
    bench.record(a_record("a", "r"))

    observation = await bench.observed()

    assert not observation.rows
    assert observation.gone == {"r"}


@virtual
async def test_an_instance_that_the_list_lags_behind_is_live() -> None:
    """GET shows it: it is in the rows, and there is no pause."""
    bench = Bench()
    bench.world.add("late", id="late", shown_at=1e9)
    bench.record(a_record("a", "late"))

    observation = await bench.observed()

    assert set(observation.rows) == {"late"}
    assert (observation.gone, bench.world.gets) == (frozenset(), 1)


@virtual
async def test_an_instance_that_turns_up_at_the_second_look_is_live() -> None:
    """One "not found" proves nothing."""
    bench = Bench()
    bench.record(a_record("a", "x"))
    calls: list[str] = []

    def appear(call: str) -> None:
        calls.append(call)
        if calls.count("get") == 2:
            bench.world.add("late", id="x", shown_at=1e9)

    bench.world.on_call = appear

    observation = await bench.observed()

    assert (set(observation.rows), observation.gone) == ({"x"}, frozenset())


@virtual
async def test_an_unreadable_answer_leaves_an_instance_unproven() -> None:
    """It may be there."""
    bench = Bench()
    bench.record(a_record("a", "x"))
    bench.world.unreadable.add("x")

    observation = await bench.observed()

    assert observation.unproven == {"x": "The service answered with 502."}
    assert observation.gone == frozenset()


@virtual
async def test_a_stranger_is_asked_for_its_marker_once_a_run() -> None:
    """But not one that is still being made: its envs may not be there yet."""
    bench = Bench(world=World(envs_in="get"))
    bench.world.add("settled")
    bench.world.add("fresh", statuses=((0.0, "creating"),))
    readings = Readings()

    for _ in range(3):
        seen = await look(bench.world, state=bench.state, readings=readings)

    assert seen.observation.proves_absence
    assert bench.world.gets == 1 + 3


@virtual
async def test_a_look_without_markers_proves_nothing_of_them() -> None:
    """It asks nobody by id and says so."""
    bench = Bench(world=World(envs_in="get"))
    bench.world.add("stranger")

    seen = await look(bench.world, state=bench.state, markers=False)

    assert not seen.observation.proves_absence
    assert bench.world.gets == 0


@virtual
async def test_a_refused_key_is_raised() -> None:
    """There is nothing to observe with."""
    bench = Bench()
    bench.world.credentials_refused = True

    with pytest.raises(CredentialsError):
        await bench.observed()
