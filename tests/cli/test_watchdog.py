"""The last bound of rendering, for loops that no signal reaches."""

import subprocess
import sys
from pathlib import Path

# Two lists that share their parts and have 2^60 leaves: comparing them is one call of C code that would never end.
SPEC = """\
version: 1
#% set name = namespace(one=[1], other=[1])
#% for round in range(60)
#% set name.one = [name.one, name.one]
#% set name.other = [name.other, name.other]
#% endfor
#% if name.one == name.other
instances: {}
#% endif
"""
PROGRAM = """\
import sys
from gpuspec.cli import limits
from gpuspec.cli.run import run
limits.WATCHDOG_SECONDS = 2.0
sys.exit(run(["validate", "loop.yaml"]))
"""


def test_a_loop_that_no_signal_reaches_ends_by_the_watchdog(tmp_path: Path) -> None:
    """The process ends with 1 although nothing inside it can stop the comparison."""
    (tmp_path / "loop.yaml").write_text(SPEC, encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "")
