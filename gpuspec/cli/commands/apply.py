"""`gpuspec apply`: make what the specs ask for."""

import os
from dataclasses import replace
from typing import Any

import click

from gpuspec.cli.calling import note_calling, noted
from gpuspec.cli.consent import Approval
from gpuspec.cli.durations import duration
from gpuspec.cli.invocation import invocation, standard_input
from gpuspec.cli.loop import complete
from gpuspec.cli.options import cloud_choice, cloud_options, common_options, selection_options, wish_options
from gpuspec.cli.reviewed import Task, task_of
from gpuspec.cli.session import session_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.ledger import ledger_document
from gpuspec.model.settings import Wait
from gpuspec.report.ledger import ledger_lines
from gpuspec.report.problems import problem_lines
from gpuspec.report.text import EMPTY
from gpuspec.workflow.apply import Applied, apply
from gpuspec.workflow.draft import Draft
from gpuspec.workflow.session import Offline
from gpuspec.workflow.settings import Chosen
from gpuspec.workflow.specs import Asked, files_again


@click.command("apply")
@common_options
@cloud_options
@selection_options
@wish_options
@click.option("--yes", is_flag=True, help="Don't ask: covers creates, and updates that restart nothing.")
@click.option("--allow-restart", is_flag=True, help="With --yes: covers updates that stop or may restart a container.")
@click.option("--allow-destroy", is_flag=True, help="With --yes: covers deletes and replacements.")
@click.option("--allow-prepaid", is_flag=True, help="With --yes: covers instances paid for by the month.")
@click.option("--recreate-lost", is_flag=True, help="Go on although all records, or the state itself, seem lost.")
@click.option("--allow-empty", is_flag=True, help="Go on although the specs ask for nothing.")
@click.option("--expect", default="", metavar="RECEIPT", help="Go on only if the plan has this receipt (sha256:…).")
@click.option("--max-age", type=duration, help="With PLAN: how old it may be (default 24h).")
@click.option(
    "--wait",
    type=click.Choice([wait.value for wait in Wait]),
    default="running",
    show_default=True,
    help="What to wait for; endpoint: running, and with a way in to each port.",
)
@click.option("--wait-timeout", type=duration, help="How long each instance may take to run (default 15m).")
@click.option("--settle", type=duration, help="How long to wait for lost answers (default: as long as it takes).")
@click.option("--lock-timeout", type=duration, default="0s", show_default=True, help="How long to wait for the lock.")
@click.option("--parallelism", type=click.IntRange(1, 256), help="How many requests may be under way at once.")
@click.option("--events", default="", metavar="FILE", help="Every event as a JSON line, into this file.")
@click.option("--full", is_flag=True, help="Show every action, however many.")
@click.argument("files", nargs=-1, metavar="[FILE]...|PLAN")
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **given: Any) -> int:
    """Make what the specs ask for: each instance exactly once, every id recorded.

    Shows the plan first and asks; without a terminal it needs --yes. Without FILE, the project's own specs, and so
    the whole project. `-` reads standard input.

    PLAN is a file that `gpuspec plan --out` wrote. The same specs are planned anew, with the same options and the
    variables of this command; if the outcome is the same, it is done without a question, else nothing is.
    """
    call = invocation(ctx, given)
    applied = complete(_applied(task_of(call, files, given), given))
    if call.common.as_json:
        document = ledger_document(applied.ledger, command="apply")
        call.terminal.document({**document, "receipt": applied.draft.plan.receipt})
    else:
        call.terminal.result(ledger_lines(applied.ledger, calling=noted()))
    return applied.ledger.exit_status


async def _applied(task: Task, given: dict[str, Any]) -> Applied:
    call, choice = task.call, cloud_choice(given)
    place = offline_of(call.common, task.typed, choice, environ=os.environ)
    asked = _asked(task, place)
    place = replace(place, files=asked.files)
    approval = Approval(
        terminal=call.terminal,
        granted=task.granted,
        state_name=place.workplace.name,
        shown=not call.common.as_json,
        full=given["full"],
    )

    def approve(made: Draft) -> None:
        warnings = made.desired.loaded.specs.warnings
        if warnings:
            call.terminal.say((*problem_lines(warnings), EMPTY))
        approval(made)

    with session_for(
        call,
        place,
        choice,
        _chosen(given),
        events=given["events"],
        live=call.terminal.interactive and not call.common.as_json,
        lock_timeout_s=given["lock_timeout"],
    ) as session:
        return await apply(session, asked, task.selection, approve=approve, agreement=task.agreement)


def _asked(task: Task, place: Offline) -> Asked:
    files = task.files if task.agreement.plan is None else files_again(place, task.files)
    note_calling(place.home.environment.name, files)
    return Asked(files=files, stdin=standard_input(files))


def _chosen(given: dict[str, Any]) -> Chosen:
    return Chosen(
        parallelism=given["parallelism"],
        settle_s=given["settle"],
        wait=Wait(given["wait"]),
        wait_timeout_s=given["wait_timeout"],
    )
