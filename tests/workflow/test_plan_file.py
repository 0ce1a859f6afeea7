"""Plan files on a disk that fails, and what is looked into at all."""

import dataclasses
import os
import threading
from pathlib import Path

import pytest

from gpuspec.codec.receipt import receipt
from gpuspec.errors import PlanNotWritten
from gpuspec.model.plan import Plan
from gpuspec.workflow.plan_file import plan_among, read_plan, write_plan
from tests.builders.disk import FailingDisk
from tests.builders.recorded import NOON, a_birth

BIRTH = a_birth()
FIRST = Plan(birth=BIRTH, serial=1, made_at=NOON, actions=(), receipt=receipt(BIRTH, ()))
SECOND = dataclasses.replace(FIRST, serial=2)


@pytest.mark.parametrize("fail_at", range(4))
def test_a_write_that_fails_leaves_one_plan_whole_and_nothing_else(tmp_path: Path, fail_at: int) -> None:
    """Whichever step fails, a reader finds the plan before or this one, and no leftover."""
    path = tmp_path / "plan"
    write_plan(path, FIRST)

    with pytest.raises(PlanNotWritten, match="plan can't be written: "):
        write_plan(path, SECOND, disk=FailingDisk(fail_at=fail_at))

    assert [path] == list(tmp_path.iterdir())
    assert read_plan(str(path)) in (FIRST, SECOND)


def test_a_pipe_among_the_specs_is_left_to_its_reader(tmp_path: Path) -> None:
    """To open and close it would end its writer, and what was read of it would be gone."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    written = threading.Thread(target=lambda: path.write_bytes(b"version: 1\n"), daemon=True)
    written.start()

    assert plan_among((str(path), "-")) is None
    assert path.read_bytes() == b"version: 1\n"
    written.join()


def test_a_plan_is_read_through_a_link(tmp_path: Path) -> None:
    """Reading changes nothing, so a link will do."""
    write_plan(tmp_path / "plan", FIRST)
    (tmp_path / "link").symlink_to("plan")

    assert plan_among((str(tmp_path / "link"),)) == FIRST
