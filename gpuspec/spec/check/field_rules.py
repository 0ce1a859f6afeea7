"""Rules within one field, beyond what a schema can say: they hold for `defaults` and for each instance by itself."""

import re
from collections.abc import Iterator, Mapping

from gpuspec.model.field import Kind
from gpuspec.model.fields import FIELDS, MAY_BE_SECRET
from gpuspec.model.marker import ENV_PREFIX
from gpuspec.model.problem import Problem
from gpuspec.model.secret import Secret
from gpuspec.model.secret_names import looks_secret
from gpuspec.spec.check.faults import at_key, at_value, related, warning
from gpuspec.spec.check.lifecycle_rules import lifecycle_faults
from gpuspec.spec.check.wording import label
from gpuspec.spec.layers import EnvEntry, Layer, env_entries
from gpuspec.spec.port_text import number_fault, parsed, port_entries
from gpuspec.spec.text import describe
from gpuspec.spec.tree import Data, Path, Tree

# Lone surrogates can't be written in any encoding; a line separator breaks what shows the value.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_MAY_HAVE_LINES = frozenset({"command", "entrypoint", "envs"})

_MOUNT_KEYS = ("mountPoint", "networkStorageMountPoint")


def field_faults(tree: Tree, layer: Layer) -> Iterator[Problem]:
    """Every fault and warning of the layer, field by field; holes are skipped."""
    for name, value in layer.fields.items():
        path = (*layer.path, name)
        if not _is_plain(value, _forbidden_in(name)):
            yield from _characters(tree, path, value, name)
            if name not in MAY_BE_SECRET:
                yield from _misused(tree, path, value)
        if name == "lifecycle":
            yield from lifecycle_faults(tree, path, value)
        row = FIELDS.get(name)
        match row.kind if row else None:
            case Kind.PORTS:
                yield from _ports(tree, path, value)
            case Kind.TOOLS:
                yield from _tools(tree, path, value)
            case Kind.ENVS:
                yield from _envs(tree, path, value)
            case Kind.MOUNTS:
                yield from _mounts(tree, path, value)
            case Kind.STRING if row and row.secret and isinstance(value, str) and value:
                yield _literal(tree, path, f"`{name}` is always secret")


def _is_plain(value: Data, forbidden: re.Pattern[str]) -> bool:
    """Whether there is no secret and no forbidden character in it: mostly so, and told without walking any path."""
    match value:
        case str():
            return forbidden.search(value) is None
        case list():
            return all(_is_plain(item, forbidden) for item in value)
        case dict():
            return not any(map(_CONTROL.search, value)) and all(_is_plain(item, forbidden) for item in value.values())
        case _:
            return not isinstance(value, Secret)


def _forbidden_in(field: str) -> re.Pattern[str]:
    return _CONTROL_IN_TEXT if field in _MAY_HAVE_LINES else _CONTROL


def _characters(tree: Tree, path: Path, value: Data, field: str) -> Iterator[Problem]:
    match value:
        case str():
            found = _forbidden_in(field).search(value)
            if found:
                yield _bad_character(tree, path, found)
        case list():
            for at, item in enumerate(value):
                yield from _characters(tree, (*path, at), item, field)
        case dict():
            for key, item in value.items():
                found = _CONTROL.search(key)
                if found:
                    yield _bad_character(tree, (*path, key), found)
                yield from _characters(tree, (*path, key), item, field)


def _bad_character(tree: Tree, path: Path, found: re.Match[str]) -> Problem:
    character = found.group()
    what = "a line break" if character == "\n" else f"the character {describe(character)}"
    shown = _CONTROL.sub("?", label(path))
    message = f"The text holds {what} (character {found.start() + 1}), which `{shown}` can't have."
    ends = character == "\n" and found.end() == len(found.string)
    hint = "a block after `|` ends with a line break: write `|-` instead." if ends else "take it out."
    return at_value(tree, path, code="control-character", message=message, hint=hint)


