"""Ctrl-C and SIGTERM, once and twice, at every stage of a run."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders.fleet import Fleet, a_service, ended, read_until, until

ADDRESSES = tuple(f"worker-{number}" for number in range(12))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_waits_for_what_was_sent_and_starts_nothing_else(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    """What was under way is recorded, the rest is not started, and the next run makes it."""
    with a_service("slow@create:1.0:1.0") as service:
        fleet = Fleet(folder=tmp_path, service=service, settings=_two_at_once()).asks_for(*ADDRESSES)
        with fleet.start("apply", "--yes") as process:
            until(lambda: len(fleet.sent) >= 2)
            process.send_signal(number)
            run = ended(process).checked(status)

        sent = len(fleet.sent)
        assert 2 <= sent <= 4
        assert len(fleet.state["records"]) == sent
        assert fleet.state["intents"] == {}
        assert "not started" in run.stdout
        fleet.asks_for(*ADDRESSES[: sent + 1]).apply().checked(0)
        fleet.assert_whole(*ADDRESSES[: sent + 1])


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_second_signal_ends_the_run_at_once(tmp_path: Path, number: signal.Signals, status: int) -> None:
    """It does not wait for answers; the next run finds what they would have told."""
    with a_service("slow@create:2x:60") as service:
        settings = {"settleWindow": 1, "requestTimeout": 90}
        fleet = Fleet(folder=tmp_path, service=service, settings=settings).asks_for("trainer", "worker")
        with fleet.start("apply", "--yes") as process:
            until(lambda: len(fleet.instances) == 2)
            process.send_signal(number)
            read_until(process, "Once more")
            began = time.monotonic()
            process.send_signal(number)
            ended(process).checked(status)

        assert time.monotonic() - began < 30
        fleet.apply().checked(0)
        fleet.assert_whole("trainer", "worker")
        assert len(fleet.sent) == 2


def test_a_signal_while_a_run_settles_ends_it(tmp_path: Path) -> None:
    """With 7, since the request stays unresolved; nothing is sent, and the next run goes on settling."""
    with a_service("lost-request:1x") as service:
        fleet = Fleet(folder=tmp_path, service=service, settings={"settleWindow": 600, "requestTimeout": 2})
        fleet.asks_for("trainer")
        fleet.apply("--settle", "0s").checked(7)
        with fleet.start("apply", "--yes") as process:
            read_until(process, "looking for it")
            process.send_signal(signal.SIGINT)
            ended(process).checked(7)

        assert len(fleet.sent) == 1
        assert len(fleet.state["intents"]) == 1


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_a_run_waits_for_the_lock_ends_it(tmp_path: Path, number: signal.Signals, status: int) -> None:
    """At once: nothing was begun that would have to be put in order."""
    with a_service("slow@create:1.0:60") as service:
        fleet = Fleet(folder=tmp_path, service=service, settings={"requestTimeout": 90}).asks_for("trainer")
        with fleet.start("apply", "--yes") as first:
            until(lambda: fleet.sent)
            with fleet.start("apply", "--yes", "--lock-timeout", "10m") as second:
                read_until(second, "Waiting for the lock")
                second.send_signal(number)
                run = ended(second)
            assert first.poll() is None, "It waited until the lock was free."
            first.kill()
            first.communicate()

    run.checked(status)


def _two_at_once() -> dict[str, object]:
    return {"settleWindow": 1, "requestTimeout": 10, "parallelism": 2}


# Interrupts itself while the program is still being imported.
INTERRUPTED = """\
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "gpuspec.codec.problems":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["gpuspec", "validate"]
from gpuspec.cli.main import main
main()
"""


def test_a_signal_while_the_program_starts_ends_it_without_a_word(tmp_path: Path) -> None:
    """Nothing has begun yet, and the traceback of an import is nobody's business."""
    run = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=tmp_path, capture_output=True, text=True)

    assert (run.returncode, run.stdout, run.stderr) == (-signal.SIGINT, "", "")
