"""`gpuspec state rebuild` where it must not: a state is there, or whose the machines are can't be told."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gpuspec.codec.journal import encode_line
from gpuspec.model.journal import KeyUsed
from tests.builders.fleet import a_service
from tests.builders.lost import a_fleet, a_lost_state, lose, lose_simulated
from tests.builders.shell import a_project, a_run_in_progress, a_spec, files_below


def test_a_state_that_is_there_stays(tmp_path: Path) -> None:
    """6, with its name."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")
    before = files_below(tmp_path)

    said = shell("state", "rebuild", "--yes")

    assert (said.status, said.out) == (6, "")
    assert "gpuspec.state.json is there (records: 1), and a state is rebuilt only where there is none." in said.err
    assert "gpuspec state verify" in said.err
    assert {name: content for name, content in before.items() if "lock" not in name} == {
        name: content for name, content in files_below(tmp_path).items() if "lock" not in name
    }


def test_a_damaged_state_stays(tmp_path: Path) -> None:
    """It may be mended or restored."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")
    path = tmp_path / ".gpuspec" / "simulator" / "gpuspec.state.json"
    path.write_text(path.read_text()[:100])

    said = shell("state", "rebuild", "--yes")

    assert said.status == 6
    assert said.err.startswith("error: the state is damaged\n  gpuspec.state.json can't be read.")


def test_a_journal_alone_stays(tmp_path: Path) -> None:
    """It knows of requests that no marker tells of; the message names it."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")
    work = tmp_path / ".gpuspec" / "simulator"
    line = encode_line(KeyUsed(key_digest="d"), seq=1) + b"\n"
    (journal,) = work.glob("*.journal")
    journal.write_bytes(line)
    (work / "gpuspec.state.json").unlink()

    said = shell("state", "rebuild", "--yes")

    assert (said.status, said.out) == (6, "")
    assert f"(`.gpuspec/simulator/{journal.name}`)" in said.err
    assert journal.read_bytes() == line


def test_somebody_elses_lock_is_respected(tmp_path: Path) -> None:
    """6, with who holds it."""
    shell = a_lost_state(tmp_path)
    shell("state", "rebuild")
    with a_run_in_progress(tmp_path):
        said = shell("state", "rebuild", "--yes")

    assert (said.status, "ci@runner-7" in said.err) == (6, True)


def test_without_markers_there_is_another_way(tmp_path: Path) -> None:
    """`marker: off` leaves ids alone."""
    shell = a_lost_state(tmp_path, settings="marker: 'off'\n")

    said = shell("state", "rebuild", "--yes")

    assert (said.status, said.out) == (5, "")
    assert "The project file says `marker: off`" in said.err
    assert "    gpuspec import ADDRESS ID\n" in said.err


@pytest.mark.parametrize(
    ("spec", "settings", "arguments", "status", "words"),
    [
        ("trainer", "marker: name\n", ("--lineage", "0badcafe"), 64, "With `marker: name` a marker has no room"),
        ("trainer", "", ("--lineage", "xyz"), 64, "a lineage is named by its first 8 hex digits"),
    ],
)
def test_a_lineage_that_can_not_be_meant(
    tmp_path: Path, spec: str, settings: str, arguments: tuple[str, ...], status: int, words: str
) -> None:
    """64, before anything is asked."""
    said = a_project(tmp_path, a_spec(spec), settings=settings)("state", "rebuild", "--yes", *arguments)

    assert (said.status, said.out) == (status, "")
    assert words in said.err


def test_another_projects_machines_are_not_taken(tmp_path: Path) -> None:
    """5, and where to look; so with an account that has nothing."""
    with a_fleet(tmp_path, a_spec("trainer")) as (shell, _):
        lose(tmp_path)
        shell.write("gpuspec.yaml", "version: 1\nproject: another\n")
        other = shell("state", "rebuild", "--yes")
        shell.write("gpuspec.yaml", "version: 1\nproject: demo\n")
        nobody = shell("state", "rebuild", "--yes", NOVITA_API_KEY="sk_other")

    for said in (other, nobody):
        assert (said.status, said.out) == (5, "")
        assert "No instance that stays carries a marker of this project and environment." in said.err
        assert "    gpuspec audit\n" in said.err
    assert not (tmp_path / "gpuspec.state.json").exists()


