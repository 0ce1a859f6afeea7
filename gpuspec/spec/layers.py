"""One stanza's fields, before and after `defaults` are merged in, each with the path that leads to its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gpuspec.model.field import Kind
from gpuspec.model.fields import FIELDS
from gpuspec.model.secret import Secret
from gpuspec.spec.tree import Data, Hole, Path, Tree

_BY_KEY = frozenset({"envs", "lifecycle"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one stanza (`defaults`, or an instance) says; null where it removes a default, a hole where it is faulty."""

    path: Path
    fields: Mapping[str, Data]


class EnvEntry(NamedTuple):
    """One environment variable as written; null removes what `defaults` say. `key_path` leads to its key."""

    key: str
    value: str | Secret | Hole | None
    path: Path
    key_path: Path


class Written(NamedTuple):
    """A value and where it was written."""

    value: Data
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """An instance's fields with `defaults` merged in; nothing in it is null.

    `fields` has all but `envs` and `lifecycle`. `envs_path` leads to where the environment variables were written last,
    and is None where nobody wrote any.
    """

    path: Path
    fields: Mapping[str, Written]
    envs: Mapping[str, EnvEntry]
    envs_path: Path | None
    lifecycle: Mapping[str, Written]


NOTHING = Merged(path=(), fields={}, envs={}, envs_path=None, lifecycle={})


def settled(tree: Tree, path: Path, fields: Mapping[str, Data]) -> dict[str, Data]:
    """The fields, a number or bool that one expression gave turned into text wherever text belongs."""
    return {
        name: value if isinstance(value, str) else _settled(tree, (*path, name), value)
        for name, value in fields.items()
    }


def env_entries(value: Data, path: Path) -> tuple[EnvEntry, ...]:
    """Environment variables in order, whichever of the two spellings they have; faulty items are left out."""
    match value:
        case dict():
            pairs = [(key, text, (*path, key), (*path, key)) for key, text in value.items()]
        case list():
            pairs = [
                (str(item["key"]), item["value"], (*path, at, "value"), (*path, at, "key"))
                for at, item in enumerate(value)
                if isinstance(item, dict) and isinstance(item.get("key"), str) and "value" in item
            ]
        case _:
            pairs = []
    return tuple(
        EnvEntry(key, text, value_path, key_path)
        for key, text, value_path, key_path in pairs
        if text is None or isinstance(text, str | Secret | Hole)
    )


def merged(base: Merged, stanza: Layer) -> Merged:
    """The stanza over what `defaults` give (`merged(NOTHING, defaults)`).

    Environment variables and `lifecycle` merge by key, every other field is replaced, null removes.
    """
    said = stanza.fields
    fields = dict(base.fields)
    for name, value in said.items():
        if value is None:
            fields.pop(name, None)
        elif name not in _BY_KEY:
            fields[name] = Written(value, (*stanza.path, name))
    envs, envs_path = _merged_envs(base, stanza) if "envs" in said else (base.envs, base.envs_path)
    lifecycle = _merged_lifecycle(base, stanza) if "lifecycle" in said else base.lifecycle
    return Merged(path=stanza.path, fields=fields, envs=envs, envs_path=envs_path, lifecycle=lifecycle)


def _settled(tree: Tree, path: Path, value: Data) -> Data:
    row = FIELDS.get(str(path[-1]))
    if row is None:
        return value
    match row.kind:
        case Kind.STRING:
            return _text(tree, path, value)
        case Kind.ENVS if isinstance(value, dict):
            return _settled_item(tree, path, value)
        case Kind.ENVS | Kind.TOOLS | Kind.MOUNTS if isinstance(value, list):
            return [_settled_item(tree, (*path, at), item) for at, item in enumerate(value)]
        case _:
            return value


def _settled_item(tree: Tree, path: Path, item: Data) -> Data:
    if not isinstance(item, dict):
        return item
    return {key: text if isinstance(text, str) else _text(tree, (*path, key), text) for key, text in item.items()}


def _text(tree: Tree, path: Path, value: Data) -> Data:
    """As YAML writes it."""
    if not isinstance(value, bool | int | float) or not tree.inserted(path):
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _merged_envs(base: Merged, stanza: Layer) -> tuple[Mapping[str, EnvEntry], Path | None]:
    value, path = stanza.fields["envs"], (*stanza.path, "envs")
    if value is None:
        return {}, None
    entries = {**base.envs, **{entry.key: entry for entry in env_entries(value, path)}}
    return {key: entry for key, entry in entries.items() if entry.value is not None}, path


def _merged_lifecycle(base: Merged, stanza: Layer) -> Mapping[str, Written]:
    value = stanza.fields["lifecycle"]
    if not isinstance(value, dict):
        return {} if value is None else base.lifecycle
    said = {name: Written(choice, (*stanza.path, "lifecycle", name)) for name, choice in value.items()}
    return {name: written for name, written in {**base.lifecycle, **said}.items() if written.value is not None}
