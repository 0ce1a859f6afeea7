"""Files of the user: read whole or refused with a reason, and included only from below the project folder."""

import os
from pathlib import Path

import pytest

from gpuspec.model.problem import Problem
from gpuspec.ports import NotReadable
from gpuspec.spec.source import Source
from gpuspec.workflow.files import FILE_LIMIT, ProjectIncludes, read_bytes, read_source
from tests.builders.disk import complaining_closes


def code(answer: bytes | NotReadable) -> str:
    """Why a file can't be had; empty when it can."""
    return answer.code if isinstance(answer, NotReadable) else ""


def test_what_is_no_file_has_a_reason(tmp_path: Path) -> None:
    """A folder, a device that never ends, a name that no file has, one that none can have, and one too large."""
    (tmp_path / "large").write_bytes(b"")
    os.truncate(tmp_path / "large", FILE_LIMIT + 1)

    assert [code(read_bytes(path)) for path in (tmp_path, Path("/dev/zero"), tmp_path / "x", Path("a\0b"))] == [
        "file-is-a-folder",
        "file-unreadable",
        "file-missing",
        "file-unreadable",
    ]
    assert code(read_bytes(tmp_path / "large")) == "file-too-large"


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    """As the shell's `<(command)` needs it."""
    receiving, sending = os.pipe()
    os.write(sending, b"version: 1\n")
    os.close(sending)
    try:
        assert read_bytes(Path(f"/dev/fd/{receiving}")) == b"version: 1\n"
    finally:
        os.close(receiving)


def test_a_file_below_the_project_is_included(tmp_path: Path) -> None:
    """By its name from the project folder, through links that stay below it."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a").write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "parts" / "a")
    includes = ProjectIncludes(folder=tmp_path.resolve())

    assert [includes.read(name) for name in ("parts/a", "link", "parts/../parts/a")] == [b"text"] * 3


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "link", "linked/outside"])
def test_a_file_outside_the_project_is_not_included(tmp_path: Path, name: str) -> None:
    """However the way leads out: dots, an absolute path, a link, a folder that is a link."""
    (tmp_path / "outside").write_text("text")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "linked").symlink_to(tmp_path)

    assert code(ProjectIncludes(folder=folder.resolve()).read(name)) == "outside-project"


@pytest.mark.parametrize("name", ["missing", "a\0b", "loop"])
def test_a_file_that_is_not_there_is_not_included(tmp_path: Path, name: str) -> None:
    """A name that none has or can have, and a link to itself, end in a reason."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    assert code(ProjectIncludes(folder=tmp_path.resolve()).read(name)) in {"include-missing", "file-unreadable"}


def test_a_source_is_named_from_the_project_folder(tmp_path: Path) -> None:
    """As typed in messages, by its real path for the record; outside the project it is none."""
    folder = tmp_path.resolve() / "project"
    (folder / "specs").mkdir(parents=True)
    (folder / "specs" / "a.yaml").write_text("version: 1\n")
    (tmp_path / "b.yaml").write_text("version: 1\n")
    typed = f"{folder}/specs/../specs/a.yaml"

    outside = read_source(str(tmp_path / "b.yaml"), folder=folder)

    assert read_source(typed, folder=folder) == Source(file=typed, inside="specs/a.yaml", content=b"version: 1\n")
    assert isinstance(outside, Problem)
    assert outside.code == "outside-project"


def test_a_file_is_read_although_closing_it_fails(tmp_path: Path) -> None:
    """As on a network file system that is short of something at that moment."""
    (tmp_path / "spec.yaml").write_bytes(b"version: 1\n")

    with complaining_closes():
        content = read_bytes(tmp_path / "spec.yaml")

    assert content == b"version: 1\n"