def test_a_marker_that_was_copied_by_hand_is_told(tmp_path: Path) -> None:
    """Two records of one nonce would answer for each other."""
    with a_fleet(tmp_path, a_spec("trainer")) as (shell, service):
        lose(tmp_path)
        (first,) = service.world.instances.values()
        copied = tuple((key, value.replace("/trainer#", "/second#")) for key, value in first.envs)
        service.world.put("create", None, replace(first, id="i-copy", envs=copied))
        said = shell("state", "rebuild", "--yes")

    assert (said.status, said.out) == (5, "")
    assert "These instances can't stand in one state. The nonce ID is used 2 times:" in said.err
    assert not (tmp_path / "gpuspec.state.json").exists()


def test_an_environment_rebuilds_its_own(tmp_path: Path) -> None:
    """The markers of another one are not looked at."""
    settings = "environments: {dev: {}, prod: {}}\n"
    shell = a_project(tmp_path, a_spec("trainer"), settings=settings)
    for environment in ("dev", "prod"):
        assert shell("-e", environment, "apply", "--yes").status == 0
    work = tmp_path / ".gpuspec" / "simulator"
    shutil.rmtree(work / "backups")
    for path in work.glob("gpuspec.prod.state.json*"):
        path.unlink()

    said = shell("-e", "prod", "state", "rebuild", "--yes")

    assert (said.status, "Rebuilt: 1 record," in said.out) == (0, True)
    assert "note: only the record changes" in shell("-e", "prod", "plan").out
    assert "Beside these: 1 unchanged." in shell("-e", "dev", "plan").out


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        ({"missing_total": True}, "There may be instances that the list did not show."),
        ({"envs_in_list": False, "envs_in_get": False}, "Whether each instance carries a marker of this project"),
    ],
)
def test_what_is_not_seen_whole_is_not_recorded(tmp_path: Path, switches: dict[str, bool], words: str) -> None:
    """A state that lacks a machine would let the next apply make it a second time."""
    with a_service(**switches) as service:
        shell = a_project(tmp_path, a_spec("trainer"), NOVITA_API_KEY="sk_fleet", GPUSPEC_ENDPOINT=service.origin)
        shell.write("gpuspec.yaml", "version: 1\nproject: demo\nsettleWindow: 1\nrequestTimeout: 2\n")
        shell("apply", "--yes", "--wait", "none")
        assert len(service.world.instances) == 1 or "missing_total" in switches
        if (tmp_path / "gpuspec.state.json").exists():
            lose(tmp_path)
        said = shell("state", "rebuild", "--yes")

    assert (said.status, said.out) == (5, "")
    assert words in said.err
    assert not (tmp_path / "gpuspec.state.json").exists()


def test_without_the_state_an_instance_that_was_renamed_is_not_made_again(tmp_path: Path) -> None:
    """It carries the marker of the address that it was made at, and the spec says which that was."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")
    shell.write("instances.yaml", "moved: [{from: trainer, to: teacher}]\n" + a_spec("teacher"))
    shell("apply", "--yes")
    lose_simulated(tmp_path)

    refused, rebuilt, planned = shell("apply", "--yes"), shell("state", "rebuild", "--yes"), shell("plan")

    assert (refused.status, refused.out) == (5, "")
    assert "made from another state: the marker of this address is on ID" in refused.err
    assert (rebuilt.status, planned.status) == (0, 0)
    assert "its record moves here from `trainer`" in planned.out


def test_without_the_state_nothing_is_made_beside_machines_of_the_project(tmp_path: Path) -> None:
    """Moved by hand or renamed in the spec since, it has no marker of its address: it might be made again."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")
    lose_simulated(tmp_path)
    shell.write("instances.yaml", a_spec("teacher"))

    refused, rebuilt = shell("apply", "--yes"), shell("state", "rebuild", "--yes")

    assert (refused.status, refused.out) == (5, "")
    assert "There is no state, and 1 machine of this project and environment" in refused.err
    assert "    gpuspec state rebuild\n" in refused.err
    assert rebuilt.status == 0


def test_another_set_of_the_same_name_is_made_when_asked_for(tmp_path: Path) -> None:
    """`--recreate-lost` says that the machines that are there are none of these."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes")
    lose_simulated(tmp_path)
    shell.write("instances.yaml", a_spec("teacher"))

    said = shell("apply", "--yes", "--recreate-lost")

    assert (said.status, "Ledger: 1 done" in said.out) == (0, True)
