"""States that can't be used: the run says so with exit status 6, and sends nothing."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders.fleet import KILLED, Fleet, Service, a_service, until

ADDRESSES = ("trainer", "worker")
Damage = Callable[[Fleet], None]


def _torn(fleet: Fleet) -> None:
    content = fleet.state_path.read_bytes()
    fleet.state_path.write_bytes(content[: len(content) // 2])


def _empty(fleet: Fleet) -> None:
    fleet.state_path.write_bytes(b"")


def _of_a_later_version(fleet: Fleet) -> None:
    fleet.state_path.write_text(json.dumps({**fleet.state, "version": 99}))


def _no_file(fleet: Fleet) -> None:
    fleet.state_path.unlink()
    fleet.state_path.mkdir()


def _a_link(fleet: Fleet) -> None:
    elsewhere = fleet.folder / "elsewhere.json"
    fleet.state_path.rename(elsewhere)
    fleet.state_path.symlink_to(elsewhere)


def _no_work_folder(fleet: Fleet) -> None:
    (fleet.folder / ".gpuspec").rename(fleet.folder / "before")
    (fleet.folder / ".gpuspec").write_text("")


def _no_serials(fleet: Fleet) -> None:
    (fleet.folder / ".gpuspec" / "gpuspec.state.json.serials").write_text("{")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_torn, "damaged"),
        (_empty, "damaged"),
        (_of_a_later_version, "later gpuspec"),
        (_no_file, "is a folder"),
        (_a_link, "symbolic link"),
        (_no_work_folder, ".gpuspec"),
        (_no_serials, "serials can't be read"),
    ],
)
def test_a_state_that_cannot_be_used_stops_the_run(tmp_path: Path, damage: Damage, words: str) -> None:
    """With a message that names what is wrong; nothing is sent, and the file stays as it is."""
    with a_service() as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer")
        fleet.apply().checked(0)
        damage(fleet)
        fleet.asks_for(*ADDRESSES)

        stopped = fleet.apply().checked(6)

        assert len(fleet.sent) == 1
    assert words in stopped.stderr


def test_a_state_of_another_origin_stops_the_run(tmp_path: Path) -> None:
    """The instances that it records are at another service."""
    with a_service() as service, a_service() as other:
        Fleet(folder=tmp_path, service=service).asks_for("trainer").apply().checked(0)
        fleet = Fleet(folder=tmp_path, service=other).asks_for(*ADDRESSES)

        stopped = fleet.apply().checked(6)

        assert fleet.sent == ()
    assert service.origin in stopped.stderr
    assert other.origin in stopped.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_stops_the_run(tmp_path: Path) -> None:
    """Before the first request: what could not be recorded is not made."""
    with a_service() as service:
        fleet = Fleet(folder=tmp_path, service=service).asks_for("trainer")
        tmp_path.chmod(0o500)
        try:
            fleet.apply().checked(6)
        finally:
            tmp_path.chmod(0o700)

        assert fleet.sent == ()


def test_a_torn_last_line_of_the_journal_is_passed_over(tmp_path: Path) -> None:
    """The run that wrote it never went on from there."""
    with a_service("slow@create:2x:20") as service:
        fleet = _killed_while_sending(service, tmp_path)
        with fleet.journal_path.open("ab") as journal:
            journal.write(b'{"seq":9,"sum":"0123456789abcdef","entry":{"ki')

        fleet.apply().checked(0)

        fleet.assert_whole(*ADDRESSES)
        assert len(fleet.sent) == 2


def test_a_damaged_line_in_the_journal_stops_the_run(tmp_path: Path) -> None:
    """What it held may be an id; nothing is guessed, and nothing sent."""
    with a_service("slow@create:2x:20") as service:
        fleet = _killed_while_sending(service, tmp_path)
        content = fleet.journal_path.read_bytes()
        fleet.journal_path.write_bytes(content.replace(b"intended", b"intenbed", 1))

        stopped = fleet.apply().checked(6)

        assert len(fleet.sent) == 2
        fleet.journal_path.write_bytes(content)
        fleet.apply().checked(0)
        fleet.assert_whole(*ADDRESSES)
    assert "is damaged: it doesn't fit its checksum" in stopped.stderr


def test_a_journal_whose_state_is_gone_stops_the_run(tmp_path: Path) -> None:
    """It is not taken for a fresh start."""
    with a_service("slow@create:2x:20") as service:
        fleet = _killed_while_sending(service, tmp_path)
        state = fleet.state_path.read_bytes()
        fleet.state_path.unlink()

        fleet.apply().checked(6)

        fleet.state_path.write_bytes(state)
        fleet.apply().checked(0)
        fleet.assert_whole(*ADDRESSES)


def _killed_while_sending(service: Service, folder: Path) -> Fleet:
    """A fleet whose first run was killed when the service had its requests and had not answered."""
    fleet = Fleet(folder=folder, service=service).asks_for(*ADDRESSES)
    with fleet.start("apply", "--yes") as process:
        until(lambda: len(fleet.instances) == len(ADDRESSES))
        process.kill()
        process.communicate()
    assert process.returncode == KILLED
    return fleet
