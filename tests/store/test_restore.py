"""A state that was put together again from elsewhere is born whole."""

from dataclasses import replace
from pathlib import Path

import pytest

from gpuspec.errors import StateError
from gpuspec.store.state_store import Unborn, Vacant, begin, peek
from tests.builders.recorded import a_record, a_state, creation
from tests.builders.stores import MakeStore, a_holder, expected_of, local_stores, memory_stores


def vacant(make_store: MakeStore) -> Vacant:
    """A held place without a state."""
    place = begin(make_store(), a_holder(), expected=expected_of(), timeout_s=0.0)
    assert isinstance(place, Vacant)
    return place


@pytest.fixture(params=["memory", "local"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> MakeStore:
    """A store in memory, and one on a disk."""
    return memory_stores() if request.param == "memory" else local_stores(tmp_path)


@pytest.mark.anyio
async def test_all_of_it_is_there_at_once(make_store: MakeStore) -> None:
    """In the first snapshot, of serial 1, with an empty journal; the run may go on from there."""
    record = replace(a_record(), unknown=frozenset({"memory"}))
    session = vacant(make_store).restore(a_state(record, serial=0))
    first = peek(make_store(), expected_of())
    await session.journal.append(*creation("another", number=2))
    await session.end()

    assert first == a_state(record, serial=1)
    last = peek(make_store(), expected_of())
    assert not isinstance(last, Unborn)
    assert (sorted(last.records), last.serial) == (["another", "trainer"], 2)


def test_where_it_can_not_be_written_there_is_none(tmp_path: Path) -> None:
    """And the lock is given back."""
    make_store = local_stores(tmp_path)
    place = vacant(make_store)
    state_path = tmp_path / "gpuspec.state.json"
    state_path.mkdir()

    with pytest.raises(StateError):
        place.restore(a_state(a_record(), serial=0))

    state_path.rmdir()
    vacant(make_store).end()
