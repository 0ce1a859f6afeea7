"""What a set of specs came to, as a spec of plain data: for people to read, and to be a spec again."""

from collections.abc import Mapping
from typing import Any, assert_never

from gpuspec.model.field import Kind
from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Handling, Instance, Lifecycle
from gpuspec.model.secret import OutOfReach, Revealed, Sealed, Secret, SecretRef
from gpuspec.model.values import Env, FieldValue, Mount, Port, Text, Tool
from gpuspec.spec.load import SpecSet
from gpuspec.spec.schemas.strict import VERSION


def rendered_document(specs: SpecSet) -> dict[str, Any]:
    """All instances of all files with their defaults, in the API's spelling, every secret masked."""
    stanzas = {address: _stanza(instance) for address, instance in specs.instances.items()}
    moved = [{"from": address, "to": to} for to, address in specs.moved.items()]
    return {"version": VERSION, **({"moved": moved} if moved else {}), "instances": stanzas}


def masked(secret: Secret) -> str:
    """What is shown in a secret's place: where it is kept, if that is known. An empty one holds nothing to hide."""
    if not any(isinstance(part, SecretRef) or part.text for part in secret.parts):
        return ""
    refs = ", ".join(str(ref) for ref in secret.refs)
    return f"(secret {refs})" if refs else "(secret)"


def _stanza(instance: Instance) -> dict[str, Any]:
    stanza: dict[str, Any] = {name: _plain(name, value) for name, value in instance.fields.items()}
    lifecycle = _lifecycle(instance.lifecycle) | _handling(instance.handling)
    return stanza | ({"lifecycle": lifecycle} if lifecycle else {})


def _plain(name: str, value: FieldValue) -> Any:
    match value:
        case tuple() if FIELDS[name].kind is Kind.PORTS:
            return ",".join(str(port) for port in value)
        case tuple():
            return [_item(item) for item in value if not isinstance(item, Port)]
        case str() | int():
            return value
        case _:
            return _text(value)


def _item(item: Env | Tool | Mount) -> Mapping[str, str]:
    match item:
        case Env():
            return {"key": item.key, "value": _text(item.value)}
        case Tool():
            return {"name": item.name, "port": item.port, "type": item.type}
        case Mount():
            return {"Id": item.id, "mountPoint": item.mount_point}
        case _:
            assert_never(item)


def _text(value: Text) -> str:
    match value:
        case str():
            return value
        case Secret():
            return masked(value)
        case Revealed() | Sealed() | OutOfReach():
            return str(value)
        case _:
            assert_never(value)


def _lifecycle(lifecycle: Lifecycle) -> dict[str, Any]:
    """Only what differs from what holds anyway."""
    said = {
        "protect": lifecycle.protect,
        "onRemove": lifecycle.on_remove.value,
        "desired": None if lifecycle.desired is None else lifecycle.desired.value,
    }
    plain = {"protect": False, "onRemove": Lifecycle().on_remove.value, "desired": None}
    return {name: value for name, value in said.items() if value != plain[name]}


def _handling(handling: Handling) -> dict[str, Any]:
    plain = Handling()
    said: dict[str, Any] = {}
    if handling.ignore_changes:
        said["ignoreChanges"] = sorted(handling.ignore_changes)
    if handling.create_before_destroy:
        said["createBeforeDestroy"] = True
    if handling.save is not plain.save:
        said["save"] = False
    if handling.wait is not None:
        said["wait"] = handling.wait.value
    if handling.wait_timeout_s is not None:
        said["waitTimeout"] = int(handling.wait_timeout_s)
    return said
