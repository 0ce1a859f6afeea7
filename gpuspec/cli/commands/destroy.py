"""`gpuspec destroy`: delete what is recorded."""

import os
import sys
from dataclasses import dataclass
from typing import Any

import click

from gpuspec.cli.calling import noted
from gpuspec.cli.consent import losses
from gpuspec.cli.durations import duration
from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options, files_argument, selection_options
from gpuspec.cli.session import session_for
from gpuspec.cli.signals import answering
from gpuspec.cli.terminal import Terminal
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.ledger import ledger_document
from gpuspec.errors import Refused
from gpuspec.model.outcome import Ledger
from gpuspec.model.plan import Plan
from gpuspec.planning.guard import needed_consents
from gpuspec.report.ledger import ledger_lines
from gpuspec.report.plan import plan_lines
from gpuspec.report.text import EMPTY, Span, line
from gpuspec.workflow.destroy import Chosen, Destruction, destroy
from gpuspec.workflow.draft import refuse
from gpuspec.workflow.settings import Chosen as Behaviour


@click.command("destroy")
@common_options
@cloud_options
@selection_options
@click.option("--yes", is_flag=True, help="With --allow-destroy: don't ask.")
@click.option("--allow-destroy", is_flag=True, help="With --yes: covers the deletes.")
@click.option("--forget-lost", is_flag=True, help="Go on although all recorded instances seem gone.")
@click.option("--wait-timeout", type=duration, help="How long a machine may take to be gone (default 15m).")
@click.option("--settle", type=duration, help="How long to wait for lost answers (default: as long as it takes).")
@click.option("--lock-timeout", type=duration, default="0s", show_default=True, help="How long to wait for the lock.")
@click.option("--parallelism", type=click.IntRange(1, 256), help="How many requests may be under way at once.")
@click.option("--events", default="", metavar="FILE", help="Every event as a JSON line, into this file.")
@click.option("--full", is_flag=True, help="Show every action, however many.")
@files_argument
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **given: Any) -> int:
    """Delete every recorded instance, with its data; FILE limits it to those that were made from these specs.

    The specs are not read. Protected instances refuse. On a terminal the project's name has to be typed; elsewhere it
    needs --yes and --allow-destroy.
    """
    call = invocation(ctx, given)
    ledger = complete(_destroyed(call, files, given))
    if call.common.as_json:
        call.terminal.document(ledger_document(ledger, command="destroy"))
    else:
        call.terminal.result(ledger_lines(ledger, command="destroy", calling=noted()))
    return ledger.exit_status


async def _destroyed(call: Invocation, files: tuple[str, ...], given: dict[str, Any]) -> Ledger:
    choice = cloud_choice(given)
    place = offline_of(call.common, files, choice, environ=os.environ)
    behaviour = Behaviour(
        parallelism=given["parallelism"], settle_s=given["settle"], wait_timeout_s=given["wait_timeout"]
    )
    question = Question(
        terminal=call.terminal,
        granted=given["yes"] and given["allow_destroy"],
        shown=not call.common.as_json,
        full=given["full"],
    )
    with session_for(
        call,
        place,
        choice,
        behaviour,
        events=given["events"],
        live=call.terminal.interactive and not call.common.as_json,
        lock_timeout_s=given["lock_timeout"],
    ) as session:
        chosen = Chosen(files=files, only=given["only"], exclude=given["exclude"], forget_lost=given["forget_lost"])
        return await destroy(session, chosen, approve=question)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Shows what goes, and has the project's name typed where nobody has said yes."""

    terminal: Terminal
    granted: bool
    shown: bool
    full: bool

    def __call__(self, made: Destruction) -> None:
        """See `workflow.destroy.Approve`.

        Raises:
            Refused: A guard stands in the way, or the answer is another.
            Interrupted: A signal came instead of an answer.
        """
        if self.shown:
            self.terminal.say((*plan_lines(made.plan, full=self.full), EMPTY))
        refuse(made.refused)
        if self.granted or not needed_consents(made.plan):
            return
        if not self.terminal.interactive:
            message = "Nobody can be asked here, and machines would be deleted; nothing was sent."
            hint = "look at the plan, then add `--yes --allow-destroy` to this command."
            raise Refused(message, reason="consent", hint=hint)
        self._ask(made.plan)

    def _ask(self, plan: Plan) -> None:
        birth = plan.birth
        place = f"{birth.project}/{birth.environment} at {birth.origin}"
        with answering():
            self.terminal.say([*losses(plan), line("Destroy them, of ", Span(place, "bold"), "?")])
            self.terminal.stderr.write(f"Type the project's name, `{birth.project}`: ")
            self.terminal.stderr.flush()
            answer = sys.stdin.readline()
        if answer.strip() != birth.project:
            raise Refused("The answer was not the project's name; nothing was sent.", reason="not-confirmed")
