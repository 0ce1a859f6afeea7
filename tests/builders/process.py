"""The installed command in a process of its own, its memory and time bounded and measured."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Runs the command line with the size of the process before it was started left behind: what a fork measures at first
# is the size of the test runner.
_MEASURED = (
    "import os, resource, subprocess, sys;"
    "code = subprocess.call(sys.argv[2:]);"
    "open(sys.argv[1], 'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss));"
    "sys.exit(code)"
)
COMMAND = (sys.executable, "-c", "import sys; from gpuspec.cli.main import main; sys.exit(main())")
# Beyond it a process hangs; what is asserted is tighter, and in processor time.
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended: its output as bytes, its size at its largest, the processor time that it took."""

    status: int
    out: bytes
    err: bytes
    peak_mb: float
    cpu_s: float


def gpuspec(
    folder: Path,
    *arguments: str | bytes,
    stdin: bytes = b"",
    environ: Mapping[str, str] | None = None,
    through: str = "",
) -> Ended:
    """Run gpuspec in a folder to its end.

    Args:
        environ: Beside HOME and PATH, the whole environment.
        through: A line of bash in which `gpuspec` is the command with these arguments (`gpuspec | head -1`).
    """
    command: Sequence[str | bytes] = [*COMMAND, *arguments]
    if through:
        line = f'set -o pipefail; gpuspec() {{ "${{command[@]}}"; }}; command=("$@"); {through}'
        command = ["bash", "-c", line, "bash", *command]
    size = folder.parent / f"{folder.name}.size"
    before = os.times()
    process = subprocess.Popen(
        [sys.executable, "-c", _MEASURED, str(size), *command],
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"], **(environ or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(stdin, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        # All of them: the process that was measured goes on otherwise.
        os.killpg(process.pid, signal.SIGKILL)
        raise
    after = os.times()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    peak_mb = int(size.read_text()) / unit
    return Ended(status=process.returncode, out=out, err=err, peak_mb=peak_mb, cpu_s=cpu_s)
