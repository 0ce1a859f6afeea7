"""The command tree. A command's module is imported only when that command runs."""

import importlib
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

import click

from gpuspec import __version__
from gpuspec.cli.calling import make_whole, note_typed
from gpuspec.cli.options import common_options
from gpuspec.errors import GpuspecError

# Name -> the help line, in the order of the help page. The module of that name in `cli.commands` has the command; where
# the name has a dash, the module has an underscore, and behind a word of Python's stands one too.
COMMANDS = MappingProxyType(
    {
        "init": "Write a starter project that applies at once on the simulator.",
        "validate": "Check specs without asking the API.",
        "render": "Show the rendered specs, secrets masked.",
        "fmt": "Lay specs out, comments and templates kept.",
        "test": "Run the project's tests of its specs.",
        "plan": "Show what apply would do.",
        "show": "Show a plan that was written to a file.",
        "apply": "Make what the specs ask for, or what a plan says.",
        "destroy": "Delete what is recorded, data and all.",
        "start": "Switch recorded machines on.",
        "stop": "Switch recorded machines off.",
        "restart": "Restart the containers of recorded machines.",
        "status": "Show how every recorded machine stands, and how it is reached.",
        "ssh": "Run the system's ssh into a machine.",
        "ssh-config": "Print the ways into running machines, for ssh's configuration.",
        "drift": "Show what changed without gpuspec.",
        "audit": "Show whose every instance of the account is.",
        "recover": "Settle requests whose answer was lost.",
        "import": "Record an instance that is there already.",
        "env": "Look at the project's environments.",
        "vars": "Show each variable's value, and who gave it.",
        "state": "Look at what is recorded, check it, edit, move or rebuild it.",
        "unlock": "Break the lock of a shared state whose run has ended.",
        "schema": "Print, write or check the JSON Schemas.",
        "explain": "Explain a field of the spec.",
        "sim": "Run the simulator as a server.",
        "completion": "Print the completion script of a shell.",
    }
)


class LazyGroup(click.Group):
    """A group that knows its commands' names and help lines without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_") + ("_" if iskeyword(cmd_name) else "")
        command = importlib.import_module(f"gpuspec.cli.commands.{module}").command
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        note_typed(ctx, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GpuspecError as error:
            make_whole(error)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 1 error, 2 changes pending (--detailed-exitcode), 3 credentials, 4 some failed, "
    "5 refused by a guard, 6 state unusable, 7 something unresolved, 8 drift found, 64 wrong usage, "
    "130/143 interrupted.",
)
@click.version_option(__version__, message="gpuspec %(version)s")
@common_options
@click.pass_context
def app(ctx: click.Context, /, **common: object) -> None:
    """Make GPU instances from specs in templated YAML: each exactly once, none forgotten.

    Start with `gpuspec init`, then `gpuspec apply`.
    """
    ctx.obj = common
