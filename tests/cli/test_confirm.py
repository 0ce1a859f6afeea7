"""The question before the state is edited."""

import io
import sys

import pytest

from gpuspec.cli.confirm import Confirmation
from gpuspec.cli.terminal import Terminal
from gpuspec.errors import Refused
from gpuspec.report.text import line

QUESTION = "trainer  ID\nRecord it?\nOnly `yes` is taken: "


class Screen(io.StringIO):
    """A stream that a person looks at or types into."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def asked(monkeypatch: pytest.MonkeyPatch, answer: str, *, yes: bool = False) -> str:
    """What a person is shown who types this."""
    screen = Screen()
    monkeypatch.setattr(sys, "stdin", Screen(answer))
    terminal = Terminal(stdout=io.StringIO(), stderr=screen, environ={"NO_COLOR": "1"})
    Confirmation(terminal=terminal, yes=yes)([line("trainer  ID")], "Record it?")
    return screen.getvalue()


def test_a_person_on_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be recorded, then the question; `--yes` has answered it already."""
    assert asked(monkeypatch, "yes\n") == QUESTION
    assert asked(monkeypatch, "", yes=True) == ""


@pytest.mark.parametrize("answer", ["no\n", "y\n", "YES\n", "\n", ""])
def test_only_yes_is_taken(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Anything else changes nothing."""
    with pytest.raises(Refused, match="The answer was not `yes`") as refused:
        asked(monkeypatch, answer)

    assert (refused.value.reason, refused.value.exit_status) == ("not-confirmed", 5)
