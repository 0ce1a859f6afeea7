"""What a state on a local disk looks like, and what stands in its way."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from gpuspec.errors import DamagedState, NewerState, StateError, StoreFailed
from gpuspec.store.files import read_file
from gpuspec.store.local import BACKUPS, LocalStore
from gpuspec.store.state_store import peek
from tests.builders.recorded import creation
from tests.builders.stores import a_holder, begun, expected_of, local_store

pytestmark = pytest.mark.anyio


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    """State 0600 beside the project file; everything else below a folder of mode 0700."""
    session = begun(local_store(tmp_path))
    await session.journal.append(*creation())
    held = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    modes = {_mode(path) for path in tmp_path.rglob("*") if path.is_file()}
    await session.end()

    assert held == {
        "gpuspec.state.json",
        ".gpuspec/gpuspec.state.json.journal",
        ".gpuspec/gpuspec.state.json.lock",
        ".gpuspec/gpuspec.state.json.lock.json",
        ".gpuspec/gpuspec.state.json.serials",
        ".gpuspec/backups/gpuspec.state.json.1",
    }
    assert modes == {0o600}
    assert _mode(tmp_path / ".gpuspec") == 0o700
    assert _mode(tmp_path / ".gpuspec" / "backups") == 0o700


async def test_looking_writes_nothing(tmp_path: Path) -> None:
    """Peeking makes no folder and no file."""
    peek(local_store(tmp_path), expected_of())
    local_store(tmp_path).holder()

    assert list(tmp_path.iterdir()) == []


async def test_the_latest_backups_are_kept(tmp_path: Path) -> None:
    """By serial, as numbers: 10 is later than 9. Other files there are left alone."""
    store = local_store(tmp_path)
    store.acquire(a_holder(), timeout_s=0.0)
    for serial in range(1, 12):
        store.put_snapshot(b"content %d" % serial, lineage="a", serial=serial)
    store.release()
    backups = tmp_path / ".gpuspec" / "backups"
    (backups / "gpuspec.state.json.note").touch()

    assert sorted(path.name for path in backups.glob("*[0-9]")) == sorted(
        f"gpuspec.state.json.{serial}" for serial in range(12 - BACKUPS, 12)
    )
    assert (backups / "gpuspec.state.json.11").read_bytes() == b"content 11"


async def test_states_of_one_name_in_two_folders_have_journals_of_their_own(tmp_path: Path) -> None:
    """They may share the work folder."""
    for folder in ("dev", "prod"):
        (tmp_path / folder).mkdir()
        store = LocalStore(tmp_path / folder / "s.json", tmp_path / ".gpuspec")
        session = begun(store)
        await session.journal.append(*creation(folder))
        store.release()
    outside = LocalStore(tmp_path.parent / "s.json", tmp_path / ".gpuspec")

    assert len(list((tmp_path / ".gpuspec").glob("*.journal"))) == 2
    assert len(outside.read_since(0)) == 0


def _link(path: Path) -> None:
    target = path.with_name("elsewhere.json")
    target.write_bytes(b"{}")
    path.symlink_to(target)


def _dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere.json"))


def _pipe(path: Path) -> None:
    os.mkfifo(path)


ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "link": (_link, "is a symbolic link"),
    "dangling link": (_dangling, "is a symbolic link"),
    "folder": (Path.mkdir, "is a folder, where a file belongs"),
    "pipe": (_pipe, "is no regular file, where a file belongs"),
}


@pytest.mark.parametrize(("make", "message"), ODD.values(), ids=ODD.keys())
async def test_a_state_that_is_no_file_is_refused(tmp_path: Path, make: Callable[[Path], None], message: str) -> None:
    """Neither read nor replaced."""
    make(tmp_path / "gpuspec.state.json")
    store = local_store(tmp_path)
    store.acquire(a_holder(), timeout_s=0.0)

    with pytest.raises(StateError, match=message):
        store.snapshot()
    with pytest.raises(StateError, match=message):
        store.put_snapshot(b"content", lineage="a", serial=1)
    store.release()


def _use(store: LocalStore) -> None:
    """Touch every file there is."""
    begun(store)
    store.remembered()
    store.append([b"line"], first_seq=1)


@pytest.mark.parametrize("make", [_link, _dangling], ids=["link", "dangling link"])
@pytest.mark.parametrize("name", ["journal", "serials", "lock", "lock.json"])
async def test_no_file_of_ours_is_written_through_a_link(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    """A link that somebody put into the work folder is refused, and what it points to stays as it is."""
    (tmp_path / ".gpuspec").mkdir()
    make(tmp_path / ".gpuspec" / f"gpuspec.state.json.{name}")

    with pytest.raises(StateError, match=r"symbolic link|[Tt]oo many levels of symbolic links"):
        _use(local_store(tmp_path))
    assert not (tmp_path / ".gpuspec" / "nowhere.json").exists()
    assert read_file(tmp_path / ".gpuspec" / "elsewhere.json") in {b"{}", None}


async def test_a_work_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """A cloned repository can't make us write elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".gpuspec").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StoreFailed, match="is a symbolic link"):
        begun(local_store(tmp_path))
    assert list((tmp_path / "elsewhere").iterdir()) == []
    with pytest.raises(StoreFailed, match="gpuspec is a symbolic link"):
        begun(LocalStore(tmp_path / "gpuspec.state.json", tmp_path / ".gpuspec" / "simulator"))


