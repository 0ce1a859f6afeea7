"""Whatever instruction a run dies at, and whatever write its disk refuses: no acknowledged entry is lost."""

import errno
import shutil
from pathlib import Path

import pytest

from gpuspec.errors import DamagedState, StateError, StoreFailed
from gpuspec.model.journal import Entry
from gpuspec.model.state import State
from gpuspec.store.state_store import Session, begin, peek
from tests.builders.disk import FailingDisk
from tests.builders.recorded import a_state, creation
from tests.builders.stores import a_holder, begun, expected_of, local_store

pytestmark = pytest.mark.anyio

ENTRIES: tuple[Entry, ...] = tuple(
    entry for number in (1, 2, 3) for entry in creation(f"worker-{number}", number=number)
)


async def _died(folder: Path, entries: tuple[Entry, ...] = ENTRIES) -> None:
    """A run that journaled these entries, one by one, and was killed."""
    store = local_store(folder)
    session = begun(store)
    for entry in entries:
        await session.journal.append(entry)
    store.release()


async def _states(folder: Path) -> list[State]:
    """The state after each number of entries, as runs of their own would find it."""
    states = []
    for count in range(len(ENTRIES) + 1):
        await _died(folder / str(count), ENTRIES[:count])
        found = peek(local_store(folder / str(count)), expected_of())
        assert isinstance(found, State)
        states.append(found)
    return states


def _journal(folder: Path) -> Path:
    return folder / ".gpuspec" / "gpuspec.state.json.journal"


async def test_every_prefix_of_a_journal_recovers_its_whole_lines(tmp_path: Path) -> None:
    """Cut anywhere, a journal gives the state of the lines that are whole in it: those were acknowledged."""
    states = await _states(tmp_path / "each")
    await _died(tmp_path)
    content = _journal(tmp_path).read_bytes()

    for length in range(len(content) + 1):
        _journal(tmp_path).write_bytes(content[:length])
        assert peek(local_store(tmp_path), expected_of()) == states[content[:length].count(b"\n")], length


async def test_a_torn_line_is_gone_before_the_next_one_is_written(tmp_path: Path) -> None:
    """The run after a torn write begins with a snapshot, and its own lines are whole."""
    await _died(tmp_path, ENTRIES[:3])
    with _journal(tmp_path).open("ab") as journal:
        journal.write(b'{"seq":4,"sum":"0123')

    store = local_store(tmp_path)
    session = begun(store)
    await session.journal.append(ENTRIES[3])
    store.release()

    found = peek(local_store(tmp_path), expected_of())
    assert isinstance(found, State)
    assert list(found.records) == ["worker-1", "worker-2"]


async def test_any_changed_byte_of_the_journal_stops_the_run(tmp_path: Path) -> None:
    """Nothing is guessed: a line that doesn't fit is named, unless it became the torn last one."""
    await _died(tmp_path)
    content = _journal(tmp_path).read_bytes()

    for position in range(0, len(content) - 1, 7):
        _journal(tmp_path).write_bytes(content[:position] + b"~" + content[position + 1 :])
        with pytest.raises(DamagedState, match="is damaged: it doesn't fit its checksum"):
            peek(local_store(tmp_path), expected_of())


async def test_a_missing_line_stops_the_run(tmp_path: Path) -> None:
    """Line 2 holds entry 3: something between was lost."""
    await _died(tmp_path)
    lines = _journal(tmp_path).read_bytes().splitlines(keepends=True)
    _journal(tmp_path).write_bytes(b"".join([lines[0], *lines[2:]]))

    with pytest.raises(DamagedState, match="holds entry 3, where entry 2 belongs"):
        peek(local_store(tmp_path), expected_of())


async def test_a_journal_that_begins_too_late_stops_the_run(tmp_path: Path) -> None:
    """State and journal don't join: one of them is from elsewhere."""
    await _died(tmp_path)
    lines = _journal(tmp_path).read_bytes().splitlines(keepends=True)
    _journal(tmp_path).write_bytes(b"".join(lines[2:]))

    with pytest.raises(DamagedState, match="Entry 3 is there and entry 1 is missing"):
        begin(local_store(tmp_path), a_holder(), expected=expected_of(), timeout_s=0.0)


