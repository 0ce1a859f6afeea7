"""State is read and written under a name that the system takes, or an error says why it can't be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gpuspec.errors import StateError
from gpuspec.store.files import read_file, refuse_odd_target
from tests.builders.disk import complaining_closes


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "file/x"], ids=["too long", "NUL", "below a file"])
@pytest.mark.parametrize("call", [read_file, refuse_odd_target])
def test_a_name_that_can_not_be_followed_is_an_error_of_the_state(
    tmp_path: Path, call: Callable[[Path], object], name: str
) -> None:
    """With what the system says."""
    (tmp_path / "file").touch()

    with pytest.raises(StateError, match="could not be read") as caught:
        call(tmp_path / name)

    assert caught.value.hint == "check the path and its permissions"


def test_what_was_read_stands_although_closing_fails(tmp_path: Path) -> None:
    """As on a network file system that is short of something at that moment."""
    (tmp_path / "file").write_bytes(b"content")

    with complaining_closes():
        content = read_file(tmp_path / "file")

    assert content == b"content"
