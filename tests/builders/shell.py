"""The command line as a user has it: a folder, an environment of its own, and commands by their whole output."""

import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from gpuspec.cli.run import run
from gpuspec.ports import Holder
from gpuspec.store.disk import Disk
from gpuspec.store.lock import StateLock

# What differs from run to run, in the order in which it is looked for -> what stands for it.
_VARYING = (
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:…"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "TIME"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "LINEAGE"),
)

_FIELDS = {
    "productId": '"4090.16c62g"',
    "gpuNum": 1,
    "rootfsSize": 60,
    "diskSize": 60,
    "imageUrl": "pytorch/pytorch:latest",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command said and how it ended, ids, receipts and times replaced; `raw` is standard output as it was."""

    status: int
    out: str
    err: str
    raw: str


class Shell:
    """Runs gpuspec in this process, in a folder, with nothing in the environment but what is given."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self.environ = {"HOME": str(folder), "PATH": os.environ["PATH"], **environ}

    def __call__(self, *arguments: str, stdin: bytes = b"", **environ: str) -> Said:
        """Run a command to its end, without a terminal."""
        out, err = io.StringIO(), io.StringIO()
        with (
            chdir(self.folder),
            patch.dict(os.environ, {**self.environ, **environ}, clear=True),
            _stdin(stdin),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            status = run(arguments)
        return Said(status=status, out=settled(out.getvalue()), err=settled(err.getvalue()), raw=out.getvalue())

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def settled(text: str) -> str:
    """The text with what differs from run to run replaced."""
    for pattern, replacement in _VARYING:
        text = pattern.sub(replacement, text)
    return text


def a_spec(*addresses: str, **fields: object) -> str:
    """A spec of these instances, alike but for their addresses; fields are YAML in flow form."""
    chosen = {**_FIELDS, **fields}
    rows = "".join(f"    {name}: {value}\n" for name, value in chosen.items())
    return "version: 1\ninstances:\n" + "".join(f"  {address}:\n{rows}" for address in addresses)


def a_project(folder: Path, spec: str, *, settings: str = "", **environ: str) -> Shell:
    """A shell in the project `demo` on the simulator that has this spec; `settings` are more lines of its file."""
    folder.mkdir(parents=True, exist_ok=True)
    shell = Shell(folder, **environ)
    shell.write("gpuspec.yaml", f"version: 1\nproject: demo\ncloud: simulator\n{settings}")
    shell.write("instances.yaml", spec)
    return shell


def files_below(folder: Path) -> Mapping[str, bytes]:
    """Every file of a folder with its content, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def a_run_in_progress(folder: Path) -> Iterator[None]:
    """Within it, somebody on another host holds the lock of the one state in this project on the simulator."""
    (path,) = (folder / ".gpuspec" / "simulator").glob("*.lock")
    held = StateLock(path, Disk())
    held.acquire(Holder(who="ci", host="runner-7", pid=4242, operation="apply", since=0.0), timeout_s=0.0)
    try:
        yield
    finally:
        held.release()


@contextmanager
def _stdin(content: bytes) -> Iterator[None]:
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")
    try:
        yield
    finally:
        sys.stdin = before
