"""Who may say yes to a plan: a person on a terminal, or the options of an unattended run."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from gpuspec.cli.signals import answering
from gpuspec.cli.terminal import Terminal
from gpuspec.errors import Refused
from gpuspec.model.marker import DEFAULT_ENVIRONMENT
from gpuspec.model.plan import ActionKind, Plan
from gpuspec.planning.guard import Consent, needed_consents
from gpuspec.report.plan import plan_lines
from gpuspec.report.text import EMPTY, Line, Span, line
from gpuspec.workflow.draft import Draft, refuse

_MEANINGS = {
    Consent.YES: "creates and updates",
    Consent.RESTART: "updates that stop a container, or may restart it",
    Consent.DESTROY: "deletes and replacements",
    Consent.PREPAID: "instances that are paid for by the month, ahead",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Shows a plan, refuses what a guard refuses, asks for what was not granted.

    Attributes:
        granted: What the options of the command line cover.
        state_name: The state file's name, for the question.
        shown: Whether the plan is shown; not where the result is one JSON document.
    """

    terminal: Terminal
    granted: frozenset[Consent]
    state_name: str
    shown: bool = True
    full: bool = False

    def __call__(self, made: Draft) -> None:
        """See `workflow.apply.Approve`.

        Raises:
            Refused: A guard stands in the way, or the answer is no.
            Interrupted: A signal came instead of an answer.
        """
        if self.shown:
            self.terminal.say((*plan_lines(made.plan, full=self.full), EMPTY))
        refuse(made.refused)
        missing = needed_consents(made.plan) - self.granted
        if not missing:
            return
        if not self.terminal.interactive:
            raise _not_granted(missing)
        self._ask(made.plan)

    def _ask(self, plan: Plan) -> None:
        birth = plan.birth
        environment = "" if birth.environment == DEFAULT_ENVIRONMENT else f"/{birth.environment}"
        place = f"{birth.project}{environment} at {birth.origin}, state {self.state_name} (serial {plan.serial})"
        # From before the question on: a signal that came while it was put would otherwise wait for the answer.
        with answering():
            self.terminal.say([*losses(plan), line("Apply to ", Span(place, "bold"), "?")])
            self.terminal.stderr.write("Only `yes` is taken: ")
            self.terminal.stderr.flush()
            answer = sys.stdin.readline()
        if answer.strip() != "yes":
            raise Refused("The answer was not `yes`; nothing was sent.", reason="not-confirmed")


def losses(plan: Plan) -> Iterator[Line]:
    """How many machines go with their data, and how many stay without it, for a question."""
    count = plan.count(ActionKind.DELETE) + plan.count(ActionKind.REPLACE)
    if count:
        what = "machine goes, and its data is" if count == 1 else "machines go, and their data is"
        yield line(Span(f"{count:,} {what} lost for good.", "bad"))
    emptied = sum(bool(action.data_lost) for action in plan.actions if action.kind is ActionKind.UPDATE)
    if emptied:
        what = "machine stays and loses" if emptied == 1 else "machines stay and lose"
        yield line(Span(f"{emptied:,} {what} what is on the root disk.", "bad"))


def _not_granted(missing: frozenset[Consent]) -> Refused:
    options = [consent for consent in Consent if consent in missing]
    meant = "; ".join(f"`{consent.value}` covers {_MEANINGS[consent]}" for consent in options)
    message = f"Nobody can be asked here, and the plan needs a yes; nothing was sent. {meant}."
    # Only options of a run that says yes at all count, so all that are needed are named.
    needed = " ".join(dict.fromkeys([Consent.YES.value, *(consent.value for consent in options)]))
    return Refused(message, reason="consent", hint=f"look at the plan, then add `{needed}` to this command.")
