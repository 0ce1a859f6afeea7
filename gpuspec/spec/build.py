"""Merged stanzas to instances: every field in its one form, defaults of the table filled in."""

from collections.abc import Iterable, Mapping, Sequence

from gpuspec.errors import Bug
from gpuspec.model.address import Address
from gpuspec.model.field import Kind
from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Handling, Instance, Lifecycle, OnRemove, Power
from gpuspec.model.secret import Literal, Secret
from gpuspec.model.secret_names import looks_secret
from gpuspec.model.settings import Wait
from gpuspec.model.values import Env, FieldValue, Mount, Port, Text, Tool
from gpuspec.spec.layers import EnvEntry, Merged
from gpuspec.spec.port_text import parsed, port_entries
from gpuspec.spec.tree import Data

_PLAIN_LIFECYCLE, _PLAIN_HANDLING = Lifecycle(), Handling()
_KEYS = {(field, row.name): row for field, owner in FIELDS.items() for row in owner.items}

_BUG = "A value went through the check without having its field's form."


def build(merged: Mapping[Address, Merged], *, source: str) -> dict[Address, Instance]:
    """The instances, in the order given. What is merged must have been checked and found without errors.

    Args:
        source: The spec's path inside the project, for the instances' `source`.
    """
    return {address: _instance(address, instance, source) for address, instance in merged.items()}


def _instance(address: Address, merged: Merged, source: str) -> Instance:
    fields: dict[str, FieldValue] = {}
    for name, row in FIELDS.items():
        written = merged.fields.get(name)
        if name == "envs":
            if merged.envs_path is not None:
                fields[name] = _envs(merged.envs.values())
        elif written is not None:
            fields[name] = _value(row.kind, written.value, secret=row.secret)
        elif row.required:
            fields[name] = address if name == "name" else _value(row.kind, row.default, secret=row.secret)
    named = frozenset(merged.fields) | ({"envs"} if merged.envs_path is not None else frozenset())
    said = {name: written.value for name, written in merged.lifecycle.items()}
    return Instance(
        address=address,
        fields=fields,
        named=named,
        lifecycle=_lifecycle(said),
        source=source,
        handling=_handling(said),
    )


def _value(kind: Kind, value: Data, *, secret: bool) -> FieldValue:
    match kind, value:
        case Kind.STRING, str():
            return Secret(parts=(Literal(text=value),)) if secret else value
        case Kind.STRING, Secret():
            return value
        case ((Kind.INTEGER | Kind.BOOLEAN), int()):
            return value
        case Kind.PORTS, str() | list():
            return _ports(value)
        case Kind.TOOLS, list():
            return tuple(_tool(item) for item in value)
        case Kind.MOUNTS, list():
            return tuple(_mount(item) for item in value)
        case _:
            raise Bug(_BUG)


def _ports(value: str | Sequence[Data]) -> tuple[Port, ...]:
    entries = port_entries(value if isinstance(value, str) else [str(entry) for entry in value])
    return tuple(port for port in map(parsed, entries) if port is not None)


def _envs(entries: Iterable[EnvEntry]) -> tuple[Env, ...]:
    return tuple(Env(key=entry.key, value=_env_value(entry)) for entry in entries)


def _env_value(entry: EnvEntry) -> Text:
    match entry.value:
        case str() if entry.value and looks_secret(entry.key):
            return Secret(parts=(Literal(text=entry.value),))
        case str() | Secret():
            return entry.value
        case _:
            raise Bug(_BUG)


def _tool(item: Data) -> Tool:
    return Tool(name=_key("tools", item, "name"), port=_key("tools", item, "port"), type=_key("tools", item, "type"))


def _mount(item: Data) -> Mount:
    storages = "networkStorages"
    return Mount(id=_key(storages, item, "Id"), mount_point=_key(storages, item, "mountPoint"))


def _key(field: str, item: Data, name: str) -> str:
    """The text under a key of an item, in any of its spellings; else its default."""
    row = _KEYS[field, name]
    if isinstance(item, dict):
        found = next((item[spelling] for spelling in (name, *row.aliases) if spelling in item), row.default)
        if isinstance(found, str):
            return found
    raise Bug(_BUG)


def _lifecycle(said: Mapping[str, Data]) -> Lifecycle:
    if not said:
        return _PLAIN_LIFECYCLE
    desired = said.get("desired")
    return Lifecycle(
        protect=said.get("protect") is True,
        on_remove=OnRemove(said.get("onRemove", _PLAIN_LIFECYCLE.on_remove.value)),
        desired=None if desired is None else Power(desired),
    )


def _handling(said: Mapping[str, Data]) -> Handling:
    if not said:
        return _PLAIN_HANDLING
    ignored, wait, wait_timeout_s = said.get("ignoreChanges"), said.get("wait"), said.get("waitTimeout")
    return Handling(
        ignore_changes=frozenset(map(str, ignored)) if isinstance(ignored, list) else frozenset(),
        create_before_destroy=said.get("createBeforeDestroy") is True,
        save=said.get("save") is not False,
        wait=None if wait is None else Wait(wait),
        wait_timeout_s=float(wait_timeout_s) if isinstance(wait_timeout_s, int) else None,
    )
