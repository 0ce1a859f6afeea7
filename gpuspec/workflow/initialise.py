"""`init`: a starter project that applies at once on the simulator."""

import os
from dataclasses import dataclass
from pathlib import Path

from gpuspec.errors import UsageError
from gpuspec.model.address import slug
from gpuspec.workflow.schemas import schema_text

SCHEMA_FILE = "gpuspec.schema.json"
IGNORED = (".gpuspec/",)

_PROJECT = """\
# What holds for every spec of this project. `gpuspec explain` lists the fields of a spec.
version: 1
project: {project}

# The simulator needs no account. To make real instances: `cloud: novita`, and the API key in NOVITA_API_KEY.
cloud: simulator

variables:
  image:
    description: What every machine runs.
    default: pytorch/pytorch:latest
  workers:
    type: integer
    default: 2
"""

_SPEC = """\
# yaml-language-server: $schema=gpuspec.schema.json
version: 1

defaults:
  productId: "4090.16c62g"
  diskSize: 60
  rootfsSize: 60
  imageUrl: "{{ image }}"

instances:
  trainer:
    gpuNum: 2
    ports: [8888/http]
    envs: {RUN: first}

  #% for number in range(workers)
  worker-{{ number }}:
    gpuNum: 1
    command: "python worker.py --shard {{ number }} --of {{ workers }}"
  #% endfor
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The files that `init` wrote or extended, as names in the folder."""

    folder: Path
    written: tuple[str, ...]


def initialise(folder: Path) -> Started:
    """Write the starter project into a folder, made if it isn't there; never replaces a file.

    Raises:
        UsageError: A file of the starter is there already; nothing was written.
    """
    texts = {
        "gpuspec.yaml": _PROJECT.format(project=slug(_name(folder))),
        "instances.yaml": _SPEC,
        SCHEMA_FILE: schema_text("spec"),
    }
    there = [name for name in texts if os.path.lexists(folder / name)]
    if there:
        message = f"{folder / there[0]} is there already; `init` replaces nothing."
        raise UsageError(message, hint="run it in an empty folder, or name one:", command="gpuspec init my-project")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
        ignoring = _ignore(folder / ".gitignore")
    except OSError as error:
        message = f"{error.filename or folder} can't be written: {error.strerror}."
        raise UsageError(message, hint="run it in a folder that you may write to.") from error
    return Started(folder=folder, written=(*texts, *ignoring))


def _name(folder: Path) -> str:
    """What the folder is called."""
    try:
        if folder.exists() and not folder.is_dir():
            message = f"{folder} is a file, where the project's folder belongs."
            raise UsageError(message, hint="name a folder; it is made if it isn't there.")
        return folder.resolve().name
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path can't be followed"
        raise UsageError(f"{folder} can't be used as a folder: {reason}.", hint="name another one.") from error


def _ignore(file: Path) -> tuple[str, ...]:
    """Add what must not be committed to `.gitignore`; lines that are there stay."""
    before = file.read_bytes() if file.exists() else b""
    missing = [line for line in IGNORED if line.encode() not in before.splitlines()]
    if not missing:
        return ()
    gap = b"" if not before or before.endswith(b"\n") else b"\n"
    with file.open("ab") as ignored:
        ignored.write(gap + "".join(f"{line}\n" for line in missing).encode())
    return (file.name,)
