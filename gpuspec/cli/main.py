"""The entry point: answers `--version` before anything heavy is imported, hands all else to `cli.run`."""

import gc
import signal
import sys
from collections.abc import Callable, Sequence

from gpuspec import __version__
from gpuspec.cli.streams import open_closed_streams


def main() -> None:
    """Run gpuspec with the process's arguments and exit with its status."""
    open_closed_streams()
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        print(f"gpuspec {__version__}")
        return
    # A run keeps nearly all that it makes: to look for garbage as often as Python does takes a fifth of a large one.
    gc.set_threshold(100_000, 50, 50)
    run = _imported()
    status = run(arguments)
    # At its end the interpreter looks through everything once more, for nothing: all of the memory goes.
    gc.freeze()
    sys.exit(status)


def _imported() -> Callable[[Sequence[str]], int]:
    """The program behind the entry point.

    Imported late: asking for the version must not cost the import of the command line's libraries.
    """
    heeds = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heeds:
        # Nothing has begun yet: Ctrl-C ends the process at once, and not with the traceback of an import.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gpuspec.cli.run import run

    if heeds:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return run
