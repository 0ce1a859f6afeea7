"""What an apply was given in place of specs or beside them: a reviewed plan, or the receipt of one."""

import re
from dataclasses import dataclass, replace
from typing import Any

from gpuspec.cli.invocation import Invocation
from gpuspec.cli.selection import selection_of
from gpuspec.errors import PlanForeign, UsageError
from gpuspec.model.marker import DEFAULT_ENVIRONMENT
from gpuspec.model.plan import Plan
from gpuspec.planning.guard import Allowances, Consent, needed_consents
from gpuspec.workflow.agreement import MAX_AGE_S, Agreement
from gpuspec.workflow.draft import Selection
from gpuspec.workflow.plan_file import plan_among
from gpuspec.workflow.project import find_home, find_project

_RECEIPT = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
# Option -> its name among what was given: what a plan has decided already.
_DECIDED = {
    "--only": "only",
    "--exclude": "exclude",
    "--replace": "replace",
    "--refresh-only": "refresh_only",
    "--recreate-lost": "recreate_lost",
    "--allow-empty": "allow_empty",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What an apply is to do.

    Attributes:
        call: In the environment that is meant.
        typed: The specs as typed: where the project is looked for.
        files: The specs to load; a plan's count from the project folder.
        granted: What needs no further yes.
    """

    call: Invocation
    typed: tuple[str, ...]
    files: tuple[str, ...]
    selection: Selection
    agreement: Agreement
    granted: frozenset[Consent]


def task_of(call: Invocation, files: tuple[str, ...], given: dict[str, Any]) -> Task:
    """The task of a command line that names specs, or one plan.

    Raises:
        UsageError: The options don't fit together.
        PlanUnreadable: The plan that was named can't be read.
        PlanForeign: Its environment is another than `-e` says, or one that this project doesn't have.
    """
    expected = _receipt(given["expect"])
    plan = plan_among(files)
    if plan is None:
        return _of_specs(call, files, given, expected=expected)
    return _of_plan(call, plan, given, expected=expected)


def _of_specs(call: Invocation, files: tuple[str, ...], given: dict[str, Any], *, expected: str) -> Task:
    if given["max_age"] is not None:
        raise UsageError("`--max-age` is for a reviewed plan.", hint="name the plan's file.")
    return Task(
        call=call,
        typed=files,
        files=files,
        selection=selection_of(given),
        agreement=Agreement(receipt=expected),
        granted=_granted(given),
    )


def _of_plan(call: Invocation, plan: Plan, given: dict[str, Any], *, expected: str) -> Task:
    _refuse_decided(given)
    basis = plan.basis
    allowances = Allowances(recreate_lost=basis.recreate_lost, allow_empty=basis.allow_empty)
    max_age_s = MAX_AGE_S if given["max_age"] is None else given["max_age"]
    return Task(
        call=_in_its_environment(call, plan),
        typed=(),
        files=basis.files,
        selection=Selection(
            only=basis.only,
            exclude=basis.exclude,
            replace=basis.replace,
            refresh_only=basis.refresh_only,
            allowances=allowances,
        ),
        agreement=Agreement(plan=plan, receipt=expected, max_age_s=max_age_s),
        granted=_granted(given) | needed_consents(plan),
    )


def _granted(given: dict[str, Any]) -> frozenset[Consent]:
    if not given["yes"]:
        return frozenset()
    options = {
        Consent.RESTART: given["allow_restart"],
        Consent.DESTROY: given["allow_destroy"],
        Consent.PREPAID: given["allow_prepaid"],
    }
    return frozenset({Consent.YES, *(consent for consent, allowed in options.items() if allowed)})


def _receipt(text: str) -> str:
    if text and not _RECEIPT.fullmatch(text):
        message = "`--expect` takes the receipt of a plan: `sha256:` and 64 hex digits."
        raise UsageError(message, hint="it is in the last lines of", command="gpuspec plan")
    return text


def _refuse_decided(given: dict[str, Any]) -> None:
    clashing = [f"`{option}`" for option, name in _DECIDED.items() if given[name]]
    if clashing:
        message = f"{', '.join(clashing)}: a plan remembers with what it was made."
        raise UsageError(message, hint="leave it out, or plan again with it.")


def _in_its_environment(call: Invocation, plan: Plan) -> Invocation:
    """The call with the plan's environment chosen, so that it need not be said twice."""
    planned, chosen = plan.birth.environment, call.common.environment
    if chosen and chosen != planned:
        message = f"The plan is for the environment `{planned}`, and `-e {chosen}` was given."
        raise PlanForeign(message, hint="leave `-e` out: a plan knows its environment")
    try:
        declared = planned != DEFAULT_ENVIRONMENT or chosen or find_project().environments
        environment = planned if declared else ""
        find_home((), environment=environment)
    except UsageError as error:
        message = f"The plan is for {plan.birth.project}/{planned}, which is not what is here. {error.message}"
        hint = "run it in the folder of its project, or name that with `-C`"
        raise PlanForeign(message, hint=hint) from error
    return replace(call, common=replace(call.common, environment=environment))
