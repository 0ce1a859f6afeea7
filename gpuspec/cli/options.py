"""Options that several commands share, and what was chosen with them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from gpuspec.cli.calling import note_calling, typed_again
from gpuspec.cli.durations import duration

F = TypeVar("F", bound=Callable[..., Any])


def _stacked(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


# Accepted before the command and after it; what stands after it goes first.
common_options = _stacked(
    click.option("-C", "directory", metavar="DIR", help="Run as if started in DIR."),
    click.option("-e", "--environment", metavar="ENV", help="The project's environment to work on."),
    click.option("--state", "state_path", metavar="FILE|URL", help="The state, if not the project's own."),
    click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable; repeatable."),
    click.option("--var-file", "variable_files", multiple=True, metavar="FILE", help="Variables from YAML or JSON."),
    click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output."),
)

# Which service, and so which state: what belongs to the simulator is kept apart.
place_options = _stacked(
    click.option("--simulate", is_flag=True, help="Use the simulator in this process: no account, no cost."),
    click.option("--endpoint", metavar="ORIGIN", help="The API's origin, such as https://api.novita.ai."),
)

# For commands that edit the state and ask no API.
edit_options = _stacked(
    click.option("--yes", is_flag=True, help="Don't ask."),
    click.option(
        "--lock-timeout", type=duration, default="0s", show_default=True, help="How long to wait for the lock."
    ),
)

cloud_options = _stacked(
    place_options,
    click.option("--fault", "faults", multiple=True, metavar="KIND:P", help="Let the simulator misbehave; repeatable."),
    click.option("--fault-seed", type=int, default=0, show_default=True, help="Which faults chance picks."),
    click.option("--debug", is_flag=True, help="Each request and answer as one redacted line on standard error."),
)

selection_options = _stacked(
    click.option("--only", multiple=True, metavar="GLOB", help="Only addresses that match; repeatable."),
    click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out addresses that match; repeatable."),
)

# What can be asked of machines whose spec and state agree.
wish_options = _stacked(
    click.option("--replace", multiple=True, metavar="ADDRESS", help="Have another machine there; repeatable."),
    click.option("--refresh-only", is_flag=True, help="Only let the records follow what is live; send nothing."),
)

files_argument = click.argument("files", nargs=-1, metavar="[FILE]...")


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What was chosen with the common options, before and after the command together.

    `again` is what was typed, as far as it may be repeated.
    """

    command: str
    again: str
    directory: str
    environment: str
    state_path: str
    variables: tuple[str, ...]
    variable_files: tuple[str, ...]
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudChoice:
    """What was chosen with the cloud options."""

    simulate: bool = False
    faults: tuple[str, ...] = ()
    fault_seed: int = 0
    endpoint: str = ""
    debug: bool = False


def common(ctx: click.Context, given: Mapping[str, object]) -> Common:
    """The common options of this call; a relative `-C` after the command counts from the one before it."""
    before = cast("Mapping[str, Any]", ctx.find_root().obj or {})
    after = cast("Mapping[str, Any]", given)
    command = ctx.command_path.partition(" ")[2]
    environment = after.get("environment") or before.get("environment") or ""
    note_calling(environment)
    directories = [text for text in (before.get("directory"), after.get("directory")) if text]
    return Common(
        command=command,
        again=typed_again(ctx, command),
        directory=str(Path(*directories)) if directories else "",
        environment=environment,
        state_path=after.get("state_path") or before.get("state_path") or "",
        variables=(*before.get("variables", ()), *after.get("variables", ())),
        variable_files=(*before.get("variable_files", ()), *after.get("variable_files", ())),
        as_json=bool(after.get("as_json") or before.get("as_json")),
    )


def cloud_choice(given: Mapping[str, Any]) -> CloudChoice:
    """What was chosen with the cloud options of this call."""
    return CloudChoice(
        simulate=given["simulate"],
        faults=tuple(given["faults"]),
        fault_seed=given["fault_seed"],
        endpoint=given["endpoint"] or "",
        debug=given["debug"],
    )
