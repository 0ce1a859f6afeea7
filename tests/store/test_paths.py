"""Where states are kept."""

from pathlib import Path

import pytest

from gpuspec.errors import ForeignState
from gpuspec.store.paths import refuse_left_behind, state_path

FOLDER = Path("/project")


@pytest.mark.parametrize(
    ("environment", "configured", "expected"),
    [
        ("default", "", "gpuspec.state.json"),
        ("prod", "", "gpuspec.prod.state.json"),
        ("default", "states/gpu.state.json", "states/gpu.state.json"),
        ("prod", "states/gpu.state.json", "states/gpu.prod.state.json"),
        ("prod", "gpu.json", "gpu.prod.json"),
        ("prod", "gpu", "gpu.prod"),
    ],
)
def test_each_environment_has_a_state_of_its_own(environment: str, configured: str, expected: str) -> None:
    """The environment's name stands before the ending."""
    assert FOLDER / expected == state_path(FOLDER, environment=environment, configured=configured)


def test_environments_beside_a_state_without_one_are_refused(tmp_path: Path) -> None:
    """Its instances would be created again; an environment `default` goes on with it."""
    (tmp_path / "gpuspec.state.json").touch()

    with pytest.raises(ForeignState, match="was made without one") as caught:
        refuse_left_behind(tmp_path, environments=["dev", "prod"])

    assert "declare an environment `default`" in caught.value.hint
    refuse_left_behind(tmp_path, environments=["default", "prod"])
    refuse_left_behind(tmp_path, environments=[])
    refuse_left_behind(tmp_path, environments=["prod"], configured="other.state.json")
