"""The entry point: answers `--version` before anything heavy is imported, hands all else to `cli.run`."""

import gc
import sys

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
    # Imported late: asking for the version must not cost the import of the command line's libraries.
    from gpuspec.cli.run import run

    sys.exit(run(arguments))
