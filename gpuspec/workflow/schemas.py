"""The JSON Schemas as files: printed, written, and checked for freshness."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpuspec.codec.schemas import document_schemas
from gpuspec.errors import UsageError
from gpuspec.ports import NotReadable
from gpuspec.spec.schema import serialised, spec_schemas
from gpuspec.workflow.files import read_bytes
from gpuspec.workflow.schema_catalog import CATALOG, CATALOG_FILE, catalog

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


def catalog_text(base_url: str = "") -> str:
    """The text of the catalogue's file; with a base URL, its entries lead there.

    Raises:
        UsageError: The URL is not one that a catalogue may have.
    """
    if base_url and not re.fullmatch(r"https://[^\s/?#]+(/[^\s?#]*)?", base_url):
        hint = "as in `--base-url https://example.com/gpuspec/schemas`."
        raise UsageError("A catalogue leads to https:// addresses only, of a folder.", hint=hint)
    return serialised(catalog(schemas(), base_url=base_url))


def schema_text(name: str) -> str:
    """The text of one schema's file, or of the catalogue's.

    Raises:
        UsageError: There is no schema of this name.
    """
    if name == CATALOG:
        return catalog_text()
    known = schemas()
    if name not in known:
        message = f"There is no schema `{name}`."
        raise UsageError(message, hint=f"the schemas are {', '.join(f'`{each}`' for each in known)}.")
    return serialised(known[name])


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Write every schema's file, and the catalogue's, into a folder, made if it isn't there.

    Raises:
        UsageError: The folder can't be written to.
    """
    texts = _texts()
    written = tuple(folder / name for name in texts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(written, texts.values(), strict=True):
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{error.filename or folder} can't be written: {error.strerror}."
        raise UsageError(message, hint="name a folder that you may write to.") from error
    return written


def schema_in(path: Path) -> str:
    """The name of the schema that a file holds, by the file's name; empty for a folder of all of them."""
    stem = path.name.removesuffix(SUFFIX)
    if stem == path.name or path.is_dir():
        return ""
    # `init` gives a project the one for editors under the program's name.
    return stem if stem in schemas() else "spec"


def check_schemas(place: Path) -> Freshness:
    """Compare schema files with what the program derives; one that can't be read counts as missing.

    Args:
        place: A folder of all of them, or one file: `gpuspec.schema.json`, as `init` writes it, or `NAME.schema.json`.
    """
    one = schema_in(place)
    files = {place: schema_text(one)} if one else {place / name: text for name, text in _texts().items()}
    differing, missing = [], []
    for path, text in files.items():
        content = read_bytes(path, pipes=False)
        if isinstance(content, NotReadable):
            missing.append(path.name)
        elif content != text.encode():
            differing.append(path.name)
    return Freshness(differing=tuple(differing), missing=tuple(missing))


def _texts() -> Mapping[str, str]:
    """Every file of the folder by name."""
    return {**{f"{name}{SUFFIX}": schema_text(name) for name in schemas()}, CATALOG_FILE: catalog_text()}
