"""Coverage-guided fuzzing of one reader: `python -m tests.campaigns.fuzzing READER [--seconds N | --runs N]`.

Needs atheris, from the extra `campaign`. Begins with the seeds of `tests.campaigns.corpus`, and holds each unit against
`tests.campaigns.readers`. What breaks a reader is saved; `--replay FILE` plays it again, without atheris.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.campaigns import corpus
from tests.campaigns.inputs import MOST_MB
from tests.campaigns.readers import READERS, examine

_LONGEST_UNIT = 16 * 1024
# Wall clock, with other work on the machine: the readers' own bound counts their processor time.
_HANGING_S = 30
_UNITS = re.compile(r"^stat::number_of_executed_units: *(\d+)", re.MULTILINE)
_COVERED = re.compile(r"\bcov: (\d+)")


def main(arguments: Sequence[str]) -> int:
    """Fuzz, or play one unit again; 1 when a reader broke down."""
    chosen = _parser().parse_args(arguments)
    if chosen.replay is not None:
        examine(chosen.reader, chosen.replay.read_bytes())
        print(f"{chosen.reader}: {chosen.replay} is read or refused as it should be")
        return 0
    if importlib.util.find_spec("atheris") is None:
        print(
            "fuzzing needs atheris, which has wheels for few platforms: pip install -e '.[campaign]'", file=sys.stderr
        )
        return 1
    with tempfile.TemporaryDirectory() as name:
        return _fuzz(chosen.reader, Path(name), _bounds(chosen), findings=chosen.findings, learned=chosen.corpus)


def _fuzz(reader: str, folder: Path, bounds: Sequence[str], *, findings: Path, learned: Path | None) -> int:
    findings.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    said = _run(
        reader,
        *bounds,
        f"-artifact_prefix={findings}/{reader}-",
        f"-max_len={_LONGEST_UNIT}",
        f"-rss_limit_mb={MOST_MB:.0f}",
        f"-timeout={_HANGING_S}",
        f"-dict={_dictionary(folder)}",
        "-print_final_stats=1",
        str(_kept(folder, learned)),
        str(_seeds(folder, reader)),
    )
    found = sorted(set(findings.iterdir()) - before)
    units, covered = _UNITS.findall(said), _COVERED.findall(said)
    if not units or found:
        print(said[-8_000:])
    for path in found:
        print(f"again: python -m tests.campaigns.fuzzing {reader} --replay {path}")
    print(
        f"{reader}: {int(units[-1]) if units else 0:,} units, {covered[-1] if covered else 0} edges, {len(found)} found"
    )
    return 1 if found or not units else 0


def _run(reader: str, *arguments: str) -> str:
    """What the fuzzer said; it takes over its process, so that it has one of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.campaigns.fuzzed", reader, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout


def _seeds(folder: Path, reader: str) -> Path:
    path = folder / "seeds"
    path.mkdir()
    for number, content in enumerate(corpus.seeds(reader)):
        (path / str(number)).write_bytes(content)
    return path


def _kept(folder: Path, learned: Path | None) -> Path:
    """Where the fuzzer keeps units that reached something more."""
    path = learned or folder / "learned"
    path.mkdir(parents=True, exist_ok=True)
    return path


def _dictionary(folder: Path) -> Path:
    path = folder / "words"
    entries = ("".join(f"\\x{byte:02x}" for byte in word) for word in corpus.words())
    path.write_text("".join(f'"{entry}"\n' for entry in entries))
    return path


def _bounds(chosen: argparse.Namespace) -> tuple[str, ...]:
    return (f"-runs={chosen.runs}",) if chosen.runs else (f"-max_total_time={chosen.seconds}",)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.fuzzing", description=__doc__)
    parser.add_argument("reader", choices=list(READERS))
    parser.add_argument("--seconds", type=int, default=300, help="how long")
    parser.add_argument("--runs", type=int, default=0, help="how many units, instead of how long")
    parser.add_argument("--findings", type=Path, default=Path(".fuzzing"), help="where to save what breaks a reader")
    parser.add_argument("--corpus", type=Path, help="where to keep, for the next time, what reached something more")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play this unit again, and nothing else")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
