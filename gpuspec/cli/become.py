"""Becoming another program: it takes this process's place, and gets none of its secrets."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from gpuspec.cli.credentials import KEY_VARIABLE
from gpuspec.cli.wiring import STATE_KEY_VARIABLE, VARIABLE_PREFIX
from gpuspec.errors import GpuspecError

_OURS = frozenset({KEY_VARIABLE, STATE_KEY_VARIABLE})


def become(arguments: Sequence[str], *, environ: Mapping[str, str]) -> NoReturn:
    """Run the program that the first argument names, without a shell.

    Raises:
        GpuspecError: It can't be run.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    # Python ignores these for itself, and a program inherits what is ignored.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(arguments[0], list(arguments), without_secrets(environ))  # noqa: S606 - no shell is the point
    except OSError as error:
        message = f"`{arguments[0]}` can't be run: {error.strerror}."
        raise GpuspecError(message, hint=f"install it, and see that `{arguments[0]}` is in PATH.") from error


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what is meant for gpuspec alone."""
    return {name: text for name, text in environ.items() if name not in _OURS and not name.startswith(VARIABLE_PREFIX)}
