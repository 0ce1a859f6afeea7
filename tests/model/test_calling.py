"""Commands in texts, told which environment and which specs are meant."""

import pytest

from gpuspec.cli.app import COMMANDS
from gpuspec.model.calling import IN_ENVIRONMENTS, WITH_FILES, Calling

PROD = Calling(environment="prod")
BOTH = Calling(environment="prod", files=("my spec.yaml", "b.yaml"))

TEXTS = [
    (PROD, "gpuspec recover", "gpuspec -e prod recover"),
    (PROD, "gpuspec state rebuild", "gpuspec -e prod state rebuild"),
    (PROD, "decide: `gpuspec recover a --found ID`.", "decide: `gpuspec -e prod recover a --found ID`."),
    (PROD, "`gpuspec plan` or `gpuspec apply`", "`gpuspec -e prod plan` or `gpuspec -e prod apply`"),
    (PROD, "gpuspec explain", "gpuspec explain"),
    (PROD, "gpuspec plan reads specs", "gpuspec -e prod plan reads specs"),
    (PROD, "what gpuspec plan does", "what gpuspec plan does"),
    (PROD, "gpuspec deletes only what is recorded", "gpuspec deletes only what is recorded"),
    (BOTH, "gpuspec plan --out PLAN", "gpuspec -e prod plan --out PLAN 'my spec.yaml' b.yaml"),
    (BOTH, "gpuspec recover", "gpuspec -e prod recover"),
    (Calling(files=("a.yaml",)), "`gpuspec import a ID`", "`gpuspec import a ID a.yaml`"),
    (Calling(), "gpuspec apply", "gpuspec apply"),
]


@pytest.mark.parametrize(("calling", "text", "expected"), TEXTS)
def test_a_command_is_told_what_is_meant(calling: Calling, text: str, expected: str) -> None:
    """Where it stands for itself or between backquotes; prose about gpuspec is left alone."""
    assert expected == calling.whole(text)


@pytest.mark.parametrize(("calling", "text", "expected"), TEXTS)
def test_what_is_whole_stays_as_it_is(calling: Calling, text: str, expected: str) -> None:
    """An error may pass several places that complete it."""
    assert expected == calling.whole(expected)


def test_every_command_is_known_to_act_in_an_environment_or_not() -> None:
    """A command that is added has to be thought of."""
    elsewhere = {"init", "fmt", "show", "env", "schema", "explain", "sim", "completion"}

    assert set(COMMANDS) == IN_ENVIRONMENTS | elsewhere
    assert WITH_FILES < IN_ENVIRONMENTS
