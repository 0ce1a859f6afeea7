"""A run's settings: the command line before the environment, the environment before the project, all within bounds."""

from pathlib import Path

import pytest

from gpuspec.model.project import SIMULATOR, Environment, Project, Tuning
from gpuspec.model.settings import Wait
from gpuspec.workflow.project import Home
from gpuspec.workflow.settings import Chosen, settings_for

REMOTE = "https://api.novita.ai"
LOOPBACK = "http://127.0.0.1:8931"


def a_home(*, project: Tuning | None = None, environment: Tuning | None = None) -> Home:
    """A project with this tuning, and an environment with this."""
    return Home(
        folder=Path("/somewhere"),
        project=Project(tuning=project or Tuning()),
        environment=Environment(name="prod", tuning=environment or Tuning()),
    )


@pytest.mark.parametrize(
    ("project", "environment", "chosen", "expected"),
    [
        (None, None, None, 4),
        (2, None, None, 2),
        (2, 3, None, 3),
        (2, 3, 5, 5),
    ],
)
def test_the_nearest_choice_wins(
    project: int | None, environment: int | None, chosen: int | None, expected: int
) -> None:
    """Command line, environment, project, what fits the origin: in this order."""
    home = a_home(project=Tuning(parallelism=project), environment=Tuning(parallelism=environment))

    assert settings_for(REMOTE, home, Chosen(parallelism=chosen)).parallelism == expected


@pytest.mark.parametrize(("origin", "window_s"), [(REMOTE, 90.0), (LOOPBACK, 1.0), (SIMULATOR, 1.0)])
def test_a_remote_window_is_never_shorter_than_a_request(origin: str, window_s: float) -> None:
    """A request that is still on its way would be judged absent; on this machine the window is what is set."""
    home = a_home(project=Tuning(settle_window_s=1.0, request_timeout_s=30.0))

    assert settings_for(origin, home, Chosen()).settle_window_s == window_s


@pytest.mark.parametrize(("origin", "rate"), [(REMOTE, 2.0), (LOOPBACK, 0.0), (SIMULATOR, 0.0)])
def test_only_a_remote_service_is_spared(origin: str, rate: float) -> None:
    """There is no pacing on this machine."""
    assert settings_for(origin, a_home(), Chosen()).rate == rate


def test_what_is_only_chosen_for_a_run_is_kept() -> None:
    """Waiting and settling are no matter of the project."""
    settings = settings_for(REMOTE, a_home(), Chosen(settle_s=0.0, wait=Wait.NONE, wait_timeout_s=0.0))

    assert (settings.settle_s, settings.wait, settings.wait_timeout_s) == (0.0, Wait.NONE, 0.0)
    assert settings_for(REMOTE, a_home(), Chosen()).wait_timeout_s == 900.0
