"""What `plan` and `apply` are asked for beside specs: globs, replacements, a mere refresh, and what may pass."""

from collections.abc import Mapping
from typing import Any

from gpuspec.errors import UsageError
from gpuspec.planning.guard import Allowances
from gpuspec.workflow.draft import Selection


def selection_of(given: Mapping[str, Any]) -> Selection:
    """The selection of a command line.

    Raises:
        UsageError: Its options contradict each other.
    """
    if given["replace"] and given["refresh_only"]:
        message = "`--refresh-only` asks nothing of a machine, and `--replace` asks for another."
        raise UsageError(message, hint="give one of them.")
    return Selection(
        only=given["only"],
        exclude=given["exclude"],
        replace=tuple(dict.fromkeys(given["replace"])),
        refresh_only=given["refresh_only"],
        allowances=Allowances(recreate_lost=given["recreate_lost"], allow_empty=given["allow_empty"]),
    )
