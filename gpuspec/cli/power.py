"""What `start`, `stop` and `restart` have in common: options, the question, the ledger."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from gpuspec.cli.calling import noted
from gpuspec.cli.durations import duration
from gpuspec.cli.invocation import Invocation, invocation
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options
from gpuspec.cli.session import session_for
from gpuspec.cli.signals import answering
from gpuspec.cli.terminal import Terminal
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.ledger import ledger_document
from gpuspec.errors import Refused
from gpuspec.model.outcome import Ledger
from gpuspec.model.state import Call, Record
from gpuspec.report.ledger import ledger_lines
from gpuspec.report.text import Span, line
from gpuspec.workflow.power import switch
from gpuspec.workflow.settings import Chosen

# What has to be agreed to; a start asks nothing of what is there.
_WARNINGS = {
    Call.STOP: "Its GPUs are given back and may not be had again; its disk is kept for some days, and paid for.",
    Call.RESTART: "What runs on it is interrupted.",
}


def power_command(call: Call, text: str) -> click.Command:
    """The command of this call; `text` is its help."""

    @click.command(call.value, help=text)
    @common_options
    @cloud_options
    @click.option("--yes", is_flag=True, help="Don't ask.")
    @click.option("--wait-timeout", type=duration, help="How long each machine may take (default 15m).")
    @click.option("--settle", type=duration, help="How long to wait for lost answers (default: as long as it takes).")
    @click.option(
        "--lock-timeout", type=duration, default="0s", show_default=True, help="How long to wait for the lock."
    )
    @click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
    @click.pass_context
    def command(ctx: click.Context, /, addresses: tuple[str, ...], **given: Any) -> int:
        invoked = invocation(ctx, given)
        ledger = complete(_switched(invoked, call, addresses, given))
        if invoked.common.as_json:
            invoked.terminal.document(ledger_document(ledger, command=call.value))
        else:
            again = " ".join((call.value, *addresses))
            invoked.terminal.result(ledger_lines(ledger, command=again, calling=noted()))
        return ledger.exit_status

    return command


async def _switched(invoked: Invocation, call: Call, addresses: tuple[str, ...], given: dict[str, Any]) -> Ledger:
    choice = cloud_choice(given)
    place = offline_of(invoked.common, (), choice, environ=os.environ)
    chosen = Chosen(settle_s=given["settle"], wait_timeout_s=given["wait_timeout"])
    question = Question(terminal=invoked.terminal, call=call, yes=given["yes"])
    lock_timeout_s = given["lock_timeout"]
    with session_for(invoked, place, choice, chosen, events="", lock_timeout_s=lock_timeout_s) as session:
        return await switch(session, call, addresses, approve=question)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Says what a stop or a restart means, and asks, unless `--yes` was given."""

    terminal: Terminal
    call: Call
    yes: bool

    def __call__(self, records: Sequence[Record]) -> None:
        """See `workflow.power.Approve`.

        Raises:
            Refused: The answer is no, or nobody can be asked.
            Interrupted: A signal came instead of an answer.
        """
        warning = _WARNINGS.get(self.call, "")
        if self.yes or not warning:
            return
        verb = self.call.value
        if not self.terminal.interactive:
            message = f"Nobody can be asked here, and {verb} needs a yes; nothing was sent. {warning}"
            raise Refused(message, reason="consent", hint="if it is what you want, add `--yes` to this command.")
        named = ", ".join(f"{record.address} ({record.id})" for record in records)
        with answering():
            self.terminal.say([line(f"{verb.capitalize()} ", Span(named, "bold"), f"? {warning}")])
            self.terminal.stderr.write("Only `yes` is taken: ")
            self.terminal.stderr.flush()
            answer = sys.stdin.readline()
        if answer.strip() != "yes":
            raise Refused("The answer was not `yes`; nothing was sent.", reason="not-confirmed")
