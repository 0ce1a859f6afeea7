"""Laying out specs: what is written was compared with what is there."""

from pathlib import Path

import pytest

from gpuspec.errors import SpecFaults
from gpuspec.workflow.fmt import LaidOut, write_all


def test_a_file_that_changed_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """Somebody saved it in between; none of the files is written."""
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_bytes(b"a:  1\n")
    other.write_bytes(b"b: saved\n")
    files = [
        LaidOut(file=path.name, path=path, before=before, after=before.replace(b"  ", b" "))
        for path, before in ((one, b"a:  1\n"), (other, b"b:  1\n"))
    ]

    with pytest.raises(SpecFaults) as caught:
        write_all(files)

    assert [problem.message for problem in caught.value.problems] == ["The file changed while it was being laid out."]
    assert (one.read_bytes(), other.read_bytes()) == (b"a:  1\n", b"b: saved\n")