async def test_a_state_from_another_clone_does_not_hide_what_a_dead_run_left(tmp_path: Path) -> None:
    """Its entries have the same numbers and are others: skipping ours would forget their machines."""
    await _died(tmp_path)
    elsewhere = local_store(tmp_path / "clone")
    session = begun(elsewhere)
    for number in (7, 8):
        await session.journal.append(*creation(f"other-{number}", number=number))
    await session.end()
    (tmp_path / "gpuspec.state.json").write_bytes((tmp_path / "clone" / "gpuspec.state.json").read_bytes())

    with pytest.raises(DamagedState, match="ends with entry 4, and the journal has the entries 1 to 6"):
        begin(local_store(tmp_path), a_holder(), expected=expected_of(), timeout_s=0.0)


async def test_a_journal_without_its_state_stops_the_run(tmp_path: Path) -> None:
    """A lost state is not taken for a fresh start."""
    await _died(tmp_path)
    (tmp_path / "gpuspec.state.json").unlink()

    with pytest.raises(DamagedState, match="the state was lost"):
        peek(local_store(tmp_path), expected_of())


async def _attempt(folder: Path, disk: FailingDisk) -> tuple[int, bool]:
    """Birth, entries and end on a failing disk: how many entries were acknowledged, and whether all went well."""
    acknowledged = 0
    store = local_store(folder, disk=disk)
    try:
        session = begun(store, snapshot_every=4)
        for entry in ENTRIES:
            await session.journal.append(entry)
            acknowledged += 1
        await session.end()
    except StateError:
        store.release()
        return acknowledged, False
    return acknowledged, True


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
async def test_a_disk_that_fails_at_any_write_loses_no_acknowledged_entry(tmp_path: Path, number: int) -> None:
    """The n-th operation fails, for every n: what was acknowledged before is found afterwards, and nothing torn."""
    went_well, fail_at = False, 0
    while not went_well:
        fail_at += 1
        folder = tmp_path / str(fail_at)
        folder.mkdir()
        acknowledged, went_well = await _attempt(folder, FailingDisk(fail_at=fail_at, number=number))

        session = begun(local_store(folder))
        found = await session.end()
        assert found.seq >= acknowledged, fail_at
        assert len(found.records) >= acknowledged // 2, fail_at
        assert not list(folder.glob(".*.tmp")), fail_at
        shutil.rmtree(folder)

    assert fail_at > 20


async def test_after_a_failed_write_no_later_one_is_tried(tmp_path: Path) -> None:
    """The disk may be well again: what it holds is not known any more, so every later append fails too."""
    disk = FailingDisk(fail_at=1_000_000, number=errno.EIO)
    store = local_store(tmp_path, disk=disk)
    session = begun(store)
    await session.journal.append(ENTRIES[0])
    disk.fail_at = disk.operations + 2

    with pytest.raises(StoreFailed, match="could not be written"):
        await session.journal.append(ENTRIES[1])
    disk.fail_at = 1_000_000
    with pytest.raises(StoreFailed, match="could not be written"):
        await session.journal.append(ENTRIES[2])
    with pytest.raises(StoreFailed, match="could not be written"):
        store.append([b"line"], first_seq=9)
    with pytest.raises(StoreFailed, match="could not be written"):
        store.cut(1)
    await session.end()


async def test_a_full_disk_says_so(tmp_path: Path) -> None:
    """The message names the file and what the system says, the hint what to do."""
    with pytest.raises(StoreFailed, match="No space left on device") as caught:
        begun(local_store(tmp_path, disk=FailingDisk(fail_at=4)))

    assert caught.value.hint == "make room on the disk"


async def test_a_snapshot_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    """The journal still has everything, and the next run recovers it."""
    disk = FailingDisk(fail_at=1_000_000)
    session = begun(local_store(tmp_path, disk=disk))
    await session.journal.append(*ENTRIES)
    disk.fail_at = disk.operations + 1

    with pytest.raises(StoreFailed):
        await session.end()

    again = begun(local_store(tmp_path))
    assert isinstance(again, Session)
    assert list(again.state.records) == ["worker-1", "worker-2", "worker-3"]
    await again.end()


async def test_a_courtesy_that_fails_stops_nothing(tmp_path: Path) -> None:
    """A snapshot counts as written even if its backup and its serial could not be."""
    disk = FailingDisk(fail_at=1_000_000)
    store = local_store(tmp_path, disk=disk)
    store.acquire(a_holder(), timeout_s=0.0)
    disk.fail_at = disk.operations + 6
    store.put_snapshot(b"content", lineage="a", serial=1)
    store.release()

    assert store.snapshot() == b"content"
    assert store.remembered() == {}


async def test_the_state_of_an_empty_run_is_plain(tmp_path: Path) -> None:
    """Birth alone leaves serial 1."""
    session = begun(local_store(tmp_path))

    assert await session.end() == a_state(serial=1)
