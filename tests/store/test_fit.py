"""A state that is not the one that the run means is refused."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest

from gpuspec.errors import ForeignState
from gpuspec.model.marker import MarkerMode
from gpuspec.model.state import MarkerSeen, State
from gpuspec.store.fit import Expected, fitting
from gpuspec.store.state_store import peek
from tests.builders.recorded import LINEAGE, a_birth, a_record, a_state
from tests.builders.stores import begun, expected_of, local_store

STATE = a_state(a_record(), serial=41)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (expected_of(a_birth(origin="http://127.0.0.1:8080")), "records instances at https://api.novita.ai"),
        (expected_of(a_birth(project="players")), "was made for the project `trainers`"),
        (expected_of(a_birth(environment="prod")), "was made for the environment `default`"),
        (expected_of(marker=MarkerMode.NAME), "were made with `marker: env`"),
    ],
)
def test_what_a_state_was_born_with_must_match(expected: Expected, message: str) -> None:
    """Origin, project, environment and, once something is recorded, the marker."""
    with pytest.raises(ForeignState, match=message) as caught:
        fitting(STATE, expected, "my.state.json", remembered={})

    assert "my.state.json" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("remembered", "message"),
    [
        ({LINEAGE: 42}, "has serial 41, and serial 42 of it was written here: it is a stale copy"),
        ({"another": 3}, "it has another lineage"),
    ],
)
def test_what_was_written_here_before_must_fit(remembered: Mapping[str, int], message: str) -> None:
    """A stale copy, and a state from elsewhere."""
    with pytest.raises(ForeignState, match=message):
        fitting(STATE, expected_of(), "my.state.json", remembered=remembered)


@pytest.mark.parametrize("remembered", [{}, {LINEAGE: 41}, {LINEAGE: 3, "another": 99}])
def test_a_state_that_fits_is_taken_as_it_is(remembered: Mapping[str, int]) -> None:
    """Also one that moved on elsewhere, and one of several lineages seen here."""
    assert fitting(STATE, expected_of(), "my.state.json", remembered=remembered) is STATE


def test_a_project_without_a_name_takes_the_one_of_the_state() -> None:
    """Renaming the folder doesn't make the state foreign."""
    assert fitting(STATE, expected_of(a_birth(project="")), "my.state.json", remembered={}) is STATE


@pytest.mark.anyio
async def test_the_marker_can_change_while_nothing_is_recorded(tmp_path: Path) -> None:
    """A state without instances takes the project's marker, and has it from then on."""
    await begun(local_store(tmp_path)).end()
    expected = expected_of(marker=MarkerMode.NAME)

    seen = peek(local_store(tmp_path), expected)
    left = await begun(local_store(tmp_path), expected=expected).end()
    assert isinstance(seen, State)
    assert seen.birth.marker is MarkerMode.NAME
    assert left == dataclasses.replace(a_state(serial=2), birth=a_birth(marker=MarkerMode.NAME))
    assert peek(local_store(tmp_path), expected) == left


def test_another_marker_has_its_place_to_be_learnt_anew() -> None:
    """A state whose env marker was nowhere to be seen may still recognise its instances by their names."""
    state = dataclasses.replace(a_state(serial=2), marker_seen=MarkerSeen.NOWHERE)

    fitted = fitting(state, expected_of(marker=MarkerMode.NAME), "my.state.json", remembered={})

    assert (fitted.birth.marker, fitted.marker_seen) == (MarkerMode.NAME, MarkerSeen.UNKNOWN)
    assert fitting(state, expected_of(), "my.state.json", remembered={}).marker_seen is MarkerSeen.NOWHERE


@pytest.mark.anyio
async def test_a_stale_copy_of_the_file_is_refused(tmp_path: Path) -> None:
    """Put back an earlier file, and no run goes on with it."""
    await begun(local_store(tmp_path)).end()
    path = tmp_path / "gpuspec.state.json"
    earlier = path.read_bytes()
    await begun(local_store(tmp_path), expected=expected_of(marker=MarkerMode.NAME)).end()
    path.write_bytes(earlier)

    with pytest.raises(ForeignState, match="stale copy"):
        peek(local_store(tmp_path), expected_of())
    with pytest.raises(ForeignState, match="stale copy"):
        begun(local_store(tmp_path))
