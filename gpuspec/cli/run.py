"""From arguments to an exit status: the only place where failures become text."""

from collections.abc import Sequence

import click

from gpuspec.cli.app import app
from gpuspec.cli.streams import ReaderLeft
from gpuspec.cli.terminal import Terminal, system_terminal
from gpuspec.codec.problems import error_document
from gpuspec.errors import Bug, GpuspecError, Interrupted, OutputLost, SpecFaults, UsageError
from gpuspec.model.problem import Problem
from gpuspec.report.errors import error_lines

BROKEN_PIPE_STATUS = 141
# What click raises for a group without a command; before 8.2 it prints the help page and exits.
_NO_ARGUMENTS: tuple[type[click.ClickException], ...] = tuple(
    filter(None, (getattr(click.exceptions, "NoArgsIsHelpError", None),))
)


def run(arguments: Sequence[str]) -> int:
    """Run a command and give its exit status; nothing escapes but a signal's own end."""
    terminal = system_terminal()
    try:
        return _run(arguments, terminal)
    except ReaderLeft:
        return BROKEN_PIPE_STATUS
    except OutputLost as error:
        terminal.say(error_lines(error))
        return error.exit_status


def _run(arguments: Sequence[str], terminal: Terminal) -> int:
    try:
        status = app.main(args=list(arguments), prog_name="gpuspec", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        if isinstance(error, _NO_ARGUMENTS):
            terminal.stderr.write(f"{error.format_message()}\n")
            return UsageError.exit_status
        return _failed(_usage(error), arguments, terminal)
    except (click.Abort, KeyboardInterrupt):
        return _failed(Interrupted("Nothing more was done."), arguments, terminal)
    except (ReaderLeft, OutputLost):
        raise
    except GpuspecError as error:
        return _failed(error, arguments, terminal)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a traceback would print values
        return _failed(_bug(error), arguments, terminal)
    return status if isinstance(status, int) else 0


def _failed(error: GpuspecError, typed: Sequence[str], terminal: Terminal) -> int:
    # What stands behind `--` is no option of ours: `gpuspec ssh trainer -- tool --json`.
    arguments = typed[: typed.index("--")] if "--" in typed else typed
    if "--json" in arguments:
        problems = _problems(error)
        terminal.document(error_document(error, command=_command(arguments), problems=problems))
    terminal.say(error_lines(error))
    return error.exit_status


def _problems(error: GpuspecError) -> tuple[Problem, ...]:
    if not isinstance(error, SpecFaults):
        return ()
    return tuple(problem for problem in error.problems if isinstance(problem, Problem))


def _command(arguments: Sequence[str]) -> str:
    """The command among the arguments, `state list` as its two words; empty when there is none."""
    options = [parameter for parameter in app.params if isinstance(parameter, click.Option) and not parameter.is_flag]
    takes_value = {name for option in options for name in option.opts}
    rest, words = iter(arguments), []
    for argument in rest:
        if argument in takes_value:
            next(rest, None)
        elif not argument.startswith("-"):
            words.append(argument)
    context = click.Context(app)
    command = app.get_command(context, words[0]) if words else None
    if isinstance(command, click.Group) and len(words) > 1 and command.get_command(context, words[1]):
        return " ".join(words[:2])
    return words[0] if command else ""


def _usage(error: click.ClickException) -> UsageError:
    """Click's complaint in our form. It quotes what was typed, which holds no secret: none is accepted there."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "gpuspec"
    return UsageError(error.format_message(), hint="see", command=f"{path} --help")


def _bug(error: Exception) -> Bug:
    """Where it happened, without a value: messages and values of a bug may hold anything."""
    # Imported here: no run that goes well needs it.
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "gpuspec" in frame.filename] or list(frames)
    where = " < ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in reversed(ours[-4:]))
    return Bug(f"{type(error).__name__} at {where}.")


def _short(filename: str) -> str:
    return filename.rpartition("gpuspec/")[2] or filename