def _misused(tree: Tree, path: Path, value: Data) -> Iterator[Problem]:
    match value:
        case Secret():
            message = f"`{label(path)}` can't hold a secret: plans show it, and the state records it."
            places = "`imageAuth`, `command`, `entrypoint` and the values of `envs` can"
            yield at_value(tree, path, code="secret-misused", message=message, hint=f"{places}.")
        case list():
            for at, item in enumerate(value):
                yield from _misused(tree, (*path, at), item)
        case dict():
            for key, item in value.items():
                yield from _misused(tree, (*path, key), item)


def _ports(tree: Tree, path: Path, value: Data) -> Iterator[Problem]:
    if not isinstance(value, str | list):
        return
    entries = [entry if isinstance(entry, str) else "" for entry in port_entries(value)]  # type: ignore[arg-type]
    seen: dict[int, Path] = {}
    for at, entry in enumerate(entries):
        port = parsed(entry)
        if port is None:
            continue
        here = (*path, at) if isinstance(value, list) else path
        fault = number_fault(port.number)
        if fault:
            yield at_value(tree, here, code=fault[0], message=fault[1], hint="choose another port.")
        elif port.number in seen:
            message = f"The port {port.number} is there more than once."
            twice = at_value(tree, here, code="duplicate-port", message=message, hint="keep one of them.")
            yield related(twice, tree, seen[port.number], "first written here")
        seen.setdefault(port.number, here)


def _tools(tree: Tree, path: Path, value: Data) -> Iterator[Problem]:
    for at, item in enumerate(value if isinstance(value, list) else ()):
        port = item.get("port") if isinstance(item, dict) else None
        if not isinstance(port, str):
            continue
        here = (*path, at, "port")
        if not re.fullmatch("[1-9][0-9]{0,4}", port):
            message = "A tool's port is a number in quotes; this is something else."
            yield at_value(tree, here, code="bad-port", message=message, hint='as in `port: "8888"`.')
            continue
        fault = number_fault(int(port))
        if fault:
            yield at_value(tree, here, code=fault[0], message=fault[1], hint="choose another port.")


def _envs(tree: Tree, path: Path, value: Data) -> Iterator[Problem]:
    seen: dict[str, EnvEntry] = {}
    for entry in env_entries(value, path):
        if entry.key in seen:
            message = f"The environment variable `{entry.key}` is set more than once."
            twice = at_key(tree, entry.key_path, code="duplicate-env", message=message, hint="keep one of them.")
            yield related(twice, tree, seen[entry.key].key_path, "first set here")
        seen.setdefault(entry.key, entry)
        if entry.key.startswith(ENV_PREFIX):
            message = f"Names that begin with `{ENV_PREFIX}` are kept for what gpuspec itself sets."
            yield at_key(tree, entry.key_path, code="reserved-env", message=message, hint="give it another name.")
        elif isinstance(entry.value, str) and entry.value and looks_secret(entry.key):
            yield _literal(tree, entry.path, f"`{entry.key}` looks like a secret, and is treated as one")


def _literal(tree: Tree, path: Path, why: str) -> Problem:
    message = f"{why}, but its text stands in the spec or in a plain variable, where others can read it."
    hint = "keep it outside: `\"{{ secret('env:NAME') }}\"` or `\"{{ secret('file:PATH') }}\"`."
    return warning(at_key(tree, path, code="literal-secret", message=message, hint=hint))


def _mounts(tree: Tree, path: Path, value: Data) -> Iterator[Problem]:
    seen: dict[str, Path] = {}
    for at, item in enumerate(value if isinstance(value, list) else ()):
        if not isinstance(item, dict):
            continue
        point, here = _mount_point(item, (*path, at))
        if point is None:
            continue
        if point in seen:
            message = f"`{point}` can be the mount point of one network storage only."
            twice = at_value(tree, here, code="same-mount-point", message=message, hint="choose another folder.")
            yield related(twice, tree, seen[point], "first used here")
        seen.setdefault(point, here)


def _mount_point(item: Mapping[str, Data], path: Path) -> tuple[str | None, Path]:
    """Where the item is mounted, as it would be compared; None when a fault left it unknown."""
    for key in _MOUNT_KEYS:
        if key in item:
            point = item[key]
            return (point.rstrip("/") or "/", (*path, key)) if isinstance(point, str) else (None, path)
    return str(next(row.default for row in FIELDS["networkStorages"].items if row.name == "mountPoint")), path
