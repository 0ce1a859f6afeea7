"""The JSON Schemas as files: printed, written, and checked for freshness."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpuspec.codec.schemas import document_schemas
from gpuspec.errors import UsageError
from gpuspec.ports import NotReadable
from gpuspec.spec.schema import serialised, spec_schemas
from gpuspec.workflow.files import read_bytes

SUFFIX = ".schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """Which schema files of a folder differ from what the program derives, and which are missing."""

    differing: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def fresh(self) -> bool:
        """Whether every file is there and says what the program says."""
        return not self.differing and not self.missing


def schemas() -> Mapping[str, Mapping[str, Any]]:
    """Every schema by name, in the order in which they are listed."""
    return {**spec_schemas(), **document_schemas()}


def schema_text(name: str) -> str:
    """The text of one schema's file.

    Raises:
        UsageError: There is no schema of this name.
    """
    known = schemas()
    if name not in known:
        message = f"There is no schema `{name}`."
        raise UsageError(message, hint=f"the schemas are {', '.join(f'`{each}`' for each in known)}.")
    return serialised(known[name])


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Write every schema's file into a folder, made if it isn't there.

    Raises:
        UsageError: The folder can't be written to.
    """
    written = tuple(folder / f"{name}{SUFFIX}" for name in schemas())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in zip(schemas(), written, strict=True):
            path.write_text(schema_text(name), encoding="utf-8")
    except OSError as error:
        message = f"{error.filename or folder} can't be written: {error.strerror}."
        raise UsageError(message, hint="name a folder that you may write to.") from error
    return written


def check_schemas(folder: Path) -> Freshness:
    """Compare a folder's schema files with what the program derives; one that can't be read counts as missing."""
    differing, missing = [], []
    for name in schemas():
        path = folder / f"{name}{SUFFIX}"
        content = read_bytes(path, pipes=False)
        if isinstance(content, NotReadable):
            missing.append(path.name)
        elif content != schema_text(name).encode():
            differing.append(path.name)
    return Freshness(differing=tuple(differing), missing=tuple(missing))
