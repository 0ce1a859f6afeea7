"""`gpuspec apply`: make what the specs ask for."""

import asyncio
import os
from typing import Any

import click

from gpuspec.cli.consent import Approval
from gpuspec.cli.durations import duration
from gpuspec.cli.invocation import Invocation, invocation, standard_input
from gpuspec.cli.options import cloud_choice, cloud_options, common_options, files_argument, selection_options
from gpuspec.cli.session import session_for
from gpuspec.cli.wiring import offline_of
from gpuspec.codec.ledger import ledger_document
from gpuspec.model.settings import Wait
from gpuspec.planning.guard import Allowances, Consent
from gpuspec.report.ledger import ledger_lines
from gpuspec.report.problems import problem_lines
from gpuspec.report.text import EMPTY
from gpuspec.workflow.apply import Applied, apply
from gpuspec.workflow.draft import Draft, Selection
from gpuspec.workflow.settings import Chosen
from gpuspec.workflow.specs import Asked


@click.command("apply")
@common_options
@cloud_options
@selection_options
@click.option("--yes", is_flag=True, help="Don't ask: covers creates and updates.")
@click.option("--allow-prepaid", is_flag=True, help="With --yes: covers instances paid for by the month.")
@click.option("--recreate-lost", is_flag=True, help="Go on although all recorded instances seem gone.")
@click.option("--allow-empty", is_flag=True, help="Go on although the specs ask for nothing.")
@click.option("--wait", type=click.Choice([wait.value for wait in Wait]), default="running", show_default=True)
@click.option("--wait-timeout", type=duration, help="How long each instance may take to run (default 15m).")
@click.option("--settle", type=duration, help="How long to wait for lost answers (default: as long as it takes).")
@click.option("--lock-timeout", type=duration, default="0s", show_default=True, help="How long to wait for the lock.")
@click.option("--parallelism", type=click.IntRange(1, 256), help="How many requests may be under way at once.")
@click.option("--events", default="", metavar="FILE", help="Every event as a JSON line, into this file.")
@click.option("--full", is_flag=True, help="Show every action, however many.")
@files_argument
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **given: Any) -> int:
    """Make what the specs ask for: each instance exactly once, every id recorded.

    Shows the plan first and asks; without a terminal it needs --yes. Without FILE, the project's own specs, and so
    the whole project. `-` reads standard input.
    """
    call = invocation(ctx, given)
    applied = asyncio.run(_applied(call, files, given))
    if call.common.as_json:
        document = ledger_document(applied.ledger, command="apply")
        call.terminal.document({**document, "receipt": applied.draft.plan.receipt})
    else:
        call.terminal.result(ledger_lines(applied.ledger))
    return applied.ledger.exit_status


async def _applied(call: Invocation, files: tuple[str, ...], given: dict[str, Any]) -> Applied:
    choice = cloud_choice(given)
    asked = Asked(files=files, stdin=standard_input(files))
    place = offline_of(call.common, files, choice, environ=os.environ)
    approval = Approval(
        terminal=call.terminal,
        granted=_granted(given),
        state_name=place.workplace.state_path.name,
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
        return await apply(session, asked, _selection(given), approve=approve)


def _chosen(given: dict[str, Any]) -> Chosen:
    return Chosen(
        parallelism=given["parallelism"],
        settle_s=given["settle"],
        wait=Wait(given["wait"]),
        wait_timeout_s=given["wait_timeout"],
    )


def _selection(given: dict[str, Any]) -> Selection:
    allowances = Allowances(recreate_lost=given["recreate_lost"], allow_empty=given["allow_empty"])
    return Selection(only=given["only"], exclude=given["exclude"], allowances=allowances)


def _granted(given: dict[str, Any]) -> frozenset[Consent]:
    if not given["yes"]:
        return frozenset()
    return frozenset({Consent.YES} | ({Consent.PREPAID} if given["allow_prepaid"] else set()))
