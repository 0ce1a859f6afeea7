"""A question that only `yes` answers, for commands that edit the state."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from gpuspec.cli.signals import answering
from gpuspec.cli.terminal import Terminal
from gpuspec.errors import Refused
from gpuspec.report.text import Line, Span, line


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Asks a person on a terminal, unless `--yes` has said it already."""

    terminal: Terminal
    yes: bool

    def __call__(self, shown: Iterable[Line], question: str) -> None:
        """Come back when the edit may be made.

        Raises:
            Refused: The answer is no, or nobody can be asked.
            Interrupted: A signal came instead of an answer.
        """
        if self.yes:
            return
        if not self.terminal.interactive:
            message = "Nobody can be asked here; nothing was recorded."
            raise Refused(message, reason="consent", hint="if it is what you want, add `--yes` to this command.")
        self.terminal.say((*shown, line(Span(question, "bold"))))
        self.terminal.stderr.write("Only `yes` is taken: ")
        self.terminal.stderr.flush()
        with answering():
            answer = sys.stdin.readline()
        if answer.strip() != "yes":
            raise Refused("The answer was not `yes`; nothing was recorded.", reason="not-confirmed")
