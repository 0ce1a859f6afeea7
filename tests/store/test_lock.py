"""The lock between real processes, and what those are told who don't get it."""

import json
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gpuspec.errors import Locked
from gpuspec.ports import Holder
from gpuspec.store.disk import Disk
from gpuspec.store.holding import decode_holder, encode_holder, is_dead, locked
from gpuspec.store.lock import StateLock
from tests.builders.fleet import PATIENCE_S
from tests.builders.recorded import NOON
from tests.builders.stores import a_holder, local_store

ROOT = Path(__file__).parent.parent.parent

# Takes the lock, says so, and keeps it until its standard input ends.
KEEP = """
import sys
from pathlib import Path
from tests.builders.stores import a_holder, local_store
store = local_store(Path(sys.argv[1]))
store.acquire(a_holder("apply"), timeout_s=0.0)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def _another_process_with_the_lock(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", KEEP, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_another_process_keeps_us_out(tmp_path: Path) -> None:
    """And is named: its number, that it is alive, what it does and since when."""
    with _another_process_with_the_lock(tmp_path) as process:
        store = local_store(tmp_path)
        holder = store.holder()
        assert holder is not None
        assert holder.pid == process.pid
        with pytest.raises(Locked) as caught:
            store.acquire(a_holder("destroy", since=NOON + 270), timeout_s=0.0)

    expected = f"ci@{platform.node()} (process {process.pid}, alive) has been running `apply` on it since"
    assert caught.value.message.startswith(expected)
    assert caught.value.message.endswith("(4 minutes).")
    assert caught.value.command == "gpuspec destroy --lock-timeout 10m"


def test_a_process_that_was_killed_keeps_nobody_out(tmp_path: Path) -> None:
    """kill -9 frees the lock, and nobody is said to hold it."""
    with _another_process_with_the_lock(tmp_path) as process:
        process.kill()
        process.wait()
        store = local_store(tmp_path)

        assert store.holder() is None
        store.acquire(a_holder(), timeout_s=0.0)
        assert store.holder() == a_holder()
        store.release()


class _LateDisk(Disk):
    """Its first write stands still until it may go on."""

    def __init__(self) -> None:
        self.reached, self.may_go_on = threading.Event(), threading.Event()

    def write(self, descriptor: int, content: bytes) -> None:
        self.reached.set()
        self.may_go_on.wait(PATIENCE_S)
        super().write(descriptor, content)


def test_a_run_that_has_just_taken_the_lock_is_named_all_the_same(tmp_path: Path) -> None:
    """Whoever comes before it has said so waits a moment, and is not told that somebody unknown is at work."""
    path, disk = tmp_path / "state.lock", _LateDisk()
    first = StateLock(path, disk)
    thread = threading.Thread(target=lambda: first.acquire(HOLDER, timeout_s=0.0))
    thread.start()
    assert disk.reached.wait(PATIENCE_S)
    threading.Timer(0.2, disk.may_go_on.set).start()
    with pytest.raises(Locked, match=rf"\(process {HOLDER.pid}, alive\)"):
        StateLock(path, Disk()).acquire(a_holder("destroy"), timeout_s=0.0)

    thread.join()
    first.release()


def test_a_lock_that_is_just_given_back_is_had(tmp_path: Path) -> None:
    """Nobody is named any more: it is free a moment later."""
    path = tmp_path / "state.lock"
    first, second = StateLock(path, Disk()), StateLock(path, Disk())
    first.acquire(HOLDER, timeout_s=0.0)
    path.with_name(f"{path.name}.json").unlink()
    threading.Timer(0.2, first.release).start()
    second.acquire(a_holder("destroy"), timeout_s=0.0)

    assert second.holder() == a_holder("destroy")
    second.release()


def test_a_run_that_was_killed_is_not_taken_for_the_one_at_work(tmp_path: Path) -> None:
    """Its info file outlives it; who has the lock has not said so yet."""
    path = tmp_path / "state.lock"
    first = StateLock(path, Disk())
    first.acquire(HOLDER, timeout_s=0.0)
    info = path.with_name(f"{path.name}.json")
    said = info.read_bytes()
    info.write_bytes(encode_holder(a_holder(pid=2**62)))
    threading.Timer(0.2, lambda: info.write_bytes(said)).start()
    with pytest.raises(Locked, match=rf"\(process {HOLDER.pid}, alive\)"):
        StateLock(path, Disk()).acquire(a_holder("destroy"), timeout_s=0.0)

    first.release()


HOLDER = Holder(who="ci", host=platform.node(), pid=os.getpid(), operation="apply", since=1_780_044_720.0)


@pytest.mark.parametrize(
    ("since", "spent_s", "words"),
    [
        (1_780_044_720.0, 270.0, "since 08:52 UTC (4 minutes)."),
        (1_780_044_720.0, 60.0, "since 08:52 UTC (1 minute)."),
        (1_780_044_720.0, -5.0, "since 08:52 UTC (0 minutes)."),
        (1_780_044_720.0, 90_000.0, "since 2026-05-29 08:52 UTC (1500 minutes)."),
        (1e300, 0.0, "since an unknown time."),
    ],
)
def test_the_time_is_told_so_that_everybody_understands_it(since: float, spent_s: float, words: str) -> None:
    """In UTC, because the holder may be elsewhere; with the date when it is long ago."""
    holder = a_holder(since=since)

    assert locked(holder, wanted_by=a_holder(since=since + spent_s), waited_s=0.0).message.endswith(words)


def test_a_holder_on_another_host_may_be_alive() -> None:
    """Nothing can be known of its process."""
    holder = a_holder(host="runner-7", pid=4242)

    assert not is_dead(holder)
    assert "ci@runner-7 (process 4242, on another host)" in locked(holder, wanted_by=HOLDER, waited_s=0.0).message


def test_a_process_that_ended_is_said_to_have_ended() -> None:
    """A process number that nobody has."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()

    assert is_dead(a_holder(pid=process.pid))
    assert "ended" in locked(a_holder(pid=process.pid), wanted_by=HOLDER, waited_s=0.0).message
    assert is_dead(a_holder(pid=2**62))


def test_a_process_of_somebody_else_is_alive() -> None:
    """Process 1 is there, whether we may signal it or not."""
    assert not is_dead(a_holder(pid=1))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", json.dumps({"who": 1}).encode()], ids=["empty", "torn", "list", "bare", "odd"]
)
def test_an_info_file_that_can_not_be_read_tells_nothing(content: bytes) -> None:
    """It only informs, so nothing stops because of it."""
    assert decode_holder(content) is None
    assert "has not said who" in locked(None, wanted_by=HOLDER, waited_s=0.0).message


def test_a_holder_survives_its_info_file() -> None:
    """What was written is read."""
    assert decode_holder(encode_holder(HOLDER)) == HOLDER
