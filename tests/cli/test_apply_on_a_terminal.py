"""`gpuspec apply` on a terminal: a person is asked, and a signal ends the question."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.builders.shell import a_project, a_spec

QUESTION = "Only `yes` is taken: "
PLACE = "Apply to demo at simulator, state gpuspec.state.json (serial 0)?"


class OnATerminal:
    """gpuspec in a process of its own whose three streams are one terminal."""

    def __init__(self, process: subprocess.Popen[bytes], screen: int) -> None:
        self.process = process
        self._screen = screen
        self.shown = ""

    def until(self, text: str, *, within_s: float = 20.0) -> None:
        """Read until this is shown."""
        end = time.monotonic() + within_s
        while text not in self.shown:
            assert time.monotonic() < end, self.shown
            if not self._read():
                raise AssertionError(self.shown)

    def type(self, text: str) -> None:
        """Type it, as a person would."""
        os.write(self._screen, text.encode())

    def ended(self) -> int:
        """The exit status; all that was shown is read."""
        while self._read():
            pass
        return self.process.wait(timeout=20)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._screen], [], [], 20)
        try:
            content = os.read(self._screen, 65536) if ready else b""
        except OSError:
            # Linux says it so when the other side of a terminal is closed.
            return False
        self.shown += content.decode().replace("\r\n", "\n")
        return bool(content)


@contextmanager
def on_a_terminal(folder: Path, *arguments: str, **environ: str) -> Iterator[OnATerminal]:
    """The process and its terminal; a Ctrl-C that is typed reaches it as from a keyboard."""
    screen, side = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", "NO_COLOR": "1", **environ}
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments],
        stdin=side,
        stdout=side,
        stderr=side,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    os.close(side)
    try:
        yield OnATerminal(process, screen)
    finally:
        process.kill()
        process.wait()
        os.close(screen)


# The terminal becomes the one that controls the process, so that what is typed can be a signal.
_PROGRAM = """\
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from gpuspec.cli.main import main
main()
"""


def nothing_was_sent(folder: Path) -> bool:
    """Whether the project's simulator has no instance, and no state was born."""
    world = folder / ".gpuspec" / "simulator" / "world.ndjson"
    sent = world.exists() and "create" in world.read_text()
    return not sent and not list(folder.rglob("*.state.json"))


def test_yes_applies_the_plan(tmp_path: Path) -> None:
    """The plan and its target are shown; after `yes` the instance is made and the ledger ends it."""
    a_project(tmp_path, a_spec("trainer"))
    with on_a_terminal(tmp_path, "apply") as terminal:
        terminal.until(QUESTION)
        assert "  +   trainer  create: not made yet\n" in terminal.shown
        assert f"\n\n{PLACE}\n{QUESTION}" in terminal.shown
        terminal.type("yes\n")

        assert terminal.ended() == 0
        assert "  done  trainer  " in terminal.shown
        assert "\nLedger: 1 done\n" in terminal.shown


@pytest.mark.parametrize("answer", ["no\n", "y\n", "YES\n", "\n", "\x04"])
def test_anything_but_yes_sends_nothing(tmp_path: Path, answer: str) -> None:
    """5, and no state is born; the end of input is no answer either."""
    a_project(tmp_path, a_spec("trainer"))
    with on_a_terminal(tmp_path, "apply") as terminal:
        terminal.until(QUESTION)
        terminal.type(answer)

        assert terminal.ended() == 5
        assert terminal.shown.endswith("error: refused\n  The answer was not `yes`; nothing was sent.\n")
    assert nothing_was_sent(tmp_path)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_instead_of_an_answer_sends_nothing(tmp_path: Path, number: signal.Signals, status: int) -> None:
    """Ctrl-C at the question ends the run at once; so does SIGTERM."""
    a_project(tmp_path, a_spec("trainer"))
    with on_a_terminal(tmp_path, "apply") as terminal:
        terminal.until(QUESTION)
        if number is signal.SIGINT:
            terminal.type("\x03")
        else:
            terminal.process.send_signal(number)

        assert terminal.ended() == status
        assert "error: interrupted\n  Nothing was sent.\n" in terminal.shown
        assert "Ending in good order" not in terminal.shown
        assert "Traceback" not in terminal.shown
    assert nothing_was_sent(tmp_path)


def test_options_answer_for_a_person(tmp_path: Path) -> None:
    """With `--yes` nobody is asked, on a terminal too."""
    a_project(tmp_path, a_spec("trainer"))
    with on_a_terminal(tmp_path, "apply", "--yes", "--wait", "none") as terminal:
        assert terminal.ended() == 0
        assert QUESTION not in terminal.shown


@pytest.mark.parametrize(("environ", "coloured"), [({"NO_COLOR": ""}, True), ({}, False), ({"TERM": "dumb"}, False)])
def test_colour_is_for_terminals_that_want_it(tmp_path: Path, environ: dict[str, str], coloured: bool) -> None:
    """`NO_COLOR` is obeyed, and a dumb terminal gets none."""
    a_project(tmp_path, a_spec("trainer", gpuNumm=2))
    with on_a_terminal(tmp_path, "validate", **environ) as terminal:
        assert terminal.ended() == 1
        assert ("\x1b[" in terminal.shown) is coloured


def test_the_question_says_how_many_machines_go(tmp_path: Path) -> None:
    """With their data, deleted or replaced; and how many stay and lose it. Only `yes` does any of that."""
    shell = a_project(tmp_path, a_spec("a", "b", "c"))
    assert shell("apply", "--yes", "--wait", "none").status == 0
    emptied = a_spec("b", command="run", lifecycle="{save: false}").partition("instances:\n")[2]
    shell.write("instances.yaml", a_spec("a") + emptied)

    with on_a_terminal(tmp_path, "apply", "--replace", "a") as there:
        there.until(QUESTION)
        there.type("no\n")
        status = there.ended()

    losses = "2 machines go, and their data is lost for good.\n1 machine stays and loses what is on the root disk.\n"
    assert f"{losses}Apply to demo" in there.shown
    assert status == 5


@pytest.mark.parametrize(("typed", "expected"), [("demo", 0), ("yes", 5)])
def test_to_destroy_the_projects_name_is_typed(tmp_path: Path, typed: str, expected: int) -> None:
    """A `yes` by habit is not enough."""
    shell = a_project(tmp_path, a_spec("a"))
    assert shell("apply", "--yes", "--wait", "none").status == 0

    with on_a_terminal(tmp_path, "destroy") as there:
        there.until("Type the project's name, `demo`: ")
        there.type(f"{typed}\n")
        status = there.ended()

    assert "1 machine goes, and its data is lost for good." in there.shown
    assert status == expected