async def test_every_folder_that_is_made_is_for_its_owner_only(tmp_path: Path) -> None:
    """The one above the simulator's too."""
    work_folder = tmp_path / ".gpuspec" / "simulator"
    begun(LocalStore(tmp_path / "gpuspec.state.json", work_folder))

    assert {folder.stat().st_mode & 0o777 for folder in (work_folder.parent, work_folder)} == {0o700}


async def test_a_work_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """With what the system says."""
    (tmp_path / ".gpuspec").touch()

    with pytest.raises(StoreFailed, match=r"\.gpuspec could not be written: File exists"):
        begun(local_store(tmp_path))


async def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """A gigabyte at most: the wrong file was named."""
    path = tmp_path / "gpuspec.state.json"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)

    with pytest.raises(StateError, match="has 1,073,741,825 bytes, and at most 1,073,741,824 are read"):
        local_store(tmp_path).snapshot()


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A state in a folder that doesn't exist is read as none and can't be written."""
    store = LocalStore(tmp_path / "nowhere" / "s.json", tmp_path / ".gpuspec")

    assert store.snapshot() is None
    with pytest.raises(StoreFailed, match="No such file or directory"):
        begun(store)


async def test_a_path_through_a_file_is_named(tmp_path: Path) -> None:
    """A file where a folder belongs."""
    (tmp_path / "file").touch()
    store = LocalStore(tmp_path / "file" / "s.json", tmp_path / ".gpuspec")

    with pytest.raises(StateError, match="could not be read: Not a directory"):
        store.snapshot()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    """An unwritable project folder, with a way to mend it."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreFailed, match="Permission denied") as caught:
            begun(local_store(tmp_path))
    finally:
        tmp_path.chmod(0o700)

    assert caught.value.hint == "allow this user to write there"


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", DamagedState), (b'{"version": 1', DamagedState), (b'{"version": 2}', NewerState)],
    ids=["empty", "torn", "later"],
)
async def test_an_unusable_file_gives_the_lock_back(tmp_path: Path, content: bytes, error: type[StateError]) -> None:
    """The run stops, and the next one can have the lock."""
    (tmp_path / "gpuspec.state.json").write_bytes(content)

    with pytest.raises(error, match=r"gpuspec\.state\.json"):
        begun(local_store(tmp_path))
    store = local_store(tmp_path)
    store.acquire(a_holder(), timeout_s=0.0)
    store.release()


async def test_a_damaged_memory_of_serials_is_named(tmp_path: Path) -> None:
    """Without it, a stale copy could not be told."""
    await begun(local_store(tmp_path)).end()
    (tmp_path / ".gpuspec" / "gpuspec.state.json.serials").write_bytes(b"[]")

    with pytest.raises(DamagedState, match="serials can't be read"):
        peek(local_store(tmp_path), expected_of())


async def test_a_leftover_of_a_killed_run_is_no_hindrance(tmp_path: Path) -> None:
    """Its temporary file goes away."""
    leftover = tmp_path / ".gpuspec.state.json.tmp"
    leftover.write_bytes(b"half a st")

    await begun(local_store(tmp_path)).end()
    assert not leftover.exists()


async def test_breaking_the_lock_is_not_needed(tmp_path: Path) -> None:
    """The operating system does it, so nothing happens."""
    store = local_store(tmp_path)
    store.acquire(a_holder(), timeout_s=0.0)
    store.force_release()

    assert store.holder() == a_holder()
    store.release()
    assert store.holder() is None
